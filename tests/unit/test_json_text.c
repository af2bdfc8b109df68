#include "writing.h"

/* Keys and texts, of whatever bytes. */

static void keys_are_escaped(void **state)
{
	struct str out = STR_EMPTY;

	(void)state;
	json_begin(&out);
	json_null(&out, "a\"\\\n\x1f\x7f\xff");
	json_object(&out, "\"");
	json_end_object(&out);
	json_array(&out, "\\");
	json_end_array(&out);
	json_text(&out, "\t", slice_of("\t"));
	json_end_object(&out);
	assert_written(&out,
		"{\"a\\\"\\\\\\n\\u001f\x7f\xef\xbf\xbd\":null,\"\\\"\":{},"
		"\"\\\\\":[],\"\\t\":\"\\t\"}");
}

static const struct {
	struct slice bytes;
	const char *text;
} texts[] = {
	{BYTES(""), ""},
	{{NULL, 0}, ""},
	{BYTES("\"\\/"), "\\\"\\\\/"},
	{BYTES("\b\f\n\r\t"), "\\b\\f\\n\\r\\t"},
	{BYTES("\x01\x1f\x1b[2J"), "\\u0001\\u001f\\u001b[2J"},
	{BYTES("\v\x10\x1e 0"), "\\u000b\\u0010\\u001e 0"},
	{BYTES("\\u0041\\n"), "\\\\u0041\\\\n"},
	{BYTES("a\0z"), "a" NONE "z"},
	{BYTES("\0"), NONE},
	{BYTES("\0\0\n\0"), NONE NONE "\\n" NONE},
	{BYTES(" ~\x7f"), " ~\x7f"},
	{BYTES("\x7f\xc2\x9b"), "\x7f\xc2\x9b"},
	/* The first and the last of each length. */
	{BYTES("\xc2\x80\xdf\xbf"), "\xc2\x80\xdf\xbf"},
	{BYTES("\xe0\xa0\x80\xef\xbf\xbf"), "\xe0\xa0\x80\xef\xbf\xbf"},
	{BYTES("\xed\x9f\xbf\xee\x80\x80"), "\xed\x9f\xbf\xee\x80\x80"},
	{BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
		"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
	{BYTES("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f"},
	{BYTES("\xf0\x9f\x96\xa7"), "\xf0\x9f\x96\xa7"},
	{BYTES("\xc3\xbc\"\xc3\xbc\n\xc3\xbc"),
		"\xc3\xbc\\\"\xc3\xbc\\n\xc3\xbc"},
	/* Lone bytes. */
	{BYTES("\xff"), NONE},
	{BYTES("\x80"), NONE},
	{BYTES("\xbf\x80"), NONE NONE},
	{BYTES("\xc3"), NONE},
	/* Truncated, at the end and before something else. */
	{BYTES("a\xe2\x82"), "a" NONE NONE},
	{BYTES("\xf0\x9f\x96"), NONE NONE NONE},
	{BYTES("\xc3z"), NONE "z"},
	{BYTES("\xe2\x82\""), NONE NONE "\\\""},
	{BYTES("\xf0\x9f\x96\xc3\xbc"), NONE NONE NONE "\xc3\xbc"},
	{BYTES("\xc3\0"), NONE NONE},
	/* Overlong, of a surrogate, and past the last. */
	{BYTES("\xc0\x80"), NONE NONE},
	{BYTES("\xc0\xa2"), NONE NONE},
	{BYTES("\xe0\x80\xa2"), NONE NONE NONE},
	{BYTES("\xf0\x80\x80\xa2"), NONE NONE NONE NONE},
	{BYTES("\xed\xa0\x80"), NONE NONE NONE},
	{BYTES("\xf4\x90\x80\x80"), NONE NONE NONE NONE},
};

static void any_bytes_become_a_key_and_a_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct slice bytes = exact(texts[i].bytes);
		struct str out = STR_EMPTY;
		char expected[128];
		json_begin(&out);
		json_key(&out, bytes);
		json_text(&out, NULL, bytes);
		json_key(&out, bytes);
		json_null(&out, NULL);
		json_end_object(&out);
		snprintf(expected, sizeof expected,
			"{\"%s\":\"%s\",\"%s\":null}", texts[i].text,
			texts[i].text, texts[i].text);
		assert_written(&out, expected);
		exact_free(bytes);
	}
}

/* As cJSON reads it, which replaces nothing. */
static void assert_read_back(struct slice bytes)
{
	struct str out = STR_EMPTY, utf8 = STR_EMPTY;
	struct json_fault fault;

	json_begin(&out);
	json_key(&out, bytes);
	json_text(&out, NULL, bytes);
	json_end_object(&out);
	str_add_utf8(&utf8, bytes);
	assert_true(json_strict_check(str_slice(&out), &fault));
	cJSON *back = cJSON_ParseWithLength(out.at, out.len);
	assert_int_equal(cJSON_GetArraySize(back), 1);
	assert_string_equal(back->child->string, str_text(&utf8));
	assert_string_equal(back->child->valuestring, str_text(&utf8));
	cJSON_Delete(back);
	str_release(&utf8);
	str_release(&out);
}

static void each_two_bytes_are_read_back(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char bytes[] = {(char)a, (char)b};
			assert_read_back((struct slice){bytes, 2});
		}
}

/* What needs no escape is longer than any buffer, and stops anywhere. */
static void long_texts_are_read_back(void **state)
{
	static const char *const parts[] = {"\n", "\x01", "\"", "\xc3\xbc",
		"\xff", "\x7f", "\xf0\x9f\x96\xa7"};
	static char bytes[3000];

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		size_t len = strlen(parts[i]);
		for (size_t gap = 0; gap < 300; gap += 1 + gap / 3) {
			memset(bytes, 'x', sizeof bytes);
			for (size_t at = gap; at + len < sizeof bytes;
				at += gap + len)
				memcpy(bytes + at, parts[i], len);
			assert_read_back((struct slice){bytes, sizeof bytes});
		}
	}
}

/* The end of a text or key is none of what stands before a first value. */
static void the_end_of_a_text_is_no_punctuation(void **state)
{
	static const char *const rows[] = {"{", "[", ":", ",", "}", "]", "a{",
		"a[", "a:", "a,", " ", "{["};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str out = STR_EMPTY, expected = STR_EMPTY;
		const char *t = rows[i];
		json_begin(&out);
		json_text(&out, t, slice_of(t));
		json_key(&out, slice_of(t));
		json_text_or_null(&out, NULL, t);
		json_array(&out, t);
		json_text(&out, NULL, slice_of(t));
		json_text(&out, NULL, slice_of(t));
		json_array(&out, NULL);
		json_end_array(&out);
		json_text(&out, NULL, slice_of(t));
		json_end_array(&out);
		json_text(&out, t, slice_of(t));
		json_object(&out, t);
		json_text(&out, t, slice_of(t));
		json_end_object(&out);
		json_number(&out, t, 1);
		json_end_object(&out);
		str_addf(&expected,
			"{\"%s\":\"%s\",\"%s\":\"%s\",\"%s\":[\"%s\",\"%s\","
			"[],\"%s\"],\"%s\":\"%s\",\"%s\":{\"%s\":\"%s\"},"
			"\"%s\":1}",
			t, t, t, t, t, t, t, t, t, t, t, t, t, t);
		assert_written(&out, str_text(&expected));
		str_release(&expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_escaped),
		cmocka_unit_test(any_bytes_become_a_key_and_a_text),
		cmocka_unit_test(each_two_bytes_are_read_back),
		cmocka_unit_test(long_texts_are_read_back),
		cmocka_unit_test(the_end_of_a_text_is_no_punctuation),
	};

	return RUN(tests);
}
