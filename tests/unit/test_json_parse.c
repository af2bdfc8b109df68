#include "unit.h"

#include "base/json.h"

#include <math.h>

#include "memory.h"
#include "tables.h"

/* Parses a text that lies alone on the heap; json_release is due. */
static void parse(struct json *doc, struct slice text)
{
	struct slice alone = exact(text);
	struct json_fault fault;

	if (!json_parse(doc, alone, &fault))
		fail_msg("'%.*s': %zu:%zu: %s", (int)text.len, text.at,
			fault.line, fault.column, fault.text);
	exact_free(alone);
	assert_non_null(doc->root);
}

static void check_kind(const char *text, enum json_kind kind)
{
	struct json doc;

	parse(&doc, slice_of(text));
	struct json_value value = json_value(doc.root);
	if (value.kind != kind)
		fail_msg("%s: %d", text, (int)value.kind);
	assert_null(value.key.at);
	json_release(&doc);
}

static void each_kind_is_told(void **state)
{
	(void)state;
	check_kind("{}", JSON_OBJECT);
	check_kind("{\"a\": [1]}", JSON_OBJECT);
	check_kind("\"\"", JSON_TEXT);
	check_kind("\"1\"", JSON_TEXT);
	check_kind("0", JSON_INTEGER);
	check_kind("true", JSON_BOOL);
	check_kind("false", JSON_BOOL);
	check_kind("null", JSON_OTHER);
	check_kind("[]", JSON_OTHER);
	check_kind("[1]", JSON_OTHER);
	check_kind("1.5", JSON_OTHER);
}

static void members_come_in_their_order_with_their_keys(void **state)
{
	static const char *const keys[] = {"z", "", "a", "gr\xc3\xbc", "a"};
	static const enum json_kind kinds[] = {
		JSON_INTEGER, JSON_TEXT, JSON_BOOL, JSON_OBJECT, JSON_BOOL};
	struct json doc;
	size_t i = 0;

	(void)state;
	parse(&doc, slice_of(" {\"z\": 7, \"\": \"t\", \"\\u0061\": true, "
			     "\"gr\xc3\xbc\": {\"q\": 1}, \"a\": false}\n"));
	for (const struct cJSON *at = json_first(doc.root); at;
		at = json_next(at), i++) {
		struct json_value value = json_value(at);
		assert_true(i < COUNT(keys));
		assert_true(slice_equal(value.key, slice_of(keys[i])));
		assert_int_equal(value.kind, kinds[i]);
		if (value.kind == JSON_INTEGER)
			assert_int_equal(value.integer, 7);
		if (value.kind == JSON_TEXT)
			assert_true(slice_equal(value.text, slice_of("t")));
		if (value.kind == JSON_BOOL)
			assert_int_equal(value.truth, i == 2);
	}
	assert_int_equal(i, COUNT(keys));
	json_release(&doc);
	assert_null(doc.root);
	parse(&doc, slice_of("{}"));
	assert_null(json_first(doc.root));
	json_release(&doc);
}

static void texts_are_unescaped(void **state)
{
	static const struct {
		const char *text, *bytes;
	} rows[] = {
		{"\"\"", ""},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
		{"\"\\u0001\\u0041\\u00e9\\u20aC\"", "\x01"
						     "A\xc3\xa9\xe2\x82\xac"},
		{"\"\\ud83d\\ude00\\uD800\\uDC00\\udbff\\udfff\"",
			"\xf0\x9f\x98\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
		{"\"\\uffff\\\\u0000\"", "\xef\xbf\xbf\\u0000"},
		{"\"gr\xc3\xbc \x7f\xf0\x9f\x98\x80\"",
			"gr\xc3\xbc \x7f\xf0\x9f\x98\x80"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json doc;
		parse(&doc, slice_of(rows[i].text));
		struct json_value value = json_value(doc.root);
		assert_int_equal(value.kind, JSON_TEXT);
		if (!slice_equal(value.text, slice_of(rows[i].bytes)))
			fail_msg("%s: %.*s", rows[i].text, (int)value.text.len,
				value.text.at);
		json_release(&doc);
	}
}

static void whole_numbers_are_integers(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} rows[] = {{"0", 0}, {"-0", 0}, {"-0.0e5", 0}, {"1.0", 1},
		{"1e3", 1000}, {"10e-1", 1}, {"1.5e1", 15}, {"-3306", -3306},
		{"2147483648", 2147483648}, {"-2147483649", -2147483649},
		{"9007199254740991", 9007199254740991},
		{"9007199254740992", 9007199254740992},
		{"-9007199254740992", -9007199254740992},
		{"9.007199254740992e15", 9007199254740992},
		{"1000000000000000000000000000000e-30", 1}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json doc;
		parse(&doc, slice_of(rows[i].text));
		struct json_value value = json_value(doc.root);
		if (value.kind != JSON_INTEGER ||
			value.integer != rows[i].value)
			fail_msg("%s: %d, %lld", rows[i].text, (int)value.kind,
				(long long)value.integer);
		json_release(&doc);
	}
}

static void other_numbers_are_none(void **state)
{
	static const char *const rows[] = {"1.5", "-0.5", "1e-1", "1e-400",
		"9007199254740993", "-9007199254740993", "9007199254740991.5",
		"9007199254740992.5", "1.00000000000000000001",
		"0.99999999999999999999999", "9007199254740994", "1e16",
		"1e300", "1e400", "-1e400", "18446744073709551617",
		"123456789012345678901234567890"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_kind(rows[i], JSON_OTHER);
}

static void a_number_is_read_to_its_end(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		double value;
	} rows[] = {
		{"0", 1, 0},
		{"-7,", 2, -7},
		{"01", 1, 0},
		{"1.", 1, 1},
		{"0.412", 5, HUGE_VAL},
		{"1.5e3x", 5, 1500},
		{"9007199254740993", 16, HUGE_VAL},
		{"1.00000000000000000001", 22, HUGE_VAL},
		{"1e300", 5, HUGE_VAL},
		{"-0.5", 4, HUGE_VAL},
		{"1e400", 5, HUGE_VAL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *end = NULL;
		double value = json_read_number(rows[i].text, &end);
		assert_ptr_equal(end, rows[i].text + rows[i].length);
		if (!(value == rows[i].value))
			fail_msg("%s: %g", rows[i].text, value);
	}
}

static void a_text_without_a_number_is_not_moved_over(void **state)
{
	static const char *const rows[] = {"", "-", "+1", ".5", "inf", "x"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *end = NULL;
		json_read_number(rows[i], &end);
		assert_ptr_equal(end, rows[i]);
	}
}

static void what_is_no_json_tells_where(void **state)
{
	static const struct {
		struct slice text;
		size_t line, column;
	} rows[] = {
		{{NULL, 0}, 1, 1},
		{BYTES(""), 1, 1},
		{BYTES("{\n\"a\": 01}"), 2, 7},
		{BYTES("\xef\xbb\xbf{}"), 1, 1},
		{BYTES("{} x"), 1, 4},
		{BYTES("{}\0"), 1, 3},
		{BYTES("{\"a\": \"\\u0000\"}"), 1, 8},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(rows[i].text);
		struct json_fault fault = {77, 77, NULL};
		struct json doc;
		assert_false(json_parse(&doc, text, &fault));
		assert_null(doc.root);
		if (fault.line != rows[i].line ||
			fault.column != rows[i].column || !fault.text)
			fail_msg("row %zu: %zu:%zu", i, fault.line,
				fault.column);
		json_release(&doc);
		exact_free(text);
	}
}

/* Fails the first allocation, then the second, and so on; leaks are seen. */
static void memory_may_run_out_anywhere(void **state)
{
	struct slice text = slice_of("{\"a\": {\"b\": [1, 2.5, \"t\\n\"]}, "
				     "\"c\": [true, null, {\"d\": \"\"}]}");
	struct json_fault fault;
	struct json doc;
	bool ok = false;
	long failures;

	(void)state;
	memory_limits_cjson();
	for (failures = 0; !ok; failures++) {
		fault = (struct json_fault){77, 77, NULL};
		memory_left = failures;
		ok = json_parse(&doc, text, &fault);
		assert_int_equal(doc.root != NULL, ok);
		if (!ok)
			assert_int_equal(fault.line, 0);
		assert_true(ok || strstr(fault.text, "memory"));
		json_release(&doc);
	}
	memory_restore();
	assert_true(failures > 15);
}

static void cjson_neither_prints_nor_scans(void **state)
{
	char text[] = "before";
	double value = 77;

	(void)state;
	assert_true(json_print_nothing(text, "%1.15g", 0.5) < 0);
	assert_string_equal(text, "before");
	assert_int_equal(json_scan_nothing("0.5", "%lg", &value), 0);
	assert_true(value == 77);
	assert_null(json_grow_nothing(text, sizeof text + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_told),
		cmocka_unit_test(members_come_in_their_order_with_their_keys),
		cmocka_unit_test(texts_are_unescaped),
		cmocka_unit_test(whole_numbers_are_integers),
		cmocka_unit_test(other_numbers_are_none),
		cmocka_unit_test(a_number_is_read_to_its_end),
		cmocka_unit_test(a_text_without_a_number_is_not_moved_over),
		cmocka_unit_test(what_is_no_json_tells_where),
		cmocka_unit_test(memory_may_run_out_anywhere),
		cmocka_unit_test(cjson_neither_prints_nor_scans),
	};

	return RUN(tests);
}
