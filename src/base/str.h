#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns. Never NUL-terminated by contract. */
struct slice {
	const char *at;
	size_t len;
};

struct slice slice_of(const char *text);
bool slice_equal(struct slice a, struct slice b);
/* The same where ASCII letters of either case count as one. */
bool slice_equal_folded(struct slice a, struct slice b);
/* Below 0, 0 or above 0, as A stands before, with or behind B by bytes. */
int slice_compare(struct slice a, struct slice b);
bool slice_starts(struct slice text, struct slice prefix);
/* Whether TYPED is likely meant for WORD: the same but for one byte more, less or
 * other, or two that changed places; or two and more bytes that WORD begins with. */
bool slice_is_near(struct slice typed, struct slice word);
/* Takes PREFIX off the front of REST; false where it is not there. */
bool slice_cut_prefix(struct slice *rest, struct slice prefix);
/* Without the ASCII white space (space, TAB, LF, VT, FF, CR) at both ends. */
struct slice slice_trim(struct slice text);
/* Takes the part up to the first SEPARATOR, or all, off the front of REST;
 * false where REST was used up by an earlier call. Start with at != NULL. */
bool slice_cut(struct slice *rest, char separator, struct slice *part);
/* Takes the first word, which ASCII white space ends, off the front of REST;
 * false where there is none. */
bool slice_cut_word(struct slice *rest, struct slice *word);

/* The code point of UTF-8 (RFC 3629) that TEXT, which is not empty, begins with,
 * and its length in bytes; -1 and 1 where there is none. */
int32_t slice_code_point(struct slice text, size_t *length);

/*
 * A buffer that its owner passes around: growing on the heap, or over storage
 * of a fixed size. An addition that does not fit, or finds no memory, leaves
 * what was there and sets FAILED for good: check it once, at the end. at[len]
 * is a NUL (not counted) wherever at is not NULL.
 */
struct str {
	char *at;
	size_t len;
	size_t size;
	bool fixed;
	bool failed;
};

#define STR_EMPTY                                                              \
	{                                                                      \
		NULL, 0, 0, false, false                                       \
	}

/* An empty buffer over SIZE bytes of STORAGE, which must outlive it. */
void str_init_fixed(struct str *s, char *storage, size_t size);
void str_release(struct str *s);
/* Never NULL; the text so far, NUL-terminated. */
const char *str_text(const struct str *s);
struct slice str_slice(const struct str *s);

void str_add(struct str *s, struct slice bytes);
/* What OTHER holds; S fails where OTHER did. */
void str_add_str(struct str *s, const struct str *other);
/*
 * As printf: %d, %u and %x of int, long, long long and (u, x) size_t; %s, never
 * NULL; %c; %%; a width, behind - or (numbers) 0; a precision of %s; * for both.
 * FORMAT with anything else in it adds nothing and fails.
 */
void str_addf(struct str *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void str_addv(struct str *s, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
/* As UTF-8 that any reader takes: each byte that is not part of a valid
 * sequence (RFC 3629), and each NUL, becomes U+FFFD. */
void str_add_utf8(struct str *s, struct slice bytes);
/* As text that is safe on a terminal: control bytes, C1 and bidi controls,
 * line and paragraph separators and whatever is not UTF-8 become \xNN. */
void str_add_printable(struct str *s, struct slice bytes);
/* The same, but no more than the first MAX bytes, and "..." for the rest. */
void str_add_shortened(struct str *s, struct slice bytes, size_t max);
/* The same between single quotes; MAX is SIZE_MAX for all of it. */
void str_add_quoted(struct str *s, struct slice bytes, size_t max);
/* As str_add_printable, and \ becomes \\: what is shown tells all bytes apart. */
void str_add_escaped(struct str *s, struct slice bytes);

#endif
