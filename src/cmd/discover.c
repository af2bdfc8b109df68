#include "cmd/command.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "cmd/network.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/plan.h"
#include "cmd/progress.h"
#include "cmd/report.h"
#include "core/tged.h"
#include "engine/discover_loop.h"
#include "sys/random.h"

/* What the observer needs. */
struct context {
	const struct discovery *discovery;
	const struct output_writer *writer;
	const struct netif_table *network;
	struct progress progress;
	unsigned warned; /* of single targets that could not be asked */
	bool held; /* the latest send, which was told */
	struct str unresolved; /* of plan_make */
};

/* So many single targets that fail are told of as they do. */
enum { WARNED_MAX = 8 };

static void on_step(void *context, int64_t now_ns)
{
	struct context *c = context;

	progress_step(&c->progress, now_ns);
}

/* A failure is told once an interface, once a sweep, and of a single target
 * once. */
static bool is_first_failure(struct context *c, const struct target *target)
{
	const struct schedule *schedule = &c->discovery->schedule;
	unsigned failed = target->failed;

	if (target != &schedule->swept && !target->interface)
		return failed == 1 && c->warned++ < WARNED_MAX;
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
	struct context *c, const struct target *target, int error)
{
	bool held = error && c->discovery->schedule.held;
	bool told = held && c->held;

	c->held = held;
	if (told)
		return LOG_TRACE + 1;
	return error && !held && is_first_failure(c, target) ? LOG_WARNING
							     : LOG_DEBUG;
}

static void on_sent(void *context, const struct target *target, int error)
{
	struct context *c = context;
	int level = choose_level(c, target, error);
	struct str line = STR_EMPTY;

	if (level > LOG_TRACE || !log_shows((enum log_level)level))
		return;
	if (error)
		str_addf(&line, "cannot send to ");
	else if (target == &c->discovery->schedule.swept)
		str_addf(&line, "sent a probe to ");
	else
		str_addf(&line, "sent probe %u to ", target->sent);
	report_add_target(&line, c->network, target);
	if (error)
		str_addf(&line, ": %s", strerror(error));
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

static bool is_single(const struct invocation *invocation)
{
	return invocation->command->bit == IN_DISCOVER_ONE;
}

/* How many servers are enough. */
static size_t expected(const struct invocation *invocation)
{
	return is_single(invocation) ? 1 : invocation->config.expect;
}

/* What was lost on the way to others. */
static void tell_unasked(const struct schedule *schedule, unsigned warned)
{
	uint64_t unasked = report_count_unasked(schedule);

	if (warned > WARNED_MAX)
		log_at(LOG_WARNING, "%u targets could not be asked", warned);
	if (schedule->swept.failed > 1)
		log_at(LOG_WARNING, "%u hosts could not be asked: %s",
			schedule->swept.failed,
			strerror(schedule->swept.error));
	if (unasked)
		log_at(LOG_WARNING, "%" PRIu64 " hosts were not asked: %s",
			unasked, strerror(schedule->held_error));
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
	const struct context *context)
{
	const struct output_writer *writer = context->writer;
	size_t enough = expected(invocation);

	log_status(NULL);
	if (!end->signal && !discovery->schedule.latest.round) {
		report_shortfall(
			invocation, discovery, enough, &context->unresolved);
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
	tell_unasked(&discovery->schedule, context->warned);
	if (discovery->results.count < enough) {
		report_shortfall(
			invocation, discovery, enough, &context->unresolved);
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

static int fail(const struct config *config)
{
	if (config->source_port && (errno == EADDRINUSE || errno == EACCES))
		log_errno(LOG_ERROR, "cannot ask from UDP port %u",
			config->source_port);
	else
		log_errno(LOG_ERROR, "cannot discover");
	return EXIT_CANNOT;
}

static int discover(const struct invocation *invocation,
	struct discovery *discovery, struct context *context)
{
	const struct config *config = &invocation->config;
	const struct discover_observer observer = {
		context, on_step, on_sent, on_blind, on_received, on_found};
	struct discover_end end;
	int status = plan_make(invocation, context->network,
		&discovery->schedule, &context->unresolved);

	if (status)
		return status;
	progress_init(&context->progress, discovery);
	if (discover_loop(discovery, (uint16_t)config->source_port, &observer,
		    &end) != 0)
		return fail(config);
	return conclude(invocation, discovery, &end, context);
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
		.schedule = {.timeout_ns = config->timeout_ns,
			.retries = config->retries,
			.rate = config->rate_pps,
			.port = (uint16_t)(config->service.at
						   ? config->tged_port
						   : config->port),
			.length = probe->len,
			.network = network},
		.count = is_single(invocation) ? 1 : config->count,
		.expected = expected(invocation),
		.ignore_local = config->ignore_local,
		.network = network,
		.key = random_key(),
	};
	struct discovery discovery;
	struct context context = {.discovery = &discovery,
		.writer = choose_writer(invocation),
		.network = network,
		.unresolved = STR_EMPTY};

	discovery_init(&discovery, &client);
	int status = discover(invocation, &discovery, &context);
	discovery_release(&discovery);
	str_release(&context.unresolved);
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
