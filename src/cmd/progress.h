#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "core/discovery.h"

/* What a person at a terminal sees of a sweep: how much there is to do, and how
 * far it is. */
struct progress {
	const struct discovery *discovery;
	bool on;
	uint64_t told; /* the total that was said beforehand */
	int64_t start_ns; /* of the sweep */
	int64_t shown_ns;
};

/* Adds how long it takes to ask so many hosts: "2m0s" for ESTIMATE_NS, and what it
 * is for ON_LINK hosts that a router answers for, where that is longer. */
void progress_add_estimate(struct str *out, int64_t estimate_ns,
	const struct pace *pace, uint64_t on_link);

void progress_init(
	struct progress *progress, const struct discovery *discovery);
/* At each step of the run. */
void progress_step(struct progress *progress, int64_t now_ns);

#endif
