#ifndef CMD_SHELL_H
#define CMD_SHELL_H

#include "base/str.h"

/* WORD as one word of a shell, on one line: in quotes only where a shell would
 * need them, with control bytes in it as $'...' (POSIX.1-2024, bash, zsh,
 * busybox). */
void shell_add_word(struct str *out, struct slice word);

#endif
