#include "unit.h"

#include "core/config.h"
#include "core/tged.h"

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

/* --scan has no value; its variable has a word. */
static void a_switch_is_on_or_off(void **state)
{
	static const char *const on[] = {
		"true", "1", "yes", "on", "TRUE", "Yes", "oN", " on\n", "tRuE"};
	static const char *const off[] = {"false", "0", "no", "off", "FALSE",
		"No", "OFF", "\toff ", "fAlSe"};
	struct config config = {0};

	(void)state;
	assert_good(&toggle, &config, (struct slice){NULL, 0}, 0, "yes");
	assert_true(config.scan);
	for (size_t i = 0; i < COUNT(on); i++) {
		assert_good(&toggle, &config, slice_of(off[i]), 0, "no");
		assert_false(config.scan);
		assert_good(&toggle, &config, slice_of(on[i]), 0, "yes");
		assert_true(config.scan);
	}
}

static void a_switch_is_no_other_word(void **state)
{
	static const struct slice bad[] = {BYTES(""), BYTES(" "), BYTES("t"),
		BYTES("tru"), BYTES("truee"), BYTES("true\0"), BYTES("y"),
		BYTES("2"), BYTES("00"), BYTES("01"), BYTES("-1"), BYTES("n"),
		BYTES("onoff"), BYTES("on off"), BYTES("enabled"),
		BYTES("nope")};
	struct config config = {.scan = true};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct slice value = exact(bad[i]);
		config.scan = i & 1;
		assert_bad(&toggle, &config, value,
			"true, 1, yes or on, or false, 0, no or off");
		assert_int_equal(config.scan, i & 1);
		exact_free(value);
	}
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

static void a_service_is_a_name_that_can_be_asked_for(void **state)
{
	static const struct slice bad[] = {{NULL, 0}, BYTES(""), BYTES(" "),
		BYTES(" SQL"), BYTES("SQL\t"), BYTES("S\nL"), BYTES("S\rL")};
	static const char right[] =
		"a name of 1 to 4069 bytes without white space around it or a "
		"line end in it";
	static char longest[TGED_SERVICE_MAX + 2];
	struct config config = {.service = BYTES("before")};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad(&service, &config, bad[i], right);
	memset(longest, 'x', TGED_SERVICE_MAX + 1);
	assert_bad(&service, &config, slice_of(longest), right);
	longest[TGED_SERVICE_MAX] = '\0';
	assert_good(&service, &config, slice_of(longest), 0, longest);
	assert_good(&service, &config, slice_of("a b:c"), 0, "a b:c");
	assert_good(&service, &config, slice_of("SQL"), 0, "SQL");
	assert_int_equal(config.service.len, 3);
}

/* What is printed is as it would be given. */
static void a_rate_may_have_a_burst(void **state)
{
	static const struct {
		const char *text;
		unsigned per_second, burst;
		const char *printed;
	} rows[] = {{"50/100", 50, 100, "50/100"}, {"50", 50, 100, "50/100"},
		{"1", 1, 2, "1/2"}, {"5/1", 5, 1, "5/1"},
		{" 5 / 1 ", 5, 1, "5/1"}, {" 7/9\n", 7, 9, "7/9"},
		{"500000", 500000, 1000000, "500000/1000000"},
		{"500001", 500001, 1000002, "500001/1000002"},
		{"1000000/1000000", 1000000, 1000000, "1000000/1000000"},
		{"1000000", 1000000, 2000000, "1000000/2000000"},
		{"0", 0, 1, "0"}};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *const texts[] = {rows[i].text, rows[i].printed};
		for (size_t k = 0; k < COUNT(texts); k++) {
			config.rate = (struct rate){0, 0};
			assert_good(&rate, &config, slice_of(texts[k]), 0,
				rows[i].printed);
			assert_int_equal(
				config.rate.per_second, rows[i].per_second);
			assert_int_equal(config.rate.burst, rows[i].burst);
		}
	}
	assert_good(&rate, &config, slice_of("0/5"), 0, "0");
	assert_int_equal(config.rate.burst, 5);
}

static void a_rate_is_nothing_else(void **state)
{
	static const struct slice bad[] = {{NULL, 0}, BYTES(""), BYTES("/"),
		BYTES("/5"), BYTES("50/"), BYTES("50/0"), BYTES("0/0"),
		BYTES("50/100/200"), BYTES("-1"), BYTES("+5"), BYTES("1.5"),
		BYTES("1e3"), BYTES("x"), BYTES("1000001"), BYTES("5/2000001"),
		BYTES("4294967346"), BYTES("50:100"), BYTES("inf")};
	struct config config = {.rate = {7, 9}};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad(&rate, &config, bad[i],
			"replies a second, N or N/BURST, at most "
			"1000000/2000000; 0 for no limit");
	assert_int_equal(config.rate.per_second, 7);
	assert_int_equal(config.rate.burst, 9);
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
	} rows[] = {{&flag, false, false}, {&toggle, false, false},
		{&count, false, true}, {&paths, true, false},
		{&number, false, true}, {&seconds, false, true},
		{&text, false, false}, {&service, false, false},
		{&rate, false, false}, {&choice, false, false},
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
	} rows[] = {{&flag, 1}, {&toggle, 1}, {&paths, 0}, {&count, 1},
		{&number, 0}, {&from_zero, 1}, {&seconds, 0}, {&text, 0},
		{&service, 0}, {&rate, 1}, {&choice, 1}, {&names, 0},
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
		.service = BYTES("SQL"),
		.lists.whitelist = BYTES("eth0")};

	(void)state;
	assert_int_equal(setting_count(&ten, &config), 1);
	assert_int_equal(setting_count(&number, &config), 1);
	assert_int_equal(setting_count(&seconds, &config), 1);
	assert_int_equal(setting_count(&text, &config), 1);
	assert_int_equal(setting_count(&service, &config), 1);
	assert_int_equal(setting_count(&names, &config), 1);
	config.port = 9;
	assert_int_equal(setting_count(&ten, &config), 0);
}

/* Where there are targets, whatever they are, it takes --broadcast. */
static void broadcasts_are_sent_where_there_is_no_target(void **state)
{
	static const struct {
		const struct setting *setting;
		const char *value;
	} rows[] = {{&targets, "10.0.0.1"}, {&targets, "10.0.0.0/24"},
		{&targets, "web"}, {&paths, "file"}, {&paths, "-"}};
	struct config config = {.scan = true};

	(void)state;
	assert_true(config_broadcasts(&config));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice value = slice_of(rows[i].value);
		config = (struct config){.scan = true};
		assert_good(rows[i].setting, &config, value, 0, rows[i].value);
		assert_false(config_broadcasts(&config));
		config.broadcast = true;
		assert_true(config_broadcasts(&config));
		config_release(&config);
	}
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
		cmocka_unit_test(a_switch_is_on_or_off),
		cmocka_unit_test(a_switch_is_no_other_word),
		cmocka_unit_test(a_count_is_how_often_it_was_given),
		cmocka_unit_test(a_number_lies_between_its_bounds),
		cmocka_unit_test(seconds_become_nanoseconds),
		cmocka_unit_test(a_text_has_as_many_bytes_as_it_may),
		cmocka_unit_test(a_choice_is_one_of_its_words),
		cmocka_unit_test(a_service_is_a_name_that_can_be_asked_for),
		cmocka_unit_test(a_rate_may_have_a_burst),
		cmocka_unit_test(a_rate_is_nothing_else),
		cmocka_unit_test(names_are_one_or_more),
		cmocka_unit_test(a_later_value_replaces_the_one_before),
		cmocka_unit_test(
			ipv6_is_not_spoken_of_where_no_address_is_wanted),
		cmocka_unit_test(what_is_expected_follows_what_is_there),
		cmocka_unit_test(only_these_kinds_are_lists_or_numbers),
		cmocka_unit_test(
			an_empty_configuration_has_only_what_has_a_zero),
		cmocka_unit_test(one_value_is_one),
		cmocka_unit_test(broadcasts_are_sent_where_there_is_no_target),
		cmocka_unit_test(a_kind_that_is_none_reads_nothing),
	};

	return RUN(tests);
}
