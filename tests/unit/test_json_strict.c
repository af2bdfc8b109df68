#include "unit.h"

#include "base/json_strict.h"

#include "tables.h"

static void each_kind_of_value_is_good(void **state)
{
	static const char *const rows[] = {"{}", "[]", "null", "true", "false",
		"0", "-0", "10", "-1.5", "1E5", "1e+5", "1.25e-10", "\"\"",
		"\"a\"", " \t\r\n{ } \n\r\t ", "[ ]", "[1,\"a\",null,[],{}]",
		"{\"a\":1}", "{ \"a\" : 1 , \"b\" : [ true , false ] }",
		"{\"\":\"\"}", "{\"a\":1,\"a\":2}", "[[],[[]],{\"a\":{}}]",
		"123456789012345678901234567890"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(slice_of(rows[i]));
		struct json_fault fault;
		if (!json_strict_check(text, &fault))
			fail_msg("%s: %zu:%zu: %s", rows[i], fault.line,
				fault.column, fault.text);
		exact_free(text);
	}
}

static void each_character_may_stand_in_a_string(void **state)
{
	static const char *const rows[] = {
		"\\\"\\\\\\/\\b\\f\\n\\r\\t",
		"\\u0001\\u001f\\u00e9\\u00E9\\uFFFF\\ufffe",
		"\\ud83d\\ude00 \\uD800\\uDC00 \\uDBFF\\uDFFF",
		"\\\\u0000",
		"\x20\x7f",
		"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80",
		"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		"\xef\xbb\xbf",
		"{[:,]}'",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char quoted[128];
		struct json_fault fault;
		snprintf(quoted, sizeof quoted, "{\"%s\":\"%s\"}", rows[i],
			rows[i]);
		struct slice text = exact(slice_of(quoted));
		if (!json_strict_check(text, &fault))
			fail_msg("%s: %zu:%zu: %s", quoted, fault.line,
				fault.column, fault.text);
		exact_free(text);
	}
}

struct bad {
	struct slice text;
	size_t line, column;
	const char *why; /* a part of it */
};

static void check_bad(const struct bad *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice text = exact(rows[i].text);
		struct json_fault fault = {77, 77, NULL};
		bool good = json_strict_check(text, &fault);
		exact_free(text);
		if (good)
			fail_msg("row %zu was taken", i);
		if (fault.line != rows[i].line ||
			fault.column != rows[i].column ||
			!strstr(fault.text, rows[i].why))
			fail_msg("row %zu: %zu:%zu: %s", i, fault.line,
				fault.column, fault.text);
	}
}

static void what_breaks_off_is_bad_at_its_end(void **state)
{
	static const char *const rows[] = {"", " ", "{", "{ ", "[", "{\"a\"",
		"{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,\"b\"", "[1",
		"[1,", "[[]", "{\"a\":{}"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t length = strlen(rows[i]);
		struct bad row = {
			{rows[i], length}, 1, length + 1, "too early"};
		check_bad(&row, 1);
	}
}

static void what_breaks_off_within_is_bad_where_that_begins(void **state)
{
	static const struct bad rows[] = {
		{{NULL, 0}, 1, 1, "too early"},
		{BYTES(" \n\n "), 3, 2, "too early"},
		{BYTES("\""), 1, 1, "without an end"},
		{BYTES("[\"abc"), 1, 2, "without an end"},
		{BYTES("{\"abc"), 1, 2, "without an end"},
		{BYTES("\"a\\\""), 1, 1, "without an end"},
		{BYTES("\"a\\"), 1, 4, "ends too early"},
		{BYTES("\"a\\u"), 1, 3, "hexadecimal"},
		{BYTES("\"a\\u00e"), 1, 3, "hexadecimal"},
		{BYTES("\"a\\ud83d"), 1, 3, "surrogate"},
		{BYTES("\"a\\ud83d\\ude0"), 1, 3, "surrogate"},
		{BYTES("\"a\xc3"), 1, 3, "UTF-8"},
		{BYTES("[tru"), 1, 2, "value"},
		{BYTES("[-"), 1, 2, "value"},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

/* A file that is half written is never taken for a whole one. */
static void no_part_of_a_file_is_good(void **state)
{
	static const char whole[] = "{\"SQL\": {\"HOST\": \"t\xc3\xa9\\u00e9\","
				    " \"PORT\": 3306, \"ON\": true}}";
	struct json_fault fault;

	(void)state;
	assert_true(json_strict_check(slice_of(whole), &fault));
	for (size_t i = 0; i < sizeof whole - 1; i++) {
		struct slice text = exact((struct slice){whole, i});
		if (json_strict_check(text, &fault))
			fail_msg("%.*s", (int)i, whole);
		assert_int_equal(fault.line, 1);
		assert_in_range(fault.column, 1, i + 1);
		exact_free(text);
	}
}

static void a_byte_order_mark_is_bad(void **state)
{
	static const struct bad rows[] = {
		{BYTES("\xef\xbb\xbf{}"), 1, 1, "byte order mark"},
		{BYTES("\xef\xbb\xbf"), 1, 1, "byte order mark"},
		{BYTES("{}\xef\xbb\xbf"), 1, 3, "behind"},
		{BYTES("[\xef\xbb\xbf]"), 1, 2, "value"},
		{BYTES("\xff\xfe{\0}\0"), 1, 1, "value"},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

static void strings_are_utf8(void **state)
{
	static const struct bad rows[] = {
		{BYTES("\"\xff\""), 1, 2, "UTF-8"},
		{BYTES("\"\x80\""), 1, 2, "UTF-8"},
		{BYTES("\"\xc0\xaf\""), 1, 2, "UTF-8"},
		{BYTES("\"\xe0\x9f\xbf\""), 1, 2, "UTF-8"},
		{BYTES("\"\xed\xa0\x80\""), 1, 2, "UTF-8"},
		{BYTES("\"\xf0\x8f\xbf\xbf\""), 1, 2, "UTF-8"},
		{BYTES("\"\xf4\x90\x80\x80\""), 1, 2, "UTF-8"},
		{BYTES("\"gr\xfc\xdf\""), 1, 4, "UTF-8"},
		{BYTES("{\"a\xff\":1}"), 1, 4, "UTF-8"},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

static void no_control_byte_is_in_a_string(void **state)
{
	static const struct bad rows[] = {
		{BYTES("\"a\tb\""), 1, 3, "control"},
		{BYTES("\"a\nb\""), 1, 3, "control"},
		{BYTES("\"a\rb\""), 1, 3, "control"},
		{BYTES("\"\0\""), 1, 2, "control"},
		{BYTES("{\"a\x1b[2J\":1}"), 1, 4, "control"},
		{BYTES("\"\\u0000\""), 1, 2, "U+0000"},
		{BYTES("{\"a\\u0000\":1}"), 1, 4, "U+0000"},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
	for (int c = 0; c < 0x20; c++) {
		char text[] = {'"', (char)c, '"'};
		struct bad row = {{text, 3}, 1, 2, "control"};
		check_bad(&row, 1);
	}
}

static void escapes_are_those_of_json(void **state)
{
	static const struct bad rows[] = {
		{BYTES("\"\\x41\""), 1, 2, "escape"},
		{BYTES("\"\\'\""), 1, 2, "escape"},
		{BYTES("\"\\0\""), 1, 2, "escape"},
		{BYTES("\"\\U0041\""), 1, 2, "escape"},
		{BYTES("\"\\\0\""), 1, 2, "escape"},
		{BYTES("\"\\\xc3\xbc\""), 1, 2, "escape"},
		{BYTES("\"\\u12\""), 1, 2, "hexadecimal"},
		{BYTES("\"\\u12g4\""), 1, 2, "hexadecimal"},
		{BYTES("\"\\u+123\""), 1, 2, "hexadecimal"},
		{BYTES("\"\\u 123\""), 1, 2, "hexadecimal"},
		{BYTES("\"\\u0x41\""), 1, 2, "hexadecimal"},
		{BYTES("\"ab\\ud800\""), 1, 4, "surrogate"},
		{BYTES("\"\\udc00\""), 1, 2, "surrogate"},
		{BYTES("\"\\udfff\\udc00\""), 1, 2, "surrogate"},
		{BYTES("\"\\ud800\\ud800\""), 1, 2, "surrogate"},
		{BYTES("\"\\ud83dx\""), 1, 2, "surrogate"},
		{BYTES("\"\\ud83d\\n\""), 1, 2, "surrogate"},
		{BYTES("\"\\ud83d\\u0041\""), 1, 2, "surrogate"},
		{BYTES("\"\\ud83d\\ude00\\ude00\""), 1, 14, "surrogate"},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

/* Each byte in the place of each digit of an escape. */
static void hexadecimal_digits_are_ascii(void **state)
{
	(void)state;
	for (size_t at = 3; at < 7; at++) {
		for (int c = 0; c < 256; c++) {
			char bytes[] = "\"\\u1234\"";
			bytes[at] = (char)c;
			struct slice text = exact(
				(struct slice){bytes, sizeof bytes - 1});
			struct json_fault fault;
			bool good = json_strict_check(text, &fault);
			exact_free(text);
			if (good != (c && strchr("0123456789abcdefABCDEF", c)))
				fail_msg("byte %#x at %zu: %d", (unsigned)c, at,
					good);
		}
	}
}

static void numbers_are_those_of_json(void **state)
{
	static const struct bad rows[] = {
		{BYTES("01"), 1, 2, "behind"},
		{BYTES("[01]"), 1, 3, "comma"},
		{BYTES("[-01]"), 1, 4, "comma"},
		{BYTES("1."), 1, 2, "behind"},
		{BYTES("[1.]"), 1, 3, "comma"},
		{BYTES("[1.e5]"), 1, 3, "comma"},
		{BYTES(".5"), 1, 1, "value"},
		{BYTES("-.5"), 1, 1, "value"},
		{BYTES("+1"), 1, 1, "value"},
		{BYTES("1e"), 1, 2, "behind"},
		{BYTES("[1e+]"), 1, 3, "comma"},
		{BYTES("-"), 1, 1, "value"},
		{BYTES("0x10"), 1, 2, "behind"},
		{BYTES("NaN"), 1, 1, "value"},
		{BYTES("-Infinity"), 1, 1, "value"},
		{BYTES("{\"a\": 010}"), 1, 8, "comma"},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

static void what_is_put_together_wrongly_is_bad(void **state)
{
	static const struct bad rows[] = {
		{BYTES("[1,]"), 1, 4, "before the end"},
		{BYTES("[,1]"), 1, 2, "value"},
		{BYTES("[1,,2]"), 1, 4, "value"},
		{BYTES("[1 2]"), 1, 4, "comma"},
		{BYTES("[1}"), 1, 3, "comma"},
		{BYTES("{\"a\":1]"), 1, 7, "comma"},
		{BYTES("{\"a\":1 \"b\":2}"), 1, 8, "comma"},
		{BYTES("{\"a\":1,}"), 1, 8, "before the end"},
		{BYTES("{a:1}"), 1, 2, "key"},
		{BYTES("{'a':1}"), 1, 2, "key"},
		{BYTES("{\"a\" 1}"), 1, 6, "colon"},
		{BYTES("{\"a\":}"), 1, 6, "value"},
		{BYTES("{\"a\":x}"), 1, 6, "value"},
		{BYTES("'a'"), 1, 1, "value"},
		{BYTES("True"), 1, 1, "value"},
		{BYTES("nul"), 1, 1, "value"},
		{BYTES("truex"), 1, 5, "behind"},
		{BYTES("]"), 1, 1, "value"},
		{BYTES("// x\n1"), 1, 1, "value"},
		{BYTES("\v1"), 1, 1, "value"},
		{BYTES("\xc2\xa0"
		       "1"),
			1, 1, "value"},
		{BYTES("[1,\f2]"), 1, 4, "value"},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

static void nothing_stands_behind_the_value(void **state)
{
	static const struct bad rows[] = {
		{BYTES("{}x"), 1, 3, "behind"},
		{BYTES("{}{}"), 1, 3, "behind"},
		{BYTES("{},"), 1, 3, "behind"},
		{BYTES("{}\0"), 1, 3, "behind"},
		{BYTES("[]\xff"), 1, 3, "behind"},
		{BYTES("{} \n /* */"), 2, 2, "behind"},
		{BYTES("1 2"), 1, 3, "behind"},
		{BYTES("\"a\"\"b\""), 1, 4, "behind"},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

static void columns_are_characters_and_lines_end_at_lf(void **state)
{
	static const struct bad rows[] = {
		{BYTES("[\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\", x]"), 1, 9,
			"value"},
		{BYTES("{\"\xc3\xbc\": 01}"), 1, 8, "comma"},
		{BYTES("[\"\xc3\xbc\xff\"]"), 1, 4, "UTF-8"},
		{BYTES("[1,\n2,\r\n3,\n\nx]"), 5, 1, "value"},
		{BYTES("[1,\r\rx]"), 1, 6, "value"},
		{BYTES("[\"\\n\",\tx]"), 1, 8, "value"},
		{BYTES("{\n\t\"\xc3\xbc\": \"b\",\n\t\"c\" 1}"), 3, 6, "colon"},
		{BYTES("[\n  {\"a\": \"x},\n  1]"), 2, 13, "control"},
		{BYTES("{\n}\n}"), 3, 1, "behind"},
		{BYTES("[\n\n"), 3, 1, "too early"},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

/* Adds TEXT COUNT times. */
static void repeat(struct str *s, const char *text, int count)
{
	for (int i = 0; i < count; i++)
		str_addf(s, "%s", text);
}

static void check_nested(
	const char *open, const char *value, const char *close, int depth)
{
	struct str s = STR_EMPTY;
	struct json_fault fault;

	repeat(&s, open, depth);
	str_addf(&s, "%s", value);
	repeat(&s, close, depth);
	bool good = json_strict_check(str_slice(&s), &fault);
	assert_int_equal(good, depth <= JSON_NESTING_MAX);
	if (!good) {
		assert_non_null(strstr(fault.text, "100"));
		assert_int_equal(fault.line, 1);
		assert_int_equal(fault.column, 100 * strlen(open) + 1);
	}
	str_release(&s);
}

static void nesting_is_100_deep_at_most(void **state)
{
	static const int depths[] = {1, 99, 100, 101, 1001, 1 << 18};
	struct str s = STR_EMPTY;
	struct json_fault fault;

	(void)state;
	for (size_t i = 0; i < COUNT(depths); i++) {
		check_nested("[", "", "]", depths[i]);
		check_nested("{\"a\":", "1", "}", depths[i]);
	}
	/* What stands side by side is not deep. */
	str_addf(&s, "[");
	repeat(&s, "[{}],", 1000);
	str_addf(&s, "{}]");
	assert_true(json_strict_check(str_slice(&s), &fault));
	str_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_value_is_good),
		cmocka_unit_test(each_character_may_stand_in_a_string),
		cmocka_unit_test(what_breaks_off_is_bad_at_its_end),
		cmocka_unit_test(
			what_breaks_off_within_is_bad_where_that_begins),
		cmocka_unit_test(no_part_of_a_file_is_good),
		cmocka_unit_test(a_byte_order_mark_is_bad),
		cmocka_unit_test(strings_are_utf8),
		cmocka_unit_test(no_control_byte_is_in_a_string),
		cmocka_unit_test(escapes_are_those_of_json),
		cmocka_unit_test(hexadecimal_digits_are_ascii),
		cmocka_unit_test(numbers_are_those_of_json),
		cmocka_unit_test(what_is_put_together_wrongly_is_bad),
		cmocka_unit_test(nothing_stands_behind_the_value),
		cmocka_unit_test(columns_are_characters_and_lines_end_at_lf),
		cmocka_unit_test(nesting_is_100_deep_at_most),
	};

	return RUN(tests);
}
