#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdint.h>

#include "cmd/command.h"

enum option_action {
	OPTION_SET,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_ALIAS,
};

/*
 * One row an option: options.def, which tells what the members are. argv, the
 * environment, the defaults, help, completion and the list of settings all come
 * from these rows. What help says of them is packed: see texts.h. A name is an
 * array, since each pointer costs a relocation of 24 bytes.
 */
struct option {
	char name[21];
	char letter;
	uint8_t takes_value : 1, action : 2; /* of option_action */
	uint8_t commands; /* bits of command_bit */
	const char *variable;
	struct setting setting;
	const char *initial;
	const char *words;
};

extern const struct option options[];
extern const size_t options_count;

/* The row that has this name for the command or, where LETTER is not 0, this
 * letter. NULL where there is none. */
const struct option *option_find(
	const struct invocation *invocation, struct slice name, char letter);
/* How one with a name is spoken of: --port or DISCOVERY_CLIENT_PORT. */
void option_add_name(
	const struct option *option, enum origin origin, struct str *out);
/* The names of the options that it contradicts, for slice_cut. */
struct slice option_against(const struct option *option);
/* Whether an option that was given contradicts it. */
bool options_exclude(
	const struct invocation *invocation, const struct option *option);
bool option_is_given(
	const struct invocation *invocation, const struct option *option);
/* Whether the option was given, and not by default or by variable. */
bool options_given(const struct invocation *invocation, const char *name);
/* Where a value came from: "default", "option" or the variable's name. */
void options_add_origin(
	const struct invocation *invocation, size_t row, struct str *out);
/* How the source of a value is called: --port, or the variable. */
void options_add_name(
	const struct invocation *invocation, const char *name, struct str *out);

#endif
