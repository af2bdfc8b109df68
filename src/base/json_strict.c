#include "base/json_strict.h"

#include <stdint.h>
#include <string.h>

#include "base/num.h"

/* How far the text was read. */
struct scan {
	struct slice text;
	size_t at;
	unsigned depth;
	const char *why; /* what is wrong at AT */
};

static bool fail(struct scan *scan, const char *why)
{
	bool ended = scan->at == scan->text.len;

	scan->why = ended ? "the text ends too early" : why;
	return false;
}

static struct slice rest_of(const struct scan *scan)
{
	return (struct slice){
		scan->text.at + scan->at, scan->text.len - scan->at};
}

static bool take_text(struct scan *scan, const char *text)
{
	bool there = slice_starts(rest_of(scan), slice_of(text));

	scan->at += there ? strlen(text) : 0;
	return there;
}

/* The next byte behind white space; -1 at the end. */
static int peek(struct scan *scan)
{
	while (scan->at < scan->text.len &&
		memchr(" \t\n\r", scan->text.at[scan->at], 4))
		scan->at++;
	return scan->at < scan->text.len
		       ? (unsigned char)scan->text.at[scan->at]
		       : -1;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex_of(struct slice digits)
{
	int32_t value = 0;

	if (digits.len < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = num_hex_digit(digits.at[i]);
		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* "uXXXX", or two of them for a code point above U+FFFF (RFC 8259, 7): what is
 * wrong with it, or NULL. */
static const char *take_unicode(struct scan *scan)
{
	int32_t point = take_text(scan, "u") ? hex_of(rest_of(scan)) : -1;

	if (point < 0)
		return "\\u needs four hexadecimal digits";
	if (point == 0)
		return "U+0000 may not be in a string";
	scan->at += 4;
	if (point < 0xd800 || point > 0xdfff)
		return NULL;
	int32_t low = take_text(scan, "\\u") ? hex_of(rest_of(scan)) : -1;
	if (point > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return "half of a surrogate pair";
	scan->at += 4;
	return NULL;
}

static bool check_escape(struct scan *scan)
{
	size_t start = scan->at++;
	int c = scan->at < scan->text.len
			? (unsigned char)scan->text.at[scan->at]
			: -1;
	const char *why = NULL;

	if (c == 'u')
		why = take_unicode(scan);
	else if (c > 0 && strchr("\"\\/bfnrt", c))
		scan->at++;
	else
		why = "an unknown escape";
	if (!why)
		return true;
	if (c >= 0)
		scan->at = start;
	return fail(scan, why);
}

static bool check_string(struct scan *scan)
{
	size_t start = scan->at++, length;

	while (scan->at < scan->text.len) {
		int32_t point = slice_code_point(rest_of(scan), &length);
		if (point < 0)
			return fail(scan, "invalid UTF-8");
		if (point < 0x20)
			return fail(scan, "a raw control byte in a string");
		if (point == '\\') {
			if (!check_escape(scan))
				return false;
			continue;
		}
		scan->at += length;
		if (point == '"')
			return true;
	}
	scan->at = start;
	return fail(scan, "a string without an end");
}

static bool check_value(struct scan *scan);

/* What stands in an object or array, up to the byte CLOSE. */
static bool check_members(struct scan *scan, char close)
{
	bool object = close == '}';

	scan->at++;
	if (peek(scan) == close)
		return true;
	for (;;) {
		if (object && peek(scan) != '"')
			return fail(scan, "expected a key in quotes");
		if (object && !check_string(scan))
			return false;
		if (object && peek(scan) != ':')
			return fail(scan, "expected a colon");
		scan->at += object;
		if (!check_value(scan))
			return false;
		int next = peek(scan);
		if (next == close)
			return true;
		if (next != ',')
			return fail(scan, object ? "expected a comma or }"
						 : "expected a comma or ]");
		scan->at++;
		if (peek(scan) == close)
			return fail(scan, "a comma stands before the end");
	}
}

static bool check_nested(struct scan *scan, char close)
{
	if (scan->depth == JSON_NESTING_MAX)
		return fail(scan, "nested over 100 deep");
	scan->depth++;
	if (!check_members(scan, close))
		return false;
	scan->depth--;
	scan->at++;
	return true;
}

static bool check_value(struct scan *scan)
{
	switch (peek(scan)) {
	case '{':
		return check_nested(scan, '}');
	case '[':
		return check_nested(scan, ']');
	case '"':
		return check_string(scan);
	}
	size_t number = num_json_length(rest_of(scan));
	scan->at += number;
	if (number > 0 || take_text(scan, "true") || take_text(scan, "false") ||
		take_text(scan, "null"))
		return true;
	return fail(scan, "expected a value");
}

/* Lines and columns are counted where there is something to tell only. */
static void place(const struct scan *scan, struct json_fault *fault)
{
	*fault = (struct json_fault){1, 1, scan->why};
	for (size_t i = 0; i < scan->at; i++) {
		char c = scan->text.at[i];
		fault->column += ((unsigned char)c & 0xc0) != 0x80;
		if (c == '\n') {
			fault->line++;
			fault->column = 1;
		}
	}
}

bool json_strict_check(struct slice text, struct json_fault *fault)
{
	struct scan scan = {.text = text};
	bool good;

	if (text.len == 0)
		scan.text = slice_of("");
	if (slice_starts(text, slice_of("\xef\xbb\xbf")))
		good = fail(&scan, "a byte order mark; UTF-8 needs none");
	else
		good = check_value(&scan);
	if (good && peek(&scan) >= 0)
		good = fail(&scan, "something stands behind the value");
	if (!good)
		place(&scan, fault);
	return good;
}
