#ifndef CMD_ARGUMENTS_H
#define CMD_ARGUMENTS_H

#include "cmd/command.h"

enum arguments_outcome {
	ARGUMENTS_RUN,
	ARGUMENTS_SHOW_HELP,
	ARGUMENTS_SHOW_VERSION,
	ARGUMENTS_BAD, /* one line on standard error says why */
};

/*
 * Fills the configuration of INVOCATION, whose command is set, from ARGV (up
 * to a NULL), then the environment, then the defaults. config_release frees
 * it, whatever the outcome.
 */
enum arguments_outcome arguments_parse(
	struct invocation *invocation, char **argv);

/* Puts the default of option NAME in place of the value of its variable. */
void arguments_reset(struct invocation *invocation, const char *name);

#endif
