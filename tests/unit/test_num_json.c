#include "unit.h"

#include "base/num.h"

#include "tables.h"

#define TEN_ZEROS "0000000000"

struct length {
	struct slice text;
	size_t length;
};

static void check_lengths(const struct length *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice text = exact(rows[i].text);
		size_t length = num_json_length(text);
		exact_free(text);
		if (length != rows[i].length)
			fail_msg("row %zu: %zu", i, length);
	}
}

static void each_form_of_a_number_is_one(void **state)
{
	static const char *const rows[] = {"0", "-0", "7", "-7", "10", "0.0",
		"0.5", "-0.5", "1.05", "123456789012345678901234567890", "1e5",
		"1E5", "1e+5", "1e-5", "0e0", "1e05", "1.5e10", "-1.50E-07"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct length row = {slice_of(rows[i]), strlen(rows[i])};
		check_lengths(&row, 1);
	}
}

static void what_stands_behind_a_number_is_not_of_it(void **state)
{
	static const struct length rows[] = {{BYTES("01"), 1},
		{BYTES("-01"), 2}, {BYTES("00"), 1}, {BYTES("0.5.5"), 3},
		{BYTES("1."), 1}, {BYTES("1.e5"), 1}, {BYTES("1.x"), 1},
		{BYTES("1e"), 1}, {BYTES("1e+"), 1}, {BYTES("1e-x"), 1},
		{BYTES("1.5e"), 3}, {BYTES("1.5E+"), 3}, {BYTES("1e5.5"), 3},
		{BYTES("1e5e5"), 3}, {BYTES("1e5+"), 3}, {BYTES("12abc"), 2},
		{BYTES("1,5"), 1}, {BYTES("1_0"), 1}, {BYTES("0x1"), 1},
		{BYTES("1 "), 1}, {BYTES("1\0"), 1}, {BYTES("1\x05"), 1},
		{BYTES("1.\x15"), 1}, {BYTES("1-1"), 1}};

	(void)state;
	check_lengths(rows, COUNT(rows));
}

static void what_begins_otherwise_is_no_number(void **state)
{
	static const struct length rows[] = {{{NULL, 0}, 0}, {BYTES(""), 0},
		{BYTES("-"), 0}, {BYTES("+1"), 0}, {BYTES("--1"), 0},
		{BYTES("- 1"), 0}, {BYTES(".5"), 0}, {BYTES("-.5"), 0},
		{BYTES("e5"), 0}, {BYTES("-e5"), 0}, {BYTES(" 1"), 0},
		{BYTES("inf"), 0}, {BYTES("-inf"), 0}, {BYTES("nan"), 0},
		{BYTES("\x11"), 0}, {BYTES("\xd9\xa1"), 0}};

	(void)state;
	check_lengths(rows, COUNT(rows));
}

struct integer {
	struct slice text;
	int64_t value;
};

static void whole_numbers_are_integers_however_they_are_written(void **state)
{
	static const struct integer rows[] = {
		{BYTES("0"), 0},
		{BYTES("-0"), 0},
		{BYTES("0.000"), 0},
		{BYTES("-0.0e7"), 0},
		{BYTES("0e999999999999999999999"), 0},
		{BYTES("0e-999999999999999999999"), 0},
		{BYTES("3306"), 3306},
		{BYTES("-3306"), -3306},
		{BYTES("1.0"), 1},
		{BYTES("100.000"), 100},
		{BYTES("1e3"), 1000},
		{BYTES("1E+3"), 1000},
		{BYTES("1e0000000000000000000000003"), 1000},
		{BYTES("1.5e1"), 15},
		{BYTES("1.05e2"), 105},
		{BYTES("0.001e3"), 1},
		{BYTES("0.00120e5"), 120},
		{BYTES("10e-1"), 1},
		{BYTES("1200e-2"), 12},
		{BYTES("1" TEN_ZEROS TEN_ZEROS TEN_ZEROS "e-30"), 1},
		{BYTES("0." TEN_ZEROS TEN_ZEROS "1e21"), 1},
		{BYTES("9007199254740991"), 9007199254740991},
		{BYTES("9007199254740992"), 9007199254740992},
		{BYTES("-9007199254740992"), -9007199254740992},
		{BYTES("9007199254740992.0"), 9007199254740992},
		{BYTES("90071992547409920e-1"), 9007199254740992},
		{BYTES("9.007199254740992e15"), 9007199254740992},
		{BYTES("9e15"), 9000000000000000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(rows[i].text);
		int64_t value = 77;
		bool ok = num_json_integer(text, &value);
		exact_free(text);
		if (!ok || value != rows[i].value)
			fail_msg("row %zu: %d, %lld", i, ok, (long long)value);
	}
}

static void no_number_is_rounded_to_an_integer(void **state)
{
	static const struct slice rows[] = {BYTES("0.5"), BYTES("1.5"),
		BYTES("-1.5"), BYTES("1e-1"), BYTES("15e-1"), BYTES("1.05e1"),
		BYTES("1e-400"), BYTES("1e-999999999999999999999"),
		BYTES("1.00000000000000000001"),
		BYTES("0." TEN_ZEROS TEN_ZEROS TEN_ZEROS "1"),
		BYTES("9007199254740991.5"), BYTES("9007199254740993"),
		BYTES("-9007199254740993"), BYTES("9007199254740992.5"),
		BYTES("9007199254740992.00000000000000000000001"),
		BYTES("90071992547409921e-1"), BYTES("90071992547409930e-1"),
		BYTES("9007199254740994"), BYTES("1e16"), BYTES("1e400"),
		BYTES("1e999999999999999999999"), BYTES("9223372036854775807"),
		BYTES("18446744073709551616"), BYTES("18446744073709551617"),
		BYTES("184467440737095516160"), BYTES("18446744073709551617e0"),
		BYTES("1" TEN_ZEROS TEN_ZEROS TEN_ZEROS)};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(rows[i]);
		int64_t value = 77;
		bool ok = num_json_integer(text, &value);
		exact_free(text);
		if (ok)
			fail_msg("row %zu: %lld", i, (long long)value);
	}
}

static void what_is_no_number_is_no_integer(void **state)
{
	static const struct slice rows[] = {{NULL, 0}, BYTES(""), BYTES("-"),
		BYTES("+1"), BYTES("01"), BYTES("1."), BYTES(".5"), BYTES("1e"),
		BYTES(" 1"), BYTES("1 "), BYTES("1x"), BYTES("0x10"),
		BYTES("1\0"), BYTES("inf")};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(rows[i]);
		int64_t value;
		bool ok = num_json_integer(text, &value);
		exact_free(text);
		if (ok)
			fail_msg("row %zu", i);
	}
}

/* Whatever is this long is read in one pass. */
static void a_number_may_be_a_megabyte_long(void **state)
{
	size_t size = 1 << 20;
	char *digits = malloc(size);
	int64_t value = 77;

	(void)state;
	assert_non_null(digits);
	memset(digits, '9', size);
	assert_int_equal(num_json_length((struct slice){digits, size}), size);
	assert_false(num_json_integer((struct slice){digits, size}, &value));
	memset(digits, '0', size);
	digits[0] = '5';
	digits[1] = '.';
	assert_int_equal(num_json_length((struct slice){digits, size}), size);
	assert_true(num_json_integer((struct slice){digits, size}, &value));
	assert_int_equal(value, 5);
	digits[size - 1] = '1';
	assert_false(num_json_integer((struct slice){digits, size}, &value));
	free(digits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_a_number_is_one),
		cmocka_unit_test(what_stands_behind_a_number_is_not_of_it),
		cmocka_unit_test(what_begins_otherwise_is_no_number),
		cmocka_unit_test(
			whole_numbers_are_integers_however_they_are_written),
		cmocka_unit_test(no_number_is_rounded_to_an_integer),
		cmocka_unit_test(what_is_no_number_is_no_integer),
		cmocka_unit_test(a_number_may_be_a_megabyte_long),
	};

	return RUN(tests);
}
