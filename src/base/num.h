#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

/* Nothing but ASCII digits, at least one, MIN to MAX (below 2^60). */
bool num_digits(struct slice text, uint64_t min, uint64_t max, uint64_t *value);
/* The same, with white space around it. */
bool num_parse(struct slice text, uint64_t min, uint64_t max, uint64_t *value);
/* Decimal seconds above zero ("5", "0.5", ".5", "5."), with white space around
 * it, as nanoseconds; what is below a nanosecond counts as one. At most
 * NUM_SECONDS_MAX. */
bool num_parse_seconds(struct slice text, int64_t *ns);

/* 0 to 15, or -1 where C is no hexadecimal digit. */
int num_hex_digit(char c);

/* Beyond this not every whole number is a double. */
#define NUM_INTEGER_MAX ((int64_t)1 << 53)

/* A number of JSON (RFC 8259, 6), or a prefix of TEXT that is one: its length,
 * 0 where there is none. */
size_t num_json_length(struct slice text);
/* Such a number that is whole, exactly, and at most NUM_INTEGER_MAX either side
 * of zero: 3306, 1.0, 1e3. */
bool num_json_integer(struct slice text, int64_t *value);

enum { NUM_SECONDS_MAX = 1000000000 };

/* "1 server", "2 servers": NOUN is of one. */
void num_add_count(struct str *s, uint64_t n, const char *noun);
/* "2m0s", "1h0m5s", "45s": whole seconds, rounded down. */
void num_add_duration(struct str *s, int64_t ns);
/* "5", "0.5", "0.000000001": seconds without trailing zeros. */
void num_add_seconds(struct str *s, int64_t ns);
/* UNITS / 10^PLACES (at most 19), exactly: "5", "0.5", "-12.75"; below 0.0001
 * as printf's %g has it, "1e-09". */
void num_add_decimal(struct str *s, int64_t units, int places);

/* "2026-11-21T12:00:00Z", as of RFC 3339, for seconds since 1970. */
void num_add_time(struct str *out, int64_t unix_s);

#endif
