#ifndef CORE_DISCOVERY_H
#define CORE_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/datagram.h"
#include "core/netif.h"
#include "core/protocol.h"
#include "core/results.h"

/*
 * The client's state: which probe is due when, what a datagram means, and when
 * it is over. It knows no socket and no clock; times are nanoseconds of any
 * clock that never runs backwards.
 */

enum { DISCOVERY_RETRIES_MAX = 16 };

/* Where probes go. */
struct discovery_target {
	struct endpoint to;
	int interface; /* pinned to it; 0 follows the routing table */
	bool answered; /* a unicast target that is not asked again */
	unsigned sent; /* probes that went out */
	unsigned failed; /* and that did not */
	unsigned round; /* of the latest one, from 1; 0 before the first */
	int64_t sent_ns; /* when that was */
	int error; /* errno of the latest failure, or 0 */
};

struct discovery_config {
	struct slice probe; /* the bytes of it */
	struct slice service; /* that TGED asks for; at NULL: SERVER_IP asks */
	struct slice response_prefix; /* of SERVER_IP */
	int64_t timeout_ns;
	unsigned retries; /* rounds after the first */
	size_t count; /* over with so many servers; 0 never */
	bool ignore_local;
	const struct netif_table *network;
	struct siphash_key key; /* random and secret */
};

struct discovery {
	struct discovery_config config;
	struct discovery_target *targets;
	size_t target_count;
	struct results results;
	struct results without; /* servers of TGED that say INVALID */
	int64_t start_ns;
	int64_t deadline_ns;
	unsigned round; /* rounds begun */
	int64_t round_ns; /* when the latest one began */
	size_t next; /* the next target of this round */
	int64_t hold_ns; /* no sends before this: the kernel's buffers are full */
	size_t foreign; /* datagrams that are no reply */
	size_t ignored; /* replies left out by ignore_local */
	size_t overflow; /* servers that were not kept: RESULTS_FULL */
};

/* Copies CONFIG; what it points to must outlive the state. */
void discovery_init(
	struct discovery *discovery, const struct discovery_config *config);
void discovery_release(struct discovery *discovery);

/* A target equal to one that is there is not added again. False without
 * memory. */
bool discovery_add_target(
	struct discovery *discovery, struct endpoint to, int interface);
/* The broadcast address of each address that LISTS select and, with LIMITED,
 * 255.255.255.255 on each of their interfaces. */
bool discovery_add_broadcasts(struct discovery *discovery,
	const struct netif_lists *lists, uint16_t port, bool limited);

/* The clock of the deadline begins to run. */
void discovery_start(struct discovery *discovery, int64_t now_ns);

enum discovery_action {
	DISCOVERY_SEND, /* to TARGET, then call discovery_sent */
	DISCOVERY_WAIT, /* for a datagram, until UNTIL_NS at most */
	DISCOVERY_END,
};

struct discovery_step {
	enum discovery_action action;
	size_t target;
	int64_t until_ns;
};

struct discovery_step discovery_next(
	struct discovery *discovery, int64_t now_ns);
/* ERROR is 0 or the errno of the send. EAGAIN and ENOBUFS hold the sends for a
 * moment, and the same target is next. */
void discovery_sent(
	struct discovery *discovery, size_t target, int64_t now_ns, int error);

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
/* Whether any probe went out. */
bool discovery_sent_any(const struct discovery *discovery);

#endif
