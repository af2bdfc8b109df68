#include "cmd/checks.h"

#include "base/log.h"
#include "cmd/arguments.h"
#include "cmd/options.h"
#include "sys/sandbox.h"

/* A reply that would pass for a probe could make two responders talk for ever;
 * and a probe for a reply, which a client would take for a server. */
static bool begins_with_prefix(const struct config *config)
{
	return config->message.at &&
	       slice_starts(config->message, config->response_prefix);
}

/* A variable never contradicts an option: where one of the two was given, the
 * other one's variable gives way to the default. */
static void yield_variable(struct invocation *invocation)
{
	bool message = options_given(invocation, "message");
	bool prefix = options_given(invocation, "response-prefix");

	if (message && !prefix)
		arguments_reset(invocation, "response-prefix");
	if (prefix && !message)
		arguments_reset(invocation, "message");
}

static bool check_message(struct invocation *invocation)
{
	const struct config *config = &invocation->config;
	struct str line = STR_EMPTY;

	if (begins_with_prefix(config))
		yield_variable(invocation);
	if (!begins_with_prefix(config))
		return true;
	str_addf(&line, "bad ");
	options_add_name(invocation, "message", &line);
	str_addf(&line, " ");
	str_add_quoted(&line, config->message, SIZE_MAX);
	str_addf(&line, ": it may not begin with ");
	options_add_name(invocation, "response-prefix", &line);
	str_addf(&line, " ");
	str_add_quoted(&line, config->response_prefix, SIZE_MAX);
	log_lines(LOG_ERROR, &line);
	str_release(&line);
	return false;
}

static bool check_expect(const struct config *config)
{
	if (!config->count || config->expect <= config->count)
		return true;
	log_at(LOG_ERROR,
		"--expect %u is above --count %u: so many are "
		"never waited for",
		config->expect, config->count);
	return false;
}

/* Events have no end to wait for. */
static bool check_watch(const struct config *config)
{
	if (!config->watch || config->output == OUTPUT_TEXT ||
		config->output == OUTPUT_NDJSON)
		return true;
	log_at(LOG_ERROR,
		"--watch contradicts --output %s: events are text or "
		"ndjson",
		config->output == OUTPUT_JSON ? "json" : "nagios");
	return false;
}

static bool tell_no_broadcast(const struct config *config, const char *name)
{
	log_at(LOG_ERROR,
		"--%s contradicts --%s, which sends no broadcast; add "
		"--broadcast for both",
		name, config->targets.count ? "target" : "targets-file");
	return false;
}

static bool check_limited(const struct config *config)
{
	return !config->limited || config_broadcasts(config) ||
	       tell_no_broadcast(config, "limited");
}

static bool check_scan(const struct config *config)
{
	return !config->scan || config_broadcasts(config) ||
	       tell_no_broadcast(config, "scan");
}

static bool is_asked_port(const struct config *config, unsigned port)
{
	return port == (config->service.at ? config->tged_port : config->port);
}

/* A responder answers no probe that comes from its own port. plan_make looks at
 * the ports of targets. */
static bool check_source_port(struct invocation *invocation)
{
	const struct config *config = &invocation->config;
	unsigned port = config->source_port;

	if (!port || !is_asked_port(config, port))
		return true;
	/* A variable gives way to an option. */
	if (!config->service.at && !options_given(invocation, "port"))
		arguments_reset(invocation, "port");
	if (!is_asked_port(config, port))
		return true;
	log_at(LOG_ERROR, CHECKS_BAD_SOURCE_PORT, port);
	return false;
}

/* Each protocol needs a port of its own. */
static bool check_ports(struct invocation *invocation)
{
	const struct config *config = &invocation->config;
	struct str line = STR_EMPTY;

	if (!config->services.at || config->tged_only ||
		config->port != config->tged_port)
		return true;
	/* A variable gives way to an option. */
	if (options_given(invocation, "tged-port") &&
		!options_given(invocation, "port"))
		arguments_reset(invocation, "port");
	if (config->port != config->tged_port)
		return true;
	/* The one that is not a default is named first. */
	bool port_first = !options_given(invocation, "tged-port");
	str_addf(&line, "bad ");
	options_add_name(invocation, port_first ? "port" : "tged-port", &line);
	str_addf(&line, " '%u': ", config->port);
	options_add_name(invocation, port_first ? "tged-port" : "port", &line);
	str_addf(&line, " is the same; each protocol needs a port of its own");
	log_lines(LOG_ERROR, &line);
	str_release(&line);
	return false;
}

static bool check_tged_only(const struct config *config)
{
	if (!config->tged_only || config->services.at)
		return true;
	log_at(LOG_ERROR, "--tged-only leaves nothing to answer without "
			  "--services PATH");
	return false;
}

bool checks_pass(struct invocation *invocation)
{
	struct config *config = &invocation->config;

	if (!check_message(invocation) || !check_expect(config) ||
		!check_watch(config) || !check_limited(config) ||
		!check_scan(config) || !check_source_port(invocation) ||
		!check_tged_only(config) || !check_ports(invocation))
		return false;
	if (invocation->command->bit == IN_SERVE && !config->user.at &&
		sandbox_identity().uid == 0)
		config->user = slice_of("nobody");
	/* As TGED's own client, which sends to 255.255.255.255 alone. */
	config->limited = config->limited || config->service.at;
	return true;
}

/* Options that do nothing without another one. */
static const struct {
	char name[13], needs[9];
} idle[] = {
	{"interval", "watch"},
	{"tged-port", "service"},
	{"tged-port", "services"},
	{"tged-compact", "services"},
	{"tged-invalid", "services"},
};

static void add_rule(struct str *out, const struct config *config, size_t index)
{
	static const struct setting setting = {SETTING_ADVERTISED,
		.offset = offsetof(struct config, advertise)};

	str_addf(out, "--advertise ");
	setting_print(&setting, config, index, out);
}

static void warn_of_advertise(const struct config *config)
{
	const struct advertised_list *rules = &config->advertise;
	bool all = false;

	for (size_t i = 0; i < rules->count; i++) {
		const struct advertised *wider = advertised_before(
			rules->at, i);
		struct str line = STR_EMPTY;
		all = all || rules->at[i].askers.prefix == 0;
		if (!wider)
			continue;
		add_rule(&line, config, i);
		str_addf(&line, " is never used: ");
		add_rule(&line, config, (size_t)(wider - rules->at));
		str_addf(&line, " fits every asker%s",
			wider->askers.prefix ? " there" : "");
		log_lines(LOG_WARNING, &line);
		str_release(&line);
	}
	if (all && config->advertise_port)
		log_at(LOG_WARNING, "--advertise-port is never used: "
				    "--advertise fits every asker");
}

void checks_warn(const struct invocation *invocation)
{
	warn_of_advertise(&invocation->config);
	for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
		if (options_given(invocation, idle[i].name) &&
			option_find(invocation, slice_of(idle[i].needs), 0) &&
			!options_given(invocation, idle[i].needs))
			log_at(LOG_WARNING, "--%s does nothing without --%s",
				idle[i].name, idle[i].needs);
}
