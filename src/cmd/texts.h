#ifndef CMD_TEXTS_H
#define CMD_TEXTS_H

#include <stdbool.h>

#include "base/str.h"

/*
 * What the program prints as it is: the files of src/share, packed while it is
 * built. TEXTS_OPTIONS has a line for each row of options: what its argument is
 * called, a TAB and what help says of it. The others are named as the command or
 * topic that help shows by them.
 */
#define TEXTS_OPTIONS ".options"
#define TEXTS_COMPLETION ".bash"

/* Adds the text of this NAME to OUT, which fails where memory ran out; false
 * where there is none. */
bool texts_add(struct str *out, const char *name);

#endif
