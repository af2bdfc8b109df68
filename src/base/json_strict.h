#ifndef BASE_JSON_STRICT_H
#define BASE_JSON_STRICT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Where a text is no JSON, and why. */
struct json_fault {
	size_t line, column; /* from 1; a column is a character */
	const char *text; /* what is wrong there */
};

enum { JSON_NESTING_MAX = 100 };

/*
 * Whether TEXT is one JSON value (RFC 8259) and nothing else. False with FAULT
 * filled. cJSON alone lets through a byte order mark, invalid UTF-8, control
 * bytes, U+0000 in a string and numbers like 01, tells no place but nearly, and
 * fails in the same way where memory runs out.
 */
bool json_strict_check(struct slice text, struct json_fault *fault);

#endif
