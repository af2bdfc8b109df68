#ifndef CORE_RESPONDER_H
#define CORE_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/advertised.h"
#include "core/datagram.h"
#include "core/limiter.h"
#include "core/netif.h"
#include "core/protocol.h"
#include "core/server_ip.h"
#include "core/services.h"
#include "core/tged.h"

/*
 * The server's decision: a datagram and a policy give the bytes of a reply, or
 * a reason to stay silent. It knows no socket and no clock; times are
 * nanoseconds, above 0, of any clock that never runs backwards.
 */

enum responder_verdict {
	RESPONDER_REPLY,
	RESPONDER_FOREIGN, /* no probe and no request */
	RESPONDER_BAD_SOURCE, /* nobody to answer: see responder_decide */
	RESPONDER_OWN_PORT, /* another responder could be there: a loop */
	RESPONDER_INTERFACE, /* not one that we answer on */
	RESPONDER_REFUSED, /* the address is not allowed */
	RESPONDER_NO_ADDRESS, /* we have none to answer with */
	RESPONDER_UNKNOWN, /* no such service, and INVALID is not said */
	RESPONDER_LIMITED, /* too many replies already: core/limiter.h */
	RESPONDER_VERDICTS,
};

/* Askers that are remembered as told of. */
enum { RESPONDER_TOLD_MAX = 256 };

struct responder_policy {
	struct slice message;
	struct slice response_prefix;
	uint16_t ports[PROTOCOLS]; /* our own; 0: that one is not spoken */
	const struct advertised *advertise; /* the first that fits counts */
	size_t advertise_count; /* where none fits it is automatic */
	uint16_t advertise_port; /* of the automatic address; 0: none */
	struct netif_lists lists;
	const struct network *allow; /* NULL: the default list */
	size_t allow_count;
	const struct services *services; /* of TGED */
	bool compact; /* INVALID without a space behind the colon */
	bool invalid_to_unicast; /* not said where a broadcast asked */
	struct rate rate;
	struct siphash_key key; /* random and secret */
};

struct responder {
	struct responder_policy policy;
	uint64_t counts[RESPONDER_VERDICTS];
	uint32_t told[RESPONDER_TOLD_MAX];
	size_t told_count;
	struct limiter limiter;
};

_Static_assert((int)SERVER_IP_REPLY_MAX == (int)TGED_REPLY_MAX,
	"one bound for all that is sent");

struct responder_reply {
	struct str text; /* over STORAGE */
	char storage[SERVER_IP_REPLY_MAX + 1];
	uint32_t from; /* source address; 0: the kernel's choice */
	int interface; /* pinned to it; 0: as routing says */
	bool first_refusal; /* of this asker, with RESPONDER_REFUSED */
	struct slice service; /* that TGED asks for, in the datagram */
};

/* Copies POLICY; what it points to must outlive the responder. */
void responder_init(
	struct responder *responder, const struct responder_policy *policy);

/*
 * What to do with DATAGRAM, which came to the port of PROTOCOL at NOW_NS, on a
 * host with the interfaces NETWORK. Fills REPLY where the verdict is
 * RESPONDER_REPLY. Counts the verdict.
 *
 * Sources that nobody can be behind (port 0, broadcast, multicast, 0/8, and
 * 127/8 on a real interface) are never answered, whatever the policy.
 */
enum responder_verdict responder_decide(struct responder *responder,
	enum protocol protocol, const struct datagram *datagram, int64_t now_ns,
	const struct netif_table *network, struct responder_reply *reply);

/* How many probes came, answered or not. */
uint64_t responder_probes(const struct responder *responder);

/* A word for it: "foreign", "refused"... */
const char *responder_verdict_text(enum responder_verdict verdict);

#endif
