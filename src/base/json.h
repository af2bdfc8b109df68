#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json_strict.h"
#include "base/str.h"

struct cJSON;

/* One JSON value that was read. */
struct json {
	struct cJSON *root;
};

void json_release(struct json *doc);

/*
 * Reads TEXT as one JSON value, as strictly as json_strict_check. False with
 * FAULT filled, of line 0 where memory ran out; json_release is due all the
 * same.
 */
bool json_parse(struct json *doc, struct slice text, struct json_fault *fault);

enum json_kind {
	JSON_OTHER, /* null, an array, or a number that is no JSON_INTEGER */
	JSON_OBJECT,
	JSON_TEXT,
	JSON_INTEGER, /* whole, and at most 2^53 either side of zero */
	JSON_BOOL,
};

/* What a value of the document is; slices point into it. */
struct json_value {
	enum json_kind kind;
	struct slice key; /* at is NULL where it has none */
	struct slice text;
	int64_t integer;
	bool truth;
};

struct json_value json_value(const struct cJSON *at);
/* The first value in an object, and the one behind; NULL at the end. */
const struct cJSON *json_first(const struct cJSON *object);
const struct cJSON *json_next(const struct cJSON *at);

/* Stands in for strtod in cJSON, which takes 01 and 1. for numbers. What is no
 * JSON_INTEGER becomes infinite. */
double json_read_number(const char *text, char **end);
/* Stand in for sprintf and sscanf in cJSON, which prints nothing here and has no
 * numbers to read back. */
int json_print_nothing(char *to, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int json_scan_nothing(const char *text, const char *format, ...);
/* And for realloc, with which it would print. */
void *json_grow_nothing(void *at, size_t size);

#endif
