#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "base/str.h"
#include "cmd/command.h"

/* The synopsis, summary and options of one command. */
void help_add_command(struct str *out, const struct command *command);

#endif
