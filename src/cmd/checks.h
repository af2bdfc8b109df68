#ifndef CMD_CHECKS_H
#define CMD_CHECKS_H

#include <stdbool.h>

#include "cmd/command.h"

/* Whether the values go together; if not, one line on standard error says
 * which do not. */
bool checks_pass(const struct invocation *invocation);

#endif
