#ifndef CMD_PLAN_H
#define CMD_PLAN_H

#include "cmd/command.h"
#include "core/schedule.h"
#include "core/segmented.h"

/* Hosts that a run asks by unicast without --force. */
enum { PLAN_HOSTS_MAX = 65536 };

/* What the files of targets hold, in the order of the options. */
struct plan_texts {
	struct str *at;
	size_t count;
};

/* Reads them; plan_release_texts is due in any case. EXIT_DONE, or the exit
 * status of the run, and it is said why. */
int plan_read(const struct invocation *invocation, struct plan_texts *texts);
void plan_release_texts(struct plan_texts *texts);

/* Fills SCHEDULE with all that the options and TEXTS name, whose hosts are looked
 * up; UNRESOLVED with what is to be said of the first of these that has no
 * address. EXIT_DONE, or the exit status of the run, and it is said why. */
int plan_make(const struct invocation *invocation,
	const struct plan_texts *texts, const struct netif_table *network,
	struct schedule *schedule, struct str *unresolved);
/* Says why the plan is empty. */
void plan_tell_empty(const struct invocation *invocation,
	const struct netif_table *network, const struct str *unresolved);

/* Whether all hosts of a network are in a sweep. */
bool plan_covers(
	const struct schedule *schedule, const struct segmented *found);

#endif
