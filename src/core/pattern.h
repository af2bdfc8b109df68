#ifndef CORE_PATTERN_H
#define CORE_PATTERN_H

#include <stdbool.h>

#include "base/str.h"

/*
 * A list of interface names: comma-separated, each trimmed, empty ones passed
 * over, case-sensitive. A name that holds one of *?[ is a glob: * stands for
 * any text, ? for any byte, [abc], [a-z] and [!a-z] for one byte of a set. A [
 * that is not closed stands for itself. (musl's fnmatch would bring 12 KB of
 * tables for classes of wide characters.)
 */

/* The next name of LIST, which is used up by it; false at the end. */
bool pattern_next(struct slice *list, struct slice *name);
bool pattern_is_glob(struct slice name);
bool pattern_matches(struct slice pattern, const char *name);
/* Whether a name of LIST fits NAME. */
bool pattern_list_matches(struct slice list, const char *name);

#endif
