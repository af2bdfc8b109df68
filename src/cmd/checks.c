#include "cmd/checks.h"

#include "base/log.h"
#include "cmd/options.h"

/* A reply that would pass for a probe could make two responders talk for ever;
 * and a probe for a reply, which a client would take for a server. */
static bool check_message(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;
	struct str message = STR_EMPTY, prefix = STR_EMPTY;

	if (!config->message.at ||
		!slice_starts(config->message, config->response_prefix))
		return true;
	options_add_name(invocation, "message", &message);
	options_add_name(invocation, "response-prefix", &prefix);
	log_at(LOG_ERROR, "bad %s '%.*s': it may not begin with %s '%.*s'",
		str_text(&message), (int)config->message.len,
		config->message.at, str_text(&prefix),
		(int)config->response_prefix.len, config->response_prefix.at);
	str_release(&message);
	str_release(&prefix);
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

bool checks_pass(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;

	return check_message(invocation) && check_expect(config) &&
	       check_limited(config);
}
