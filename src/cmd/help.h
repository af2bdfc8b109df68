#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "base/str.h"
#include "cmd/options.h"

/* "  -p, --port N", where N is what its ARGUMENT is called; "" where it has none. */
void help_add_synopsis(
	struct str *out, const struct option *option, struct slice argument);
/* All that help says of one command. */
void help_add_command(struct str *out, const struct command *command);

#endif
