#include "core/schedule.h"

#include <errno.h>

#include "base/num.h"
#include "core/gate.h"
#include "core/rounds.h"

/* Rounds are never closer than this. */
static const int64_t round_gap_ns = 50 * (int64_t)NS_PER_MS;
/* How long a full send buffer is given to drain, and a neighbour table that is
 * full of others' entries. */
static const int64_t buffer_gap_ns = 5 * (int64_t)NS_PER_MS;
static const int64_t table_gap_ns = 50 * (int64_t)NS_PER_MS;
/* How long it may take none: resolved neighbours keep their entries for 45 s, and
 * 5 s more. */
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

static int64_t round_due(const struct schedule *schedule)
{
	const struct schedule_config *config = &schedule->config;
	int64_t due = schedule->start_ns + rounds_due_ns(config->timeout_ns,
						   config->retries,
						   schedule->round);
	int64_t earliest = schedule->round_ns + round_gap_ns;

	return schedule->round && due < earliest ? earliest : due;
}

/* The next target that this round still has to ask, or the count of them. */
static size_t next_target(const struct schedule *schedule)
{
	const struct targets *targets = &schedule->targets;
	size_t i = schedule->next;

	while (i < targets->count &&
		(targets->at[i].answered || !targets->at[i].due))
		i++;
	return i;
}

static void begin_round_again(struct schedule *schedule)
{
	schedule->next = 0;
	for (size_t i = 0; i < schedule->targets.count; i++)
		schedule->targets.at[i].due = true;
}

static bool begin_round(struct schedule *schedule, int64_t now_ns)
{
	if (schedule->round > schedule->config.retries ||
		now_ns < round_due(schedule))
		return false;
	schedule->round++;
	schedule->round_ns = now_ns;
	begin_round_again(schedule);
	return true;
}

static struct step end(void)
{
	return (struct step){.action = STEP_END};
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
	if (target == count && schedule->put_off) {
		schedule->put_off = false;
		schedule->next = 0;
		target = next_target(schedule);
	}
	if (target == count) {
		gate_close_deadline(schedule, now_ns);
		if (begin_round(schedule, now_ns))
			target = next_target(schedule);
	}
	schedule->next = target;
	if (target < count)
		return gate_send(
			schedule, &schedule->targets.at[target], now_ns);
	if (schedule->round > schedule->config.retries)
		return gate_wait(schedule, schedule->deadline_ns);
	return gate_wait(schedule, round_due(schedule));
}

/* The sweep that is under way, or NULL. */
static struct sweep *current_sweep(struct schedule *schedule)
{
	if (schedule->phase == PHASE_SWEEP)
		return &schedule->sweep;
	return schedule->phase == PHASE_SCAN ? &schedule->scan : NULL;
}

/* When this address was asked as a single target, or by the sweep before the
 * scan: as of sweep_sent, and 0 where nobody tried. */
static int64_t asked_otherwise(
	const struct schedule *schedule, struct endpoint to)
{
	const struct targets *targets = &schedule->targets;
	const struct target *t = targets_find(targets, to.addr);
	const int64_t *swept_ns;

	for (; t; t = targets_next(targets, t))
		if (!t->interface && t->to.port == to.port)
			return t->sent ? t->sent_ns : SWEEP_FAILED;
	if (schedule->phase != PHASE_SCAN ||
		!(swept_ns = sweep_sent(&schedule->sweep, to.addr, 0)))
		return 0;
	return *swept_ns;
}

/* Sets the address that is due; false at the end of the sweep. */
static bool find_swept(struct schedule *schedule, struct sweep *sweep)
{
	struct target *swept = &schedule->swept;

	swept->to.port = schedule->config.port;
	while (sweep_now(sweep, &swept->to.addr, &swept->interface)) {
		int64_t *sent_ns = sweep_sent(
			sweep, swept->to.addr, swept->interface);
		int64_t otherwise_ns = asked_otherwise(schedule, swept->to);
		if (otherwise_ns)
			*sent_ns = otherwise_ns;
		else if (!schedule->again || !*sent_ns)
			return true;
		sweep_go_on(sweep);
		schedule->visited += otherwise_ns && !schedule->again;
	}
	if (!schedule->put_off)
		return false;
	/* Once more, for what the kernel did not take. */
	schedule->put_off = false;
	schedule->again = true;
	sweep_restart(sweep);
	return find_swept(schedule, sweep);
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
	schedule->held = schedule->put_off = schedule->again = false;
	if (schedule->phase != PHASE_LAST)
		schedule->deadline_ns = INT64_MAX;
	else if (swept->sent)
		gate_close_deadline(schedule, swept->sent_ns);
	else if (schedule->deadline_ns == INT64_MAX)
		schedule->deadline_ns = now_ns; /* nobody was asked */
}

/* The kernel takes nothing any more, or never took anything. */
static bool is_stuck(const struct schedule *schedule, int64_t now_ns)
{
	int64_t most_ns = schedule->config.timeout_ns;

	if (schedule->latest.round && most_ns < held_most_ns)
		most_ns = held_most_ns;
	return schedule->held && now_ns - schedule->held_ns >= most_ns;
}

static struct step next_of_sweeps(
	struct schedule *schedule, int64_t now_ns, bool scan_due)
{
	struct sweep *sweep;

	while ((sweep = current_sweep(schedule)) != NULL) {
		if (is_stuck(schedule, now_ns) || !find_swept(schedule, sweep))
			enter_next_phase(schedule, now_ns, scan_due);
		else
			return gate_send(schedule, &schedule->swept, now_ns);
	}
	if (now_ns >= schedule->deadline_ns)
		return end();
	return gate_wait(schedule, schedule->deadline_ns);
}

static struct step next_step(
	struct schedule *schedule, int64_t now_ns, bool scan_due)
{
	struct step step;

	if (schedule->phase == PHASE_ROUNDS) {
		step = is_stuck(schedule, now_ns)
			       ? end()
			       : next_of_rounds(schedule, now_ns);
		if (step.action != STEP_END)
			return step;
		enter_next_phase(schedule, now_ns, scan_due);
	}
	return next_of_sweeps(schedule, now_ns, scan_due);
}

/* The round, or the sweep, from its start. */
static void start_again(struct schedule *schedule)
{
	struct sweep *sweep;

	if (schedule->phase == PHASE_LAST && !schedule->swept.sent)
		return;
	if (schedule->phase == PHASE_LAST)
		schedule->phase = schedule->scanned ? PHASE_SCAN : PHASE_SWEEP;
	schedule->deadline_ns = INT64_MAX;
	sweep = current_sweep(schedule);
	if (!sweep) {
		begin_round_again(schedule);
		return;
	}
	sweep_restart(sweep);
	schedule->again = false;
	schedule->visited = sweep == &schedule->scan ? schedule->sweep.total
						     : 0;
}

struct step schedule_next(
	struct schedule *schedule, int64_t now_ns, bool scan_due)
{
	struct step step = next_step(schedule, now_ns, scan_due);

	return step.action == STEP_WAIT ? gate_watch(schedule, now_ns, step)
					: step;
}

void schedule_looked(struct schedule *schedule, int64_t now_ns,
	const struct pace_table *table)
{
	schedule->watch_ns = now_ns + GATE_WATCH_GAP_NS;
	if (pace_looked(&schedule->pace, now_ns, table))
		start_again(schedule);
}

static size_t index_of(
	const struct schedule *schedule, const struct target *target)
{
	return (size_t)(target - schedule->targets.at);
}

/* A sweep that can send nothing at all, or no more, does not keep its pace. */
static void go_on_sweeping(struct schedule *schedule, int64_t now_ns, int error)
{
	const struct target *swept = &schedule->swept;
	struct sweep *sweep = current_sweep(schedule);
	int64_t *sent_ns = sweep_sent(sweep, swept->to.addr, swept->interface);

	/* A probe that went before can still be answered. */
	if (!error || !*sent_ns)
		*sent_ns = error ? SWEEP_FAILED : now_ns;
	if (swept->sent && error != ENODEV)
		pace_sent(&schedule->pace, now_ns, true,
			gate_is_on_link(schedule, swept));
	sweep_go_on(sweep);
	schedule->visited++;
}

/* The kernel had no room. In its table of neighbours, or the queue of one
 * interface, there may be some for the next target: this one is put off. */
static void hold(struct schedule *schedule, struct target *target,
	int64_t now_ns, int error)
{
	bool put_off = error == ENOBUFS;

	gate_open_deadline(schedule, target);
	pace_held(&schedule->pace, put_off);
	schedule->hold_ns = now_ns + (put_off ? table_gap_ns : buffer_gap_ns);
	if (!schedule->held)
		schedule->held_ns = now_ns;
	schedule->held = true;
	schedule->held_error = error;
	if (!put_off)
		return;
	schedule->put_off = true;
	if (target == &schedule->swept)
		sweep_go_on(current_sweep(schedule));
	else
		schedule->next = index_of(schedule, target) + 1;
}

static void note(struct schedule *schedule, struct target *target,
	int64_t now_ns, int error)
{
	schedule->held = false;
	if (error) {
		target->error = error;
		target->failed++;
		return;
	}
	target->sent++;
	target->round = target == &schedule->swept ? 1 : schedule->round;
	target->sent_ns = now_ns;
	schedule->latest = (struct asked){now_ns, target->round};
}

void schedule_sent(struct schedule *schedule, struct target *target,
	int64_t now_ns, int error)
{
	if (error == EAGAIN ||
		(error == ENOBUFS && gate_is_paced(schedule, target))) {
		hold(schedule, target, now_ns, error);
		return;
	}
	note(schedule, target, now_ns, error);
	if (target == &schedule->swept) {
		go_on_sweeping(schedule, now_ns, error);
		return;
	}
	if (gate_is_paced(schedule, target))
		pace_sent(&schedule->pace, now_ns,
			gate_is_rated(schedule, target),
			gate_is_on_link(schedule, target));
	target->due = false;
	schedule->next = index_of(schedule, target) + 1;
}
