#ifndef CMD_PLAN_H
#define CMD_PLAN_H

#include "cmd/command.h"
#include "core/schedule.h"
#include "core/segmented.h"

/* Hosts that a run asks by unicast without --force. */
enum { PLAN_HOSTS_MAX = 65536 };

/* Fills SCHEDULE with all that the options name, whose files are read and whose
 * hosts are looked up; UNRESOLVED with what is to be said of the first of these
 * that has no address. EXIT_DONE, or the exit status of the run, and it is said
 * why. */
int plan_make(const struct invocation *invocation,
	const struct netif_table *network, struct schedule *schedule,
	struct str *unresolved);

/* Whether all hosts of a network are in a sweep. */
bool plan_covers(
	const struct schedule *schedule, const struct segmented *found);

#endif
