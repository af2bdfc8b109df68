#include "cmd/progress.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"

static const int64_t show_gap_ns = NS_PER_S / 5;

void progress_init(struct progress *progress, const struct discovery *discovery)
{
	*progress = (struct progress){.discovery = discovery,
		.on = log_shows(LOG_INFO) && isatty(STDERR_FILENO)};
}

/* How many addresses of the sweep are on a network of this host. */
static uint64_t count_on_link(
	const struct netif_table *network, const struct sweep *sweep)
{
	uint64_t count = 0;

	for (size_t i = 0; i < sweep->range_count; i++) {
		const struct sweep_range *range = &sweep->ranges[i];
		if (netif_on_link(network, range->interface, range->first))
			count += (uint64_t)range->last - range->first + 1;
	}
	return count;
}

/* All that is left, with the wait for the last answers, as if nobody answered;
 * longer where the way so far was slower. */
static int64_t left_ns(const struct progress *progress, int64_t now_ns)
{
	const struct schedule *schedule = &progress->discovery->schedule;
	const struct netif_table *network = progress->discovery->config.network;
	uint64_t total = schedule_swept_total(schedule);
	uint64_t on_link = count_on_link(network, &schedule->sweep);
	uint64_t left = total - schedule->visited;
	int64_t estimate, measured = 0;

	if (schedule->scanned)
		on_link += count_on_link(network, &schedule->scan);
	/* The share of what is on-link is the same in what is left. */
	on_link = (uint64_t)((double)on_link / (double)total * (double)left);
	estimate = pace_estimate_ns(&schedule->pace, on_link, left - on_link);
	/* The first half of a table goes fast and tells nothing. */
	if (schedule->visited > schedule->pace.size / 2)
		measured = (int64_t)((double)(now_ns - progress->start_ns) /
				     (double)schedule->visited * (double)left);
	return (measured > estimate ? measured : estimate) +
	       schedule->config.timeout_ns;
}

static void tell(struct progress *progress, uint64_t total, int64_t now_ns)
{
	struct str line = STR_EMPTY;

	progress->told = total;
	progress->start_ns = now_ns;
	str_addf(&line, "asking %" PRIu64 " hosts, which takes about ", total);
	num_add_duration(&line, left_ns(progress, now_ns));
	log_lines(LOG_INFO, &line);
	str_release(&line);
}

static void show(struct progress *progress, uint64_t total, int64_t now_ns)
{
	const struct discovery *discovery = progress->discovery;
	struct str line = STR_EMPTY;

	progress->shown_ns = now_ns;
	str_addf(&line, "asked %" PRIu64 " of %" PRIu64 ", %zu %s, about ",
		discovery->schedule.visited, total, discovery->results.count,
		discovery->results.count == 1 ? "server" : "servers");
	num_add_duration(&line, left_ns(progress, now_ns));
	str_addf(&line, " left");
	log_status(&line);
	str_release(&line);
}

void progress_step(struct progress *progress, int64_t now_ns)
{
	const struct schedule *schedule = &progress->discovery->schedule;
	uint64_t total;

	if (!progress->on || (schedule->phase != PHASE_SWEEP &&
				     schedule->phase != PHASE_SCAN))
		return;
	total = schedule_swept_total(schedule);
	if (total != progress->told)
		tell(progress, total, now_ns);
	else if (now_ns - progress->shown_ns >= show_gap_ns)
		show(progress, total, now_ns);
}
