#ifndef CMD_SERVE_REPORT_H
#define CMD_SERVE_REPORT_H

#include <stdbool.h>

#include "core/config.h"
#include "engine/serve_loop.h"

/* What serve tells of, in its log. */
struct serve_reporter {
	const struct config *config;
	const struct serve *serve;
	bool lists_checked;
	int network_error; /* the latest, or 0: a repeated one is told once */
	uint64_t told[4]; /* a bit for each errno of a send that was told */
};

/* Its observer; REPORTER must outlive it. */
struct serve_observer serve_report_observer(struct serve_reporter *reporter);

/* What is wrong with the services, and END behind it. */
void serve_report_fault(const struct live_services *services, const char *end);
/* What is odd about them, but not wrong. */
void serve_report_services(const struct live_services *services);

/* It listens, on a line for each port, with what the services warn of. */
void serve_report_started(const struct serve_reporter *reporter);
void serve_report_stopped(const struct serve_reporter *reporter);

#endif
