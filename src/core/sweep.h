#ifndef CORE_SWEEP_H
#define CORE_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ipv4.h"

/*
 * Networks all of whose hosts are asked once, in an order that visits each of
 * their /24 early: x.x.x.1 of all of them, then x.x.x.2, ...
 */

enum { SWEEP_FAILED = -1 };

/* Addresses without a gap. */
struct sweep_range {
	uint32_t first, last;
	int interface; /* pinned to it; 0 follows the routing table */
	size_t before; /* addresses in the ranges before */
};

/* Starts as zeros; sweep_release frees it. */
struct sweep {
	struct sweep_range *ranges; /* by interface and address */
	size_t range_count;
	uint64_t total; /* addresses in them */
	int64_t *sent_ns; /* one for each address, as of sweep_sent */
	/* Where the order stands. */
	unsigned column;
	size_t range;
	uint32_t block;
};

/* The addresses of a network that can be hosts: not the first and the last one,
 * but for /31 (RFC 3021) and /32. */
uint32_t sweep_first(struct network network);
uint32_t sweep_last(struct network network);
uint64_t sweep_hosts(struct network network);

/* Adds the hosts of NETWORK, before sweep_begin. False without memory. */
bool sweep_add(struct sweep *sweep, struct network network, int interface);
/* Joins what overlaps, so that no address of an interface is there twice, and
 * sets TOTAL. Can be called again. */
void sweep_join(struct sweep *sweep);
/* Joins, and goes to the first address. False without memory. */
bool sweep_begin(struct sweep *sweep);
/* Goes to the first address again. */
void sweep_restart(struct sweep *sweep);
void sweep_release(struct sweep *sweep);

/* The address that is due now; false at the end. */
bool sweep_now(struct sweep *sweep, uint32_t *addr, int *interface);
/* Goes on to the one behind it. */
void sweep_go_on(struct sweep *sweep);

/* When that address was asked, to be read and set: 0 before it was, or
 * SWEEP_FAILED; NULL where it is in no range of INTERFACE. Good once the sweep
 * began. */
int64_t *sweep_sent(const struct sweep *sweep, uint32_t addr, int interface);
/* How many addresses were asked. */
uint64_t sweep_asked(const struct sweep *sweep);
/* Whether it is in a range of INTERFACE. Good once it was joined. */
bool sweep_holds(const struct sweep *sweep, uint32_t addr, int interface);
/* Whether all hosts of NETWORK are. */
bool sweep_covers(
	const struct sweep *sweep, struct network network, int interface);

#endif
