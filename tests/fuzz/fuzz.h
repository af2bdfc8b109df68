#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "base/json.h"
#include "base/json_write.h"

/* What fuzz targets share: a property that must hold, numbers and texts out of the
 * input, and looks at what is printed. */

#define COUNT(table) (sizeof(table) / sizeof *(table))

#define expect(holds)                                                          \
	((holds) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #holds))

static inline _Noreturn void fuzz_fail(
	const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input; what was never there is not NULL either. */
static inline struct slice fuzz_input(const uint8_t *data, size_t size)
{
	return (struct slice){size ? (const char *)data : "", size};
}

/* Takes LEN bytes off the front, or what is left. */
static inline struct slice fuzz_take(struct slice *in, size_t len)
{
	struct slice part = {in->at, len < in->len ? len : in->len};

	in->at += part.len;
	in->len -= part.len;
	return part;
}

/* Takes what is before the next END, and END; all where there is none. */
static inline struct slice fuzz_until(struct slice *in, char end)
{
	const char *found = in->len ? memchr(in->at, end, in->len) : NULL;
	size_t len = found ? (size_t)(found - in->at) : in->len;
	struct slice part = fuzz_take(in, len);

	fuzz_take(in, 1);
	return part;
}

/* Takes a number of 0 to MOST, of as many bytes as that has; 0 at the end. */
static inline uint64_t fuzz_number(struct slice *in, uint64_t most)
{
	uint64_t number = 0;

	for (uint64_t left = most; left > 0 && in->len > 0; left >>= 8)
		number = number << 8 | (unsigned char)fuzz_take(in, 1).at[0];
	return most < UINT64_MAX ? number % (most + 1) : number;
}

static inline bool fuzz_flag(struct slice *in)
{
	return fuzz_number(in, 1);
}

/* The bytes alone on the heap, so that ASan sees whoever reads on. */
static inline struct slice fuzz_alone(struct slice text)
{
	char *copy = malloc(text.len ? text.len : 1);

	expect(copy);
	memcpy(copy, text.at, text.len);
	return (struct slice){copy, text.len};
}

/* The same with a NUL behind it. */
static inline char *fuzz_string(struct slice text)
{
	char *copy = malloc(text.len + 1);

	expect(copy);
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	return copy;
}

static inline void fuzz_free(struct slice text)
{
	free((void *)(uintptr_t)text.at);
}

/* One line for a person: not empty, and what a terminal shows as it is. */
static inline void expect_line(const struct str *line)
{
	struct str printable = STR_EMPTY;

	expect(!line->failed && line->len > 0);
	str_add_printable(&printable, str_slice(line));
	expect(slice_equal(str_slice(line), str_slice(&printable)));
	for (size_t i = 0; i < line->len; i++)
		expect((unsigned char)line->at[i] >= 0x20);
	str_release(&printable);
}

/* What was read is BYTES as UTF-8. */
static inline void expect_utf8(const char *read, struct slice bytes)
{
	struct str utf8 = STR_EMPTY;

	expect(read);
	str_add_utf8(&utf8, bytes);
	expect(slice_equal(slice_of(read), str_slice(&utf8)));
	str_release(&utf8);
}

/* What is written is JSON on one line, by our own rules too: as it is read; the
 * caller deletes it. */
static inline cJSON *expect_json(const struct str *text)
{
	struct json_fault fault;

	expect(!text->failed);
	for (size_t i = 0; i < text->len; i++)
		expect((unsigned char)text->at[i] >= 0x20);
	expect(json_strict_check(str_slice(text), &fault));
	cJSON *read = cJSON_ParseWithOpts(str_text(text), NULL, true);
	expect(read);
	return read;
}

/* Takes the next member off: it is KEY's, and BYTES as UTF-8. */
static inline void expect_member(
	const cJSON **next, struct slice key, struct slice bytes)
{
	const cJSON *at = *next;

	expect(at && cJSON_IsString(at));
	expect_utf8(at->string, key);
	expect_utf8(at->valuestring, bytes);
	*next = at->next;
}

#endif
