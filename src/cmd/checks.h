#ifndef CMD_CHECKS_H
#define CMD_CHECKS_H

#include <stdbool.h>

#include "cmd/command.h"

/* Whether the values go together, where variables give way to options, and sets
 * what follows from others (--user, --limited); if not, one line on standard error
 * says which do not. */
bool checks_pass(struct invocation *invocation);
/* Warns of options that do nothing beside the others. */
void checks_warn(const struct invocation *invocation);

/* With the port: what is wrong with asking from a port that is asked. */
#define CHECKS_BAD_SOURCE_PORT                                                 \
	"bad --source-port '%u': that port is asked, and servers answer no "   \
	"probe from it; take another"

#endif
