#ifndef CMD_DISCOVER_REPORT_H
#define CMD_DISCOVER_REPORT_H

#include "cmd/output.h"
#include "cmd/progress.h"
#include "core/watch.h"
#include "engine/discover_loop.h"

/* What a run says while it goes: servers to the output, the rest to standard
 * error. */
struct discover_reporter {
	const struct discovery *discovery;
	const struct output_writer *writer; /* or NULL */
	const struct watch *watch; /* servers it knows are not told; or NULL */
	struct progress progress;
	unsigned warned; /* of single targets that could not be asked */
	bool held; /* the latest send, which was told */
	bool gave_up; /* rights, in an earlier run */
	unsigned uses, keep; /* of rights_give_up */
};

/* The other members of REPORTER, which must outlive the run, are set. */
struct discover_observer discover_report_begin(
	struct discover_reporter *reporter);
/* Says what was lost on the way to us. */
void discover_report_losses(const struct discover_reporter *reporter,
	const struct discover_end *end);
/* Says what was lost on the way to others. */
void discover_report_unasked(const struct discover_reporter *reporter);

#endif
