#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include "cmd/command.h"
#include "core/discovery.h"

/* What a finished run says on standard error where fewer servers answered than
 * expected: what was sent, and whether a network is likely segmented, with the
 * commands to try next, where it is to WARN. With -q all of it is one line,
 * UNRESOLVED of plan_make included. Whether it warned. */
bool report_shortfall(const struct invocation *invocation,
	const struct discovery *discovery, const struct str *unresolved,
	bool warn);
/* Hosts that the kernel took no probe to until the end. */
uint64_t report_count_unasked(const struct schedule *schedule);
/* A note on each network that is likely segmented, where -v is on. */
void report_topology(
	const struct invocation *invocation, const struct discovery *discovery);
/* ": 10.0.0.5:8000, 10.0.0.6" and so on, up to a bound. */
void report_add_servers(struct str *out, const struct results *results);
/* What an errno of a send means here. */
const char *report_reason(int error);
/* "10.0.0.255:9999 on eth0" */
void report_add_target(struct str *out, const struct netif_table *network,
	const struct target *target);

#endif
