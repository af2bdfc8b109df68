#include "cmd/command.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "cmd/network.h"
#include "cmd/rights.h"
#include "cmd/serve_manager.h"
#include "cmd/serve_report.h"
#include "cmd/services_report.h"
#include "cmd/settings.h"
#include "engine/serve_loop.h"
#include "sys/event.h"
#include "sys/random.h"

static struct responder_policy make_policy(const struct config *config)
{
	struct responder_policy policy = {
		.message = config->message,
		.response_prefix = config->response_prefix,
		.advertise = config->advertise.at,
		.advertise_count = config->advertise.count,
		.advertise_port = (uint16_t)config->advertise_port,
		.lists = config->lists,
		.allow = config->allow.at,
		.allow_count = config->allow.count,
		.compact = config->tged_compact,
		.invalid_to_unicast = config->tged_invalid == INVALID_UNICAST,
		.rate = config->rate,
		.key = random_key(),
	};

	if (!config->tged_only)
		policy.ports[PROTOCOL_SERVER_IP] = (uint16_t)config->port;
	if (config->services.at)
		policy.ports[PROTOCOL_TGED] = (uint16_t)config->tged_port;
	return policy;
}

static void tell_not_listening(
	const struct config *config, unsigned port, int error)
{
	const char *other = "";

	if (!port) {
		errno = error;
		log_errno(LOG_ERROR, "cannot serve");
		return;
	}
	if (error == EADDRINUSE)
		other = port == config->port && !config->tged_only
				? ", -p takes another"
				: ", --tged-port takes another";
	log_at(LOG_ERROR, "cannot listen on UDP port %u: %s%s%s", port,
		strerror(error), network_port_hint(error, port), other);
}

/* EXIT_DONE, or the status to end with, and why on standard error. */
static int load_services(
	const struct config *config, struct live_services *services)
{
	struct str reader = STR_EMPTY;

	if (live_services_load(services, event_now_ns()) == LIVE_LOADED)
		return EXIT_DONE;
	int error = services->fault.error;
	if (error == EACCES && config->user.at)
		str_addf(&reader, ", to --user '%.*s'", (int)config->user.len,
			config->user.at);
	services_report_fault(services, str_text(&reader));
	str_release(&reader);
	return error == ENOMEM || error == EMFILE || error == ENFILE
		       ? EXIT_CANNOT
		       : EXIT_USAGE;
}

static int loop(struct serve *serve, struct serve_reporter *reporter,
	const struct serve_observer *observer)
{
	serve_report_started(reporter);
	int rc = serve_loop(serve, observer);
	if (rc != 0)
		log_errno(LOG_ERROR, "cannot go on");
	serve_report_stopped(reporter);
	return rc == 0 ? EXIT_DONE : EXIT_CANNOT;
}

/* What needs no rights any more: the services are read only now. */
static int serve_without_rights(struct serve *serve,
	struct serve_reporter *reporter, const struct serve_observer *observer,
	const struct rights *rights)
{
	int status = rights_become(reporter->invocation, rights);

	if (status != EXIT_DONE)
		return status;
	rights_give_up(SANDBOX_SERVE, 0);
	if (serve->services)
		status = load_services(
			&reporter->invocation->config, serve->services);
	return status == EXIT_DONE ? loop(serve, reporter, observer) : status;
}

static int serve(
	const struct invocation *invocation, const struct rights *rights)
{
	const struct config *config = &invocation->config;
	struct serve serve;
	struct live_services services;
	struct manager manager;
	struct responder_policy policy = make_policy(config);
	struct serve_reporter reporter = {.invocation = invocation,
		.serve = &serve,
		.manager = &manager,
		.ready_ns = INT64_MAX};
	const struct serve_observer observer = serve_report_observer(&reporter);
	struct serve_setup setup = {.policy = &policy,
		.duration_ns = config->duration_ns,
		.unfiltered = log_shows(LOG_TRACE)};
	uint16_t refused;
	int status = serve_manager_take_sockets(policy.ports, setup.inherited);

	if (status != EXIT_DONE)
		return status;
	policy.services = &services.table;
	if (serve_open(&serve, &setup, &observer, &refused) != 0) {
		tell_not_listening(config, refused, errno);
		return EXIT_CANNOT;
	}
	serve_manager_open(&manager);
	live_services_init(&services, config->services.at, config->tged_compact,
		random_key());
	if (config->services.at)
		serve.services = &services;
	status = serve_without_rights(&serve, &reporter, &observer, rights);
	live_services_release(&services);
	manager_close(&manager);
	serve_close(&serve);
	return status;
}

static int check(
	const struct invocation *invocation, const struct rights *rights)
{
	const struct config *config = &invocation->config;
	struct live_services services;
	int status = rights_become(invocation, rights);

	if (status == EXIT_DONE && config->services.at) {
		live_services_init(&services, config->services.at,
			config->tged_compact, random_key());
		status = load_services(config, &services);
		if (status == EXIT_DONE)
			services_report_oddities(&services);
		live_services_release(&services);
	}
	if (status == EXIT_DONE && (config->json || !config->quiet))
		settings_write(invocation);
	return status;
}

int command_serve(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;
	struct rights rights;
	int status = rights_find(invocation, &rights);

	if (status != EXIT_DONE)
		return status;
	return config->check ? check(invocation, &rights)
			     : serve(invocation, &rights);
}
