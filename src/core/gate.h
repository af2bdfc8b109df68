#ifndef CORE_GATE_H
#define CORE_GATE_H

#include "base/num.h"
#include "core/schedule.h"

/* Whether the probe that a schedule has due may go now, by the pace and by what
 * the kernel takes, or what has to come before. */

/* Broadcasts make no neighbour, and this host is none of its own. */
bool gate_is_paced(
	const struct schedule *schedule, const struct target *target);
/* Whether an address of this host says that it is on-link. */
bool gate_is_on_link(
	const struct schedule *schedule, const struct target *target);
/* Whether the rate counts: not for the first ones of a round. */
bool gate_is_rated(
	const struct schedule *schedule, const struct target *target);

/* Every target is asked at least once: while the pace holds the first round up
 * its deadline is open, and counts from its last probe. */
void gate_open_deadline(struct schedule *schedule, const struct target *target);
void gate_close_deadline(struct schedule *schedule, int64_t from_ns);

/* Waits until then, but no longer than the deadline. */
struct step gate_wait(const struct schedule *schedule, int64_t until_ns);
/* Sends to TARGET, or what has to come before. */
struct step gate_send(
	struct schedule *schedule, struct target *target, int64_t now_ns);

/* How often a late proxy is looked for while it may answer. */
#define GATE_WATCH_GAP_NS (100 * (int64_t)NS_PER_MS)
/* STEP, or a look in place of it: a proxy that answers late can drop requests
 * while nothing else asks for a look. */
struct step gate_watch(
	const struct schedule *schedule, int64_t now_ns, struct step step);

#endif
