#include "cmd/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cmd/plan.h"
#include "cmd/warning.h"

static const struct layout lines = {"\n  ", "\n    ", "\n    "};
static const struct layout one_line = {"; ", ", ", " "};

/* Whether there is one line for all. */
static bool is_terse(void)
{
	return !log_shows(LOG_WARNING);
}

void report_add_target(struct str *out, const struct netif_table *network,
	const struct target *target)
{
	const char *name = netif_name(network, target->interface);

	str_addf(out, "%s:%u", ipv4_text(target->to.addr).at, target->to.port);
	if (name)
		str_addf(out, " on %s", name);
}

/* Nothing but a filter makes a datagram fail like that. */
const char *report_reason(int error)
{
	return error == EPERM ? "Operation not permitted (by this host's "
				"firewall)"
			      : strerror(error);
}

/* So many servers are named. */
enum { SERVERS_NAMED = 16 };

void report_add_servers(struct str *out, const struct results *results)
{
	for (size_t i = 0; i < results->count && i < SERVERS_NAMED; i++) {
		str_addf(out, i ? ", " : ": ");
		ipv4_add_endpoint(out, results->at[i].server);
	}
	if (results->count > SERVERS_NAMED)
		str_addf(out, ", ...");
}

/* "no server answered", and what for. */
static void add_nobody(struct str *out, const struct discovery *discovery)
{
	struct slice service = discovery->config.service;
	size_t without = discovery->without.count;

	if (!service.at) {
		str_addf(out, "no server answered");
		return;
	}
	str_addf(out, without ? "no server has service "
			      : "no server answered for service ");
	str_add_quoted(out, service, SIZE_MAX);
	if (without)
		str_addf(out, ": %zu said INVALID", without);
}

uint64_t report_count_unasked(const struct schedule *schedule)
{
	const struct targets *targets = &schedule->targets;
	uint64_t count = 0;

	if (!schedule->held_error)
		return 0;
	for (size_t i = 0; i < targets->count; i++)
		count += !targets->at[i].sent && !targets->at[i].failed;
	return count + schedule_swept_total(schedule) - schedule->visited;
}

static void add_headline(struct str *out, const struct discovery *discovery)
{
	size_t found = discovery->results.count;

	if (!discovery->schedule.latest.round) {
		str_addf(out, "no probe could be sent");
		return;
	}
	if (found)
		str_addf(out, "only %zu of %zu expected servers answered",
			found, discovery->config.expected);
	else
		add_nobody(out, discovery);
	str_addf(out, " within ");
	num_add_seconds(out, discovery->schedule.config.timeout_ns);
	str_addf(out,
		discovery->schedule.swept.sent ? " s of the last probe" : " s");
	if (found && discovery->without.count)
		str_addf(out, ", %zu said INVALID", discovery->without.count);
	uint64_t unasked = report_count_unasked(&discovery->schedule);
	if (unasked && is_terse())
		str_addf(out, ", and %" PRIu64 " hosts were not asked: %s",
			unasked, strerror(discovery->schedule.held_error));
}

/* So many of those that said INVALID are named. */
enum { NAMED_MAX = 8 };

static void add_without(struct str *out, const struct results *without)
{
	str_addf(out, "INVALID came from ");
	for (size_t i = 0; i < without->count && i < NAMED_MAX; i++)
		str_addf(out, "%s%s", i ? ", " : "",
			ipv4_text(without->at[i].server.addr).at);
	if (without->count > NAMED_MAX)
		str_addf(out, " and %zu more", without->count - NAMED_MAX);
	str_addf(out, " (names are case-sensitive)");
}

static void add_target(struct str *out, const struct netif_table *network,
	const struct target *target)
{
	if (target->sent) {
		str_addf(out, "sent ");
		num_add_count(out, target->sent, "probe");
		str_addf(out, " to ");
	} else {
		str_addf(out, "could not ask ");
	}
	report_add_target(out, network, target);
	if (target->failed && target->sent)
		str_addf(out, ", %u failed", target->failed);
	if (target->failed)
		str_addf(out, ": %s", report_reason(target->error));
}

/* So many targets are told of one by one. */
enum { TARGETS_TOLD = 8 };

/* Those that were asked come first; without ASKED only the others. */
static void add_targets(struct str *out, const struct discovery *discovery,
	const struct layout *layout, bool asked)
{
	const struct targets *targets = &discovery->schedule.targets;
	size_t told = 0, untold = 0, unsent = 0;

	for (int pass = !asked; pass < 2; pass++) {
		for (size_t i = 0; i < targets->count; i++) {
			const struct target *t = &targets->at[i];
			bool unasked = t->sent == 0;
			if (unasked != (pass == 1) || (!asked && !t->failed))
				continue;
			untold += told == TARGETS_TOLD;
			unsent += told == TARGETS_TOLD && pass;
			if (told == TARGETS_TOLD)
				continue;
			told++;
			str_addf(out, "%s", layout->part);
			add_target(out, discovery->config.network, t);
		}
	}
	if (untold)
		str_addf(
			out, "%sand to %zu more targets", layout->part, untold);
	if (unsent)
		str_addf(out, ", %zu of which could not be asked", unsent);
}

/* "asked 4094 of 4094 hosts, 10.15.0.1 to 10.15.15.254 on eth0" */
static void add_sweep(struct str *out, const struct discovery *discovery,
	const struct sweep *sweep, const struct layout *layout)
{
	const struct sweep_range *first = sweep->ranges;

	if (!sweep->range_count)
		return;
	const char *name = netif_name(
		discovery->config.network, first->interface);
	str_addf(out, "%sasked %" PRIu64 " of %" PRIu64 " hosts, %s to %s",
		layout->part, sweep_asked(sweep), sweep->total,
		ipv4_text(first->first).at, ipv4_text(first->last).at);
	if (name)
		str_addf(out, " on %s", name);
	if (sweep->range_count > 1) {
		str_addf(out, " and ");
		num_add_count(out, sweep->range_count - 1, "more range");
	}
}

static void add_sweeps(struct str *out, const struct discovery *discovery,
	const struct layout *layout)
{
	const struct schedule *schedule = &discovery->schedule;

	add_sweep(out, discovery, &schedule->sweep, layout);
	if (schedule->scanned)
		add_sweep(out, discovery, &schedule->scan, layout);
}

/* Nothing but broadcast, that nothing at all came back from. */
static bool may_be_firewalled(const struct discovery *discovery)
{
	const struct schedule *schedule = &discovery->schedule;

	return schedule->pinned && schedule->targets.at[0].sent &&
	       schedule->pinned == schedule->targets.count &&
	       !schedule->swept.sent && !discovery->foreign &&
	       !discovery->without.count && !discovery->ignored;
}

static void add_account(struct str *out, const struct discovery *discovery,
	const struct layout *layout)
{
	const struct schedule *schedule = &discovery->schedule;

	add_targets(out, discovery, layout, true);
	add_sweeps(out, discovery, layout);
	if (report_count_unasked(schedule))
		str_addf(out, "%sheld up: %s", layout->part,
			strerror(schedule->held_error));
	if (schedule->swept.failed)
		str_addf(out, "%s%u of them could not be asked: %s",
			layout->part, schedule->swept.failed,
			report_reason(schedule->swept.error));
	if (discovery->without.count) {
		str_addf(out, "%s", layout->part);
		add_without(out, &discovery->without);
	}
	str_addf(out, "%s", layout->part);
	num_add_count(out, discovery->foreign, "foreign datagram");
	str_addf(out, " came");
	if (discovery->foreign && !is_terse() && !log_shows(LOG_TRACE))
		str_addf(out, " (-vv shows them)");
	if (discovery->config.ignore_local)
		str_addf(out,
			"%s%zu %s of this host left out by --ignore-local",
			layout->part, discovery->ignored,
			discovery->ignored == 1 ? "reply" : "replies");
	if (may_be_firewalled(discovery))
		str_addf(out,
			"%sif --target ADDR finds one, a firewall here may "
			"drop replies to broadcasts",
			layout->part);
}

/* What --scan did not do. */
static void add_unscanned(struct str *out, const struct invocation *invocation,
	const struct discovery *discovery, const struct layout *layout)
{
	struct segmented_list list = {0};

	(void)segmented_judge_all(
		&list, discovery->config.network, &invocation->config.lists);
	if (list.counting == 0)
		str_addf(out,
			"%s--scan found no segmented network here; --target "
			"NETWORK asks one",
			layout->part);
	for (size_t i = 0; i < list.count; i++) {
		const struct segmented *found = &list.at[i];
		if (found->is_virtual ||
			plan_covers(&discovery->schedule, found))
			continue;
		str_addf(out, "%s--scan left out ", layout->part);
		segmented_add_network(out, found);
		str_addf(out,
			" on %s: more than %d hosts in all; --force asks them",
			found->link->name, PLAN_HOSTS_MAX);
	}
	segmented_release(&list);
}

bool report_shortfall(const struct invocation *invocation,
	const struct discovery *discovery, const struct str *unresolved,
	bool warn)
{
	bool terse = is_terse();
	const struct layout *layout = terse ? &one_line : &lines;
	struct segmented_list list = {0};
	struct str account = STR_EMPTY, warning = STR_EMPTY;

	if (warn)
		warning_find(invocation, discovery, &list);
	add_headline(&account, discovery);
	/* Else they stand in the output. */
	if (terse && invocation->config.output != OUTPUT_NAGIOS)
		report_add_servers(&account, &discovery->results);
	if (discovery->results.count == 0) {
		add_account(&account, discovery, layout);
	} else {
		if (terse)
			add_targets(&account, discovery, layout, false);
		add_sweeps(&account, discovery, layout);
	}
	if (invocation->config.scan)
		add_unscanned(&account, invocation, discovery, layout);
	if (list.count)
		warning_add(&warning, invocation, discovery->config.network,
			&list, layout);
	if (terse && unresolved->len) {
		str_addf(&account, "; ");
		str_add_str(&account, unresolved);
	}
	if (list.count && terse) {
		str_addf(&account, "; ");
		str_add_str(&account, &warning);
	}
	log_lines(LOG_ERROR, &account);
	if (list.count && !terse)
		log_lines(LOG_WARNING, &warning);
	warn = list.count > 0;
	str_release(&account);
	str_release(&warning);
	segmented_release(&list);
	return warn;
}

void report_topology(
	const struct invocation *invocation, const struct discovery *discovery)
{
	struct segmented_list list = {0};

	if (!log_shows(LOG_DEBUG))
		return;
	warning_find(invocation, discovery, &list);
	for (size_t i = 0; i < list.count; i++) {
		struct str note = STR_EMPTY;
		str_addf(&note, "the network may be segmented");
		warning_add_network(&note, &list.at[i], &one_line);
		log_lines(LOG_DEBUG, &note);
		str_release(&note);
	}
	segmented_release(&list);
}
