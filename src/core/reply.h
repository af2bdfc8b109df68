#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include <stdbool.h>

#include "core/datagram.h"
#include "core/ipv4.h"
#include "core/netif.h"
#include "core/protocol.h"
#include "core/results.h"

/* What a datagram says to the client, of either protocol. */

enum reply_kind {
	REPLY_SERVER, /* a server, or its service */
	REPLY_INVALID, /* TGED: that server has no such service */
	REPLY_FOREIGN, /* it does not begin as a reply */
	REPLY_MALFORMED, /* it does, but is none */
	REPLY_NO_MEMORY,
};

struct reply {
	struct endpoint server; /* port 0: it says none, and none is assumed */
	struct endpoint claimed; /* what it says; port 0: none */
	bool has_claimed_addr;
	struct str fields; /* of TGED, for tged_next_field */
};

/* PREFIX is what a reply of SERVER_IP begins with. reply_release is due in any
 * case. */
enum reply_kind reply_read(struct reply *reply, enum protocol protocol,
	struct slice prefix, const struct datagram *datagram);
void reply_release(struct reply *reply);

/* The server that it tells of, with what the way of the datagram tells; the
 * source in place of an address that does not lead there from here. It points
 * into both. */
struct result reply_result(const struct reply *reply,
	const struct datagram *datagram, const struct netif_table *network);

#endif
