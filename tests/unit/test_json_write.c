#include "writing.h"

static void a_document_without_members_is_an_empty_object(void **state)
{
	struct str out = STR_EMPTY;

	(void)state;
	json_begin(&out);
	json_end_object(&out);
	assert_written(&out, "{}");
}

static void members_come_in_the_order_they_were_added(void **state)
{
	struct str out = STR_EMPTY;

	(void)state;
	json_begin(&out);
	json_text(&out, "z", slice_of("1"));
	json_null(&out, "a");
	json_bool(&out, "m", true);
	json_bool(&out, "M", false);
	json_number(&out, "", 2);
	json_text_or_null(&out, "b", "text");
	json_text_or_null(&out, "c", NULL);
	json_text_or_null(&out, "d", "");
	json_decimal(&out, "e", 5, 1);
	json_null(&out, "z");
	json_end_object(&out);
	assert_written(&out,
		"{\"z\":\"1\",\"a\":null,\"m\":true,\"M\":false,"
		"\"\":2,\"b\":\"text\",\"c\":null,\"d\":\"\",\"e\":0.5,"
		"\"z\":null}");
}

static void an_array_holds_each_kind(void **state)
{
	struct str out = STR_EMPTY;

	(void)state;
	json_begin(&out);
	json_array(&out, "list");
	json_object(&out, NULL);
	json_number(&out, "n", 1);
	json_array(&out, "none");
	json_end_array(&out);
	json_end_object(&out);
	json_null(&out, NULL);
	json_bool(&out, NULL, true);
	json_number(&out, NULL, 3);
	json_decimal(&out, NULL, -25, 1);
	json_text(&out, NULL, slice_of("t"));
	json_text(&out, NULL, slice_of(""));
	json_text_or_null(&out, NULL, "u");
	json_text_or_null(&out, NULL, NULL);
	json_array(&out, NULL);
	json_end_array(&out);
	json_end_array(&out);
	json_object(&out, "empty");
	json_end_object(&out);
	json_end_object(&out);
	assert_written(&out, "{\"list\":[{\"n\":1,\"none\":[]},null,true,3,"
			     "-2.5,\"t\",\"\",\"u\",null,[]],\"empty\":{}}");
}

/* Each in each other one, empty or not, alone or with more behind. */
static void objects_and_arrays_hold_each_other(void **state)
{
	static const char *const rows[] = {"{\"k\":{}}", "{\"k\":[]}",
		"{\"k\":{},\"k\":0}", "{\"k\":[],\"k\":0}",
		"{\"k\":{\"k\":{}},\"k\":{}}", "{\"k\":{\"k\":[]},\"k\":[]}",
		"{\"k\":[{}],\"k\":[[]]}", "{\"k\":[[],[]],\"k\":[{},{}]}",
		"{\"k\":[[],{}],\"k\":[{},[]]}", "{\"k\":[0,{},0,[],0]}",
		"{\"k\":[[0],[0,0]],\"k\":0}",
		"{\"k\":[{\"k\":0},{\"k\":0,\"k\":0}],\"k\":0}",
		"{\"k\":0,\"k\":{\"k\":0,\"k\":{\"k\":0},\"k\":0},\"k\":0}",
		"{\"k\":{\"k\":[{\"k\":[[[{}]]]},0]},\"k\":[[[0],0],0]}"};
	char open[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str out = STR_EMPTY;
		size_t depth = 1;
		open[0] = '{';
		json_begin(&out);
		/* A part of the text stands for the call that makes it. */
		for (const char *at = rows[i] + 1; *at; at++) {
			const char *key = open[depth - 1] == '{' ? "k" : NULL;
			if (*at == '{')
				json_object(&out, key);
			else if (*at == '[')
				json_array(&out, key);
			else if (*at == '0')
				json_number(&out, key, 0);
			else if (*at == '}')
				json_end_object(&out);
			else if (*at == ']')
				json_end_array(&out);
			if (*at == '{' || *at == '[')
				open[depth++] = *at;
			depth -= *at == '}' || *at == ']';
		}
		assert_int_equal(depth, 0);
		assert_written(&out, rows[i]);
	}
}

/* Where a value would have a comma, what begins a document has none. */
static void a_document_begins_behind_what_is_there(void **state)
{
	static const char *const before[] = {"", "<6>", "[", ",\n", "[{}", "{}",
		"x", "0", "\"", "null", "[{},\n"};

	(void)state;
	for (size_t i = 0; i < COUNT(before); i++) {
		struct str out = STR_EMPTY;
		char expected[64];
		str_addf(&out, "%s", before[i]);
		json_begin(&out);
		json_end_object(&out);
		json_begin(&out);
		json_number(&out, "n", 1);
		json_null(&out, "m");
		json_end_object(&out);
		snprintf(expected, sizeof expected, "%s{}{\"n\":1,\"m\":null}",
			before[i]);
		assert_text(&out, expected);
		str_release(&out);
	}
}

static void a_value_may_stand_alone(void **state)
{
	struct str out = STR_EMPTY;

	(void)state;
	json_text(&out, NULL, slice_of("t"));
	assert_written(&out, "\"t\"");
	json_array(&out, NULL);
	json_number(&out, NULL, 1);
	json_end_array(&out);
	assert_written(&out, "[1]");
}

static void whole_numbers_are_written_exactly(void **state)
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
		{INT64_MAX, "9223372036854775807"},
		{INT64_MIN, "-9223372036854775808"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str out = STR_EMPTY;
		char expected[64];
		json_begin(&out);
		json_number(&out, "n", rows[i].value);
		json_end_object(&out);
		snprintf(expected, sizeof expected, "{\"n\":%s}", rows[i].text);
		assert_written(&out, expected);
	}
}

static void decimals_are_written_short(void **state)
{
	struct str out = STR_EMPTY;

	(void)state;
	json_begin(&out);
	json_decimal(&out, "ms", 412, 3);
	json_decimal(&out, "s", 90000000000, 9);
	json_decimal(&out, "ns", 1, 9);
	json_decimal(&out, "less", -1234500, 3);
	json_end_object(&out);
	assert_written(
		&out, "{\"ms\":0.412,\"s\":90,\"ns\":1e-09,\"less\":-1234.5}");
}

static double read_back(int64_t value)
{
	struct str out = STR_EMPTY;

	json_begin(&out);
	json_number(&out, "n", value);
	json_end_object(&out);
	assert_false(out.failed);
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

static void each_kind_may_follow_its_key(void **state)
{
	struct str out = STR_EMPTY, value = STR_EMPTY;

	(void)state;
	str_addf(&value, "v");
	json_begin(&out);
	for (int kind = 'a'; kind <= 'i'; kind++) {
		char key = (char)kind;
		json_key(&out, (struct slice){&key, 1});
		switch (kind) {
		case 'a':
			json_object(&out, NULL);
			json_end_object(&out);
			break;
		case 'b':
			json_array(&out, NULL);
			json_end_array(&out);
			break;
		case 'c':
			json_null(&out, NULL);
			break;
		case 'd':
			json_bool(&out, NULL, true);
			break;
		case 'e':
			json_number(&out, NULL, 1);
			break;
		case 'f':
			json_decimal(&out, NULL, 5, 1);
			break;
		case 'g':
			json_text(&out, NULL, slice_of("t"));
			break;
		case 'h':
			json_str(&out, NULL, &value);
			break;
		default:
			json_text_or_null(&out, NULL, NULL);
		}
	}
	json_end_object(&out);
	assert_written(&out, "{\"a\":{},\"b\":[],\"c\":null,\"d\":true,\"e\":1,"
			     "\"f\":0.5,\"g\":\"t\",\"h\":\"v\",\"i\":null}");
	str_release(&value);
}

static void a_buffer_becomes_a_text(void **state)
{
	struct str value = STR_EMPTY, out = STR_EMPTY;

	(void)state;
	json_begin(&out);
	json_str(&out, "none", &value);
	str_add(&value, (struct slice){"a\0\xff\n", 4});
	json_str(&out, "some", &value);
	json_end_object(&out);
	assert_written(&out, "{\"none\":\"\",\"some\":\"a" NONE NONE "\\n\"}");
	str_release(&value);
}

/* What was there stays, as with any addition that fails. */
static void a_document_fails_where_a_buffer_did(void **state)
{
	struct str value = STR_EMPTY, out = STR_EMPTY;

	(void)state;
	json_begin(&out);
	str_addf(&value, "half of i");
	value.failed = true;
	json_str(&out, "k", &value);
	assert_true(out.failed);
	value.failed = false;
	json_str(&out, "l", &value);
	json_end_object(&out);
	assert_true(out.failed);
	assert_string_equal(str_text(&out), "{");
	str_release(&out);
	str_release(&value);
}

/* One of everything; longer than a buffer that grows once. */
static void write_everything(struct str *out, const struct str *value)
{
	json_begin(out);
	json_array(out, "list");
	json_object(out, NULL);
	json_end_object(out);
	json_null(out, NULL);
	json_end_array(out);
	json_bool(out, "bool", true);
	json_number(out, "number", 5);
	json_decimal(out, "decimal", 5, 1);
	json_text(out, "text", slice_of("bytes\n\x01\xff\xc3\xbc"));
	json_key(out, slice_of("k\"y"));
	json_str(out, NULL, value);
	json_text_or_null(out, "null", NULL);
	json_text_or_null(out, "none",
		"a text that is longer than the others "
		"are, so that it makes a buffer grow");
	json_text(out, "last", slice_of("a short one"));
	json_end_object(out);
}

#define EVERYTHING                                                             \
	"{\"list\":[{},null],\"bool\":true,\"number\":5,\"decimal\":0.5,"      \
	"\"text\":\"bytes\\n\\u0001" NONE "\xc3\xbc\",\"k\\\"y\":\"v\","       \
	"\"null\":null,\"none\":\"a text that is longer than the others are, " \
	"so that it makes a buffer grow\",\"last\":\"a short one\"}"

static void nothing_is_added_to_what_failed(void **state)
{
	struct str out = STR_EMPTY, value = STR_EMPTY;

	(void)state;
	str_addf(&value, "v");
	str_addf(&out, "before");
	out.failed = true;
	write_everything(&out, &value);
	assert_true(out.failed);
	assert_string_equal(str_text(&out), "before");
	str_release(&out);
	out.failed = true;
	write_everything(&out, &value);
	assert_true(out.failed);
	assert_null(out.at);
	str_release(&value);
}

static void a_buffer_that_is_full_says_so(void **state)
{
	const size_t whole = strlen(EVERYTHING);
	struct str value = STR_EMPTY;

	(void)state;
	str_addf(&value, "v");
	for (size_t size = 1; size <= whole + 2; size++) {
		char *storage = malloc(size);
		struct str out;
		assert_non_null(storage);
		str_init_fixed(&out, storage, size);
		write_everything(&out, &value);
		assert_int_equal(out.failed, size <= whole);
		assert_true(out.len < size && strlen(storage) == out.len);
		assert_memory_equal(storage, EVERYTHING, out.len);
		if (!out.failed)
			assert_text(&out, EVERYTHING);
		free(storage);
	}
	str_release(&value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_without_members_is_an_empty_object),
		cmocka_unit_test(members_come_in_the_order_they_were_added),
		cmocka_unit_test(an_array_holds_each_kind),
		cmocka_unit_test(objects_and_arrays_hold_each_other),
		cmocka_unit_test(a_document_begins_behind_what_is_there),
		cmocka_unit_test(a_value_may_stand_alone),
		cmocka_unit_test(whole_numbers_are_written_exactly),
		cmocka_unit_test(decimals_are_written_short),
		cmocka_unit_test(whole_numbers_are_read_back),
		cmocka_unit_test(each_kind_may_follow_its_key),
		cmocka_unit_test(a_buffer_becomes_a_text),
		cmocka_unit_test(a_document_fails_where_a_buffer_did),
		cmocka_unit_test(nothing_is_added_to_what_failed),
		cmocka_unit_test(a_buffer_that_is_full_says_so),
	};

	return RUN(tests);
}
