#include "unit.h"

#include "core/config.h"

#include "settings.h"
#include "tables.h"

static void a_flag_is_set_whatever_its_value(void **state)
{
	struct config config = {0};
	struct str out = STR_EMPTY;

	(void)state;
	setting_print(&flag, &config, 0, &out);
	assert_text(&out, "no");
	assert_good(&flag, &config, (struct slice){NULL, 0}, 0, "yes");
	assert_true(config.broadcast);
	assert_good(&flag, &config, slice_of("no"), 0, "yes");
	str_release(&out);
}

static void a_count_is_how_often_it_was_given(void **state)
{
	struct config config = {0};

	(void)state;
	assert_good(&count, &config, (struct slice){NULL, 0}, 0, "1");
	assert_good(&count, &config, (struct slice){NULL, 0}, 0, "2");
	assert_int_equal(config.verbose, 2);
}

static void a_number_lies_between_its_bounds(void **state)
{
	static const struct slice bad[] = {BYTES("0"), BYTES("65536"),
		BYTES(""), BYTES("-1"), BYTES("1e3"), BYTES("4294967297"),
		BYTES("80x")};
	struct config config = {.port = 7};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad(
			&number, &config, bad[i], "a number from 1 to 65535");
	assert_int_equal(config.port, 7);
	assert_good(&number, &config, slice_of("1"), 0, "1");
	assert_int_equal(config.port, 1);
	assert_good(&number, &config, slice_of(" 65535\n"), 0, "65535");
	assert_int_equal(config.port, 65535);
	assert_good(&from_zero, &config, slice_of("0"), 0, "0");
	assert_good(&from_zero, &config, slice_of("16"), 0, "16");
	assert_bad(
		&from_zero, &config, slice_of("17"), "a number from 0 to 16");
}

static void seconds_become_nanoseconds(void **state)
{
	static const struct slice bad[] = {BYTES("0"), BYTES("-1"), BYTES(""),
		BYTES("1e3"), BYTES("inf"), BYTES("1000000001")};
	struct config config = {.timeout_ns = 7};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad(&seconds, &config, bad[i],
			"seconds above 0, like 5 or 0.5, at most 1000000000");
	assert_true(config.timeout_ns == 7);
	assert_good(&seconds, &config, slice_of("5.0"), 0, "5");
	assert_true(config.timeout_ns == 5000000000);
	assert_good(&seconds, &config, slice_of(" .5 "), 0, "0.5");
	assert_true(config.timeout_ns == 500000000);
	assert_good(&seconds, &config, slice_of("1000000000"), 0, "1000000000");
}

static void a_text_has_as_many_bytes_as_it_may(void **state)
{
	struct config config = {0};

	(void)state;
	assert_bad(&text, &config, slice_of(""), "2 to 4 bytes");
	assert_bad(&text, &config, slice_of("a"), "2 to 4 bytes");
	assert_bad(&text, &config, slice_of("abcde"), "2 to 4 bytes");
	assert_good(&text, &config, slice_of("ab"), 0, "ab");
	assert_good(&text, &config, slice_of(" b\t "), 0, " b\t ");
	assert_int_equal(config.message.len, 4);
}

static void a_choice_is_one_of_its_words(void **state)
{
	static const struct slice bad[] = {BYTES(""), BYTES("jso"),
		BYTES("jsonx"), BYTES("JSON"), BYTES(" json"), BYTES("1"),
		BYTES("text, json"), {NULL, 0}};
	struct config config = {.output = OUTPUT_NDJSON};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad(
			&choice, &config, bad[i], "one of text, json, ndjson");
	assert_int_equal(config.output, OUTPUT_NDJSON);
	assert_good(&choice, &config, slice_of("text"), 0, "text");
	assert_int_equal(config.output, OUTPUT_TEXT);
	assert_good(&choice, &config, slice_of("json"), 0, "json");
	assert_int_equal(config.output, OUTPUT_JSON);
	assert_good(&choice, &config, slice_of("ndjson"), 0, "ndjson");
	assert_int_equal(config.output, OUTPUT_NDJSON);
}

static void names_are_one_or_more(void **state)
{
	static const struct slice bad[] = {
		BYTES(""), BYTES(","), BYTES(" \t"), BYTES(" , ,")};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad(&names, &config, bad[i],
			"interface names, like eth0,wlan*");
	assert_null(config.lists.whitelist.at);
	assert_good(&names, &config, slice_of("eth0"), 0, "eth0");
	assert_good(&names, &config, slice_of(", a ,b*,"), 0, ", a ,b*,");
	assert_null(config.lists.blacklist.at);
}

static void a_later_value_replaces_the_one_before(void **state)
{
	struct config config = {0};

	(void)state;
	assert_good(&number, &config, slice_of("1"), 0, "1");
	assert_good(&number, &config, slice_of("2"), 0, "2");
	assert_good(&text, &config, slice_of("abcd"), 0, "abcd");
	assert_good(&text, &config, slice_of("ef"), 0, "ef");
	assert_good(&names, &config, slice_of("eth0"), 0, "eth0");
	assert_good(&names, &config, slice_of("lo"), 0, "lo");
	assert_int_equal(setting_count(&number, &config), 1);
	assert_int_equal(setting_count(&text, &config), 1);
	assert_int_equal(setting_count(&names, &config), 1);
}

static void ipv6_is_not_spoken_of_where_no_address_is_wanted(void **state)
{
	struct config config = {0};

	(void)state;
	assert_bad(
		&number, &config, slice_of("::1"), "a number from 1 to 65535");
	assert_bad(&text, &config, slice_of("[::1]:80"), "2 to 4 bytes");
	assert_bad(
		&choice, &config, slice_of("::1"), "one of text, json, ndjson");
}

static void what_is_expected_follows_what_is_there(void **state)
{
	struct str expected = STR_EMPTY;
	struct config config = {0};

	(void)state;
	str_addf(&expected, "expected ");
	assert_false(setting_parse(&number, slice_of("x"), &config, &expected));
	assert_text(&expected, "expected a number from 1 to 65535");
	str_release(&expected);
}

static void only_these_kinds_are_lists_or_numbers(void **state)
{
	static const struct {
		const struct setting *setting;
		bool list, number;
	} rows[] = {{&flag, false, false}, {&count, false, true},
		{&number, false, true}, {&seconds, false, true},
		{&text, false, false}, {&choice, false, false},
		{&names, false, false}, {&targets, true, false},
		{&advertised, true, false}, {&networks, true, false},
		{&allowed, true, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (setting_is_list(rows[i].setting) != rows[i].list ||
			setting_is_number(rows[i].setting) != rows[i].number)
			fail_msg("row %zu", i);
}

static void an_empty_configuration_has_only_what_has_a_zero(void **state)
{
	static const struct {
		const struct setting *setting;
		size_t count;
	} rows[] = {{&flag, 1}, {&count, 1}, {&number, 0}, {&from_zero, 1},
		{&seconds, 0}, {&text, 0}, {&choice, 1}, {&names, 0},
		{&targets, 0}, {&advertised, 0}, {&networks, 0}, {&allowed, 0}};
	static const struct config config;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (setting_count(rows[i].setting, &config) != rows[i].count)
			fail_msg("row %zu", i);
}

static void one_value_is_one(void **state)
{
	static const struct setting ten = {SETTING_NUMBER, AT(port), 10, 20};
	struct config config = {.port = 10,
		.timeout_ns = 1,
		.message = BYTES(""),
		.lists.whitelist = BYTES("eth0")};

	(void)state;
	assert_int_equal(setting_count(&ten, &config), 1);
	assert_int_equal(setting_count(&number, &config), 1);
	assert_int_equal(setting_count(&seconds, &config), 1);
	assert_int_equal(setting_count(&text, &config), 1);
	assert_int_equal(setting_count(&names, &config), 1);
	config.port = 9;
	assert_int_equal(setting_count(&ten, &config), 0);
}

/* No row has it; it must not be taken for a good value. */
static void a_kind_that_is_none_reads_nothing(void **state)
{
	static const struct setting none = {(enum setting_kind)99, AT(port)};
	struct config config = {.port = 7};
	struct str out = STR_EMPTY;

	(void)state;
	assert_bad(&none, &config, slice_of("1"), "");
	assert_int_equal(config.port, 7);
	assert_int_equal(setting_count(&none, &config), 1);
	setting_print(&none, &config, 0, &out);
	assert_text(&out, "");
	str_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flag_is_set_whatever_its_value),
		cmocka_unit_test(a_count_is_how_often_it_was_given),
		cmocka_unit_test(a_number_lies_between_its_bounds),
		cmocka_unit_test(seconds_become_nanoseconds),
		cmocka_unit_test(a_text_has_as_many_bytes_as_it_may),
		cmocka_unit_test(a_choice_is_one_of_its_words),
		cmocka_unit_test(names_are_one_or_more),
		cmocka_unit_test(a_later_value_replaces_the_one_before),
		cmocka_unit_test(
			ipv6_is_not_spoken_of_where_no_address_is_wanted),
		cmocka_unit_test(what_is_expected_follows_what_is_there),
		cmocka_unit_test(only_these_kinds_are_lists_or_numbers),
		cmocka_unit_test(
			an_empty_configuration_has_only_what_has_a_zero),
		cmocka_unit_test(one_value_is_one),
		cmocka_unit_test(a_kind_that_is_none_reads_nothing),
	};

	return RUN(tests);
}
