#include "cmd/serve_report.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cmd/network.h"
#include "cmd/report.h"
#include "cmd/serve_manager.h"
#include "cmd/services_report.h"
#include "sys/event.h"

static const int64_t retry_ns = NS_PER_S;
/* However often a manager wants to hear that we live. */
static const int64_t alive_gap_ns = 10LL * NS_PER_MS;

/* What can go wrong again and again. */
enum repeated {
	REPEATED_SEND,
	REPEATED_LIMITED,
	REPEATED_NETWORK,
	REPEATED_DEAF,
	REPEATED_MANAGER,
};

/* Whether it is told now: the first is, and the rest in numbers. */
static bool is_told(
	struct serve_reporter *reporter, enum repeated what, int error)
{
	return repeats_note(&reporter->repeats, what, error, event_now_ns());
}

static void tell_repeat(const struct repeat *repeat)
{
	static const char words[][40] = {
		[REPEATED_SEND] = "a reply could not be sent: ",
		[REPEATED_LIMITED] = "a reply was held back by --rate-limit",
		[REPEATED_NETWORK] = "the interfaces could not be followed: ",
		[REPEATED_DEAF] = "nothing could be received: ",
		[REPEATED_MANAGER] = "the service manager was not told: ",
	};

	log_at(LOG_WARNING, "%" PRIu64 " more times in %d minutes: %s%s",
		repeat->held, REPEATS_GAP_S / 60, words[repeat->what],
		repeat->error ? report_reason(repeat->error) : "");
}

/* "10.0.0.7:40000 on eth0" */
static void add_asker(struct str *out, const struct datagram *datagram,
	const struct netif_table *network)
{
	const char *name = netif_name(network, datagram->interface);

	str_addf(out, "%s:%u", ipv4_text(datagram->source.addr).at,
		datagram->source.port);
	if (name)
		str_addf(out, " on %s", name);
}

static const char *reason_text(
	enum protocol protocol, enum responder_verdict verdict)
{
	static const char texts[RESPONDER_VERDICTS][40] = {
		[RESPONDER_REPLY] = "answered",
		[RESPONDER_FOREIGN] = "it is not the message",
		[RESPONDER_BAD_SOURCE] = "nobody can be at that source",
		[RESPONDER_OWN_PORT] = "its source port is ours",
		[RESPONDER_INTERFACE] = "the lists leave that interface out",
		[RESPONDER_REFUSED] = "its network is not allowed",
		[RESPONDER_NO_ADDRESS] = "there is no address to answer with",
		[RESPONDER_UNKNOWN] = "there is no such service",
		[RESPONDER_LIMITED] = "it is over the rate limit",
	};

	if (protocol == PROTOCOL_TGED && verdict == RESPONDER_FOREIGN)
		return "it is no request of TGED";
	return texts[verdict];
}

static void tell_dropped(const char *asker, enum protocol protocol,
	const struct datagram *datagram, enum responder_verdict verdict)
{
	struct str text = STR_EMPTY;

	str_add_escaped(&text, datagram->data);
	log_at(LOG_TRACE, "dropped a datagram from %s (%s): '%s'%s", asker,
		reason_text(protocol, verdict), str_text(&text),
		datagram->truncated ? " and more" : "");
	str_release(&text);
}

static void tell_refused(
	const struct responder *responder, const struct datagram *datagram)
{
	struct ipv4_text addr = ipv4_text(datagram->source.addr);

	log_at(LOG_WARNING,
		"refused %s, which is in no allowed network; '--allow %s' "
		"admits it%s",
		addr.at, addr.at,
		responder->policy.allow ? ""
					: ", and nobody else: --allow replaces "
					  "the default list");
	if (responder->told_count == RESPONDER_TOLD_MAX)
		log_at(LOG_WARNING,
			"%d askers were refused: no further one "
			"is logged",
			RESPONDER_TOLD_MAX);
}

/* Once: a flood must not fill the log too. The counters go on. */
static void tell_limited(
	struct serve_reporter *reporter, const struct datagram *datagram)
{
	const struct rate *rate = &reporter->serve->responder.policy.rate;

	if (is_told(reporter, REPEATED_LIMITED, 0))
		log_at(LOG_WARNING,
			"no reply to %s: over --rate-limit %u/%u for one asker, "
			"or %d times that for all; further ones are only "
			"counted",
			ipv4_text(datagram->source.addr).at, rate->per_second,
			rate->burst, LIMITER_ALL_FACTOR);
}

static void tell_reply(struct serve_reporter *reporter, const char *asker,
	const struct responder_reply *reply, int error)
{
	if (!error) {
		log_at(LOG_DEBUG, "answered %s: '%s'", asker,
			str_text(&reply->text));
		return;
	}
	log_at(is_told(reporter, REPEATED_SEND, error) ? LOG_WARNING
						       : LOG_DEBUG,
		"cannot answer %s: %s", asker, report_reason(error));
}

static void on_judged(void *context, enum protocol protocol,
	const struct datagram *datagram, enum responder_verdict verdict,
	const struct responder_reply *reply, int error)
{
	struct serve_reporter *reporter = context;

	if (verdict == RESPONDER_REFUSED && reply->first_refusal)
		tell_refused(&reporter->serve->responder, datagram);
	if (verdict == RESPONDER_LIMITED)
		tell_limited(reporter, datagram);
	if (!error &&
		!log_shows(verdict == RESPONDER_REPLY ? LOG_DEBUG : LOG_TRACE))
		return;
	struct str asker = STR_EMPTY;
	add_asker(&asker, datagram, &reporter->serve->network);
	if (protocol == PROTOCOL_TGED && verdict != RESPONDER_FOREIGN) {
		str_addf(&asker, " for service ");
		str_add_quoted(&asker, reply->service, NAME_SHOWN_MAX);
	}
	if (verdict == RESPONDER_REPLY)
		tell_reply(reporter, str_text(&asker), reply, error);
	else
		tell_dropped(str_text(&asker), protocol, datagram, verdict);
	str_release(&asker);
}

/* Sets of services after the one of the start. */
static uint64_t count_reloads(const struct serve *serve)
{
	return serve->services ? serve->services->loads - 1 : 0;
}

static void tell_counters(
	const struct serve *serve, const struct serve_stats *stats)
{
	const struct responder *responder = &serve->responder;
	struct log_field fields[RESPONDER_VERDICTS + 5] = {
		{"probes", NULL, (int64_t)responder_probes(responder)},
		{"replies", NULL, (int64_t)stats->replies}};
	size_t count = 2;
	struct str line = STR_EMPTY;

	for (enum responder_verdict v = RESPONDER_FOREIGN;
		v < RESPONDER_VERDICTS; v++)
		fields[count++] = (struct log_field){responder_verdict_text(v),
			NULL, (int64_t)responder->counts[v]};
	fields[count++] = (struct log_field){
		"failed", NULL, (int64_t)stats->failed};
	fields[count++] = (struct log_field){
		"dropped", NULL, (int64_t)stats->dropped};
	fields[count++] = (struct log_field){
		"reloads", NULL, (int64_t)count_reloads(serve)};
	fields[count++] = (struct log_field){
		"uptime_s", NULL, stats->uptime_ns / NS_PER_S};
	for (size_t i = 0; i < count; i++)
		str_addf(
			&line, " %s=%" PRId64, fields[i].key, fields[i].number);
	log_fields(LOG_INFO, fields, count, "counters:%s", str_text(&line));
	str_release(&line);
}

static void on_signalled(
	void *context, int signal, const struct serve_stats *stats)
{
	const struct serve_reporter *reporter = context;

	if (signal == SIGUSR1)
		tell_counters(reporter->serve, stats);
	else
		log_at(LOG_DEBUG, "SIGHUP: there is nothing to reload");
}

static void on_network(
	void *context, const struct netif_table *network, int error)
{
	struct serve_reporter *reporter = context;

	if (error) {
		log_at(is_told(reporter, REPEATED_NETWORK, error) ? LOG_WARNING
								  : LOG_DEBUG,
			"cannot follow the interfaces (rtnetlink): %s",
			strerror(error));
		return;
	}
	log_at(LOG_DEBUG, "the network has %zu addresses on %zu interfaces",
		network->address_count, network->link_count);
	if (!reporter->lists_checked)
		network_check_lists(
			network, &reporter->invocation->config.lists);
	reporter->lists_checked = true;
}

/* 0 where it was told. */
static int tell_manager(struct serve_reporter *reporter, const char *state,
	const struct str *status)
{
	int rc = serve_manager_tell(reporter->manager, state, status);

	if (rc != 0 && is_told(reporter, REPEATED_MANAGER, errno))
		log_errno(LOG_WARNING, "cannot tell the service manager '%s'",
			state);
	return rc;
}

/* What it waits for is told again, until it was. */
static void tell_ready(struct serve_reporter *reporter)
{
	const struct config *config = &reporter->invocation->config;
	const struct live_services *services = reporter->serve->services;
	struct str status = STR_EMPTY;

	str_addf(&status, "answers on UDP port ");
	if (!config->tged_only)
		str_addf(
			&status, "%u%s", config->port, services ? " and " : "");
	if (services) {
		str_addf(&status, "%u for ", config->tged_port);
		num_add_count(&status, services->table.count, "service");
	}
	if (services && services->fault.text.len)
		str_addf(&status, ", not the latest: the log says why");
	int rc = tell_manager(reporter, "READY=1", &status);
	reporter->ready_ns = rc == 0 ? INT64_MAX : event_now_ns() + retry_ns;
	str_release(&status);
}

static void on_services(void *context, const struct live_services *services,
	enum live_outcome outcome)
{
	size_t count = services->table.count;
	const struct log_field fields[] = {{"services", NULL, (int64_t)count}};
	struct serve_reporter *reporter = context;

	if (outcome == LIVE_LOADED) {
		log_fields(LOG_INFO, fields, 1, "reloaded '%s': %zu %s",
			services->path, count,
			count == 1 ? "service" : "services");
		services_report_oddities(services);
	} else {
		services_report_fault(
			services, "; the last good services stay");
	}
	if (!reporter->reloading)
		tell_ready(reporter);
}

static void on_reloading(void *context, bool done)
{
	struct serve_reporter *reporter = context;

	reporter->reloading = !done;
	if (done)
		tell_ready(reporter);
	else
		tell_manager(reporter, "RELOADING=1", NULL);
}

static void on_deaf(void *context, int error)
{
	struct serve_reporter *reporter = context;

	if (is_told(reporter, REPEATED_DEAF, error))
		log_at(LOG_WARNING, "cannot receive: %s", strerror(error));
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t on_due(void *context, int64_t now_ns)
{
	struct serve_reporter *reporter = context;
	int64_t watchdog_ns = reporter->manager->watchdog_ns;
	struct repeat repeat;

	while (repeats_due(&reporter->repeats, now_ns, &repeat))
		tell_repeat(&repeat);
	if (now_ns >= reporter->ready_ns)
		tell_ready(reporter);
	if (watchdog_ns && now_ns >= reporter->alive_ns) {
		tell_manager(reporter, "WATCHDOG=1", NULL);
		reporter->alive_ns = now_ns + (watchdog_ns / 2 > alive_gap_ns
							      ? watchdog_ns / 2
							      : alive_gap_ns);
	}
	return earlier(repeats_next(&reporter->repeats),
		earlier(reporter->ready_ns,
			watchdog_ns ? reporter->alive_ns : INT64_MAX));
}

struct serve_observer serve_report_observer(struct serve_reporter *reporter)
{
	return (struct serve_observer){reporter, on_judged, on_signalled,
		on_network, on_services, on_reloading, on_deaf, on_due};
}

static void tell_services(const struct live_services *services, unsigned port)
{
	size_t count = services->table.count;
	const struct log_field fields[] = {
		{"port", NULL, port}, {"services", NULL, (int64_t)count}};

	log_fields(LOG_INFO, fields, 2,
		"listening on 0.0.0.0:%u for %zu %s of '%s'", port, count,
		count == 1 ? "service" : "services", services->path);
	services_report_oddities(services);
}

void serve_report_started(struct serve_reporter *reporter)
{
	const struct config *config = &reporter->invocation->config;
	const struct live_services *services = reporter->serve->services;
	const struct log_field port = {"port", NULL, config->port};

	if (!config->tged_only) {
		log_at(LOG_DEBUG, "the kernel %s what is not the message",
			serve_is_filtered(reporter->serve) ? "drops"
							   : "passes");
		log_fields(LOG_INFO, &port, 1,
			"listening on 0.0.0.0:%u for '%.*s'", config->port,
			(int)config->message.len, config->message.at);
	}
	if (services)
		tell_services(services, config->tged_port);
	tell_ready(reporter);
}

void serve_report_stopped(struct serve_reporter *reporter)
{
	const struct serve *serve = reporter->serve;
	uint64_t probes = responder_probes(&serve->responder);
	const struct serve_stats *stats = &serve->stats;
	const struct log_field fields[] = {
		{"uptime_s", NULL, (int64_t)(stats->uptime_ns / NS_PER_S)},
		{"probes", NULL, (int64_t)probes},
		{"replies", NULL, (int64_t)stats->replies}};
	struct str uptime = STR_EMPTY;

	num_add_duration(&uptime, stats->uptime_ns);
	log_fields(LOG_INFO, fields, 3,
		"stopped after %s: %" PRIu64 " probes, %" PRIu64 " replies",
		str_text(&uptime), probes, stats->replies);
	tell_manager(reporter, "STOPPING=1", NULL);
	str_release(&uptime);
}
