#ifndef CMD_SERVE_REPORT_H
#define CMD_SERVE_REPORT_H

#include <stdbool.h>

#include "cmd/command.h"
#include "core/repeats.h"
#include "engine/serve_loop.h"
#include "sys/manager.h"

/* What serve tells of, in its log. */
struct serve_reporter {
	const struct invocation *invocation;
	const struct serve *serve;
	const struct manager *manager;
	bool lists_checked;
	bool reloading; /* by SIGHUP: the end of it is told */
	struct repeats repeats;
	int64_t ready_ns; /* when it is told again that we are ready */
	int64_t alive_ns; /* when the manager is to hear that we live */
};

/* Its observer; REPORTER must outlive it. */
struct serve_observer serve_report_observer(struct serve_reporter *reporter);

/* It listens, on a line for each port, with what the services warn of. */
void serve_report_started(struct serve_reporter *reporter);
/* It was told to stop, and then: it has. */
void serve_report_stopped(struct serve_reporter *reporter);

#endif
