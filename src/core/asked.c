#include "core/asked.h"

/* The later of two probes. */
static void take_later(struct asked *best, int64_t sent_ns, unsigned round)
{
	if (round && (!best->round || sent_ns > best->sent_ns))
		*best = (struct asked){sent_ns, round};
}

/* Likewise of what was sent to an address by a sweep. */
static void take_swept(struct asked *best, const struct sweep *sweep,
	uint32_t addr, int interface)
{
	const int64_t *sent_ns = sweep_sent(sweep, addr, interface);

	if (sent_ns && *sent_ns > 0)
		take_later(best, *sent_ns, 1);
}

struct asked asked_by(
	const struct schedule *schedule, const struct datagram *datagram)
{
	const struct targets *targets = &schedule->targets;
	struct endpoint source = datagram->source;
	struct asked exact = {0, 0}, same = {0, 0}, near = {0, 0};
	bool swept = source.port == schedule->config.port;
	const struct target *t = targets_find(targets, source.addr);

	for (; t; t = targets_next(targets, t))
		if (!t->interface)
			take_later(t->to.port == source.port ? &exact : &same,
				t->sent_ns, t->round);
	take_swept(swept ? &exact : &same, &schedule->sweep, source.addr, 0);
	take_swept(swept ? &exact : &same, &schedule->scan, source.addr,
		datagram->interface);
	if (exact.round || same.round)
		return exact.round ? exact : same;
	for (size_t i = 0; i < schedule->pinned; i++)
		if (targets->at[i].interface == datagram->interface)
			take_later(&near, targets->at[i].sent_ns,
				targets->at[i].round);
	return near.round ? near : schedule->latest;
}

int64_t asked_at(const struct schedule *schedule, uint32_t addr)
{
	const struct targets *targets = &schedule->targets;
	const struct target *t = targets_find(targets, addr);
	struct asked latest = {0, 0};

	for (; t; t = targets_next(targets, t))
		take_later(&latest, t->sent_ns, t->round);
	take_swept(&latest, &schedule->sweep, addr, 0);
	take_swept(&latest, &schedule->scan, addr, schedule->swept.interface);
	return latest.sent_ns;
}

void asked_no_more(struct schedule *schedule, struct endpoint source)
{
	const struct targets *targets = &schedule->targets;
	struct target *t = targets_find(targets, source.addr);
	struct target *exact = NULL, *same = NULL;
	size_t at_address = 0;

	for (; t; t = targets_next(targets, t)) {
		if (t->interface)
			continue;
		at_address++;
		same = t;
		if (t->sent && t->to.port == source.port)
			exact = t;
	}
	if (exact)
		exact->answered = true;
	else if (at_address == 1)
		same->answered = true;
}
