#include "cmd/serve_report.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cmd/network.h"
#include "cmd/output.h"
#include "cmd/report.h"

/* So much of a name says which one it is. */
enum { NAME_SHOWN_MAX = 80 };

/* Whether this errno is told for the first time. */
static bool is_first(struct serve_reporter *reporter, int error)
{
	uint64_t *word = &reporter->told[(unsigned)error / 64 % 4];
	uint64_t bit = (uint64_t)1 << (unsigned)error % 64;
	bool first = !(*word & bit);

	*word |= bit;
	return first;
}

/* "10.0.0.7:40000 on eth0" */
static void add_asker(struct str *out, const struct datagram *datagram,
	const struct netif_table *network)
{
	const char *name = output_interface(network, datagram->interface);

	str_addf(out, "%s:%u", ipv4_text(datagram->source.addr).at,
		datagram->source.port);
	if (name)
		str_addf(out, " on %s", name);
}

static const char *reason_text(
	enum protocol protocol, enum responder_verdict verdict)
{
	static const char *const texts[RESPONDER_VERDICTS] = {
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
		"admits it, and nobody else: --allow replaces the default list",
		addr.at, addr.at);
	if (responder->told_count == RESPONDER_TOLD_MAX)
		log_at(LOG_WARNING,
			"%d askers were refused: no further one "
			"is logged",
			RESPONDER_TOLD_MAX);
}

/* Once: a flood must not fill the log too. The counters go on. */
static void tell_limited(
	const struct responder *responder, const struct datagram *datagram)
{
	const struct rate *rate = &responder->policy.rate;

	if (responder->counts[RESPONDER_LIMITED] == 1)
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
	log_at(is_first(reporter, error) ? LOG_WARNING : LOG_DEBUG,
		"cannot answer %s: %s", asker, report_reason(error));
}

static void on_judged(void *context, enum protocol protocol,
	const struct datagram *datagram, enum responder_verdict verdict,
	const struct responder_reply *reply, int error)
{
	struct serve_reporter *reporter = context;
	struct str asker = STR_EMPTY;

	if (verdict == RESPONDER_REFUSED && reply->first_refusal)
		tell_refused(&reporter->serve->responder, datagram);
	if (verdict == RESPONDER_LIMITED)
		tell_limited(&reporter->serve->responder, datagram);
	if (!error &&
		!log_shows(verdict == RESPONDER_REPLY ? LOG_DEBUG : LOG_TRACE))
		return;
	add_asker(&asker, datagram, &reporter->serve->network);
	if (protocol == PROTOCOL_TGED && verdict != RESPONDER_FOREIGN) {
		str_addf(&asker, " for service '");
		str_add_shortened(&asker, reply->service, NAME_SHOWN_MAX);
		str_addf(&asker, "'");
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
	const uint64_t *counts = serve->responder.counts;
	struct str line = STR_EMPTY;

	str_addf(&line, "counters: probes=%" PRIu64 " replies=%" PRIu64,
		responder_probes(&serve->responder), stats->replies);
	for (enum responder_verdict v = RESPONDER_FOREIGN;
		v < RESPONDER_VERDICTS; v++)
		str_addf(&line, " %s=%" PRIu64, responder_verdict_text(v),
			counts[v]);
	str_addf(&line,
		" failed=%" PRIu64 " dropped=%" PRIu32 " reloads=%" PRIu64
		" uptime_s=%" PRId64,
		stats->failed, stats->dropped, count_reloads(serve),
		stats->uptime_ns / NS_PER_S);
	log_lines(LOG_INFO, &line);
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
	bool again = error == reporter->network_error;

	reporter->network_error = error;
	if (error) {
		log_at(again ? LOG_DEBUG : LOG_WARNING,
			"cannot follow the interfaces (rtnetlink): %s",
			strerror(error));
		return;
	}
	log_at(LOG_DEBUG, "the network has %zu addresses on %zu interfaces",
		network->address_count, network->link_count);
	if (!reporter->lists_checked)
		network_check_lists(network, &reporter->config->lists);
	reporter->lists_checked = true;
}

/* Why a path could not be read. */
static const char *error_text(int error)
{
	switch (error) {
	case EINVAL:
		return "it is not a regular file";
	case EFBIG:
		return "there is more than 1 MiB in all";
	case EISDIR:
		return "it was a file and is a folder now, which needs a "
		       "restart";
	case E2BIG:
		return "there are more than 4096 files";
	}
	return strerror(error);
}

void serve_report_fault(const struct live_services *services, const char *end)
{
	const struct live_fault *fault = &services->fault;
	struct str line = STR_EMPTY;

	if (fault->error)
		str_addf(&line, "cannot read '");
	str_add_str(&line, &fault->text);
	if (fault->error)
		str_addf(&line, "': %s", error_text(fault->error));
	str_addf(&line, "%s", end);
	log_lines(LOG_ERROR, &line);
	str_release(&line);
}

static void warn_of_double(const struct live_services *services,
	const struct services_double *found)
{
	struct str line = STR_EMPTY;

	str_addf(&line, "service '");
	str_add_shortened(
		&line, services->table.at[found->at].name, NAME_SHOWN_MAX);
	str_addf(&line, "' of '%s' gives way to that of '%s'",
		services->files.at[found->file], services->files.at[found->by]);
	log_lines(LOG_WARNING, &line);
	str_release(&line);
}

void serve_report_services(const struct live_services *services)
{
	size_t count = services->double_count;

	if (services->files.count == 0)
		log_at(LOG_WARNING, "there is no *.json in '%s'",
			services->path);
	for (size_t i = 0; i < count && i < LIVE_DOUBLES_MAX; i++)
		warn_of_double(services, &services->doubles[i]);
	if (count > LIVE_DOUBLES_MAX)
		log_at(LOG_WARNING, "%zu services are in several files", count);
}

static void on_services(void *context, const struct live_services *services,
	enum live_outcome outcome)
{
	size_t count = services->table.count;
	const struct log_field fields[] = {{"services", NULL, (int64_t)count}};

	(void)context;
	if (outcome == LIVE_LOADED) {
		log_fields(LOG_INFO, fields, 1, "reloaded '%s': %zu %s",
			services->path, count,
			count == 1 ? "service" : "services");
		serve_report_services(services);
	} else {
		serve_report_fault(services, "; the last good services stay");
	}
}

struct serve_observer serve_report_observer(struct serve_reporter *reporter)
{
	return (struct serve_observer){
		reporter, on_judged, on_signalled, on_network, on_services};
}

void serve_report_started(const struct serve_reporter *reporter)
{
	const struct config *config = reporter->config;
	const struct live_services *services = reporter->serve->services;
	const struct log_field port = {"port", NULL, config->port};

	if (!config->tged_only)
		log_fields(LOG_INFO, &port, 1,
			"listening on 0.0.0.0:%u for '%.*s'", config->port,
			(int)config->message.len, config->message.at);
	if (!services)
		return;
	size_t count = services->table.count;
	const struct log_field fields[] = {{"port", NULL, config->tged_port},
		{"services", NULL, (int64_t)count}};
	log_fields(LOG_INFO, fields, 2,
		"listening on 0.0.0.0:%u for %zu %s of '%s'", config->tged_port,
		count, count == 1 ? "service" : "services", services->path);
	serve_report_services(services);
}

void serve_report_stopped(const struct serve_reporter *reporter)
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
	str_release(&uptime);
}
