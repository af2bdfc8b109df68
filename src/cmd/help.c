#include "cmd/help.h"

#include <string.h>

#include "base/log.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/texts.h"

const struct command *command_find(
	const struct command *commands, const char *name)
{
	for (; commands->name; commands++)
		if (!strcmp(commands->name, name))
			return commands;
	return NULL;
}

void help_add_synopsis(
	struct str *out, const struct option *option, struct slice argument)
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
	if (argument.len)
		str_addf(out, " %.*s", (int)argument.len, argument.at);
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

/* TEXT is its line of TEXTS_OPTIONS. */
static void add_option(
	struct str *out, const struct option *option, struct slice text)
{
	size_t start = out->len;
	struct str sources = STR_EMPTY;
	struct slice argument;

	slice_cut(&text, '\t', &argument);
	help_add_synopsis(out, option, argument);
	int pad = HELP_COLUMN - (int)(out->len - start);
	str_addf(out, "%*s%.*s", pad > 1 ? pad : 1, "", (int)text.len, text.at);
	add_sources(&sources, option);
	if (sources.len && out->len - start + 1 + sources.len <= HELP_WIDTH)
		str_addf(out, " ");
	else if (sources.len)
		str_addf(out, "\n%*s", HELP_COLUMN, "");
	str_add_str(out, &sources);
	str_addf(out, "\n");
	str_release(&sources);
}

static void add_options(struct str *out, const struct command *command)
{
	struct str texts = STR_EMPTY;
	struct slice rest, text;

	texts_add(&texts, TEXTS_OPTIONS);
	rest = str_slice(&texts);
	for (size_t i = 0; i < options_count; i++)
		if (slice_cut(&rest, '\n', &text) &&
			options[i].commands & command->bit)
			add_option(out, &options[i], text);
	out->failed |= texts.failed;
	str_release(&texts);
}

void help_add_command(struct str *out, const struct command *command)
{
	str_addf(out, "usage: udpdisc %s [OPTION]...", command->name);
	if (command->operand)
		str_addf(out, " %s", command->operand);
	str_addf(out, "\n%s\n\n", command->summary);
	add_options(out, command);
	if (!command->operand)
		str_addf(out, "\nIn brackets: the default, and the variable "
			      "that is read without the option.\n");
	str_addf(out, "\n");
	texts_add(out, command->name);
}

static void add_commands(struct str *out, const struct command *commands)
{
	str_addf(out, "usage: udpdisc COMMAND [OPTION]...\n\n");
	for (const struct command *c = commands; c->name; c++)
		str_addf(out, "  %-17s%s\n", c->name, c->summary);
	str_addf(out, "\n");
	texts_add(out, "help");
}

int command_help(const struct invocation *invocation)
{
	struct str out = STR_EMPTY;
	const char *topic = invocation->operand;
	const struct command *command =
		topic ? command_find(invocation->commands, topic) : NULL;
	int status = EXIT_DONE;

	if (!topic)
		add_commands(&out, invocation->commands);
	else if (command)
		help_add_command(&out, command);
	else if (topic[0] == '.' || !texts_add(&out, topic))
		status = EXIT_USAGE;
	if (status == EXIT_USAGE && !out.failed)
		log_at(LOG_ERROR,
			"unknown command or topic '%s'; see 'udpdisc "
			"help'",
			topic);
	else
		output_str(&out);
	str_release(&out);
	return status;
}
