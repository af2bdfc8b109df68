#include "cmd/progress.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"

static const int64_t show_gap_ns = NS_PER_S / 5;

void progress_add_estimate(struct str *out, int64_t estimate_ns,
	const struct pace *pace, uint64_t on_link)
{
	int64_t held_ns = pace_estimate_held_ns(pace, on_link);

	num_add_duration(out, estimate_ns);
	if (held_ns == 0)
		return;
	str_addf(out, ", or ");
	num_add_duration(out, held_ns);
	str_addf(out, " where a router answers for all");
}

void progress_init(struct progress *progress, const struct discovery *discovery)
{
	*progress = (struct progress){.discovery = discovery,
		.on = log_shows(LOG_INFO) && isatty(STDERR_FILENO)};
}

/* What there is to do now, in hosts. */
struct work {
	uint64_t total, on_link, done;
};

static void add_sweep(struct work *work, const struct netif_table *network,
	const struct sweep *sweep)
{
	work->total += sweep->total;
	for (size_t i = 0; i < sweep->range_count; i++) {
		const struct sweep_range *range = &sweep->ranges[i];
		if (netif_on_link(network, range->interface, range->first))
			work->on_link += (uint64_t)range->last - range->first +
					 1;
	}
}

static void add_targets(struct work *work, const struct netif_table *network,
	const struct targets *targets)
{
	work->total = targets->count;
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *t = &targets->at[i];
		work->on_link += !t->interface &&
				 netif_on_link(network, 0, t->to.addr);
	}
}

/* A sweep, or a first round that the pace holds up. */
static struct work find_work(const struct discovery *discovery)
{
	const struct schedule *schedule = &discovery->schedule;
	const struct netif_table *network = discovery->config.network;
	struct work work = {0, 0, schedule->visited};

	if (schedule->deadline_ns != INT64_MAX)
		return work;
	if (schedule->phase == PHASE_ROUNDS) {
		add_targets(&work, network, &schedule->targets);
		work.done = schedule->next;
		return work;
	}
	add_sweep(&work, network, &schedule->sweep);
	if (schedule->phase == PHASE_SCAN)
		add_sweep(&work, network, &schedule->scan);
	return work;
}

/* All that is left, with the wait for the last answers, as if nobody answered;
 * longer where the way so far was slower. */
static int64_t left_ns(const struct progress *progress, const struct work *work,
	int64_t now_ns)
{
	const struct schedule *schedule = &progress->discovery->schedule;
	uint64_t left = work->total - work->done;
	/* The share of what is on-link is the same in what is left. Hosts are
	 * far fewer than 2^32: a sweep remembers each. */
	uint64_t on_link = work->on_link * left / work->total;
	int64_t estimate = pace_estimate_ns(
		&schedule->pace, on_link, left - on_link);
	int64_t measured = 0;

	/* The first half of a table goes fast and tells nothing. */
	if (work->done > schedule->pace.size / 2)
		measured = (now_ns - progress->start_ns) / (int64_t)work->done *
			   (int64_t)left;
	/* Rounded up to whole seconds. */
	return (measured > estimate ? measured : estimate) +
	       schedule->config.timeout_ns + NS_PER_S - 1;
}

static void tell(
	struct progress *progress, const struct work *work, int64_t now_ns)
{
	struct str line = STR_EMPTY;

	progress->told = work->total;
	progress->start_ns = now_ns;
	str_addf(&line, "asking %" PRIu64 " hosts: about ",
		work->total - work->done);
	progress_add_estimate(&line, left_ns(progress, work, now_ns),
		&progress->discovery->schedule.pace, work->on_link);
	log_lines(LOG_INFO, &line);
	str_release(&line);
}

static void show(
	struct progress *progress, const struct work *work, int64_t now_ns)
{
	struct str line = STR_EMPTY;

	progress->shown_ns = now_ns;
	str_addf(&line, "asked %" PRIu64 " of %" PRIu64 ", ", work->done,
		work->total);
	num_add_count(&line, progress->discovery->results.count, "server");
	str_addf(&line, ", about ");
	num_add_duration(&line, left_ns(progress, work, now_ns));
	str_addf(&line, " left");
	log_status(&line);
	str_release(&line);
}

void progress_step(struct progress *progress, int64_t now_ns)
{
	struct work work;

	if (!progress->on || now_ns - progress->shown_ns < show_gap_ns)
		return;
	work = find_work(progress->discovery);
	if (work.total == 0)
		return;
	if (work.total != progress->told)
		tell(progress, &work, now_ns);
	show(progress, &work, now_ns);
}
