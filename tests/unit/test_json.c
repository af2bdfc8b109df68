#include "unit.h"

#include "base/json.h"

#include "memory.h"
#include "tables.h"

/* Twice, since printing leaves the document as it is. */
static void assert_printed(struct json *doc, const char *expected)
{
	struct str out = STR_EMPTY;

	assert_false(doc->failed);
	assert_true(json_print(doc, &out));
	str_release(&out);
	assert_true(json_print(doc, &out));
	assert_text(&out, expected);
	str_release(&out);
}

static void a_new_document_is_an_empty_object(void **state)
{
	struct json doc;

	(void)state;
	json_init(&doc);
	assert_printed(&doc, "{}");
	json_release(&doc);
	assert_null(doc.root);
	json_release(&doc);
}

static void members_come_in_the_order_they_were_added(void **state)
{
	struct json doc;

	(void)state;
	json_init(&doc);
	json_text(&doc, doc.root, "z", slice_of("1"));
	json_null(&doc, doc.root, "a");
	json_bool(&doc, doc.root, "m", true);
	json_bool(&doc, doc.root, "M", false);
	json_number(&doc, doc.root, "", 2);
	json_text_or_null(&doc, doc.root, "b", "text");
	json_text_or_null(&doc, doc.root, "c", NULL);
	json_text_or_null(&doc, doc.root, "d", "");
	assert_printed(&doc, "{\"z\":\"1\",\"a\":null,\"m\":true,\"M\":false,"
			     "\"\":2,\"b\":\"text\",\"c\":null,\"d\":\"\"}");
	json_release(&doc);
}

static void objects_and_arrays_hold_each_other(void **state)
{
	struct json doc;

	(void)state;
	json_init(&doc);
	struct cJSON *list = json_array(&doc, doc.root, "list");
	struct cJSON *item = json_object(&doc, list, NULL);
	json_null(&doc, list, NULL);
	json_bool(&doc, list, NULL, true);
	json_number(&doc, list, NULL, 3);
	json_text(&doc, list, NULL, slice_of("t"));
	json_text_or_null(&doc, list, NULL, NULL);
	json_number(&doc, item, "n", 1);
	json_array(&doc, item, "none");
	json_array(&doc, list, NULL);
	json_object(&doc, doc.root, "empty");
	assert_printed(&doc, "{\"list\":[{\"n\":1,\"none\":[]},null,true,3,"
			     "\"t\",null,[]],\"empty\":{}}");
	json_release(&doc);
}

static void keys_are_escaped(void **state)
{
	struct json doc;

	(void)state;
	json_init(&doc);
	json_null(&doc, doc.root, "a\"\\\n");
	assert_printed(&doc, "{\"a\\\"\\\\\\n\":null}");
	json_release(&doc);
}

static void whole_numbers_are_printed_exactly(void **state)
{
	static const struct {
		int64_t value;
		const char *text;
	} rows[] = {
		{0, "0"},
		{-1, "-1"},
		{8000, "8000"},
		{65535, "65535"},
		{2147483647, "2147483647"},
		{2147483648, "2147483648"},
		{-2147483648, "-2147483648"},
		{-2147483649, "-2147483649"},
		{4294967296, "4294967296"},
		{999999999999999, "999999999999999"},
		{-999999999999999, "-999999999999999"},
		{9007199254740992, "9007199254740992"},
		{INT64_MIN, "-9223372036854775808"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json doc;
		char expected[64];
		json_init(&doc);
		json_number(&doc, doc.root, "n", rows[i].value);
		snprintf(expected, sizeof expected, "{\"n\":%s}", rows[i].text);
		assert_printed(&doc, expected);
		json_release(&doc);
	}
}

static void decimals_are_printed_short(void **state)
{
	struct json doc;

	(void)state;
	json_init(&doc);
	json_decimal(&doc, doc.root, "ms", 412, 3);
	json_decimal(&doc, doc.root, "s", 90000000000, 9);
	json_decimal(&doc, doc.root, "ns", 1, 9);
	json_decimal(&doc, doc.root, "less", -1234500, 3);
	assert_printed(
		&doc, "{\"ms\":0.412,\"s\":90,\"ns\":1e-09,\"less\":-1234.5}");
	json_release(&doc);
}

static double read_back(int64_t value)
{
	struct str out = STR_EMPTY;
	struct json doc;

	json_init(&doc);
	json_number(&doc, doc.root, "n", value);
	assert_true(json_print(&doc, &out));
	json_release(&doc);
	cJSON *back = cJSON_Parse(str_text(&out));
	double number = cJSON_GetNumberValue(cJSON_GetObjectItem(back, "n"));
	cJSON_Delete(back);
	str_release(&out);
	return number;
}

static void whole_numbers_are_read_back(void **state)
{
	static const int64_t largest = (int64_t)1 << 53;

	(void)state;
	for (int64_t n = largest; n > 0; n = n * 2 / 3) {
		if (read_back(n) != (double)n || read_back(-n) != (double)-n)
			fail_msg("%lld", (long long)n);
	}
}

static void any_bytes_become_a_text(void **state)
{
	static const struct {
		struct slice bytes;
		const char *text;
	} rows[] = {
		{BYTES(""), ""},
		{{NULL, 0}, ""},
		{BYTES("\"\\/"), "\\\"\\\\/"},
		{BYTES("\b\f\n\r\t"), "\\b\\f\\n\\r\\t"},
		{BYTES("\x01\x1f\x1b[2J"), "\\u0001\\u001f\\u001b[2J"},
		{BYTES("a\0z"), "a\xef\xbf\xbdz"},
		{BYTES("\xff"), "\xef\xbf\xbd"},
		{BYTES("\xc3"), "\xef\xbf\xbd"},
		{BYTES("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f"},
		{BYTES("\xf0\x9f\x96\xa7"), "\xf0\x9f\x96\xa7"},
		{BYTES("\x7f\xc2\x9b"), "\x7f\xc2\x9b"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice bytes = exact(rows[i].bytes);
		struct json doc;
		char expected[64];
		json_init(&doc);
		json_text(&doc, doc.root, "t", bytes);
		snprintf(expected, sizeof expected, "{\"t\":\"%s\"}",
			rows[i].text);
		assert_printed(&doc, expected);
		json_release(&doc);
		exact_free(bytes);
	}
}

static void a_buffer_becomes_a_text(void **state)
{
	struct str value = STR_EMPTY;
	struct json doc;

	(void)state;
	json_init(&doc);
	json_str(&doc, doc.root, "none", &value);
	str_add(&value, (struct slice){"a\0\xff", 3});
	json_str(&doc, doc.root, "some", &value);
	assert_printed(&doc, "{\"none\":\"\","
			     "\"some\":\"a\xef\xbf\xbd\xef\xbf\xbd\"}");
	json_release(&doc);
	str_release(&value);
}

static void a_document_fails_where_a_buffer_did(void **state)
{
	struct str value = STR_EMPTY, out = STR_EMPTY;
	struct json doc;

	(void)state;
	json_init(&doc);
	str_addf(&value, "half of i");
	value.failed = true;
	json_str(&doc, doc.root, "k", &value);
	value.failed = false;
	json_str(&doc, doc.root, "l", &value);
	assert_true(doc.failed);
	assert_false(json_print(&doc, &out));
	assert_text(&out, "");
	json_release(&doc);
	str_release(&value);
}

static void printing_adds_to_what_is_there(void **state)
{
	struct str out = STR_EMPTY;
	struct json doc;

	(void)state;
	json_init(&doc);
	str_addf(&out, "[");
	assert_true(json_print(&doc, &out));
	assert_true(json_print(&doc, &out));
	assert_text(&out, "[{}{}");
	str_release(&out);
	json_release(&doc);
}

/* Where adding failed, its NULL may be added to, and that fails too. */
static void a_failed_document_prints_nothing(void **state)
{
	struct str out = STR_EMPTY;
	struct json doc;

	(void)state;
	json_init(&doc);
	assert_null(json_array(&doc, NULL, "list"));
	assert_true(doc.failed);
	json_null(&doc, doc.root, "later");
	assert_true(doc.failed);
	str_addf(&out, "before");
	assert_false(json_print(&doc, &out));
	assert_text(&out, "before");
	str_release(&out);
	json_release(&doc);
}

static void each_kind_fails_where_there_is_nothing_to_add_to(void **state)
{
	(void)state;
	for (int kind = 0; kind < 8; kind++) {
		struct json doc;
		json_init(&doc);
		switch (kind) {
		case 0:
			assert_null(json_object(&doc, NULL, "k"));
			break;
		case 1:
			assert_null(json_array(&doc, NULL, NULL));
			break;
		case 2:
			json_null(&doc, NULL, "k");
			break;
		case 3:
			json_bool(&doc, NULL, "k", true);
			break;
		case 4:
			json_number(&doc, NULL, "k", 1);
			break;
		case 5:
			json_text(&doc, NULL, "k", slice_of("t"));
			break;
		case 6:
			json_decimal(&doc, NULL, "k", 5, 1);
			break;
		default:
			json_text_or_null(&doc, NULL, "k", NULL);
		}
		assert_true(doc.failed);
		json_release(&doc);
	}
}

static void nothing_is_printed_into_a_buffer_that_is_full(void **state)
{
	char storage[10];
	struct json doc;
	struct str out;

	(void)state;
	json_init(&doc);
	json_null(&doc, doc.root, "k");
	str_init_fixed(&out, storage, sizeof storage);
	assert_false(json_print(&doc, &out));
	assert_int_equal(out.len, 0);
	json_release(&doc);
}

/* One of everything. */
static bool build_and_print(struct str *out)
{
	struct json doc;

	json_init(&doc);
	struct cJSON *list = json_array(&doc, doc.root, "list");
	json_object(&doc, list, NULL);
	json_null(&doc, list, NULL);
	json_bool(&doc, doc.root, "bool", true);
	json_number(&doc, doc.root, "number", 5);
	json_decimal(&doc, doc.root, "decimal", 5, 1);
	json_text(&doc, doc.root, "text", slice_of("bytes"));
	bool ok = json_print(&doc, out);
	json_release(&doc);
	return ok;
}

/* Fails the first allocation, then the second, and so on; leaks are seen. */
static void memory_may_run_out_anywhere(void **state)
{
	struct str out = STR_EMPTY;
	bool ok = false;
	long failures;

	(void)state;
	memory_limits_cjson();
	for (failures = 0; !ok; failures++) {
		memory_left = failures;
		str_release(&out);
		ok = build_and_print(&out);
		assert_int_equal(out.len > 0, ok);
	}
	memory_restore();
	assert_true(failures > 15);
	assert_text(&out, "{\"list\":[{},null],\"bool\":true,\"number\":5,"
			  "\"decimal\":0.5,\"text\":\"bytes\"}");
	str_release(&out);
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
		cmocka_unit_test(a_new_document_is_an_empty_object),
		cmocka_unit_test(members_come_in_the_order_they_were_added),
		cmocka_unit_test(objects_and_arrays_hold_each_other),
		cmocka_unit_test(keys_are_escaped),
		cmocka_unit_test(whole_numbers_are_printed_exactly),
		cmocka_unit_test(decimals_are_printed_short),
		cmocka_unit_test(whole_numbers_are_read_back),
		cmocka_unit_test(any_bytes_become_a_text),
		cmocka_unit_test(a_buffer_becomes_a_text),
		cmocka_unit_test(a_document_fails_where_a_buffer_did),
		cmocka_unit_test(printing_adds_to_what_is_there),
		cmocka_unit_test(a_failed_document_prints_nothing),
		cmocka_unit_test(
			each_kind_fails_where_there_is_nothing_to_add_to),
		cmocka_unit_test(nothing_is_printed_into_a_buffer_that_is_full),
		cmocka_unit_test(memory_may_run_out_anywhere),
		cmocka_unit_test(cjson_neither_prints_nor_scans),
	};

	return RUN(tests);
}
