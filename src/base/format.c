#include "base/str.h"

#include <string.h>

/* str_addf and str_addv. The C library's printf would be 12 KB of the binary,
 * most of it for floating point. */

struct format {
	struct str *to;
	const char *at; /* what was not read yet */
	va_list arguments;
};

/* %[-|0][WIDTH][.PRECISION][l|ll|z]LETTER */
struct conversion {
	char flag; /* or 0 */
	size_t width;
	bool has_precision;
	size_t precision;
	char length; /* 'l', 'L' for ll, 'z' or 0 */
	char letter;
};

/* Digits, or * for an argument; false where that is below 0. */
static bool read_count(struct format *format, size_t *count)
{
	*count = 0;
	if (*format->at == '*') {
		int value = va_arg(format->arguments, int);
		format->at++;
		*count = (size_t)value;
		return value >= 0;
	}
	while (*format->at >= '0' && *format->at <= '9')
		*count = *count * 10 + (size_t)(*format->at++ - '0');
	return true;
}

static char read_length(struct format *format)
{
	if (*format->at != 'l' && *format->at != 'z')
		return 0;
	char length = *format->at++;
	if (length == 'l' && *format->at == 'l') {
		format->at++;
		length = 'L';
	}
	return length;
}

static bool read_conversion(struct format *format, struct conversion *c)
{
	*c = (struct conversion){0};
	if (*format->at == '-' || *format->at == '0')
		c->flag = *format->at++;
	if (!read_count(format, &c->width))
		return false;
	c->has_precision = *format->at == '.';
	if (c->has_precision) {
		format->at++;
		if (!read_count(format, &c->precision))
			return false;
	}
	c->length = read_length(format);
	c->letter = *format->at;
	format->at += c->letter != '\0';
	return true;
}

static void add_times(struct str *to, char c, size_t count)
{
	for (; count > 0 && !to->failed; count--)
		str_add(to, (struct slice){&c, 1});
}

/* Brought to the width: SIGN stands before zeros and behind spaces. */
static void add_padded(struct str *to, const struct conversion *c,
	struct slice sign, struct slice body)
{
	size_t length = sign.len + body.len;
	size_t pad = c->width > length ? c->width - length : 0;

	if (!c->flag)
		add_times(to, ' ', pad);
	str_add(to, sign);
	if (c->flag == '0')
		add_times(to, '0', pad);
	str_add(to, body);
	if (c->flag == '-')
		add_times(to, ' ', pad);
}

static void add_digits(
	struct str *to, const struct conversion *c, uint64_t n, bool negative)
{
	unsigned base = c->letter == 'x' ? 16 : 10;
	char digits[20]; /* as many as 2^64 has */
	size_t start = sizeof digits;

	do {
		digits[--start] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	add_padded(to, c, (struct slice){"-", negative},
		(struct slice){digits + start, sizeof digits - start});
}

static bool add_signed(struct format *format, const struct conversion *c)
{
	int64_t n;

	if (c->has_precision || c->length == 'z')
		return false;
	if (c->length == 'l')
		n = va_arg(format->arguments, long);
	else if (c->length == 'L')
		n = va_arg(format->arguments, long long);
	else
		n = va_arg(format->arguments, int);
	add_digits(format->to, c, n < 0 ? 0 - (uint64_t)n : (uint64_t)n, n < 0);
	return true;
}

static bool add_unsigned(struct format *format, const struct conversion *c)
{
	uint64_t n;

	if (c->has_precision)
		return false;
	if (c->length == 'l')
		n = va_arg(format->arguments, unsigned long);
	else if (c->length == 'L')
		n = va_arg(format->arguments, unsigned long long);
	else if (c->length == 'z')
		n = va_arg(format->arguments, size_t);
	else
		n = va_arg(format->arguments, unsigned);
	add_digits(format->to, c, n, false);
	return true;
}

static bool add_byte(struct format *format, const struct conversion *c)
{
	char byte;

	if (c->has_precision || c->length || c->flag == '0')
		return false;
	byte = (char)va_arg(format->arguments, int);
	add_padded(format->to, c, slice_of(""), (struct slice){&byte, 1});
	return true;
}

/* Without a precision the text ends with a NUL; with one it need not. */
static bool add_text(struct format *format, const struct conversion *c)
{
	size_t most = c->has_precision ? c->precision : SIZE_MAX;
	struct slice text = {NULL, 0};

	if (c->length || c->flag == '0')
		return false;
	text.at = va_arg(format->arguments, const char *);
	if (text.at)
		text.len = strnlen(text.at, most);
	else if (most > 0)
		return false;
	add_padded(format->to, c, slice_of(""), text);
	return true;
}

/* False where it is none of those that str.h lists. */
static bool add_conversion(struct format *format)
{
	struct conversion c;

	if (!read_conversion(format, &c))
		return false;
	switch (c.letter) {
	case 'c':
		return add_byte(format, &c);
	case 's':
		return add_text(format, &c);
	case 'd':
		return add_signed(format, &c);
	case 'u':
	case 'x':
		return add_unsigned(format, &c);
	}
	return false;
}

/* Up to the next %, and that and what belongs to it. */
static bool add_next(struct format *format)
{
	const char *percent = strchr(format->at, '%');
	struct slice plain = slice_of(format->at);

	if (percent)
		plain.len = (size_t)(percent - plain.at);
	str_add(format->to, plain);
	format->at += plain.len;
	if (!percent)
		return true;
	format->at++;
	if (*format->at != '%')
		return add_conversion(format);
	str_add(format->to, (struct slice){format->at++, 1});
	return true;
}

void str_addv(struct str *s, const char *format, va_list arguments)
{
	struct format rest = {.to = s, .at = format};
	size_t before = s->len;

	va_copy(rest.arguments, arguments);
	while (*rest.at && !s->failed)
		if (!add_next(&rest))
			s->failed = true;
	va_end(rest.arguments);
	if (s->failed && s->at) {
		s->len = before;
		s->at[before] = '\0';
	}
}

void str_addf(struct str *s, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	str_addv(s, format, arguments);
	va_end(arguments);
}
