#include "unit.h"

#include "core/services.h"

#include "tables.h"

/* Files that are refused, and what is said. */

enum { PARTS = 3 };

struct bad {
	struct slice text;
	const char *parts[PARTS]; /* of the fault, in this order */
};

/* The fault of a file. */
static void refuse(struct slice bytes, struct str *fault)
{
	struct slice text = exact(bytes);
	struct services services;

	services_init(&services, false);
	if (services_add(&services, "dir/f.json", text, fault))
		fail_msg("'%.*s' was taken", (int)bytes.len, bytes.at);
	exact_free(text);
	assert_false(services.out_of_memory);
	services_release(&services);
	assert_false(fault->failed);
	for (size_t i = 0; i < fault->len; i++)
		assert_in_range((unsigned char)fault->at[i], 0x20, 0x7e);
}

static void check_bad(const struct bad *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str fault = STR_EMPTY;
		refuse(rows[i].text, &fault);
		const char *at = str_text(&fault);
		for (size_t j = 0; j < PARTS && rows[i].parts[j]; j++) {
			const char *part = strstr(at, rows[i].parts[j]);
			bool told = part && (j > 0 || part == at);
			if (!told)
				fail_msg("row %zu: %s", i, str_text(&fault));
			at = part + strlen(rows[i].parts[j]);
		}
		/* A fault of a whole service names no key. */
		if (rows[i].parts[1] && !strstr(rows[i].parts[1], "key"))
			assert_null(strstr(str_text(&fault), ", key "));
		str_release(&fault);
	}
}

static void what_is_no_json_is_named_by_its_place(void **state)
{
	static const struct bad rows[] = {
		{BYTES(""), {"dir/f.json:1:1: "}},
		{BYTES("\n\n"), {"dir/f.json:3:1: "}},
		{BYTES("{\"SQL\": {\"HOST\": \"test\"}"),
			{"dir/f.json:1:25: "}},
		{BYTES("{}x"), {"dir/f.json:1:3: "}},
		{BYTES("{}\0"), {"dir/f.json:1:3: "}},
		{BYTES("\xef\xbb\xbf{}"), {"dir/f.json:1:1: "}},
		{BYTES("{\"A\": {\"K\": \"\xff\"}}"), {"dir/f.json:1:14: "}},
		{BYTES("{\"A\": {\"K\": \"\\u0000\"}}"), {"dir/f.json:1:14: "}},
		{BYTES("{\"A\\u0000\": {}}"), {"dir/f.json:1:4: "}},
		{BYTES("{\"A\":\n{\"K\":\n\"a\tb\"}}"), {"dir/f.json:3:3: "}},
		{BYTES("{\"A\": {\"K\": 01}}"), {"dir/f.json:1:14: "}},
		{BYTES("{\"A\": {\"K\": 1,}}"), {"dir/f.json:1:15: "}},
		{BYTES("{\"\xc3\xbc\": {\"K\": .5}}"), {"dir/f.json:1:13: "}},
		{BYTES("// A\n{}"), {"dir/f.json:1:1: "}},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

static void nesting_over_100_is_bad(void **state)
{
	static char text[1001 + 5];
	struct bad row = {{text, sizeof text}, {"dir/f.json:1:101: ", "100"}};

	(void)state;
	memset(text, '[', sizeof text);
	check_bad(&row, 1);
	memcpy(text, "{\"A\":", 5);
	row.parts[0] = "dir/f.json:1:105: ";
	check_bad(&row, 1);
}

static void the_whole_is_an_object(void **state)
{
	static const char *const texts[] = {
		"[]", "[{}]", "1", "null", "\"A\"", "true"};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct bad row = {
			slice_of(texts[i]), {"dir/f.json: ", "object"}};
		check_bad(&row, 1);
	}
}

static void each_service_is_an_object(void **state)
{
	static const char *const values[] = {
		"1", "\"x\"", "null", "true", "[]", "[{\"K\": 1}]"};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		char text[64];
		snprintf(text, sizeof text, "{\"OK\": {}, \"A\": %s}",
			values[i]);
		struct bad row = {slice_of(text),
			{"dir/f.json: service 'A': ", "object"}};
		check_bad(&row, 1);
	}
}

static void a_service_has_a_name_that_can_be_asked_for(void **state)
{
	static const struct bad rows[] = {
		{BYTES("{\"\": {}}"), {"dir/f.json: service '': ", "name"}},
		{BYTES("{\" A\": {}}"), {"dir/f.json: service ' A': ", "name"}},
		{BYTES("{\"A \": {}}"), {"dir/f.json: service 'A ': ", "name"}},
		{BYTES("{\"A\\t\": {}}"),
			{"dir/f.json: service 'A\\x09': ", "name"}},
		{BYTES("{\"\\u000bA\": {}}"),
			{"dir/f.json: service '\\x0bA': ", "name"}},
		{BYTES("{\"A\\nB\": {}}"),
			{"dir/f.json: service 'A\\x0aB': ", "name"}},
		{BYTES("{\"A\\rB\": {}}"),
			{"dir/f.json: service 'A\\x0dB': ", "name"}},
		{BYTES("{\"OK\": {\"K\": 1}, \"\\r\": {}}"),
			{"dir/f.json: service '\\x0d': ", "name"}},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

static void nothing_in_a_field_breaks_a_reply(void **state)
{
	static const char *const fields[][2] = {
		{"\"K:\": 1", "K:"},
		{"\":\": 1", ":"},
		{"\"K\\r\": 1", "K\\x0d"},
		{"\"K\\nL\": 1", "K\\x0aL"},
		{"\"K\": \"a:b\"", "K"},
		{"\"K\": \"http://x/\"", "K"},
		{"\"K\": \":\"", "K"},
		{"\"K\": \"a\\u003ab\"", "K"},
		{"\"K\": \"a\\rb\"", "K"},
		{"\"K\": \"a\\n\"", "K"},
		{"\"K\": \"\\u000a\"", "K"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(fields); i++) {
		char text[64], key[64];
		snprintf(text, sizeof text, "{\"A\": {\"OK\": 1, %s}}",
			fields[i][0]);
		snprintf(key, sizeof key, "key '%s': ", fields[i][1]);
		struct bad row = {
			slice_of(text), {"dir/f.json: service 'A', ", key}};
		check_bad(&row, 1);
	}
}

static void values_of_other_kinds_are_bad(void **state)
{
	static const char *const values[] = {"null", "[]", "{}", "[1]",
		"{\"a\": 1}", "1.5", "-0.5", "1e400", "1e-400",
		"9007199254740993", "-9007199254740993", "9007199254740994",
		"9007199254740991.5", "1.00000000000000000001", "1e16"};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		char text[64];
		snprintf(text, sizeof text, "{\"A\": {\"K\": %s, \"L\": 1}}",
			values[i]);
		struct bad row = {slice_of(text),
			{"dir/f.json: service 'A', ", "key 'K': ", "expected"}};
		check_bad(&row, 1);
		snprintf(text, sizeof text, "{\"A\": {\"IP\": %s}}", values[i]);
		row = (struct bad){slice_of(text),
			{"dir/f.json: service 'A', ", "key 'IP': "}};
		check_bad(&row, 1);
	}
}

static void what_is_there_twice_is_bad(void **state)
{
	static const struct bad rows[] = {
		{BYTES("{\"A\": {\"K\": 1, \"L\": 2, \"K\": 1}}"),
			{"dir/f.json: service 'A', ", "key 'K': ", "twice"}},
		{BYTES("{\"A\": {\"K\": 1, \"\\u004b\": 2}}"),
			{"dir/f.json: service 'A', ", "key 'K': ", "twice"}},
		{BYTES("{\"A\": {\"IP\": \"auto\", \"IP\": \"auto\"}}"),
			{"dir/f.json: service 'A', ", "key 'IP': ", "twice"}},
		{BYTES("{\"A\": {}, \"B\": {}, \"A\": {}}"),
			{"dir/f.json: service 'A': ", "twice"}},
		{BYTES("{\"AB\": {\"K\": 1}, \"A\\u0042\": {\"K\": 1}}"),
			{"dir/f.json: service 'AB': ", "twice"}},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

static void a_fault_shows_no_control_characters(void **state)
{
	static const struct bad rows[] = {
		{BYTES("{\"A\\u001b[2J\": 1}"),
			{"dir/f.json: service 'A\\x1b[2J': "}},
		{BYTES("{\"A\": {\"K\\u009b\": null}}"),
			{"dir/f.json: service 'A', ", "key 'K\\xc2\\x9b': "}},
		{BYTES("{\"A\": {\"\\u202eK\": null}}"),
			{"dir/f.json: service 'A', ",
				"key '\\xe2\\x80\\xaeK': "}},
	};

	(void)state;
	check_bad(rows, COUNT(rows));
}

/* There is room left for what is wrong with it. */
static void a_long_name_is_cut_short(void **state)
{
	char name[5000 + 1], text[sizeof name + 64];

	(void)state;
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	for (int i = 0; i < 2; i++) {
		struct str fault = STR_EMPTY;
		snprintf(text, sizeof text,
			i ? "{\"A\": {\"%s\": null}}" : "{\"%s\": 1}", name);
		refuse(slice_of(text), &fault);
		assert_in_range(fault.len, 80, 300);
		assert_non_null(strstr(str_text(&fault), "xxxx...': expected"));
		str_release(&fault);
	}
}

/* The services of the files before are as they were. */
static void the_file_that_is_bad_is_named(void **state)
{
	struct str fault = STR_EMPTY;
	struct services services;

	(void)state;
	services_init(&services, false);
	assert_true(services_add(
		&services, "a.json", slice_of("{\"A\": {}}"), &fault));
	assert_true(services_add(
		&services, "b.json", slice_of("{\"A\": {}}"), &fault));
	assert_int_equal(fault.len, 0);
	assert_false(services_add(&services, "c.json",
		slice_of("{\"B\": {}, \"C\": 1}"), &fault));
	assert_true(slice_starts(
		str_slice(&fault), slice_of("c.json: service 'C': ")));
	str_release(&fault);
	services_release(&services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_json_is_named_by_its_place),
		cmocka_unit_test(nesting_over_100_is_bad),
		cmocka_unit_test(the_whole_is_an_object),
		cmocka_unit_test(each_service_is_an_object),
		cmocka_unit_test(a_service_has_a_name_that_can_be_asked_for),
		cmocka_unit_test(nothing_in_a_field_breaks_a_reply),
		cmocka_unit_test(values_of_other_kinds_are_bad),
		cmocka_unit_test(what_is_there_twice_is_bad),
		cmocka_unit_test(a_fault_shows_no_control_characters),
		cmocka_unit_test(a_long_name_is_cut_short),
		cmocka_unit_test(the_file_that_is_bad_is_named),
	};

	return RUN(tests);
}
