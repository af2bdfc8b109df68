#include "cmd/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/options.h"

static enum arguments_outcome bad(const struct invocation *invocation,
	const char *what, struct slice word)
{
	log_at(LOG_ERROR, "%s '%.*s'; see 'udpdisc help %s'", what,
		(int)word.len, word.at, invocation->command->name);
	return ARGUMENTS_BAD;
}

static enum arguments_outcome unknown_option(
	const struct invocation *invocation, struct slice dashed)
{
	struct slice name = {dashed.at + 2, dashed.len - 2};
	const char *near = NULL;

	for (size_t i = 0; i < options_count && !near; i++)
		if ((options[i].commands & invocation->command->bit) &&
			options[i].name[0] &&
			slice_is_near(name, slice_of(options[i].name)))
			near = options[i].name;
	if (!near)
		return bad(invocation, "unknown option", dashed);
	log_at(LOG_ERROR,
		"unknown option '%.*s'; did you mean --%s? see 'udpdisc help "
		"%s'",
		(int)dashed.len, dashed.at, near, invocation->command->name);
	return ARGUMENTS_BAD;
}

/* So much of a value says which one it is. */
enum { VALUE_SHOWN_MAX = 80 };

static void tell_bad_value(const struct option *option, enum origin origin,
	struct slice value, const struct str *expected)
{
	struct str line = STR_EMPTY;

	str_addf(&line, "bad ");
	option_add_name(option, origin, &line);
	str_addf(&line, " '");
	str_add_shortened(&line, value, VALUE_SHOWN_MAX);
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

	if (option->action == OPTION_ALIAS) {
		struct slice name;
		value = slice_of(option->words);
		slice_cut(&value, ' ', &name);
		option = option_find(invocation, name, 0);
	}
	invocation->origins[option - options] = origin;
	if (setting_parse(&option->setting, value, config, &expected))
		return true;
	if (config->out_of_memory)
		log_at(LOG_ERROR, "out of memory");
	else
		tell_bad_value(option, origin, value, &expected);
	str_release(&expected);
	return false;
}

/* The outcome of one option that argv holds; ARGUMENTS_RUN is to go on. */
static enum arguments_outcome apply(struct invocation *invocation,
	const struct option *option, struct slice value)
{
	if (option->action == OPTION_HELP)
		return ARGUMENTS_SHOW_HELP;
	if (option->action == OPTION_VERSION)
		return ARGUMENTS_SHOW_VERSION;
	return set(invocation, option, value, ORIGIN_OPTION) ? ARGUMENTS_RUN
							     : ARGUMENTS_BAD;
}

/* The switch that NAME, "no-" and its own name, turns off; or NULL. */
static const struct option *find_negated(
	const struct invocation *invocation, struct slice name)
{
	if (!slice_cut_prefix(&name, slice_of("no-")))
		return NULL;
	const struct option *option = option_find(invocation, name, 0);
	return option && option->setting.kind == SETTING_SWITCH ? option : NULL;
}

/* "--name", "--name=VALUE" or "--name" and VALUE behind it. */
static enum arguments_outcome parse_long(
	struct invocation *invocation, char ***argv)
{
	struct slice word = slice_of(**argv), name, value = word;

	value.at += 2;
	value.len -= 2;
	slice_cut(&value, '=', &name);
	const struct option *option = option_find(invocation, name, 0);
	struct slice dashed = {word.at, name.len + 2};
	bool negated = !option;
	if (negated)
		option = find_negated(invocation, name);
	if (!option)
		return unknown_option(invocation, dashed);
	if (!option->takes_value && value.at)
		return bad(invocation, "no value goes with option", dashed);
	if (negated)
		value = slice_of("no");
	if (option->takes_value && !value.at) {
		if (!(*argv)[1])
			return bad(
				invocation, "no value behind option", dashed);
		value = slice_of(*++*argv);
	}
	return apply(invocation, option, value);
}

/* "-v", clusters of such, and "-p9" or "-p" and "9" at their end. */
static enum arguments_outcome parse_short(
	struct invocation *invocation, char ***argv)
{
	for (const char *at = **argv + 1; *at; at++) {
		char dashed[] = {'-', *at, '\0'};
		struct slice value = {NULL, 0};
		const struct option *option = option_find(
			invocation, (struct slice){NULL, 0}, *at);
		if (!option)
			return bad(
				invocation, "unknown option", slice_of(dashed));
		bool last = option->takes_value;
		if (last && at[1])
			value = slice_of(at + 1);
		else if (last && (*argv)[1])
			value = slice_of(*++*argv);
		else if (last)
			return bad(invocation, "no value behind option",
				slice_of(dashed));
		enum arguments_outcome outcome = apply(
			invocation, option, value);
		if (outcome != ARGUMENTS_RUN || last)
			return outcome;
	}
	return ARGUMENTS_RUN;
}

static enum arguments_outcome parse_word(
	struct invocation *invocation, char ***argv, bool *operands_only)
{
	const char *word = **argv;

	if (!*operands_only && !strcmp(word, "--")) {
		*operands_only = true;
		return ARGUMENTS_RUN;
	}
	if (!*operands_only && !strncmp(word, "--", 2))
		return parse_long(invocation, argv);
	if (!*operands_only && word[0] == '-' && word[1])
		return parse_short(invocation, argv);
	if (!invocation->command->operand || invocation->operand)
		return bad(invocation,
			option_find(invocation, slice_of("target"), 0)
				? "hosts are asked by --target: unexpected "
				  "operand"
				: "unexpected operand",
			slice_of(word));
	invocation->operand = word;
	return ARGUMENTS_RUN;
}

/* The variable's value, NULL where it is empty, or of no account because an
 * option that was given contradicts it. */
static const char *look_up(
	const struct invocation *invocation, const struct option *option)
{
	if (!option->variable)
		return NULL;
	/* Of the switches, --scan, only broadcast has a use. */
	if (option->setting.kind == SETTING_SWITCH &&
		!config_broadcasts(&invocation->config))
		return NULL;
	if (options_exclude(invocation, option))
		return NULL;
	const char *value = getenv(option->variable);
	return value && *value ? value : NULL;
}

/* What argv left open: by the variable, else by the default. */
static bool fill(struct invocation *invocation, const struct option *option)
{
	if (option_is_given(invocation, option))
		return true;
	const char *value = look_up(invocation, option);
	if (value)
		return set(
			invocation, option, slice_of(value), ORIGIN_VARIABLE);
	return !option->initial ||
	       set(invocation, option, slice_of(option->initial),
		       ORIGIN_DEFAULT);
}

static bool contradicts(
	const struct invocation *invocation, const struct option *option)
{
	struct slice rest = option_against(option), name;

	while (option_is_given(invocation, option) &&
		slice_cut(&rest, ' ', &name)) {
		const struct option *other = option_find(invocation, name, 0);
		if (!other || !option_is_given(invocation, other))
			continue;
		log_at(LOG_ERROR,
			"--%s contradicts --%s; see 'udpdisc help %s'",
			option->name, other->name, invocation->command->name);
		return true;
	}
	return false;
}

/* A row that holds a value of its own for this command. */
static bool is_setting(
	const struct invocation *invocation, const struct option *option)
{
	return (option->commands & invocation->command->bit) &&
	       option->action == OPTION_SET;
}

enum arguments_outcome arguments_parse(
	struct invocation *invocation, char **argv)
{
	bool operands_only = false;

	for (; *argv; argv++) {
		enum arguments_outcome outcome = parse_word(
			invocation, &argv, &operands_only);
		if (outcome != ARGUMENTS_RUN)
			return outcome;
	}
	for (size_t i = 0; i < options_count; i++)
		if (is_setting(invocation, &options[i]) &&
			!fill(invocation, &options[i]))
			return ARGUMENTS_BAD;
	for (size_t i = 0; i < options_count; i++)
		if (is_setting(invocation, &options[i]) &&
			contradicts(invocation, &options[i]))
			return ARGUMENTS_BAD;
	return ARGUMENTS_RUN;
}

void arguments_reset(struct invocation *invocation, const char *name)
{
	const struct option *option = option_find(
		invocation, slice_of(name), 0);

	set(invocation, option, slice_of(option->initial), ORIGIN_DEFAULT);
}
