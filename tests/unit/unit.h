#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <cJSON.h>

#include "base/str.h"

/* What the checkers can't know of cmocka: what fails does not come back. */
#ifdef ANALYZED
__attribute__((noreturn)) void _fail(const char *file, int line);
#undef assert_true
#undef assert_false
#undef assert_null
#undef assert_non_null
#define assert_true(c) ((c) ? (void)0 : fail())
#define assert_false(c) assert_true(!(c))
#define assert_null(p) assert_true(!(p))
#define assert_non_null(p) assert_true(p)
#endif

#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

/* The table tests/data/NAME as JSON; the caller deletes it. The tests run in
 * the folder of the project. */
static inline cJSON *unit_load(const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "tests/data/%s", name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	static char text[1 << 20];
	size_t len = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[len] = '\0';
	cJSON *table = cJSON_Parse(text);
	assert_non_null(table);
	return table;
}

/* The bytes that the string KEY of ITEM spells in hexadecimal, in STORAGE. */
static inline struct slice unit_hex(
	const cJSON *item, const char *key, char *storage, size_t size)
{
	const char *hex = cJSON_GetStringValue(cJSON_GetObjectItem(item, key));
	assert_non_null(hex);
	size_t len = strlen(hex) / 2;
	assert_true(len <= size);
	for (size_t i = 0; i < len; i++) {
		char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
		storage[i] = (char)strtoul(digits, NULL, 16);
	}
	return (struct slice){storage, len};
}

/* That a buffer holds just this text. */
static inline void assert_text(const struct str *s, const char *expected)
{
	assert_false(s->failed);
	assert_string_equal(str_text(s), expected);
	assert_int_equal(s->len, strlen(expected));
}

#endif
