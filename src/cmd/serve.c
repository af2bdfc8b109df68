#include "cmd/command.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cmd/network.h"
#include "cmd/output.h"
#include "cmd/settings.h"
#include "engine/serve_loop.h"

/* What the observer keeps between calls. */
struct reporter {
	const struct config *config;
	const struct serve *serve;
	bool lists_checked;
	int network_error; /* the latest, or 0: a repeated one is told once */
	uint64_t told[4]; /* a bit for each errno of a send that was told */
};

/* Whether this errno is told for the first time. */
static bool is_first(struct reporter *reporter, int error)
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

static const char *reason_text(enum responder_verdict verdict)
{
	static const char *const texts[RESPONDER_VERDICTS] = {
		[RESPONDER_REPLY] = "answered",
		[RESPONDER_FOREIGN] = "it is not the message",
		[RESPONDER_BAD_SOURCE] = "nobody can be at that source",
		[RESPONDER_OWN_PORT] = "its source port is ours",
		[RESPONDER_INTERFACE] = "the lists leave that interface out",
		[RESPONDER_REFUSED] = "its network is not allowed",
		[RESPONDER_NO_ADDRESS] = "there is no address to answer with",
	};

	return texts[verdict];
}

static void tell_dropped(const char *asker, const struct datagram *datagram,
	enum responder_verdict verdict)
{
	struct str text = STR_EMPTY;

	str_add_escaped(&text, datagram->data);
	log_at(LOG_TRACE, "dropped a datagram from %s (%s): '%s'%s", asker,
		reason_text(verdict), str_text(&text),
		datagram->truncated ? " and more" : "");
	str_release(&text);
}

static void tell_refused(
	const struct responder *responder, const struct datagram *datagram)
{
	struct ipv4_text addr = ipv4_text(datagram->source.addr);

	log_at(LOG_WARNING,
		"refused %s, which is in no allowed network; '--allow %s' "
		"would admit it (--allow replaces the default list)",
		addr.at, addr.at);
	if (responder->told_count == RESPONDER_TOLD_MAX)
		log_at(LOG_WARNING,
			"%d askers were refused: no further one "
			"is logged",
			RESPONDER_TOLD_MAX);
}

static void tell_reply(struct reporter *reporter, const char *asker,
	const struct responder_reply *reply, int error)
{
	if (!error) {
		log_at(LOG_DEBUG, "answered %s: '%s'", asker,
			str_text(&reply->text));
		return;
	}
	log_at(is_first(reporter, error) ? LOG_WARNING : LOG_DEBUG,
		"cannot answer %s: %s", asker, strerror(error));
}

static void on_judged(void *context, const struct datagram *datagram,
	enum responder_verdict verdict, const struct responder_reply *reply,
	int error)
{
	struct reporter *reporter = context;
	struct str asker = STR_EMPTY;

	if (verdict == RESPONDER_REFUSED && reply->first_refusal)
		tell_refused(&reporter->serve->responder, datagram);
	if (!error &&
		!log_shows(verdict == RESPONDER_REPLY ? LOG_DEBUG : LOG_TRACE))
		return;
	add_asker(&asker, datagram, &reporter->serve->network);
	if (verdict == RESPONDER_REPLY)
		tell_reply(reporter, str_text(&asker), reply, error);
	else
		tell_dropped(str_text(&asker), datagram, verdict);
	str_release(&asker);
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
		" failed=%" PRIu64 " dropped=%" PRIu32 " uptime_s=%" PRId64,
		stats->failed, stats->dropped, stats->uptime_ns / NS_PER_S);
	log_lines(LOG_INFO, &line);
	str_release(&line);
}

static void on_signalled(
	void *context, int signal, const struct serve_stats *stats)
{
	const struct reporter *reporter = context;

	if (signal == SIGUSR1)
		tell_counters(reporter->serve, stats);
	else
		log_at(LOG_DEBUG, "SIGHUP: there is nothing to reload");
}

static void on_network(
	void *context, const struct netif_table *network, int error)
{
	struct reporter *reporter = context;
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

static struct responder_policy make_policy(const struct config *config)
{
	struct responder_policy policy = {
		.message = config->message,
		.response_prefix = config->response_prefix,
		.port = (uint16_t)config->port,
		.advertise_port = (uint16_t)config->advertise_port,
		.lists = config->lists,
		.allow = config->allow.at,
		.allow_count = config->allow.count,
	};

	if (config->advertise.count)
		policy.advertise = config->advertise.at[0];
	return policy;
}

static void warn_of_dead_rules(const struct config *config)
{
	const struct endpoint_list *advertise = &config->advertise;

	for (size_t i = 1; i < advertise->count; i++)
		log_at(LOG_WARNING,
			"--advertise %s is never used: the first "
			"one fits every asker",
			ipv4_text(advertise->at[i].addr).at);
	if (advertise->count && config->advertise_port)
		log_at(LOG_WARNING, "--advertise-port is never used: "
				    "--advertise fits every asker");
}

static void tell_started(const struct config *config)
{
	const struct log_field fields[] = {{"port", NULL, config->port}};

	log_fields(LOG_INFO, fields, 1, "listening on 0.0.0.0:%u for '%.*s'",
		config->port, (int)config->message.len, config->message.at);
}

static void tell_stopped(const struct serve *serve)
{
	uint64_t probes = responder_probes(&serve->responder);
	const struct serve_stats *stats = &serve->stats;
	const struct log_field fields[] = {
		{"uptime_s", NULL, (double)(stats->uptime_ns / NS_PER_S)},
		{"probes", NULL, (double)probes},
		{"replies", NULL, (double)stats->replies}};
	struct str uptime = STR_EMPTY;

	num_add_duration(&uptime, stats->uptime_ns);
	log_fields(LOG_INFO, fields, 3,
		"stopped after %s: %" PRIu64 " probes, %" PRIu64 " replies",
		str_text(&uptime), probes, stats->replies);
	str_release(&uptime);
}

static void tell_not_listening(unsigned port, int error)
{
	const char *hint = "";

	if (error == EADDRINUSE)
		hint = "; 'ss -lunp' shows who has it, -p takes another";
	else if (error == EACCES)
		hint = "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
	log_at(LOG_ERROR, "cannot listen on UDP port %u: %s%s", port,
		strerror(error), hint);
}

static int serve(const struct config *config)
{
	struct serve serve;
	struct reporter reporter = {.config = config, .serve = &serve};
	const struct serve_observer observer = {
		&reporter, on_judged, on_signalled, on_network};
	struct responder_policy policy = make_policy(config);

	if (serve_open(&serve, &policy, config->duration_ns, &observer) != 0) {
		tell_not_listening(config->port, errno);
		return EXIT_CANNOT;
	}
	tell_started(config);
	int rc = serve_loop(&serve, &observer);
	if (rc != 0)
		log_errno(LOG_ERROR, "cannot go on");
	tell_stopped(&serve);
	serve_close(&serve);
	return rc == 0 ? EXIT_DONE : EXIT_CANNOT;
}

int command_serve(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;

	warn_of_dead_rules(config);
	if (config->check) {
		if (config->json || !config->quiet)
			settings_write(invocation, config->json);
		return EXIT_DONE;
	}
	return serve(config);
}
