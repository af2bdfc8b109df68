#include "unit.h"

#include "tables.h"

#define FFFD "\xef\xbf\xbd"

typedef void escaper(struct str *, struct slice);

/* Bytes, and what becomes of them. */
struct escape {
	struct slice bytes;
	const char *utf8;
	const char *printable;
};

static void check_escape(escaper *add, struct slice bytes, const char *expected)
{
	struct str s = STR_EMPTY;

	add(&s, bytes);
	if (strcmp(str_text(&s), expected) != 0 || s.failed)
		fail_msg("'%s', not '%s'", str_text(&s), expected);
	str_release(&s);
}

static void check_escapes(const struct escape *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice bytes = exact(rows[i].bytes);
		check_escape(str_add_utf8, bytes, rows[i].utf8);
		check_escape(str_add_printable, bytes, rows[i].printable);
		if (!memchr(bytes.at, '\\', bytes.len))
			check_escape(str_add_escaped, bytes, rows[i].printable);
		exact_free(bytes);
	}
}

/* Characters that are left alone. */
#define SAME(text)                                                             \
	{                                                                      \
		BYTES(text), text, text                                        \
	}

static void characters_pass_from_the_first_to_the_last(void **state)
{
	static const struct escape rows[] = {SAME(""), SAME(" "), SAME("~"),
		SAME("\"\\%s"), SAME("\xc2\xa0"), SAME("\xdf\xbf"),
		SAME("\xe0\xa0\x80"), SAME("\xed\x9f\xbf"),
		SAME("\xee\x80\x80"), SAME("\xef\xbf\xbf"),
		SAME("\xf0\x90\x80\x80"), SAME("\xf4\x8f\xbf\xbf"),
		SAME("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x96\xa7 0")};

	(void)state;
	check_escapes(rows, COUNT(rows));
}

static void each_byte_that_is_not_utf8_is_replaced(void **state)
{
	static const struct escape rows[] = {
		/* a byte that begins nothing */
		{BYTES("\x80"), FFFD, "\\x80"},
		{BYTES("x\xbfz"), "x" FFFD "z", "x\\xbfz"},
		{BYTES("\x81\x80\x80\x80"), FFFD FFFD FFFD FFFD,
			"\\x81\\x80\\x80\\x80"},
		{BYTES("\xf9\x80\x80\x80"), FFFD FFFD FFFD FFFD,
			"\\xf9\\x80\\x80\\x80"},
		{BYTES("\xf5\x80\x80\x80"), FFFD FFFD FFFD FFFD,
			"\\xf5\\x80\\x80\\x80"},
		{BYTES("\xfe\xff"), FFFD FFFD, "\\xfe\\xff"},
		/* overlong: of /, of the last of one, two and three bytes */
		{BYTES("\xc0\xaf"), FFFD FFFD, "\\xc0\\xaf"},
		{BYTES("\xc1\xbf"), FFFD FFFD, "\\xc1\\xbf"},
		{BYTES("\xe0\x9f\xbf"), FFFD FFFD FFFD, "\\xe0\\x9f\\xbf"},
		{BYTES("\xf0\x8f\xbf\xbf"), FFFD FFFD FFFD FFFD,
			"\\xf0\\x8f\\xbf\\xbf"},
		/* the first and the last surrogate, and past U+10FFFF */
		{BYTES("\xed\xa0\x80"), FFFD FFFD FFFD, "\\xed\\xa0\\x80"},
		{BYTES("\xed\xbf\xbf"), FFFD FFFD FFFD, "\\xed\\xbf\\xbf"},
		{BYTES("\xf4\x90\x80\x80"), FFFD FFFD FFFD FFFD,
			"\\xf4\\x90\\x80\\x80"},
	};

	(void)state;
	check_escapes(rows, COUNT(rows));
}

static void a_sequence_that_is_cut_off_is_replaced(void **state)
{
	static const struct escape rows[] = {
		{BYTES("\xc3"), FFFD, "\\xc3"},
		{BYTES("\xe2\x82"), FFFD FFFD, "\\xe2\\x82"},
		{BYTES("\xf0\x9f\x96"), FFFD FFFD FFFD, "\\xf0\\x9f\\x96"},
		{BYTES("\xc3z"), FFFD "z", "\\xc3z"},
		{BYTES("\xc3\xc3\xa4"), FFFD "\xc3\xa4", "\\xc3\xc3\xa4"},
		{BYTES("\xe2\x82z"), FFFD FFFD "z", "\\xe2\\x82z"},
		{BYTES("\xf0xyz"), FFFD "xyz", "\\xf0xyz"},
		{BYTES("\xf0\x9f\x96\xff"), FFFD FFFD FFFD FFFD,
			"\\xf0\\x9f\\x96\\xff"},
	};

	(void)state;
	check_escapes(rows, COUNT(rows));
}

static void only_json_keeps_what_a_terminal_would_obey(void **state)
{
	static const struct escape rows[] = {
		{BYTES("\0"), FFFD, "\\x00"},
		{BYTES("a\0b"), "a" FFFD "b", "a\\x00b"},
		{BYTES("\x01\x1f"), "\x01\x1f", "\\x01\\x1f"},
		{BYTES("a\r\n\t"), "a\r\n\t", "a\\x0d\\x0a\\x09"},
		{BYTES("\x1b[2J"), "\x1b[2J", "\\x1b[2J"},
		{BYTES("\x7f"), "\x7f", "\\x7f"},
		/* C1: the first, the last, and CSI */
		{BYTES("\xc2\x80"), "\xc2\x80", "\\xc2\\x80"},
		{BYTES("\xc2\x9bm"), "\xc2\x9bm", "\\xc2\\x9bm"},
		{BYTES("\xc2\x9f"), "\xc2\x9f", "\\xc2\\x9f"},
		{BYTES("\xef\xbb\xbfz"), "\xef\xbb\xbfz", "\\xef\\xbb\\xbfz"},
	};

	(void)state;
	check_escapes(rows, COUNT(rows));
}

/* Whether a code point from U+0080 to U+FFFF is not left as it is. */
static bool is_escaped(uint32_t point)
{
	char bytes[] = {(char)(0xe0 | point >> 12),
		(char)(0x80 | (point >> 6 & 0x3f)),
		(char)(0x80 | (point & 0x3f))};
	struct str s = STR_EMPTY;

	if (point < 0x800) {
		bytes[0] = (char)(0xc0 | point >> 6);
		bytes[1] = bytes[2];
	}
	str_add_printable(&s, (struct slice){bytes, point < 0x800 ? 2 : 3});
	bool escaped = str_text(&s)[0] == '\\';
	str_release(&s);
	return escaped;
}

/* Unicode's Bidi_Control, and the line and the paragraph separator. */
static void bidi_controls_and_separators_are_escaped(void **state)
{
	static const uint32_t escaped[] = {0x061c, 0x200e, 0x200f, 0x2028,
		0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067,
		0x2068, 0x2069};
	static const uint32_t kept[] = {0x061b, 0x061d, 0x200d, 0x2010, 0x2027,
		0x202f, 0x2065, 0x206a, 0xfefe, 0xff00};

	(void)state;
	for (size_t i = 0; i < COUNT(escaped); i++)
		if (!is_escaped(escaped[i]))
			fail_msg("U+%04x", escaped[i]);
	for (size_t i = 0; i < COUNT(kept); i++)
		if (is_escaped(kept[i]))
			fail_msg("U+%04x", kept[i]);
}

static void only_escaping_doubles_a_backslash(void **state)
{
	struct slice bytes = slice_of("\\a\\\\x1b");

	(void)state;
	check_escape(str_add_utf8, bytes, "\\a\\\\x1b");
	check_escape(str_add_printable, bytes, "\\a\\\\x1b");
	check_escape(str_add_escaped, bytes, "\\\\a\\\\\\\\x1b");
	check_escape(str_add_escaped, slice_of("\x1b\\"), "\\x1b\\\\");
}

/* Adds a pair of bytes, then what came of it: the same again. */
static void what_is_shortened_says_so(void **state)
{
	static const struct {
		struct slice bytes;
		size_t max;
		const char *expected;
	} rows[] = {{BYTES(""), 0, ""}, {BYTES("abc"), 3, "abc"},
		{BYTES("abcd"), 3, "abc..."}, {BYTES("a"), 0, "..."},
		{BYTES("a\nb"), 2, "a\\x0a..."},
		{BYTES("a\xc3\xa9"), 2, "a\\xc3..."}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str s = STR_EMPTY;
		struct slice bytes = exact(rows[i].bytes);
		str_add_shortened(&s, bytes, rows[i].max);
		assert_text(&s, rows[i].expected);
		str_release(&s);
		exact_free(bytes);
	}
}

static void check_pair(escaper *add, struct slice pair, char least)
{
	struct str once = STR_EMPTY, twice = STR_EMPTY;

	add(&once, pair);
	add(&twice, str_slice(&once));
	if (!slice_equal(str_slice(&once), str_slice(&twice)))
		fail_msg("'%s', '%s'", str_text(&once), str_text(&twice));
	for (size_t i = 0; i < once.len; i++)
		if ((unsigned char)once.at[i] < least)
			fail_msg("'%s'", str_text(&once));
	str_release(&once);
	str_release(&twice);
}

static void what_was_replaced_once_stays_as_it_is(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char bytes[] = {(char)(pair >> 8), (char)pair};
		struct slice text = {bytes, sizeof bytes};
		check_pair(str_add_utf8, text, 1);
		check_pair(str_add_printable, text, ' ');
	}
}

/* What \xNN and \\ in TEXT stand for. */
static void unescape(struct str *out, const char *text)
{
	for (; *text; text++) {
		char byte = *text;
		if (byte == '\\' && *++text == 'x') {
			char digits[] = {text[1], text[2], '\0'};
			byte = (char)strtoul(digits, NULL, 16);
			text += 2;
		}
		str_add(out, (struct slice){&byte, 1});
	}
}

static void what_is_escaped_tells_all_bytes_apart(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char bytes[] = {(char)(pair >> 8), (char)pair};
		struct slice text = {bytes, sizeof bytes};
		struct str escaped = STR_EMPTY, back = STR_EMPTY;
		str_add_escaped(&escaped, text);
		unescape(&back, str_text(&escaped));
		if (!slice_equal(str_slice(&back), text))
			fail_msg("%04x: '%s'", pair, str_text(&escaped));
		str_release(&escaped);
		str_release(&back);
	}
}

static void quotes_stand_around_what_is_shortened(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	str_add_quoted(&s, slice_of("a'\n"), SIZE_MAX);
	str_add_quoted(&s, slice_of("abcd"), 3);
	str_add_quoted(&s, slice_of(""), 3);
	assert_string_equal(str_text(&s), "'a'\\x0a''abc...'''");
	str_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_pass_from_the_first_to_the_last),
		cmocka_unit_test(each_byte_that_is_not_utf8_is_replaced),
		cmocka_unit_test(a_sequence_that_is_cut_off_is_replaced),
		cmocka_unit_test(only_json_keeps_what_a_terminal_would_obey),
		cmocka_unit_test(bidi_controls_and_separators_are_escaped),
		cmocka_unit_test(only_escaping_doubles_a_backslash),
		cmocka_unit_test(what_is_shortened_says_so),
		cmocka_unit_test(quotes_stand_around_what_is_shortened),
		cmocka_unit_test(what_was_replaced_once_stays_as_it_is),
		cmocka_unit_test(what_is_escaped_tells_all_bytes_apart),
	};

	return RUN(tests);
}
