#include "cmd/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/discovery.h"
#include "core/server_ip.h"

#define VARIABLE(name) "DISCOVERY_CLIENT_" name
#define IN_BOTH (IN_DISCOVER | IN_DISCOVER_ONE)
#define IN_LISTS (IN_SERVE | IN_BOTH | IN_IFACES | IN_CHECK_SEGMENTED)
#define IN_ALL (IN_LISTS | IN_HELP)
#define AT(member) .offset = offsetof(struct config, member)

static const char *const outputs[] = {"text", "json", "ndjson", NULL};

const struct option options[] = {
	{"port", 'p', VARIABLE("PORT"), "N", "UDP port to ask or to answer on",
		IN_SERVE | IN_BOTH, {SETTING_NUMBER, AT(port), 1, 65535},
		.initial = "9999"},
	{"message", 'm', VARIABLE("MESSAGE"), "TEXT", "what a probe says",
		IN_SERVE | IN_BOTH,
		{SETTING_TEXT, AT(message), 1, SERVER_IP_MESSAGE_MAX},
		.initial = "DISCOVER_SERVER"},
	{"response-prefix", 0, VARIABLE("RESPONSE_PREFIX"), "TEXT",
		"what a reply begins with", IN_SERVE | IN_BOTH,
		{SETTING_TEXT, AT(response_prefix), 1, SERVER_IP_PREFIX_MAX},
		.initial = "SERVER_IP:"},
	{"timeout", 't', VARIABLE("TIMEOUT"), "SECONDS",
		"how long to wait for answers", IN_BOTH,
		{SETTING_SECONDS, AT(timeout_ns)}, .initial = "5.0"},
	{"retries", 'r', VARIABLE("RETRIES"), "N",
		"ask so many times more meanwhile", IN_BOTH,
		{SETTING_NUMBER, AT(retries), 0, DISCOVERY_RETRIES_MAX},
		.initial = "3"},
	{"interfaces-whitelist", 'i', VARIABLE("INTERFACES_WHITELIST"), "LIST",
		"use only these interfaces, like eth0,wlan*", IN_LISTS,
		{SETTING_NAMES, AT(lists.whitelist)}},
	{"interfaces-blacklist", 0, VARIABLE("INTERFACES_BLACKLIST"), "LIST",
		"and of those not these", IN_LISTS,
		{SETTING_NAMES, AT(lists.blacklist)}},
	{"target", 'T', NULL, "ADDR[:PORT]",
		"ask this host, not by broadcast; repeatable", IN_BOTH,
		{SETTING_TARGETS, AT(targets)}},
	{"broadcast", 0, NULL, NULL, "send broadcasts beside --target too",
		IN_BOTH, {SETTING_FLAG, AT(broadcast)}},
	{"limited", 0, NULL, NULL, "255.255.255.255 too: hosts of other masks",
		IN_BOTH, {SETTING_FLAG, AT(limited)}},
	{"ignore-local", 0, NULL, NULL, "leave out servers of this host",
		IN_BOTH, {SETTING_FLAG, AT(ignore_local)}},
	{"count", 'c', NULL, "N", "stop after so many servers", IN_DISCOVER,
		{SETTING_NUMBER, AT(count), 1, RESULTS_MAX}},
	{"expect", 'x', NULL, "N", "exit 1 where fewer answered", IN_DISCOVER,
		{SETTING_NUMBER, AT(expect), 0, RESULTS_MAX}, .initial = "1"},
	{"output", 'o', NULL, "FORMAT", "text, json or ndjson", IN_BOTH,
		{SETTING_CHOICE, AT(output), .choices = outputs},
		.initial = "text"},
	{NULL, 'j', NULL, NULL, "the same as --output json", IN_BOTH,
		.alias = "output", .alias_value = "json"},
	{"advertise", 0, NULL, "ADDR[:PORT]",
		"answer with this, not the automatic address", IN_SERVE,
		{SETTING_ADVERTISED, AT(advertise)},
		.against = {"advertise-port"}},
	{"advertise-port", 0, NULL, "N",
		"add this port to the automatic address", IN_SERVE,
		{SETTING_NUMBER, AT(advertise_port), 1, 65535}},
	{"allow", 0, NULL, "NETWORK",
		"answer askers there, or 'any'; repeatable", IN_SERVE,
		{SETTING_ALLOWED, AT(allow)}},
	{"duration", 0, NULL, "SECONDS", "stop after so long", IN_SERVE,
		{SETTING_SECONDS, AT(duration_ns)}},
	{"check", 0, NULL, NULL, "show the settings and serve nothing",
		IN_SERVE, {SETTING_FLAG, AT(check)}},
	{"address", 0, NULL, "NETWORK",
		"judge this and not this host; repeatable", IN_CHECK_SEGMENTED,
		{SETTING_NETWORKS, AT(addresses)},
		.against = {"interfaces-whitelist", "interfaces-blacklist"}},
	{NULL, 'j', NULL, NULL, "write JSON", IN_IFACES | IN_CHECK_SEGMENTED,
		{SETTING_FLAG, AT(json)}},
	{NULL, 'j', NULL, NULL, "log in JSON, and --check too", IN_SERVE,
		{SETTING_FLAG, AT(json)}},
	{"quiet", 'q', NULL, NULL, "no text; one line where it failed",
		IN_LISTS, {SETTING_FLAG, AT(quiet)}, .against = {"verbose"}},
	{"verbose", 'v', NULL, NULL, "say more; -vv: each datagram dropped too",
		IN_LISTS, {SETTING_COUNT, AT(verbose)}},
	{"help", 'h', NULL, NULL, "show this", IN_ALL, .action = OPTION_HELP},
	{"version", 'V', NULL, NULL, "show the version", IN_ALL,
		.action = OPTION_VERSION},
};

const size_t options_count = sizeof options / sizeof *options;

_Static_assert(sizeof options / sizeof *options <= OPTIONS_MAX,
	"struct invocation holds an origin for each option");

static const struct option *find_option(
	const struct invocation *invocation, struct slice name, char letter)
{
	for (size_t i = 0; i < options_count; i++) {
		const struct option *o = &options[i];
		if (!(o->commands & invocation->command->bit))
			continue;
		if (letter ? o->letter == letter
			   : o->name && slice_equal(slice_of(o->name), name))
			return o;
	}
	return NULL;
}

static enum origin *origin_of(
	struct invocation *invocation, const struct option *option)
{
	return &invocation->origins[option - options];
}

static enum options_outcome bad(const struct invocation *invocation,
	const char *what, struct slice word)
{
	log_at(LOG_ERROR, "%s '%.*s'; see 'udpdisc help %s'", what,
		(int)word.len, word.at, invocation->command->name);
	return OPTIONS_BAD;
}

/* How it is spoken of: --port, -j or DISCOVERY_CLIENT_PORT. */
static void add_name(
	struct str *out, const struct option *option, enum origin origin)
{
	if (origin == ORIGIN_VARIABLE)
		str_addf(out, "%s", option->variable);
	else if (option->name)
		str_addf(out, "--%s", option->name);
	else
		str_addf(out, "-%c", option->letter);
}

/* So much of a value says which one it is. */
enum { VALUE_SHOWN_MAX = 80 };

static void add_shortened(struct str *out, struct slice value)
{
	bool whole = value.len <= VALUE_SHOWN_MAX;

	if (!whole)
		value.len = VALUE_SHOWN_MAX;
	str_add_printable(out, value);
	if (!whole)
		str_addf(out, "...");
}

static void tell_bad_value(const struct option *option, enum origin origin,
	struct slice value, const struct str *expected)
{
	struct str line = STR_EMPTY;

	str_addf(&line, "bad ");
	add_name(&line, option, origin);
	str_addf(&line, " '");
	add_shortened(&line, value);
	str_addf(&line, "': expected ");
	str_add_str(&line, expected);
	log_lines(LOG_ERROR, &line);
	str_release(&line);
}

static bool set(struct invocation *invocation, const struct option *option,
	struct slice value, enum origin origin)
{
	struct config *config = &invocation->config;
	struct str expected = STR_EMPTY;

	if (option->alias) {
		value = slice_of(option->alias_value);
		option = find_option(invocation, slice_of(option->alias), 0);
	}
	*origin_of(invocation, option) = origin;
	if (setting_parse(&option->setting, value, config, &expected))
		return true;
	if (config->out_of_memory)
		log_at(LOG_ERROR, "out of memory");
	else
		tell_bad_value(option, origin, value, &expected);
	str_release(&expected);
	return false;
}

/* The outcome of one option that argv holds; OPTIONS_RUN is to go on. */
static enum options_outcome apply(struct invocation *invocation,
	const struct option *option, struct slice value)
{
	if (option->action == OPTION_HELP)
		return OPTIONS_SHOW_HELP;
	if (option->action == OPTION_VERSION)
		return OPTIONS_SHOW_VERSION;
	return set(invocation, option, value, ORIGIN_OPTION) ? OPTIONS_RUN
							     : OPTIONS_BAD;
}

/* "--name", "--name=VALUE" or "--name" and VALUE behind it. */
static enum options_outcome parse_long(
	struct invocation *invocation, char ***argv)
{
	struct slice word = slice_of(**argv), name, value = word;

	value.at += 2;
	value.len -= 2;
	slice_cut(&value, '=', &name);
	const struct option *option = find_option(invocation, name, 0);
	struct slice dashed = {word.at, name.len + 2};
	if (!option)
		return bad(invocation, "unknown option", dashed);
	if (!option->argument && value.at)
		return bad(invocation, "no value goes with option", dashed);
	if (option->argument && !value.at) {
		if (!(*argv)[1])
			return bad(
				invocation, "no value behind option", dashed);
		value = slice_of(*++*argv);
	}
	return apply(invocation, option, value);
}

/* "-v", clusters of such, and "-p9" or "-p" and "9" at their end. */
static enum options_outcome parse_short(
	struct invocation *invocation, char ***argv)
{
	for (const char *at = **argv + 1; *at; at++) {
		char dashed[] = {'-', *at, '\0'};
		struct slice value = {NULL, 0};
		const struct option *option = find_option(
			invocation, (struct slice){NULL, 0}, *at);
		if (!option)
			return bad(
				invocation, "unknown option", slice_of(dashed));
		bool last = option->argument != NULL;
		if (last && at[1])
			value = slice_of(at + 1);
		else if (last && (*argv)[1])
			value = slice_of(*++*argv);
		else if (last)
			return bad(invocation, "no value behind option",
				slice_of(dashed));
		enum options_outcome outcome = apply(invocation, option, value);
		if (outcome != OPTIONS_RUN || last)
			return outcome;
	}
	return OPTIONS_RUN;
}

static enum options_outcome parse_word(
	struct invocation *invocation, char ***argv, bool *operands_only)
{
	const char *word = **argv;

	if (!*operands_only && !strcmp(word, "--")) {
		*operands_only = true;
		return OPTIONS_RUN;
	}
	if (!*operands_only && !strncmp(word, "--", 2))
		return parse_long(invocation, argv);
	if (!*operands_only && word[0] == '-' && word[1])
		return parse_short(invocation, argv);
	if (!invocation->command->operand || invocation->operand)
		return bad(invocation, "unexpected operand", slice_of(word));
	invocation->operand = word;
	return OPTIONS_RUN;
}

static bool is_against(const struct option *option, const char *name)
{
	for (size_t i = 0; i < 2; i++)
		if (option->against[i] && name &&
			!strcmp(option->against[i], name))
			return true;
	return false;
}

/* The variable's value, NULL where it is empty, or of no account because an
 * option that was given contradicts it. */
static const char *look_up(
	const struct invocation *invocation, const struct option *option)
{
	if (!option->variable)
		return NULL;
	for (size_t i = 0; i < options_count; i++)
		if (is_against(&options[i], option->name) &&
			options_given(invocation, options[i].name))
			return NULL;
	const char *value = getenv(option->variable);
	return value && *value ? value : NULL;
}

/* What argv left open: by the variable, else by the default. */
static bool fill(struct invocation *invocation, const struct option *option)
{
	if (*origin_of(invocation, option) == ORIGIN_OPTION)
		return true;
	const char *value = look_up(invocation, option);
	if (value)
		return set(
			invocation, option, slice_of(value), ORIGIN_VARIABLE);
	if (option->initial)
		return set(invocation, option, slice_of(option->initial),
			ORIGIN_DEFAULT);
	*origin_of(invocation, option) = ORIGIN_DEFAULT;
	return true;
}

static bool contradicts(
	const struct invocation *invocation, const struct option *option)
{
	for (size_t i = 0; i < 2; i++) {
		const char *other = option->against[i];
		if (!other || !options_given(invocation, option->name) ||
			!options_given(invocation, other))
			continue;
		log_at(LOG_ERROR,
			"--%s contradicts --%s; see 'udpdisc help %s'",
			option->name, other, invocation->command->name);
		return true;
	}
	return false;
}

/* A row that holds a value of its own for this command. */
static bool is_setting(
	const struct invocation *invocation, const struct option *option)
{
	return (option->commands & invocation->command->bit) &&
	       !option->alias && option->action == OPTION_SET;
}

enum options_outcome options_parse(struct invocation *invocation, char **argv)
{
	bool operands_only = false;

	for (; *argv; argv++) {
		enum options_outcome outcome = parse_word(
			invocation, &argv, &operands_only);
		if (outcome != OPTIONS_RUN)
			return outcome;
	}
	for (size_t i = 0; i < options_count; i++)
		if (is_setting(invocation, &options[i]) &&
			!fill(invocation, &options[i]))
			return OPTIONS_BAD;
	for (size_t i = 0; i < options_count; i++)
		if (is_setting(invocation, &options[i]) &&
			contradicts(invocation, &options[i]))
			return OPTIONS_BAD;
	return OPTIONS_RUN;
}

bool options_given(const struct invocation *invocation, const char *name)
{
	const struct option *option = find_option(
		invocation, slice_of(name), 0);

	return option && invocation->origins[option - options] == ORIGIN_OPTION;
}

void options_add_name(
	const struct invocation *invocation, const char *name, struct str *out)
{
	const struct option *option = find_option(
		invocation, slice_of(name), 0);

	if (option)
		add_name(out, option, invocation->origins[option - options]);
}

void options_add_origin(
	const struct invocation *invocation, size_t row, struct str *out)
{
	switch (invocation->origins[row]) {
	case ORIGIN_VARIABLE:
		add_name(out, &options[row], ORIGIN_VARIABLE);
		break;
	case ORIGIN_OPTION:
		str_addf(out, "option");
		break;
	case ORIGIN_DEFAULT:
	case ORIGIN_NONE:
		str_addf(out, "default");
		break;
	}
}
