#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>

#include "core/config.h"

/* The commands as bits, for the options that go with several. */
enum command_bit {
	IN_SERVE = 1,
	IN_DISCOVER = 2,
	IN_DISCOVER_ONE = 4,
	IN_IFACES = 8,
	IN_CHECK_SEGMENTED = 16,
	IN_HELP = 32,
	IN_COMPLETION = 64,
};

/* Exit status. 128+n is for signal n. */
enum command_exit {
	EXIT_DONE = 0,
	EXIT_FEWER = 1, /* fewer than expected, flagged, or none selected */
	EXIT_USAGE = 2,
	EXIT_CANNOT = 3, /* could not run, or output could not be written */
	EXIT_SIGNAL = 128,
};

struct invocation;

/* One row a command: dispatch and help walk these. */
struct command {
	const char *name;
	enum command_bit bit;
	int (*run)(const struct invocation *invocation);
	const char *operand; /* as its usage has it; NULL where it has none */
	const char *summary;
};

enum { OPTIONS_MAX = 64 };

enum origin {
	ORIGIN_DEFAULT,
	ORIGIN_VARIABLE,
	ORIGIN_OPTION,
};

/* One call of a command: what it was told, and by what. */
struct invocation {
	const struct command *commands; /* the table, up to a name of NULL */
	const struct command *command;
	const char *operand; /* or NULL */
	struct config config;
	enum origin origins[OPTIONS_MAX]; /* one for each row of options */
};

/* The row of the table COMMANDS, or NULL. */
const struct command *command_find(
	const struct command *commands, const char *name);

int command_serve(const struct invocation *invocation);
int command_discover(const struct invocation *invocation);
int command_ifaces(const struct invocation *invocation);
int command_check_segmented(const struct invocation *invocation);
int command_completion(const struct invocation *invocation);
int command_help(const struct invocation *invocation);

#endif
