#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * JSON (RFC 8259) on one line, written while it is built: a record that is printed
 * once needs no tree. What is added goes into the innermost object or array that
 * was not ended, or into an empty OUT. In an object each value has a KEY; in an
 * array, and behind json_key, KEY is NULL. Running out of memory leaves a part in
 * OUT, which has failed then.
 */

/* Starts an object behind whatever OUT holds. */
void json_begin(struct str *out);

void json_object(struct str *out, const char *key);
void json_end_object(struct str *out);
void json_array(struct str *out, const char *key);
void json_end_array(struct str *out);

/* A key that came from elsewhere; its value comes next. */
void json_key(struct str *out, struct slice key);

void json_null(struct str *out, const char *key);
void json_bool(struct str *out, const char *key, bool value);
void json_number(struct str *out, const char *key, int64_t value);
/* What num_add_decimal makes of it. */
void json_decimal(struct str *out, const char *key, int64_t units, int places);
/* Any bytes: made UTF-8 as by str_add_utf8. */
void json_text(struct str *out, const char *key, struct slice value);
/* What a buffer holds; OUT fails where the buffer did. */
void json_str(struct str *out, const char *key, const struct str *value);
/* A text, or null where it is NULL. */
void json_text_or_null(struct str *out, const char *key, const char *value);

#endif
