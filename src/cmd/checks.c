#include "cmd/checks.h"

#include "base/log.h"
#include "cmd/arguments.h"
#include "cmd/options.h"

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
	str_addf(&line, " '");
	str_add_printable(&line, config->message);
	str_addf(&line, "': it may not begin with ");
	options_add_name(invocation, "response-prefix", &line);
	str_addf(&line, " '");
	str_add_printable(&line, config->response_prefix);
	str_addf(&line, "'");
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

static bool check_limited(const struct config *config)
{
	if (!config->limited || !config->targets.count || config->broadcast)
		return true;
	log_at(LOG_ERROR, "--limited contradicts --target, which sends no "
			  "broadcast; add --broadcast for both");
	return false;
}

bool checks_pass(struct invocation *invocation)
{
	const struct config *config = &invocation->config;

	return check_message(invocation) && check_expect(config) &&
	       check_limited(config);
}
