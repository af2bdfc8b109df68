#include "core/gate.h"

struct step gate_wait(const struct schedule *schedule, int64_t until_ns)
{
	if (until_ns > schedule->deadline_ns)
		until_ns = schedule->deadline_ns;
	return (struct step){.action = STEP_WAIT, .until_ns = until_ns};
}

bool gate_is_paced(const struct schedule *schedule, const struct target *target)
{
	return (!target->interface || target == &schedule->swept) &&
	       !netif_is_local(schedule->config.network, target->to.addr);
}

bool gate_is_on_link(
	const struct schedule *schedule, const struct target *target)
{
	return netif_on_link(
		schedule->config.network, target->interface, target->to.addr);
}

bool gate_is_rated(const struct schedule *schedule, const struct target *target)
{
	return target == &schedule->swept ||
	       (gate_is_paced(schedule, target) &&
		       schedule->next >= SCHEDULE_AT_ONCE);
}

void gate_open_deadline(struct schedule *schedule, const struct target *target)
{
	if (schedule->phase == PHASE_ROUNDS && schedule->round == 1 &&
		gate_is_paced(schedule, target))
		schedule->deadline_ns = INT64_MAX;
}

void gate_close_deadline(struct schedule *schedule, int64_t from_ns)
{
	if (schedule->deadline_ns == INT64_MAX)
		schedule->deadline_ns = from_ns + schedule->config.timeout_ns;
}

/* The kernel's neighbour table has to be looked at first, and then some. */
static struct step look(const struct schedule *schedule, int64_t now_ns,
	const struct pace_way *way)
{
	if (now_ns < way->look_ns)
		return gate_wait(schedule, way->look_ns);
	return (struct step){.action = STEP_LOOK};
}

struct step gate_send(
	struct schedule *schedule, struct target *target, int64_t now_ns)
{
	const struct pace *pace = &schedule->pace;
	const struct pace_way *way = gate_is_on_link(schedule, target)
					     ? &pace->on_link
					     : &pace->routed;

	if (now_ns < schedule->hold_ns)
		return gate_wait(schedule, schedule->hold_ns);
	if (gate_is_rated(schedule, target) && now_ns < pace->due_ns) {
		gate_open_deadline(schedule, target);
		return gate_wait(schedule, pace->due_ns);
	}
	if (gate_is_paced(schedule, target) && !way->room) {
		gate_open_deadline(schedule, target);
		return look(schedule, now_ns, way);
	}
	return (struct step){.action = STEP_SEND, .target = target};
}

/* Linux answers for others after up to 0.8 s (proxy_delay, arp(7)). */
static const int64_t proxy_delay_ns = NS_PER_S;

static bool is_watching(const struct schedule *schedule, int64_t now_ns)
{
	const struct pace *pace = &schedule->pace;

	return !pace->slow && !pace->blind && !pace->full &&
	       pace->asked > PACE_PROXY_QUEUE &&
	       now_ns - schedule->latest.sent_ns < proxy_delay_ns;
}

struct step gate_watch(
	const struct schedule *schedule, int64_t now_ns, struct step step)
{
	if (!is_watching(schedule, now_ns))
		return step;
	if (now_ns >= schedule->watch_ns)
		return (struct step){.action = STEP_LOOK};
	if (step.until_ns > schedule->watch_ns)
		step.until_ns = schedule->watch_ns;
	return step;
}
