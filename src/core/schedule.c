#include "core/schedule.h"

#include <errno.h>

#include "base/num.h"

/* Rounds are never closer than this. */
static const int64_t round_gap_ns = 50 * (int64_t)NS_PER_MS;
/* How long a full send buffer is given to drain, and a neighbour table that is
 * full of others' entries. */
static const int64_t buffer_gap_ns = 5 * (int64_t)NS_PER_MS;
static const int64_t table_gap_ns = 50 * (int64_t)NS_PER_MS;
/* Resolved neighbours keep their entries for 45 s, and 5 s more. */
static const int64_t held_most_ns = 60 * (int64_t)NS_PER_S;

void schedule_init(
	struct schedule *schedule, const struct schedule_config *config)
{
	*schedule = (struct schedule){.config = *config};
	pace_init(&schedule->pace, config->rate, config->length);
}

void schedule_release(struct schedule *schedule)
{
	targets_release(&schedule->targets);
	sweep_release(&schedule->sweep);
	sweep_release(&schedule->scan);
}

bool schedule_add_target(
	struct schedule *schedule, struct endpoint to, int interface)
{
	if (!targets_add(&schedule->targets, to, interface))
		return false;
	if (interface)
		schedule->pinned = schedule->targets.count;
	return true;
}

bool schedule_add_broadcasts(struct schedule *schedule,
	const struct netif_table *network, const struct netif_lists *lists,
	bool limited)
{
	uint16_t port = schedule->config.port;

	for (size_t i = 0; i < network->address_count; i++) {
		const struct netif_address *a = &network->addresses[i];
		const struct netif *link = netif_find(network, a->index);
		if (!link || netif_verdict(link, a, lists) != NETIF_SELECTED)
			continue;
		struct endpoint to = {netif_directed_broadcast(link, a), port};
		if (!schedule_add_target(schedule, to, link->index))
			return false;
		to.addr = IPV4_ALL_HOSTS;
		if (limited && !schedule_add_target(schedule, to, link->index))
			return false;
	}
	return true;
}

bool schedule_add_network(struct schedule *schedule, struct network network)
{
	return sweep_add(&schedule->sweep, network, 0);
}

bool schedule_add_scan(
	struct schedule *schedule, struct network network, int interface)
{
	return sweep_add(&schedule->scan, network, interface);
}

bool schedule_prepare(struct schedule *schedule)
{
	return sweep_begin(&schedule->sweep) && sweep_begin(&schedule->scan);
}

bool schedule_is_empty(const struct schedule *schedule)
{
	return !schedule->targets.count && !schedule->sweep.range_count &&
	       !schedule->scan.range_count;
}

uint64_t schedule_swept_total(const struct schedule *schedule)
{
	return schedule->sweep.total +
	       (schedule->scanned ? schedule->scan.total : 0);
}

void schedule_start(struct schedule *schedule, int64_t now_ns)
{
	schedule->start_ns = now_ns;
	schedule->deadline_ns = now_ns + schedule->config.timeout_ns;
	schedule->next = schedule->targets.count;
}

/*
 * When the round after the first K is due: at T(2^K-1)/2^(N+1) of the timeout
 * T with N retries, so that each wait is twice the one before and the last is
 * the longest.
 */
static int64_t round_due(const struct schedule *schedule)
{
	unsigned k = schedule->round, n = schedule->config.retries;
	/* T is below 2^60 and the factor below 2^17: divide first. */
	int64_t unit = schedule->config.timeout_ns >> (n + 1);
	int64_t rest = schedule->config.timeout_ns - (unit << (n + 1));
	int64_t factor = ((int64_t)1 << k) - 1;
	int64_t due = schedule->start_ns + unit * factor +
		      (rest * factor >> (n + 1));
	int64_t earliest = schedule->round_ns + round_gap_ns;

	return k && due < earliest ? earliest : due;
}

/* The next target that this round still has to ask, or the count of them. */
static size_t next_target(const struct schedule *schedule)
{
	const struct targets *targets = &schedule->targets;
	size_t i = schedule->next;

	while (i < targets->count && targets->at[i].answered)
		i++;
	return i;
}

static bool begin_round(struct schedule *schedule, int64_t now_ns)
{
	if (schedule->round > schedule->config.retries ||
		now_ns < round_due(schedule))
		return false;
	schedule->round++;
	schedule->round_ns = now_ns;
	schedule->next = 0;
	return true;
}

static struct step end(void)
{
	return (struct step){.action = STEP_END};
}

static struct step wait_until(const struct schedule *schedule, int64_t until_ns)
{
	if (until_ns > schedule->deadline_ns)
		until_ns = schedule->deadline_ns;
	return (struct step){.action = STEP_WAIT, .until_ns = until_ns};
}

/* Broadcasts make no neighbour. */
static bool is_paced(
	const struct schedule *schedule, const struct target *target)
{
	return !target->interface || target == &schedule->swept;
}

/* Every target is asked at least once: while the pace holds the first round up
 * its deadline is open, and counts from its last probe. */
static void open_deadline(
	struct schedule *schedule, const struct target *target)
{
	if (schedule->phase == PHASE_ROUNDS && schedule->round == 1 &&
		is_paced(schedule, target))
		schedule->deadline_ns = INT64_MAX;
}

static void close_deadline(struct schedule *schedule, int64_t from_ns)
{
	if (schedule->deadline_ns == INT64_MAX)
		schedule->deadline_ns = from_ns + schedule->config.timeout_ns;
}

/* Sends to TARGET, or what has to come before. */
static struct step send_to(
	struct schedule *schedule, struct target *target, int64_t now_ns)
{
	const struct pace *pace = &schedule->pace;

	if (now_ns < schedule->hold_ns)
		return wait_until(schedule, schedule->hold_ns);
	if (is_paced(schedule, target) && !pace->room) {
		open_deadline(schedule, target);
		if (now_ns < pace->look_ns)
			return wait_until(schedule, pace->look_ns);
		return (struct step){.action = STEP_LOOK};
	}
	return (struct step){.action = STEP_SEND, .target = target};
}

/* Whether a target was not asked at all: the shortest timeout has one round,
 * but for sends that the kernel holds up. */
static bool is_first_round_due(const struct schedule *schedule)
{
	return !schedule->held &&
	       (schedule->round == 0 ||
		       (schedule->round == 1 &&
			       next_target(schedule) <
				       schedule->targets.count));
}

/* The end is that of the rounds. */
static struct step next_of_rounds(struct schedule *schedule, int64_t now_ns)
{
	size_t count = schedule->targets.count, target;

	if (!count || (now_ns >= schedule->deadline_ns &&
			      !is_first_round_due(schedule)))
		return end();
	target = next_target(schedule);
	if (target == count) {
		close_deadline(schedule, now_ns);
		if (begin_round(schedule, now_ns))
			target = next_target(schedule);
	}
	schedule->next = target;
	if (target < count)
		return send_to(schedule, &schedule->targets.at[target], now_ns);
	if (schedule->round > schedule->config.retries)
		return wait_until(schedule, schedule->deadline_ns);
	return wait_until(schedule, round_due(schedule));
}

/* The sweep that is under way, or NULL. */
static struct sweep *current_sweep(struct schedule *schedule)
{
	if (schedule->phase == PHASE_SWEEP)
		return &schedule->sweep;
	return schedule->phase == PHASE_SCAN ? &schedule->scan : NULL;
}

/* Whether a single target, or the sweep before the scan, is this address. */
static bool is_asked_otherwise(
	const struct schedule *schedule, struct endpoint to)
{
	const struct targets *targets = &schedule->targets;
	const struct target *t = targets_find(targets, to.addr);

	for (; t; t = targets_next(targets, t))
		if (!t->interface && t->to.port == to.port)
			return true;
	return schedule->phase == PHASE_SCAN &&
	       sweep_holds(&schedule->sweep, to.addr, 0);
}

/* Sets the address that is due; false at the end of the sweep. */
static bool find_swept(struct schedule *schedule, struct sweep *sweep)
{
	struct target *swept = &schedule->swept;

	swept->to.port = schedule->config.port;
	while (sweep_now(sweep, &swept->to.addr, &swept->interface)) {
		if (!is_asked_otherwise(schedule, swept->to))
			return true;
		sweep_go_on(sweep);
		schedule->visited++;
	}
	return false;
}

static void enter_next_phase(
	struct schedule *schedule, int64_t now_ns, bool scan_due)
{
	struct target *swept = &schedule->swept;

	if (schedule->phase == PHASE_ROUNDS && schedule->sweep.range_count)
		schedule->phase = PHASE_SWEEP;
	else if (schedule->phase < PHASE_SCAN && scan_due &&
		 schedule->scan.range_count)
		schedule->phase = PHASE_SCAN;
	else
		schedule->phase = PHASE_LAST;
	if (schedule->phase == PHASE_SCAN)
		schedule->scanned = true;
	if (schedule->phase != PHASE_LAST)
		schedule->deadline_ns = INT64_MAX;
	else if (swept->sent)
		close_deadline(schedule, swept->sent_ns);
	else if (schedule->deadline_ns == INT64_MAX)
		schedule->deadline_ns = now_ns; /* nobody was asked */
}

static struct step next_of_sweeps(
	struct schedule *schedule, int64_t now_ns, bool scan_due)
{
	struct sweep *sweep;

	while ((sweep = current_sweep(schedule)) != NULL) {
		if (!find_swept(schedule, sweep))
			enter_next_phase(schedule, now_ns, scan_due);
		else if (now_ns < schedule->pace.due_ns)
			return wait_until(schedule, schedule->pace.due_ns);
		else
			return send_to(schedule, &schedule->swept, now_ns);
	}
	if (now_ns >= schedule->deadline_ns)
		return end();
	return wait_until(schedule, schedule->deadline_ns);
}

/* The kernel takes nothing any more, or never took anything. */
static bool is_stuck(const struct schedule *schedule, int64_t now_ns)
{
	int64_t most_ns = schedule->config.timeout_ns;

	if (schedule->latest.round && most_ns < held_most_ns)
		most_ns = held_most_ns;
	return schedule->held && now_ns - schedule->held_ns >= most_ns;
}

struct step schedule_next(
	struct schedule *schedule, int64_t now_ns, bool scan_due)
{
	struct step step;

	if (is_stuck(schedule, now_ns))
		return end();
	if (schedule->phase == PHASE_ROUNDS) {
		step = next_of_rounds(schedule, now_ns);
		if (step.action != STEP_END)
			return step;
		enter_next_phase(schedule, now_ns, scan_due);
	}
	return next_of_sweeps(schedule, now_ns, scan_due);
}

/* The round, or the sweep, from its start. */
static void start_again(struct schedule *schedule)
{
	struct sweep *sweep = current_sweep(schedule);

	if (!sweep) {
		schedule->next = 0;
		return;
	}
	sweep_restart(sweep);
	schedule->visited = sweep == &schedule->scan ? schedule->sweep.total
						     : 0;
}

void schedule_looked(struct schedule *schedule, int64_t now_ns,
	const struct pace_table *table)
{
	if (pace_looked(&schedule->pace, now_ns, table))
		start_again(schedule);
}

/* A sweep that can send nothing at all, or no more, does not keep its pace. */
static void go_on_sweeping(struct schedule *schedule, int64_t now_ns, int error)
{
	const struct target *swept = &schedule->swept;
	struct sweep *sweep = current_sweep(schedule);

	if (!error)
		*sweep_sent(sweep, swept->to.addr, swept->interface) = now_ns;
	if (swept->sent && error != ENODEV)
		pace_sent(&schedule->pace, now_ns, true);
	sweep_go_on(sweep);
	schedule->visited++;
}

void schedule_sent(struct schedule *schedule, struct target *target,
	int64_t now_ns, int error)
{
	bool swept = target == &schedule->swept;

	if (error)
		target->error = error;
	if (error == EAGAIN || error == ENOBUFS) {
		open_deadline(schedule, target);
		pace_held(&schedule->pace);
		schedule->hold_ns = now_ns + (error == EAGAIN ? buffer_gap_ns
							      : table_gap_ns);
		if (!schedule->held)
			schedule->held_ns = now_ns;
		schedule->held = true;
		return;
	}
	schedule->held = false;
	if (error) {
		target->failed++;
	} else {
		target->sent++;
		target->round = swept ? 1 : schedule->round;
		target->sent_ns = now_ns;
		schedule->latest = (struct asked){now_ns, target->round};
	}
	if (swept) {
		go_on_sweeping(schedule, now_ns, error);
		return;
	}
	if (is_paced(schedule, target))
		pace_sent(&schedule->pace, now_ns, false);
	schedule->next = (size_t)(target - schedule->targets.at) + 1;
}
