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

/* The column where the words about an option begin. */
enum { HELP_COLUMN = 34 };

/* What its default is, and which variable is looked at before. */
static void add_sources(struct str *out, const struct option *option)
{
	if (!option->initial && !option->variable)
		return;
	str_addf(out, "%*s[", HELP_COLUMN, "");
	if (option->initial)
		str_addf(out, "%s%s", option->variable ? "" : "default ",
			option->initial);
	if (option->initial && option->variable)
		str_addf(out, ", ");
	if (option->variable)
		str_addf(out, "%s", option->variable);
	str_addf(out, "]\n");
}

static void add_option(struct str *out, const struct option *option)
{
	size_t start = out->len;

	add_synopsis(out, option);
	int pad = HELP_COLUMN - (int)(out->len - start);
	str_addf(out, "%*s%s\n", pad > 1 ? pad : 1, "", option->help);
	add_sources(out, option);
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
}

static void add_commands(struct str *out, const struct command *commands)
{
	str_addf(out, "usage: udpdisc COMMAND [OPTION]...\n\n");
	for (const struct command *c = commands; c->name; c++)
		str_addf(out, "  %-17s%s\n", c->name, c->summary);
	str_addf(out, "\n'udpdisc help COMMAND' shows its options; udpdisc(1) "
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
