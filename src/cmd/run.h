#ifndef CMD_RUN_H
#define CMD_RUN_H

#include "cmd/command.h"
#include "cmd/discover_report.h"
#include "cmd/plan.h"

/* One run of a discover, from the interfaces of this host to the last answer. */

/* What all runs of a process share. */
struct run_setup {
	const struct invocation *invocation;
	const struct output_writer *writer; /* or NULL: nothing is printed */
	struct slice probe;
	struct plan_texts texts;
};

struct run {
	const struct run_setup *setup;
	struct netif_table network;
	struct discovery discovery;
	struct discover_reporter reporter;
	struct discover_end end;
	struct str unresolved; /* of plan_make */
};

/* Makes ready a run whose observer leaves out what WATCH, which may be NULL,
 * knows; run_release is due in any case. EXIT_DONE, or the exit status, and it
 * is said why. */
int run_begin(struct run *run, const struct run_setup *setup,
	const struct watch *watch);
void run_release(struct run *run);

/* Whether there is anything to send to; says why not. */
bool run_has_targets(const struct run *run);
/* Runs to the end. EXIT_DONE, or the exit status, and it is said why. */
int run_loop(struct run *run);
/* Whether a probe went out. */
bool run_asked(const struct run *run);
/* Whether it ends with the first server. */
bool run_is_single(const struct invocation *invocation);

#endif
