#ifndef CORE_ADVERTISED_H
#define CORE_ADVERTISED_H

#include <stddef.h>

#include "core/ipv4.h"

/* A rule: what askers of a network are told, in place of the automatic
 * address. A prefix of 0 is for all. */
struct advertised {
	struct network askers;
	struct endpoint server;
};

/* The first of COUNT rules that fits the asker ADDR, or NULL. */
const struct advertised *advertised_find(
	const struct advertised *rules, size_t count, uint32_t addr);
/* The first rule before rules[INDEX] that fits all whom that one fits, so that it
 * is never reached; or NULL. */
const struct advertised *advertised_before(
	const struct advertised *rules, size_t index);

#endif
