#include "cmd/watch.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/report.h"
#include "sys/event.h"
#include "sys/random.h"

struct rounds {
	const struct run_setup *setup;
	struct watch watch;
	bool first;
	bool silent; /* nobody answered in the round before */
	bool warned; /* of a segmented network */
	bool over;
};

static void on_down(void *context, const struct result *result)
{
	const struct run *run = context;

	if (run->setup->writer)
		run->setup->writer->event("down", result, &run->discovery);
}

/* It is said that nobody answers when that begins. */
static void report(struct rounds *rounds, struct run *run)
{
	const struct invocation *invocation = rounds->setup->invocation;
	bool silent = run->discovery.results.count == 0;

	discover_report_losses(&run->reporter, &run->end);
	discover_report_unasked(&run->reporter);
	if (silent && !rounds->silent)
		rounds->warned |= report_shortfall(invocation, &run->discovery,
			&run->unresolved, !rounds->warned);
	if (rounds->first && !silent)
		report_topology(invocation, &run->discovery);
	rounds->silent = silent;
}

/* What is left of a round that had targets. */
static int ask(struct rounds *rounds, struct run *run)
{
	int status = run_loop(run);

	if (status)
		return status;
	rounds->over = run->end.signal || !output_works();
	if (rounds->over)
		return EXIT_DONE;
	report(rounds, run);
	return rounds->first && !run_asked(run) ? EXIT_CANNOT : EXIT_DONE;
}

/* EXIT_DONE; or the exit status, and why on standard error, where the round could
 * not be held. A round that has nothing to send to is one, but for the first. */
static int hold_round(struct rounds *rounds)
{
	struct run run;
	int status = run_begin(&run, rounds->setup, &rounds->watch);

	run.reporter.gave_up = !rounds->first;
	event_hold(true);
	if (status == EXIT_DONE && run_has_targets(&run))
		status = ask(rounds, &run);
	else if (status == EXIT_DONE && rounds->first)
		status = EXIT_CANNOT;
	if (status == EXIT_DONE && !rounds->over)
		watch_end_round(
			&rounds->watch, &run.discovery.results, on_down, &run);
	run_release(&run);
	event_hold(false);
	return status;
}

/* Waits for the next round. A reader that goes away is noticed at once. The exit
 * status, and why on standard error, where it can't wait. */
static int wait_until(int64_t until_ns)
{
	struct pollfd fd = {.fd = STDOUT_FILENO};

	do {
		if (event_wait(&fd, 1, until_ns) < 0) {
			log_errno(LOG_ERROR, "cannot go on");
			return EXIT_CANNOT;
		}
		if (fd.revents)
			output_failed(fd.revents & POLLNVAL ? EBADF : EPIPE);
	} while (output_works() && event_now_ns() < until_ns);
	return EXIT_DONE;
}

int watch_rounds(const struct run_setup *setup)
{
	const struct config *config = &setup->invocation->config;
	/* A round that could not be held is no shorter than the others. */
	int64_t gap_ns = config->interval_ns > config->timeout_ns
				 ? config->interval_ns
				 : config->timeout_ns;
	struct rounds rounds = {.setup = setup, .first = true};
	int status = EXIT_DONE;

	watch_init(&rounds.watch, random_key());
	while (!rounds.over && output_works() && !status) {
		int64_t start_ns = event_now_ns();
		log_begin_round();
		status = hold_round(&rounds);
		if (rounds.first && status)
			break;
		rounds.first = false;
		status = rounds.over ? EXIT_DONE
				     : wait_until(start_ns + gap_ns);
	}
	watch_release(&rounds.watch);
	return status;
}
