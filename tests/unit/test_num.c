#include "unit.h"

#include "base/num.h"

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

static void hexadecimal_digits_are_of_either_case(void **state)
{
	static const char lower[] = "0123456789abcdef",
			  upper[] = "0123456789ABCDEF";

	(void)state;
	for (int c = 0; c < 256; c++) {
		const char *at = c ? strchr(lower, c) : NULL;
		int digit = at ? (int)(at - lower) : -1;
		at = c ? strchr(upper, c) : NULL;
		if (at)
			digit = (int)(at - upper);
		assert_int_equal(num_hex_digit((char)c), digit);
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_lies_between_its_bounds),
		cmocka_unit_test(no_number_is_too_long_to_be_refused),
		cmocka_unit_test(only_ascii_digits_are_digits),
		cmocka_unit_test(each_byte_is_a_digit_or_none),
		cmocka_unit_test(hexadecimal_digits_are_of_either_case),
		cmocka_unit_test(white_space_may_stand_around_a_number),
		cmocka_unit_test(seconds_are_decimal),
		cmocka_unit_test(what_is_below_a_nanosecond_counts_as_one),
		cmocka_unit_test(seconds_lie_above_zero_and_not_above_the_most),
		cmocka_unit_test(seconds_are_nothing_but_digits_and_one_point),
	};

	return RUN(tests);
}
