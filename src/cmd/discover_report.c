#include "cmd/discover_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "cmd/report.h"
#include "cmd/rights.h"
#include "sys/udp.h"

/* So many single targets that fail are told of as they do. */
enum { WARNED_MAX = 8 };

static const struct netif_table *network_of(
	const struct discover_reporter *reporter)
{
	return reporter->discovery->config.network;
}

static void on_step(void *context, int64_t now_ns)
{
	struct discover_reporter *r = context;

	progress_step(&r->progress, now_ns);
}

/* A failure is told once an interface, once a sweep, and of a single target
 * once. */
static bool is_first_failure(
	struct discover_reporter *r, const struct target *target)
{
	const struct schedule *schedule = &r->discovery->schedule;
	unsigned failed = target->failed;

	if (target != &schedule->swept && !target->interface)
		return failed == 1 && r->warned++ < WARNED_MAX;
	for (size_t i = 0; target != &schedule->swept && i < schedule->pinned;
		i++) {
		const struct target *t = &schedule->targets.at[i];
		if (t != target && t->interface == target->interface)
			failed += t->failed;
	}
	return failed == 1;
}

/* At which level it is told of; LOG_TRACE + 1 for not at all. */
static int choose_level(
	struct discover_reporter *r, const struct target *target, int error)
{
	bool held = error && r->discovery->schedule.held;
	bool told = held && r->held;

	r->held = held;
	if (told)
		return LOG_TRACE + 1;
	return error && !held && is_first_failure(r, target) ? LOG_WARNING
							     : LOG_DEBUG;
}

static void on_sent(void *context, const struct target *target, int error)
{
	struct discover_reporter *r = context;
	int level = choose_level(r, target, error);
	struct str line = STR_EMPTY;

	if (level > LOG_TRACE || !log_shows((enum log_level)level))
		return;
	if (error)
		str_addf(&line, "cannot send to ");
	else if (target == &r->discovery->schedule.swept)
		str_addf(&line, "sent a probe to ");
	else
		str_addf(&line, "sent probe %u to ", target->sent);
	report_add_target(&line, network_of(r), target);
	if (error)
		str_addf(&line, ": %s", report_reason(error));
	log_lines((enum log_level)level, &line);
	str_release(&line);
}

static void on_blind(void *context, int error)
{
	(void)context;
	log_at(LOG_WARNING,
		"cannot look at the neighbour table (rtnetlink): %s; asking 25 "
		"hosts a second, so that it does not overflow",
		strerror(error));
}

static const char *verdict_text(
	enum discovery_verdict verdict, enum protocol protocol)
{
	bool tged = protocol == PROTOCOL_TGED;

	switch (verdict) {
	case DISCOVERY_NEW:
		return "a new server";
	case DISCOVERY_KNOWN:
		return "a known server";
	case DISCOVERY_LOCAL:
		return "dropped, of this host";
	case DISCOVERY_FOREIGN:
		return tged ? "dropped, it does not begin as a reply of TGED"
			    : "dropped, it does not begin with the response "
			      "prefix";
	case DISCOVERY_MALFORMED:
		return "dropped, it holds no valid address and port";
	case DISCOVERY_INVALID:
		return "it has no such service";
	case DISCOVERY_OVERFLOW:
		break;
	}
	return "dropped, too many servers";
}

static void on_received(void *context, const struct datagram *datagram,
	enum discovery_verdict verdict)
{
	const struct discover_reporter *r = context;
	const char *name = netif_name(network_of(r), datagram->interface);
	struct str text = STR_EMPTY;

	if (!log_shows(LOG_TRACE))
		return;
	str_add_escaped(&text, datagram->data);
	log_at(LOG_TRACE, "datagram from %s:%u on %s (%s): '%s'",
		ipv4_text(datagram->source.addr).at, datagram->source.port,
		name ? name : "-",
		verdict_text(verdict, discovery_protocol(r->discovery)),
		str_text(&text));
	str_release(&text);
}

static bool on_found(void *context, const struct result *result)
{
	const struct discover_reporter *r = context;
	const struct output_writer *writer = r->writer;

	if (r->watch && watch_knows(r->watch, result))
		return true;
	if (writer && r->watch)
		writer->event("up", result, r->discovery);
	else if (writer && writer->found)
		writer->found(result, r->discovery);
	return output_works();
}

/* Once for all rounds of a process. */
static void on_opened(void *context)
{
	const struct discover_reporter *r = context;

	if (!r->gave_up)
		rights_give_up(r->uses, r->keep);
}

struct discover_observer discover_report_begin(
	struct discover_reporter *reporter)
{
	progress_init(&reporter->progress, reporter->discovery);
	return (struct discover_observer){reporter, on_opened, on_step, on_sent,
		on_blind, on_received, on_found};
}

void discover_report_losses(const struct discover_reporter *reporter,
	const struct discover_end *end)
{
	const struct discovery *discovery = reporter->discovery;

	if (end->dropped == UDP_DROPPED_UNKNOWN)
		log_at(LOG_DEBUG, "this kernel does not tell what it drops");
	else if (end->dropped)
		log_at(LOG_WARNING,
			"the kernel dropped %u datagrams: replies "
			"came faster than they were read",
			end->dropped);
	if (discovery->overflow)
		log_at(LOG_WARNING,
			"%zu replies were not kept: there were more than %d "
			"servers or %d MiB, or memory ran out",
			discovery->overflow, RESULTS_MAX,
			RESULTS_RAW_MAX >> 20);
}

void discover_report_unasked(const struct discover_reporter *reporter)
{
	const struct discovery *discovery = reporter->discovery;
	const struct schedule *schedule = &discovery->schedule;
	/* Once there are enough nobody else is wanted. */
	uint64_t unasked = discovery_is_enough(discovery)
				   ? 0
				   : report_count_unasked(schedule);

	if (reporter->warned > WARNED_MAX)
		log_at(LOG_WARNING, "%u targets could not be asked",
			reporter->warned);
	if (schedule->swept.failed > 1)
		log_at(LOG_WARNING, "%u hosts could not be asked: %s",
			schedule->swept.failed,
			report_reason(schedule->swept.error));
	if (unasked)
		log_at(LOG_WARNING, "%" PRIu64 " hosts were not asked: %s",
			unasked, strerror(schedule->held_error));
}
