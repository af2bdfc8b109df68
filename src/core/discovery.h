#ifndef CORE_DISCOVERY_H
#define CORE_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/datagram.h"
#include "core/netif.h"
#include "core/protocol.h"
#include "core/results.h"
#include "core/schedule.h"

/* The client's state: what is due when, what a datagram means, and when it is
 * over. It knows no socket and no clock. */

struct discovery_config {
	struct slice probe; /* the bytes of it */
	struct slice service; /* that TGED asks for; at NULL: SERVER_IP asks */
	struct slice response_prefix; /* of SERVER_IP */
	struct schedule_config schedule;
	size_t count; /* over with so many servers; 0 never */
	size_t expected; /* no scan where so many answered */
	bool ignore_local;
	const struct netif_table *network;
	struct siphash_key key; /* random and secret */
};

struct discovery {
	struct discovery_config config;
	struct schedule schedule;
	struct results results;
	struct results without; /* servers of TGED that say INVALID */
	size_t foreign; /* datagrams that are no reply */
	size_t ignored; /* replies left out by ignore_local */
	size_t overflow; /* servers that were not kept: RESULTS_FULL */
};

/* Copies CONFIG; what it points to must outlive the state. */
void discovery_init(
	struct discovery *discovery, const struct discovery_config *config);
void discovery_release(struct discovery *discovery);

/* What is to be done now; schedule_sent and schedule_looked take the outcome. */
struct step discovery_next(struct discovery *discovery, int64_t now_ns);

enum discovery_verdict {
	DISCOVERY_NEW, /* a server not seen before: *RESULT */
	DISCOVERY_KNOWN,
	DISCOVERY_LOCAL, /* left out by ignore_local */
	DISCOVERY_INVALID, /* TGED: that server has no such service */
	DISCOVERY_FOREIGN, /* it does not begin as a reply */
	DISCOVERY_MALFORMED, /* it does, but is none; counted as foreign */
	DISCOVERY_OVERFLOW,
};

enum discovery_verdict discovery_receive(struct discovery *discovery,
	const struct datagram *datagram, int64_t now_ns,
	const struct result **result);

/* Of the replies. */
enum protocol discovery_protocol(const struct discovery *discovery);
/* Whether as many servers answered as the configuration asks for. */
bool discovery_is_enough(const struct discovery *discovery);

#endif
