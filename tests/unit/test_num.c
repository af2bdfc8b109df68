#include "unit.h"

#include "base/num.h"

#include "memory.h"
#include "tables.h"

/* 2^60 is the first that MAX may not be. */
#define LARGEST (((uint64_t)1 << 60) - 1)

struct number {
	struct slice text;
	uint64_t min, max;
	bool ok;
	uint64_t value;
};

typedef bool number_parser(struct slice, uint64_t, uint64_t, uint64_t *);

/* A value stays as it was where the text is none. */
static void check_numbers(
	number_parser *parse, const struct number *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice text = exact(rows[i].text);
		uint64_t value = 77;
		bool ok = parse(text, rows[i].min, rows[i].max, &value);
		exact_free(text);
		if (ok != rows[i].ok ||
			value != (rows[i].ok ? rows[i].value : 77))
			fail_msg("row %zu: %d, %llu", i, ok,
				(unsigned long long)value);
	}
}

static void a_number_lies_between_its_bounds(void **state)
{
	static const struct number rows[] = {
		{BYTES("0"), 0, 0, true, 0},
		{BYTES("1"), 0, 0, false},
		{BYTES("0"), 1, 65535, false},
		{BYTES("1"), 1, 65535, true, 1},
		{BYTES("65535"), 1, 65535, true, 65535},
		{BYTES("65536"), 1, 65535, false},
		{BYTES("655350"), 1, 65535, false},
		{BYTES("9"), 10, 10, false},
		{BYTES("10"), 10, 10, true, 10},
		{BYTES("11"), 10, 10, false},
	};

	(void)state;
	check_numbers(num_digits, rows, COUNT(rows));
	check_numbers(num_parse, rows, COUNT(rows));
}

static void no_number_is_too_long_to_be_refused(void **state)
{
	static const struct number rows[] = {
		{BYTES("1152921504606846975"), 0, LARGEST, true, LARGEST},
		{BYTES("1152921504606846976"), 0, LARGEST, false},
		{BYTES("11529215046068469759"), 0, LARGEST, false},
		{BYTES("18446744073709551615"), 0, LARGEST, false},
		{BYTES("18446744073709551616"), 0, LARGEST, false},
		{BYTES("18446744073709551617"), 0, LARGEST, false},
		{BYTES("36893488147419103233"), 0, LARGEST, false},
		{BYTES("99999999999999999999999999999999"), 0, 255, false},
		{BYTES("00000000000000000000000000000007"), 0, 255, true, 7},
		{BYTES("00000000000000000000000000000256"), 0, 255, false},
	};

	(void)state;
	check_numbers(num_digits, rows, COUNT(rows));
	check_numbers(num_parse, rows, COUNT(rows));
}

static void only_ascii_digits_are_digits(void **state)
{
	static const struct number rows[] = {
		{{NULL, 0}, 0, 255, false},
		{BYTES(""), 0, 255, false},
		{BYTES("+1"), 0, 255, false},
		{BYTES("-1"), 0, 255, false},
		{BYTES("-0"), 0, 255, false},
		{BYTES("1_0"), 0, 255, false},
		{BYTES("0x1"), 0, 255, false},
		{BYTES("1e1"), 0, 255, false},
		{BYTES("1."), 0, 255, false},
		{BYTES("1 0"), 0, 255, false},
		{BYTES("1\0"), 0, 255, false},
		{BYTES("1\0001"), 0, 255, false},
		{BYTES("\xd9\xa1"), 0, 255, false},
		{BYTES("inf"), 0, 255, false},
	};

	(void)state;
	check_numbers(num_digits, rows, COUNT(rows));
	check_numbers(num_parse, rows, COUNT(rows));
}

static void each_byte_is_a_digit_or_none(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[] = {'1', (char)c};
		uint64_t value;
		bool ok = num_digits((struct slice){text, 2}, 0, 99, &value);
		if (ok != (c >= '0' && c <= '9') ||
			(ok && value != 10 + (uint64_t)(c - '0')))
			fail_msg("byte %d", c);
	}
}

static void white_space_may_stand_around_a_number(void **state)
{
	static const struct number rows[] = {
		{BYTES(" 5"), 0, 9, true, 5},
		{BYTES("5 "), 0, 9, true, 5},
		{BYTES(" \t\n\v\f\r5\r\f\v\n\t "), 0, 9, true, 5},
		{BYTES(" "), 0, 9, false},
		{BYTES("\302\2405"), 0, 9, false},
		{BYTES("5\0"), 0, 9, false},
	};
	static const struct number bare[] = {
		{BYTES(" 5"), 0, 9, false}, {BYTES("5\n"), 0, 9, false}};

	(void)state;
	check_numbers(num_parse, rows, COUNT(rows));
	check_numbers(num_digits, bare, COUNT(bare));
}

struct seconds {
	struct slice text;
	int64_t ns; /* 0: refused */
};

static void check_seconds(const struct seconds *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice text = exact(rows[i].text);
		int64_t ns = -7, expected = rows[i].ns ? rows[i].ns : -7;
		bool ok = num_parse_seconds(text, &ns);
		exact_free(text);
		if (ok != (rows[i].ns > 0) || ns != expected)
			fail_msg("row %zu: %d, %lld", i, ok, (long long)ns);
	}
}

static void seconds_are_decimal(void **state)
{
	static const struct seconds rows[] = {
		{BYTES("5"), 5000000000},
		{BYTES("5."), 5000000000},
		{BYTES("5.0"), 5000000000},
		{BYTES("0.5"), 500000000},
		{BYTES(".5"), 500000000},
		{BYTES("0005.2500"), 5250000000},
		{BYTES("1.000000001"), 1000000001},
		{BYTES("0.123456789"), 123456789},
		{BYTES("0.012345678"), 12345678},
		{BYTES(" \t\n\v\f\r1.5\r\f\v\n\t "), 1500000000},
	};

	(void)state;
	check_seconds(rows, COUNT(rows));
}

static void what_is_below_a_nanosecond_counts_as_one(void **state)
{
	static const struct seconds rows[] = {
		{BYTES("0.000000001"), 1},
		{BYTES("0.0000000001"), 1},
		{BYTES("0.0000000009"), 1},
		{BYTES("0.00000000000000000000000000000000000001"), 1},
		{BYTES("0.0000000010"), 1},
		{BYTES("0.00000000100"), 1},
		{BYTES("0.0000000011"), 2},
		{BYTES("0.00000000101"), 2},
		{BYTES("0.0000000019"), 2},
		{BYTES("0.00000000110"), 2},
		{BYTES("0.9999999999"), 1000000000},
	};

	(void)state;
	check_seconds(rows, COUNT(rows));
}

static void seconds_lie_above_zero_and_not_above_the_most(void **state)
{
	static const struct seconds rows[] = {
		{BYTES("0"), 0},
		{BYTES("0."), 0},
		{BYTES(".0"), 0},
		{BYTES("0.0000000000000000000000"), 0},
		{BYTES("999999999.999999999"), 999999999999999999},
		{BYTES("999999999.9999999999"), 1000000000000000000},
		{BYTES("1000000000"), 1000000000000000000},
		{BYTES("1000000000.0"), 1000000000000000000},
		{BYTES("1000000000.000000001"), 0},
		{BYTES("1000000000.0000000001"), 0},
		{BYTES("1000000001"), 0},
		{BYTES("10000000000"), 0},
		{BYTES("9223372036.854775808"), 0},
		{BYTES("18446744073.709551617"), 0},
		{BYTES("99999999999999999999999999"), 0},
	};

	(void)state;
	check_seconds(rows, COUNT(rows));
}

static void seconds_are_nothing_but_digits_and_one_point(void **state)
{
	static const struct seconds rows[] = {{{NULL, 0}, 0}, {BYTES(""), 0},
		{BYTES(" "), 0}, {BYTES("."), 0}, {BYTES(" . "), 0},
		{BYTES(".."), 0}, {BYTES("1..5"), 0}, {BYTES("1.2.3"), 0},
		{BYTES("1.5."), 0}, {BYTES("-1"), 0}, {BYTES("+1"), 0},
		{BYTES("-.5"), 0}, {BYTES("1.-5"), 0}, {BYTES("1. 5"), 0},
		{BYTES("1 .5"), 0}, {BYTES("1,5"), 0}, {BYTES("1e3"), 0},
		{BYTES("1.5e1"), 0}, {BYTES("0x1"), 0}, {BYTES("inf"), 0},
		{BYTES("nan"), 0}, {BYTES("5s"), 0}, {BYTES("1.5/"), 0},
		{BYTES("1.5:"), 0}, {BYTES("1.\xd9\xa1"), 0}, {BYTES("1\0"), 0},
		{BYTES("1.5\0"), 0}};

	(void)state;
	check_seconds(rows, COUNT(rows));
}

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
		cmocka_unit_test(a_number_lies_between_its_bounds),
		cmocka_unit_test(no_number_is_too_long_to_be_refused),
		cmocka_unit_test(only_ascii_digits_are_digits),
		cmocka_unit_test(each_byte_is_a_digit_or_none),
		cmocka_unit_test(white_space_may_stand_around_a_number),
		cmocka_unit_test(seconds_are_decimal),
		cmocka_unit_test(what_is_below_a_nanosecond_counts_as_one),
		cmocka_unit_test(seconds_lie_above_zero_and_not_above_the_most),
		cmocka_unit_test(seconds_are_nothing_but_digits_and_one_point),
		cmocka_unit_test(durations_are_whole_seconds_rounded_down),
		cmocka_unit_test(seconds_are_printed_without_trailing_zeros),
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
