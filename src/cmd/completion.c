#include <string.h>

#include "base/log.h"
#include "cmd/help.h"
#include "cmd/output.h"
#include "cmd/texts.h"

/* "[discover]='", a line for each option as help shows it, with the values of
 * which one is right behind it, and "'". */
static void add_command(
	struct str *out, const struct command *command, struct slice texts)
{
	struct slice text, argument;

	str_addf(out, "[%s]='\n", command->name);
	for (size_t i = 0; i < options_count; i++) {
		const struct option *o = &options[i];
		if (!slice_cut(&texts, '\n', &text) ||
			!(o->commands & command->bit))
			continue;
		slice_cut(&text, '\t', &argument);
		help_add_synopsis(out, o, argument);
		str_addf(out, " %s\n",
			o->setting.choices ? o->setting.choices : "");
	}
	str_addf(out, "'\n");
}

int command_completion(const struct invocation *invocation)
{
	struct str out = STR_EMPTY, texts = STR_EMPTY;
	const char *shell = invocation->operand ? invocation->operand : "";

	if (strcmp(shell, "bash") != 0) {
		log_at(LOG_ERROR,
			"unknown shell '%s': expected 'udpdisc completion bash'",
			shell);
		return EXIT_USAGE;
	}
	texts_add(&texts, TEXTS_OPTIONS);
	str_addf(&out, "declare -gA _udpdisc_options=(\n");
	for (const struct command *c = invocation->commands; c->name; c++)
		add_command(&out, c, str_slice(&texts));
	str_addf(&out, ")\n");
	texts_add(&out, TEXTS_COMPLETION);
	out.failed |= texts.failed;
	output_str(&out);
	str_release(&texts);
	str_release(&out);
	return EXIT_DONE;
}
