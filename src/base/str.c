#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"

struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}

static char fold(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

bool slice_equal_folded(struct slice a, struct slice b)
{
	size_t i = 0;

	while (i < a.len && i < b.len && fold(a.at[i]) == fold(b.at[i]))
		i++;
	return i == a.len && i == b.len;
}

int slice_compare(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.at, b.at, len) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool slice_starts(struct slice text, struct slice prefix)
{
	return text.len >= prefix.len &&
	       slice_equal((struct slice){text.at, prefix.len}, prefix);
}

bool slice_is_near(struct slice typed, struct slice word)
{
	if (typed.len >= 2 && slice_starts(word, typed))
		return true;
	while (typed.len && word.len && *typed.at == *word.at) {
		typed = (struct slice){typed.at + 1, typed.len - 1};
		word = (struct slice){word.at + 1, word.len - 1};
	}
	while (typed.len && word.len &&
		typed.at[typed.len - 1] == word.at[word.len - 1]) {
		typed.len--;
		word.len--;
	}
	if (typed.len == 2 && word.len == 2)
		return typed.at[0] == word.at[1] && typed.at[1] == word.at[0];
	return typed.len <= 1 && word.len <= 1;
}

bool slice_cut_prefix(struct slice *rest, struct slice prefix)
{
	if (!slice_starts(*rest, prefix))
		return false;
	rest->at += prefix.len;
	rest->len -= prefix.len;
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice text)
{
	while (text.len > 0 && is_space(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_space(text.at[text.len - 1]))
		text.len--;
	return text;
}

bool slice_cut(struct slice *rest, char separator, struct slice *part)
{
	if (!rest->at)
		return false;
	const char *end = rest->len ? memchr(rest->at, separator, rest->len)
				    : NULL;
	*part = *rest;
	if (!end) {
		*rest = (struct slice){NULL, 0};
		return true;
	}
	part->len = (size_t)(end - rest->at);
	rest->at = end + 1;
	rest->len -= part->len + 1;
	return true;
}

bool slice_cut_word(struct slice *rest, struct slice *word)
{
	size_t len = 0;

	*rest = slice_trim(*rest);
	while (len < rest->len && !is_space(rest->at[len]))
		len++;
	*word = (struct slice){rest->at, len};
	rest->at += len;
	rest->len -= len;
	return len > 0;
}

void str_init_fixed(struct str *s, char *storage, size_t size)
{
	*s = (struct str){storage, 0, size, true, false};
	s->at[0] = '\0';
}

void str_release(struct str *s)
{
	if (!s->fixed)
		free(s->at);
	*s = (struct str)STR_EMPTY;
}

const char *str_text(const struct str *s)
{
	return s->at ? s->at : "";
}

struct slice str_slice(const struct str *s)
{
	return (struct slice){str_text(s), s->len};
}

/* Makes room for EXTRA bytes and the NUL behind them. */
static bool reserve(struct str *s, size_t extra)
{
	if (s->failed)
		return false;
	if (extra < s->size - s->len)
		return true;
	size_t size = s->size ? s->size : 64;
	while (size - s->len <= extra && size <= SIZE_MAX / 4)
		size *= 2;
	char *at = NULL;
	if (!s->fixed && size - s->len > extra)
		at = list_resize(s->at, s->at ? s->len + 1 : 0, size, 1);
	if (!at) {
		s->failed = true;
		return false;
	}
	s->at = at;
	s->size = size;
	return true;
}

void str_add(struct str *s, struct slice bytes)
{
	if (!reserve(s, bytes.len))
		return;
	if (bytes.len > 0)
		memcpy(s->at + s->len, bytes.at, bytes.len);
	s->len += bytes.len;
	s->at[s->len] = '\0';
}

void str_add_str(struct str *s, const struct str *other)
{
	s->failed = s->failed || other->failed;
	str_add(s, str_slice(other));
}

/* How many bytes follow a first byte; -1 where none may begin so. */
static int following(unsigned char first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

/* Overlong forms, surrogates and what lies past U+10FFFF are none (RFC 3629,
 * 3). */
int32_t slice_code_point(struct slice text, size_t *length)
{
	static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)text.at[0];
	int more = following(first);

	*length = 1;
	if (more < 0 || (size_t)more >= text.len)
		return -1;
	int32_t point = more ? first & (0x3f >> more) : first;
	for (int i = 1; i <= more; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if ((c & 0xc0) != 0x80)
			return -1;
		point = point << 6 | (c & 0x3f);
	}
	if (point < least[more] || point > 0x10ffff ||
		(point >= 0xd800 && point <= 0xdfff))
		return -1;
	*length = (size_t)more + 1;
	return point;
}

/* Whether a terminal could take it for anything but a visible character. */
static bool is_control(int32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) ||
	       point == 0x061c || point == 0x200e || point == 0x200f ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

enum form { FORM_UTF8, FORM_PRINTABLE, FORM_ESCAPED };

static bool is_kept(int32_t point, enum form form)
{
	if (form == FORM_UTF8)
		return point > 0;
	return !is_control(point) && !(form == FORM_ESCAPED && point == '\\');
}

static void add_replaced(struct str *s, struct slice bytes, enum form form)
{
	if (form == FORM_UTF8) {
		str_add(s, slice_of("\xef\xbf\xbd"));
		return;
	}
	if (bytes.at[0] == '\\') {
		str_add(s, slice_of("\\\\"));
		return;
	}
	for (size_t i = 0; i < bytes.len; i++)
		str_addf(s, "\\x%02x", (unsigned char)bytes.at[i]);
}

static void add_as(struct str *s, struct slice bytes, enum form form)
{
	while (bytes.len > 0) {
		struct slice one = bytes;
		if (is_kept(slice_code_point(bytes, &one.len), form))
			str_add(s, one);
		else
			add_replaced(s, one, form);
		bytes.at += one.len;
		bytes.len -= one.len;
	}
}

void str_add_utf8(struct str *s, struct slice bytes)
{
	add_as(s, bytes, FORM_UTF8);
}

void str_add_printable(struct str *s, struct slice bytes)
{
	add_as(s, bytes, FORM_PRINTABLE);
}

void str_add_shortened(struct str *s, struct slice bytes, size_t max)
{
	bool whole = bytes.len <= max;

	if (!whole)
		bytes.len = max;
	str_add_printable(s, bytes);
	if (!whole)
		str_add(s, slice_of("..."));
}

void str_add_quoted(struct str *s, struct slice bytes, size_t max)
{
	str_add(s, slice_of("'"));
	str_add_shortened(s, bytes, max);
	str_add(s, slice_of("'"));
}

void str_add_escaped(struct str *s, struct slice bytes)
{
	add_as(s, bytes, FORM_ESCAPED);
}
