#include "cmd/command.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "cmd/serve_report.h"
#include "cmd/settings.h"
#include "engine/serve_loop.h"
#include "sys/event.h"
#include "sys/random.h"

static struct responder_policy make_policy(const struct config *config)
{
	struct responder_policy policy = {
		.message = config->message,
		.response_prefix = config->response_prefix,
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
	if (config->advertise.count)
		policy.advertise = config->advertise.at[0];
	return policy;
}

static void tell_not_listening(
	const struct config *config, unsigned port, int error)
{
	const char *hint = "";

	if (!port) {
		errno = error;
		log_errno(LOG_ERROR, "cannot serve");
		return;
	}
	if (error == EADDRINUSE)
		hint = port == config->port && !config->tged_only
			       ? "; 'ss -lunp' shows who has it, -p takes "
				 "another"
			       : "; 'ss -lunp' shows who has it, --tged-port "
				 "takes another";
	else if (error == EACCES)
		hint = "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
	log_at(LOG_ERROR, "cannot listen on UDP port %u: %s%s", port,
		strerror(error), hint);
}

/* Loads the services, which the caller releases. EXIT_DONE, or the status to end
 * with, and why on standard error. */
static int load_services(
	const struct config *config, struct live_services *services)
{
	/* It points into argv, and so ends with a NUL. */
	live_services_init(services, config->services.at, config->tged_compact,
		random_key());
	if (live_services_load(services, event_now_ns()) == LIVE_LOADED)
		return EXIT_DONE;
	int error = services->fault.error;
	serve_report_fault(services, "");
	return error == ENOMEM || error == EMFILE || error == ENFILE
		       ? EXIT_CANNOT
		       : EXIT_USAGE;
}

static int loop(struct serve *serve, const struct serve_reporter *reporter,
	const struct serve_observer *observer)
{
	serve_report_started(reporter);
	int rc = serve_loop(serve, observer);
	if (rc != 0)
		log_errno(LOG_ERROR, "cannot go on");
	serve_report_stopped(reporter);
	return rc == 0 ? EXIT_DONE : EXIT_CANNOT;
}

static int serve(const struct config *config)
{
	struct serve serve;
	struct live_services services;
	struct serve_reporter reporter = {.config = config, .serve = &serve};
	const struct serve_observer observer = serve_report_observer(&reporter);
	struct responder_policy policy = make_policy(config);
	uint16_t refused;
	int status = EXIT_DONE;

	policy.services = &services.table;
	if (serve_open(&serve, &policy, config->duration_ns, &observer,
		    &refused) != 0) {
		tell_not_listening(config, refused, errno);
		return EXIT_CANNOT;
	}
	if (config->services.at) {
		serve.services = &services;
		status = load_services(config, &services);
	}
	if (status == EXIT_DONE)
		status = loop(&serve, &reporter, &observer);
	if (serve.services)
		live_services_release(&services);
	serve_close(&serve);
	return status;
}

static int check(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;
	struct live_services services;

	if (config->services.at) {
		int status = load_services(config, &services);
		if (status == EXIT_DONE)
			serve_report_services(&services);
		live_services_release(&services);
		if (status != EXIT_DONE)
			return status;
	}
	if (config->json || !config->quiet)
		settings_write(invocation, config->json);
	return EXIT_DONE;
}

int command_serve(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;

	return config->check ? check(invocation) : serve(config);
}
