#include "cmd/command.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "cmd/network.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/report.h"
#include "core/tged.h"
#include "engine/discover_loop.h"
#include "sys/random.h"

/* What the observer needs. */
struct context {
	const struct discovery *discovery;
	const struct output_writer *writer;
	const struct netif_table *network;
};

/* A failure is told once an interface, of a routed target once. */
static bool is_first_failure(const struct discovery *discovery,
	const struct discovery_target *target)
{
	unsigned failed = target->failed;

	for (size_t i = 0; target->interface && i < discovery->target_count;
		i++) {
		const struct discovery_target *t = &discovery->targets[i];
		if (t != target && t->interface == target->interface)
			failed += t->failed;
	}
	return failed == 1;
}

static void on_sent(
	void *context, const struct discovery_target *target, int error)
{
	const struct context *c = context;
	bool held = error == EAGAIN || error == ENOBUFS;
	bool warn = error && !held && is_first_failure(c->discovery, target);
	enum log_level level = warn ? LOG_WARNING : LOG_DEBUG;
	struct str line = STR_EMPTY;

	if (!log_shows(level))
		return;
	if (error)
		str_addf(&line, "cannot send to ");
	else
		str_addf(&line, "sent probe %u to ", target->sent);
	report_add_target(&line, c->network, target);
	if (error)
		str_addf(&line, ": %s", strerror(error));
	log_lines(level, &line);
	str_release(&line);
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
	const struct context *c = context;
	const char *name = output_interface(c->network, datagram->interface);
	struct str text = STR_EMPTY;

	if (!log_shows(LOG_TRACE))
		return;
	str_add_escaped(&text, datagram->data);
	log_at(LOG_TRACE, "datagram from %s:%u on %s (%s): '%s'",
		ipv4_text(datagram->source.addr).at, datagram->source.port,
		name ? name : "-",
		verdict_text(verdict, discovery_protocol(c->discovery)),
		str_text(&text));
	str_release(&text);
}

static bool on_found(void *context, const struct result *result)
{
	const struct context *c = context;

	if (c->writer && c->writer->found)
		c->writer->found(result, c->discovery);
	return output_works();
}

static bool wants_broadcast(const struct config *config)
{
	return config->broadcast || config->targets.count == 0;
}

static bool is_single(const struct invocation *invocation)
{
	return invocation->command->bit == IN_DISCOVER_ONE;
}

static bool add_targets(
	struct discovery *discovery, const struct config *config)
{
	uint16_t port = (uint16_t)(config->service.at ? config->tged_port
						      : config->port);

	if (wants_broadcast(config) &&
		!discovery_add_broadcasts(
			discovery, &config->lists, port, config->limited))
		return false;
	for (size_t i = 0; i < config->targets.count; i++) {
		struct endpoint to = config->targets.at[i];
		if (!to.port)
			to.port = port;
		if (!discovery_add_target(discovery, to, 0))
			return false;
	}
	return true;
}

/* "eth0 is blacklisted by --interfaces-blacklist" */
static void add_verdict(struct str *out, const struct invocation *invocation,
	const struct netif *link, const struct netif_address *address)
{
	enum netif_reason verdict = netif_verdict(
		link, address, &invocation->config.lists);

	str_addf(out, "%s is %s", link->name, netif_reason_text(verdict));
	if (verdict != NETIF_NOT_WHITELISTED && verdict != NETIF_BLACKLISTED)
		return;
	str_addf(out, " by ");
	options_add_name(invocation,
		verdict == NETIF_BLACKLISTED ? "interfaces-blacklist"
					     : "interfaces-whitelist",
		out);
}

static void tell_nothing_to_send_to(
	const struct invocation *invocation, const struct netif_table *network)
{
	struct str line = STR_EMPTY;
	size_t told = 0;

	str_addf(&line, "no interface to broadcast on");
	for (size_t i = 0; i < network->address_count; i++) {
		const struct netif_address *a = &network->addresses[i];
		const struct netif *link = netif_find(network, a->index);
		if (!link)
			continue;
		str_addf(&line, "%s", told++ ? ", " : ": ");
		add_verdict(&line, invocation, link, a);
	}
	log_lines(LOG_ERROR, &line);
	str_release(&line);
}

/* What was lost on the way to us. */
static void tell_losses(
	const struct discovery *discovery, const struct discover_end *end)
{
	if (end->dropped)
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

static int conclude(const struct invocation *invocation,
	struct discovery *discovery, const struct discover_end *end,
	const struct output_writer *writer)
{
	size_t expected = is_single(invocation) ? 1 : invocation->config.expect;

	if (!end->signal && !discovery_sent_any(discovery)) {
		report_shortfall(invocation, discovery, expected);
		return EXIT_CANNOT;
	}
	results_sort(&discovery->results);
	results_sort(&discovery->without);
	if (writer && writer->all)
		writer->all(discovery, is_single(invocation));
	if (!output_works())
		return EXIT_CANNOT;
	tell_losses(discovery, end);
	if (end->signal)
		return EXIT_SIGNAL + end->signal;
	if (discovery->results.count < expected) {
		report_shortfall(invocation, discovery, expected);
		return EXIT_FEWER;
	}
	report_topology(invocation, discovery);
	return EXIT_DONE;
}

/* NULL where nothing is to be printed. */
static const struct output_writer *choose_writer(
	const struct invocation *invocation)
{
	const struct config *config = &invocation->config;

	if (config->quiet && !options_given(invocation, "output"))
		return NULL;
	return output_writers[config->output];
}

static int discover(const struct invocation *invocation,
	const struct netif_table *network, struct discovery *discovery)
{
	const struct config *config = &invocation->config;
	struct context context = {
		discovery, choose_writer(invocation), network};
	const struct discover_observer observer = {
		&context, on_sent, on_received, on_found};
	struct discover_end end;

	if (!add_targets(discovery, config)) {
		log_at(LOG_ERROR, "cannot keep the targets: out of memory");
		return EXIT_CANNOT;
	}
	if (discovery->target_count == 0) {
		tell_nothing_to_send_to(invocation, network);
		return EXIT_CANNOT;
	}
	if (discover_loop(discovery, &observer, &end) != 0) {
		log_errno(LOG_ERROR, "cannot discover");
		return EXIT_CANNOT;
	}
	return conclude(invocation, discovery, &end, context.writer);
}

/* What is asked: the message, or a request for the service. */
static void add_probe(const struct config *config, struct str *probe)
{
	if (config->service.at)
		tged_format_request(probe, config->service);
	else
		str_add(probe, config->message);
}

static int run(const struct invocation *invocation,
	const struct netif_table *network, const struct str *probe)
{
	const struct config *config = &invocation->config;
	const struct discovery_config client = {
		.probe = str_slice(probe),
		.service = config->service,
		.response_prefix = config->response_prefix,
		.timeout_ns = config->timeout_ns,
		.retries = config->retries,
		.count = is_single(invocation) ? 1 : config->count,
		.ignore_local = config->ignore_local,
		.network = network,
		.key = random_key(),
	};
	struct discovery discovery;

	discovery_init(&discovery, &client);
	int status = discover(invocation, network, &discovery);
	discovery_release(&discovery);
	return status;
}

int command_discover(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;
	struct netif_table network;
	struct str probe = STR_EMPTY;
	int status = EXIT_CANNOT;

	if (!network_load(&network))
		return EXIT_CANNOT;
	network_check_lists(&network, &config->lists);
	add_probe(config, &probe);
	if (probe.failed)
		log_at(LOG_ERROR, "out of memory");
	else
		status = run(invocation, &network, &probe);
	str_release(&probe);
	netif_table_release(&network);
	return status;
}
