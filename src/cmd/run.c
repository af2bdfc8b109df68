#include "cmd/run.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "cmd/network.h"
#include "engine/discover_loop.h"
#include "sys/random.h"
#include "sys/sandbox.h"

bool run_is_single(const struct invocation *invocation)
{
	return invocation->command->bit == IN_DISCOVER_ONE;
}

static struct discovery_config configure(
	const struct run_setup *setup, const struct netif_table *network)
{
	const struct config *config = &setup->invocation->config;
	bool single = run_is_single(setup->invocation);

	return (struct discovery_config){
		.probe = setup->probe,
		.service = config->service,
		.response_prefix = config->response_prefix,
		.schedule = {.timeout_ns = config->timeout_ns,
			.retries = config->retries,
			.rate = config->rate_pps,
			.port = (uint16_t)(config->service.at
						   ? config->tged_port
						   : config->port),
			.length = setup->probe.len,
			.network = network},
		.count = single ? 1 : config->count,
		.expected = single ? 1 : config->expect,
		.ignore_local = config->ignore_local,
		.network = network,
		.key = random_key(),
	};
}

int run_begin(struct run *run, const struct run_setup *setup,
	const struct watch *watch)
{
	const struct config *config = &setup->invocation->config;

	*run = (struct run){.setup = setup, .unresolved = STR_EMPTY};
	bool loaded = network_load(&run->network);
	struct discovery_config client = configure(setup, &run->network);
	discovery_init(&run->discovery, &client);
	run->reporter = (struct discover_reporter){
		.discovery = &run->discovery,
		.writer = setup->writer,
		.watch = watch,
		.uses = SANDBOX_DISCOVER | (output_file() ? SANDBOX_WRITE : 0u),
		.keep = (output_file() ? SANDBOX_KEEP_FILES : 0u) |
			(config->watch && config->source_port
					? SANDBOX_KEEP_PORTS
					: 0u),
	};
	if (!loaded)
		return EXIT_CANNOT;
	network_check_lists(&run->network, &config->lists);
	return plan_make(setup->invocation, &setup->texts, &run->network,
		&run->discovery.schedule, &run->unresolved);
}

void run_release(struct run *run)
{
	discovery_release(&run->discovery);
	str_release(&run->unresolved);
	netif_table_release(&run->network);
}

bool run_has_targets(const struct run *run)
{
	bool empty = schedule_is_empty(&run->discovery.schedule);

	if (empty)
		plan_tell_empty(run->setup->invocation, &run->network,
			&run->unresolved);
	return !empty;
}

static int fail(unsigned source_port)
{
	int error = errno;

	if (source_port && (error == EADDRINUSE || error == EACCES))
		log_at(LOG_ERROR, "cannot ask from UDP port %u: %s%s",
			source_port, strerror(error),
			network_port_hint(error, source_port));
	else
		log_errno(LOG_ERROR, "cannot discover");
	return EXIT_CANNOT;
}

int run_loop(struct run *run)
{
	unsigned port = run->setup->invocation->config.source_port;
	const struct discover_observer observer = discover_report_begin(
		&run->reporter);

	if (discover_loop(
		    &run->discovery, (uint16_t)port, &observer, &run->end) != 0)
		return fail(port);
	log_status(NULL);
	return EXIT_DONE;
}

bool run_asked(const struct run *run)
{
	return run->discovery.schedule.latest.round > 0;
}
