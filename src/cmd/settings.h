#ifndef CMD_SETTINGS_H
#define CMD_SETTINGS_H

#include "cmd/command.h"

/* Name, value and origin of each setting of a run, as lines with TABs or, with
 * -j, as one object, to standard output. */
void settings_write(const struct invocation *invocation);
/* The same to standard error, one message a setting, where -v is on. */
void settings_log(const struct invocation *invocation);

#endif
