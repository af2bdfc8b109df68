#include "base/json_write.h"

#include <string.h>

#include "base/num.h"

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* How much of it is ASCII that needs no escape. */
static size_t plain_length(struct slice text)
{
	size_t len = 0;

	while (len < text.len && is_plain((unsigned char)text.at[len]))
		len++;
	return len;
}

/* One that is not plain; how long it is. */
static size_t add_special(struct str *out, struct slice text)
{
	static const char escaped[] = "\"\\\b\f\n\r\t";
	struct slice one = {text.at, 1};
	char c = *text.at;
	const char *at = c ? strchr(escaped, c) : NULL;

	if (at) {
		str_addf(out, "\\%c", "\"\\bfnrt"[at - escaped]);
	} else if (c > 0 && c < 0x20) {
		str_addf(out, "\\u%04x", (unsigned)c);
	} else {
		slice_code_point(text, &one.len);
		str_add_utf8(out, one);
	}
	return one.len;
}

/* In quotes, with what RFC 8259 (7) wants escaped. */
static void add_text(struct str *out, struct slice text)
{
	str_add(out, slice_of("\""));
	while (text.len > 0) {
		size_t len = plain_length(text);
		if (len > 0)
			str_add(out, (struct slice){text.at, len});
		else
			len = add_special(out, text);
		text.at += len;
		text.len -= len;
	}
	str_add(out, slice_of("\""));
}

/* A comma, unless the next is the first or a value behind its key. No value ends
 * as these do. */
static void separate(struct str *out)
{
	char last = '{';

	if (out->len > 0)
		last = out->at[out->len - 1];
	if (last != '{' && last != '[' && last != ':')
		str_add(out, slice_of(","));
}

void json_key(struct str *out, struct slice key)
{
	separate(out);
	add_text(out, key);
	str_add(out, slice_of(":"));
}

static void add(struct str *out, const char *key, const char *value)
{
	if (key)
		json_key(out, slice_of(key));
	separate(out);
	str_add(out, slice_of(value));
}

void json_begin(struct str *out)
{
	str_add(out, slice_of("{"));
}

void json_object(struct str *out, const char *key)
{
	add(out, key, "{");
}

void json_end_object(struct str *out)
{
	str_add(out, slice_of("}"));
}

void json_array(struct str *out, const char *key)
{
	add(out, key, "[");
}

void json_end_array(struct str *out)
{
	str_add(out, slice_of("]"));
}

void json_null(struct str *out, const char *key)
{
	add(out, key, "null");
}

void json_bool(struct str *out, const char *key, bool value)
{
	add(out, key, value ? "true" : "false");
}

void json_number(struct str *out, const char *key, int64_t value)
{
	json_decimal(out, key, value, 0);
}

void json_decimal(struct str *out, const char *key, int64_t units, int places)
{
	add(out, key, "");
	num_add_decimal(out, units, places);
}

void json_text(struct str *out, const char *key, struct slice value)
{
	add(out, key, "");
	add_text(out, value);
}

void json_str(struct str *out, const char *key, const struct str *value)
{
	out->failed = out->failed || value->failed;
	json_text(out, key, str_slice(value));
}

void json_text_or_null(struct str *out, const char *key, const char *value)
{
	if (value)
		json_text(out, key, slice_of(value));
	else
		json_null(out, key);
}
