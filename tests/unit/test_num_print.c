#include "unit.h"

#include <time.h>

#include "base/num.h"

#include "memory.h"
#include "tables.h"

struct print {
	int64_t ns;
	const char *text;
};

static void check_prints(void (*add)(struct str *, int64_t),
	const struct print *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str s = STR_EMPTY;
		add(&s, rows[i].ns);
		assert_text(&s, rows[i].text);
		str_release(&s);
	}
}

static void durations_are_whole_seconds_rounded_down(void **state)
{
	static const struct print rows[] = {
		{0, "0s"},
		{1, "0s"},
		{999999999, "0s"},
		{1000000000, "1s"},
		{1999999999, "1s"},
		{59999999999, "59s"},
		{60000000000, "1m0s"},
		{61000000000, "1m1s"},
		{3599999999999, "59m59s"},
		{3600000000000, "1h0m0s"},
		{3605000000000, "1h0m5s"},
		{3660000000000, "1h1m0s"},
		{86399000000000, "23h59m59s"},
		{360000000000000, "100h0m0s"},
		{INT64_MAX, "2562047h47m16s"},
	};

	(void)state;
	check_prints(num_add_duration, rows, COUNT(rows));
}

static void seconds_are_printed_without_trailing_zeros(void **state)
{
	static const struct print rows[] = {
		{0, "0"},
		{1, "0.000000001"},
		{10, "0.00000001"},
		{100000000, "0.1"},
		{500000000, "0.5"},
		{999999999, "0.999999999"},
		{5000000000, "5"},
		{10000000000, "10"},
		{10500000000, "10.5"},
		{100000000100000000, "100000000.1"},
		{1000000000000000000, "1000000000"},
		{INT64_MAX, "9223372036.854775807"},
	};

	(void)state;
	check_prints(num_add_seconds, rows, COUNT(rows));
}

struct decimal {
	int64_t units;
	int places;
	const char *text;
};

static void check_decimal(int64_t units, int places, const char *text)
{
	struct str s = STR_EMPTY;

	num_add_decimal(&s, units, places);
	if (s.failed || strcmp(str_text(&s), text) != 0)
		fail_msg("%lld, %d: '%s', not '%s'", (long long)units, places,
			str_text(&s), text);
	str_release(&s);
}

static void all_counts_but_one_have_a_plural(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	num_add_count(&s, 0, "server, ");
	num_add_count(&s, 1, "server, ");
	num_add_count(&s, UINT64_MAX, "server");
	assert_text(&s, "0 server, s1 server, 18446744073709551615 servers");
	str_release(&s);
}

static void decimals_are_printed_short(void **state)
{
	static const struct decimal rows[] = {
		{0, 0, "0"},
		{0, 9, "0"},
		{7, 0, "7"},
		{10, 0, "10"},
		{-1, 0, "-1"},
		{412, 3, "0.412"},
		{500, 3, "0.5"},
		{-12750, 3, "-12.75"},
		{1000, 3, "1"},
		{10000, 3, "10"},
		{1, 3, "0.001"},
		{1, 4, "0.0001"},
		{1, 5, "1e-05"},
		{12, 6, "1.2e-05"},
		{-12, 6, "-1.2e-05"},
		{1, 9, "1e-09"},
		{10, 9, "1e-08"},
		{12345, 9, "1.2345e-05"},
		{99999, 9, "9.9999e-05"},
		{100000, 9, "0.0001"},
		{1, 19, "1e-19"},
		{1000000000, 9, "1"},
		{9007199254740992, 0, "9007199254740992"},
		{1125899906842624, 3, "1125899906842.624"},
		{999999999999999999, 9, "999999999.999999999"},
		{INT64_MAX, 0, "9223372036854775807"},
		{INT64_MAX, 19, "0.9223372036854775807"},
		{INT64_MIN, 0, "-9223372036854775808"},
		{INT64_MIN, 9, "-9223372036.854775808"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_decimal(rows[i].units, rows[i].places, rows[i].text);
}

/* What a double holds, 15 digits, is as printf has it. */
static void decimals_are_as_printf_has_doubles(void **state)
{
	static const int places[] = {0, 3, 6, 9};
	static const double ones[] = {1, 1e3, 1e6, 1e9};
	static const int64_t most = 999999999999999;
	uint64_t n = 1;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		char text[64];
		n = n * 6364136223846793005U + 1442695040888963407U;
		int64_t units = (int64_t)((n >> (n % 64)) %
					  (uint64_t)(most + 1));
		size_t row = (size_t)i % COUNT(places);
		if (i < 20000)
			units = i / 4;
		snprintf(
			text, sizeof text, "%1.15g", (double)units / ones[row]);
		check_decimal(units, places[row], text);
	}
}

static void what_is_printed_is_read_back(void **state)
{
	int64_t back;

	(void)state;
	for (int64_t ns = 1; ns <= 1000000000000000000; ns = ns * 3 / 2 + 1) {
		struct str s = STR_EMPTY;
		num_add_seconds(&s, ns);
		assert_true(num_parse_seconds(str_slice(&s), &back));
		assert_true(back == ns);
		str_release(&s);
	}
}

static void prints_follow_what_is_there(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	str_addf(&s, "100");
	num_add_seconds(&s, 0);
	num_add_duration(&s, 0);
	assert_text(&s, "10000s");
	str_release(&s);
}

/* The zeros that stood there before are nobody's trailing zeros. */
static void a_print_that_does_not_fit_takes_nothing_away(void **state)
{
	char storage[8];
	struct str s;

	(void)state;
	str_init_fixed(&s, storage, sizeof storage);
	str_addf(&s, "1000");
	num_add_seconds(&s, 10500000000);
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "100010");
	str_init_fixed(&s, storage, 1);
	num_add_seconds(&s, 500000000);
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "");
}

static void without_memory_nothing_is_printed(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	memory_left = 0;
	num_add_seconds(&s, 500000000);
	num_add_duration(&s, 500000000);
	memory_restore();
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "");
	str_release(&s);
}

/* Each day from 1970 to 2499, which holds leap years of each kind. */
static void times_are_those_of_the_c_library(void **state)
{
	(void)state;
	for (time_t t = 0; t < (time_t)530 * 31556952; t += 86399) {
		char expected[64];
		struct str s = STR_EMPTY;
		struct tm utc;
		gmtime_r(&t, &utc);
		strftime(expected, sizeof expected, "%FT%TZ", &utc);
		num_add_time(&s, t);
		assert_text(&s, expected);
		str_release(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_whole_seconds_rounded_down),
		cmocka_unit_test(seconds_are_printed_without_trailing_zeros),
		cmocka_unit_test(all_counts_but_one_have_a_plural),
		cmocka_unit_test(decimals_are_printed_short),
		cmocka_unit_test(decimals_are_as_printf_has_doubles),
		cmocka_unit_test(times_are_those_of_the_c_library),
		cmocka_unit_test(what_is_printed_is_read_back),
		cmocka_unit_test(prints_follow_what_is_there),
		cmocka_unit_test(a_print_that_does_not_fit_takes_nothing_away),
		cmocka_unit_test(without_memory_nothing_is_printed),
	};

	return RUN(tests);
}
