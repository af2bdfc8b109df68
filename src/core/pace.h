#ifndef CORE_PACE_H
#define CORE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How fast a run may send without harm to its own host. Each on-link address
 * that is asked takes an entry of the kernel's neighbour table (arp(7)), of which
 * there is one for the host and all its containers; when it is full, the host
 * can't reach a new neighbour, and probes are lost without an error.
 */

/* The neighbour table as it was found. */
struct pace_table {
	size_t size; /* entries at most: gc_thresh3 */
	size_t unresolved; /* they wait for an answer to ARP, 3 s at most */
	size_t held; /* resolved, and the kernel can't take them back */
	size_t late; /* those that one hardware address resolved after 50 ms */
	size_t queued; /* bytes in the socket's send buffer, waiting for ARP */
	size_t queue; /* bytes that wait for one neighbour at most, or 0 */
	size_t others; /* entries of other network namespaces, or 0 */
};

/* Without a look at the table at first: so few do no harm. */
enum { PACE_FREE = 16 };
/* So many requests wait at a proxy, more are dropped (proxy_qlen, arp(7)). */
enum { PACE_PROXY_QUEUE = 64 };
/* gc_thresh3 and unres_qlen_bytes (arp(7)) where nobody set them. */
enum { PACE_TABLE_SIZE = 1024, PACE_QUEUE_SIZE = 212992 };

/*
 * How many probes of LENGTH bytes may go now to on-link addresses: unresolved
 * entries stay within half of the table, with the held ones within three
 * quarters, and with those of others within seven eighths, of which a sixteenth
 * is left to us.
 */
size_t pace_room(const struct pace_table *table, size_t length);
/* The same by way of gateways: where all of what is queued waits for one of them,
 * it fits that one's queue, which else drops the oldest. */
size_t pace_routed_room(const struct pace_table *table, size_t length);

/* Probes that may go before the next look at the table, and no look before
 * this. */
struct pace_way {
	size_t room;
	int64_t look_ns;
};

struct pace {
	size_t length; /* of a probe, in bytes */
	int64_t interval_ns; /* between probes of a sweep */
	struct pace_way on_link;
	struct pace_way routed;
	int64_t due_ns; /* the next probe of the sweep */
	bool crowded; /* the table was full: others' entries count, too */
	bool slow; /* a proxy answers, and late: it must not be asked too much... */
	int64_t slow_ns; /* ...since then */
	bool blind; /* the table can't be looked at: 25 a second */
	size_t used; /* entries that count, as of the latest look */
	size_t asked; /* probes to on-link addresses */
	size_t sent_on_link; /* of these, since then */
	size_t sent_routed;
	bool flat; /* what seemed to be routed takes entries: it is on-link, too */
	bool full; /* there was no room on-link at all... */
	int64_t full_ns; /* ...since then */
	size_t size; /* of the table, as it was last looked at; never 0 */
};

/* PER_SECOND is the rate of a sweep. */
void pace_init(struct pace *pace, unsigned per_second, size_t length);
/* TABLE as it is now; NULL where it can't be had. True where a late proxy was
 * found just now: it may have dropped requests for what was asked so far. */
bool pace_looked(
	struct pace *pace, int64_t now_ns, const struct pace_table *table);
/* The kernel took no probe: a look comes before the next one. CROWDED: its table
 * was full. */
void pace_held(struct pace *pace, bool crowded);
/* A probe goes out, one that the rate counts where RATED. */
void pace_sent(struct pace *pace, int64_t now_ns, bool rated, bool on_link);

/* About how long it takes to sweep so many on-link addresses that nobody has and
 * so many that are asked by way of gateways. */
int64_t pace_estimate_ns(
	const struct pace *pace, uint64_t on_link, uint64_t routed);

/* The same for on-link addresses that a router answers for; 0 where that is as
 * fast. */
int64_t pace_estimate_held_ns(const struct pace *pace, uint64_t on_link);

#endif
