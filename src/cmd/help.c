#include "cmd/help.h"

#include <string.h>

#include "base/log.h"
#include "cmd/options.h"
#include "cmd/output.h"

const struct command *command_find(
	const struct command *commands, const char *name)
{
	for (; commands->name; commands++)
		if (!strcmp(commands->name, name))
			return commands;
	return NULL;
}

/* "  -p, --port N" */
static void add_synopsis(struct str *out, const struct option *option)
{
	if (option->letter)
		str_addf(out, "  -%c%s", option->letter,
			option->name[0] ? ", " : "");
	else
		str_addf(out, "      ");
	if (option->name[0])
		str_addf(out, "--%s", option->name);
	if (option->setting.kind == SETTING_SWITCH)
		str_addf(out, ", --no-%s", option->name);
	if (option->argument[0])
		str_addf(out, " %s", option->argument);
}

/* The column where the words about an option begin, and where they end. */
enum { HELP_COLUMN = 34, HELP_WIDTH = 79 };

/* "[9999, DISCOVERY_CLIENT_PORT]": its default, and the variable that is looked
 * at before. */
static void add_sources(struct str *out, const struct option *option)
{
	if (!option->initial && !option->variable)
		return;
	str_addf(out, "[%s%s%s]", option->initial ? option->initial : "",
		option->initial && option->variable ? ", " : "",
		option->variable ? option->variable : "");
}

static void add_option(struct str *out, const struct option *option)
{
	size_t start = out->len;
	struct str sources = STR_EMPTY;

	add_synopsis(out, option);
	int pad = HELP_COLUMN - (int)(out->len - start);
	str_addf(out, "%*s%s", pad > 1 ? pad : 1, "", option->help);
	add_sources(&sources, option);
	if (sources.len && out->len - start + 1 + sources.len <= HELP_WIDTH)
		str_addf(out, " ");
	else if (sources.len)
		str_addf(out, "\n%*s", HELP_COLUMN, "");
	str_add_str(out, &sources);
	str_addf(out, "\n");
	str_release(&sources);
}

void help_add_command(struct str *out, const struct command *command)
{
	str_addf(out, "usage: udpdisc %s [OPTION]...", command->name);
	if (command->operand)
		str_addf(out, " [%s]", command->operand);
	str_addf(out, "\n%s\n\n", command->summary);
	for (size_t i = 0; i < options_count; i++)
		if (options[i].commands & command->bit)
			add_option(out, &options[i]);
	if (command->bit != IN_HELP)
		str_addf(out, "\nIn brackets: the default, and the variable "
			      "that is read without the option.\n");
}

static void add_commands(struct str *out, const struct command *commands)
{
	str_addf(out, "usage: udpdisc COMMAND [OPTION]...\n\n");
	for (const struct command *c = commands; c->name; c++)
		str_addf(out, "  %-17s%s\n", c->name, c->summary);
	str_addf(out,
		"\nexit status: 0 done, 1 too few servers, 2 wrong usage, "
		"3 could not run\n"
		"'udpdisc help COMMAND' shows its options; udpdisc(1) "
		"has it all.\n");
}

int command_help(const struct invocation *invocation)
{
	struct str out = STR_EMPTY;
	const struct command *command = NULL;

	if (invocation->operand)
		command = command_find(
			invocation->commands, invocation->operand);
	if (invocation->operand && !command) {
		log_at(LOG_ERROR, "unknown command '%s'; see 'udpdisc help'",
			invocation->operand);
		return EXIT_USAGE;
	}
	if (command)
		help_add_command(&out, command);
	else
		add_commands(&out, invocation->commands);
	output_str(&out);
	str_release(&out);
	return EXIT_DONE;
}
