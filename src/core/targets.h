#ifndef CORE_TARGETS_H
#define CORE_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ipv4.h"

/* Where probes go, found by address. */

struct target {
	struct endpoint to;
	int interface; /* pinned to it; 0 follows the routing table */
	bool answered; /* a unicast target that is not asked again */
	bool due; /* this round has yet to ask it */
	unsigned sent; /* probes that went out */
	unsigned failed; /* and that did not */
	unsigned round; /* of the latest one, from 1; 0 before the first */
	int64_t sent_ns; /* when that was */
	int error; /* errno of the latest failure, or 0 */
	uint32_t next; /* 1 + position of another one at the address, or 0 */
};

/* Starts as zeros; targets_release frees it. */
struct targets {
	struct target *at;
	size_t count;
	uint32_t *slots; /* 1 + position of the first at an address, or 0 */
	size_t slot_count; /* a power of two, or 0 */
};

/* One that is equal to one that is there is not added again. False without
 * memory. */
bool targets_add(struct targets *targets, struct endpoint to, int interface);
void targets_release(struct targets *targets);

/* The first one at ADDR, or NULL; then the next at the same address. */
struct target *targets_find(const struct targets *targets, uint32_t addr);
struct target *targets_next(
	const struct targets *targets, const struct target *target);

#endif
