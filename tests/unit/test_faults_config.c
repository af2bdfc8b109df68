#include "faults.h"

#include "settings.h"
#include "tables.h"

/* A value of each setting, and one that is none; the same again is another item of
 * a list. */
static const struct {
	const struct setting *setting;
	const char *good, *printed, *bad, *expected;
} rows[] = {
	{&flag, "", "yes", NULL, NULL},
	{&toggle, "on", "yes", "x",
		"true, 1, yes or on, or false, 0, no or off"},
	{&number, " 9 ", "9", "0", "a number from 1 to 65535"},
	{&seconds, "0.5", "0.5", "-1",
		"seconds above 0, like 5 or 0.5, at most 1000000000"},
	{&text, "abc", "abc", "a", "2 to 4 bytes"},
	{&service, "SQL", "SQL", "",
		"a name of 1 to 4069 bytes without white space around it or a "
		"line end in it"},
	{&rate, "7", "7/14", "x",
		"replies a second, N or N/BURST, at most 1000000/2000000; 0 for "
		"no limit"},
	{&choice, "json", "json", "x", "one of text, json, ndjson"},
	{&names, "eth0", "eth0", "", "interface names, like eth0,wlan*"},
	{&targets, "host:7", "host:7", "0.0.0.0", NULL},
	{&paths, "file", "file", "", "1 to 6 bytes"},
	{&advertised, "10.0.0.0/8=10.0.0.1:7", "10.0.0.0/8=10.0.0.1:7", "x",
		NULL},
	{&networks, "10.0.0.0/8", "10.0.0.0/8", "x", NULL},
	{&allowed, "any", "0.0.0.0/0", "x", NULL},
};

static void print_setting(const struct config *config, size_t row, size_t index)
{
	const struct setting *setting = rows[row].setting;
	struct str out = STR_EMPTY;
	bool struck = FAULTY(setting_print(setting, config, index, &out));

	assert_text_or_told(&out, struck, rows[row].printed);
	str_release(&out);
	setting_print(setting, config, index, &out);
	assert_text(&out, rows[row].printed);
	str_release(&out);
}

/* Gives the value once more; it has INDEX where it is one of a list. */
static void give(struct config *config, size_t row, size_t index)
{
	const struct setting *setting = rows[row].setting;
	struct slice value = slice_of(rows[row].good);
	struct str expected = STR_EMPTY;
	bool good = false;
	bool struck = FAULTY(
		good = setting_parse(setting, value, config, &expected));

	assert_int_equal(good, !struck);
	assert_int_equal(config->out_of_memory, struck);
	str_release(&expected);
	config->out_of_memory = false;
	if (struck) {
		assert_int_equal(setting_count(setting, config), index);
		assert_true(setting_parse(setting, value, config, &expected));
	}
	assert_text(&expected, "");
	if (setting_is_list(setting))
		assert_int_equal(setting_count(setting, config), index + 1);
}

static void give_bad(struct config *config, size_t row)
{
	struct slice value = slice_of(rows[row].bad);
	struct str expected = STR_EMPTY;
	bool good = true;
	bool struck = FAULTY(good = setting_parse(rows[row].setting, value,
				     config, &expected));

	assert_false(good);
	assert_false(config->out_of_memory);
	if (rows[row].expected)
		assert_text_or_told(&expected, struck, rows[row].expected);
	else
		assert_int_equal(expected.failed, struck);
	str_release(&expected);
}

static void configure(void)
{
	enum { TIMES = 3 };
	struct config config = {0};

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool is_list = setting_is_list(rows[i].setting);
		for (size_t n = 0; n < TIMES; n++)
			give(&config, i, n);
		if (rows[i].bad)
			give_bad(&config, i);
		for (size_t n = 0; n < (is_list ? TIMES : 1); n++)
			print_setting(&config, i, n);
	}
	config_release(&config);
}

static void all_options_are_read_and_printed(void **state)
{
	(void)state;
	faults_in_turn(configure);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULTS_TEST(all_options_are_read_and_printed),
	};

	return RUN_FAULTS(tests);
}
