/* Whatever a text is and whatever a number: what is read of it is what each digit
 * says, or what strtold(3) reads; what is printed is what printf(3) and strftime(3)
 * print, and is the same number when it is read again. */
#include <math.h>

#include "fuzz.h"

#include "base/num.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* [-](0|[1-9][0-9]*)[.[0-9]+][(e|E)[+|-][0-9]+]: how much of TEXT that is, by
 * trying each length. */
static bool is_number(const char *at, const char *end)
{
	const char *digits;

	at += at < end && *at == '-';
	digits = at;
	while (at < end && is_digit(*at))
		at++;
	if (at == digits || (*digits == '0' && at > digits + 1))
		return false;
	if (at < end && *at == '.') {
		digits = ++at;
		while (at < end && is_digit(*at))
			at++;
		if (at == digits)
			return false;
	}
	if (at == end)
		return true;
	if (*at != 'e' && *at != 'E')
		return false;
	at++;
	at += at < end && (*at == '+' || *at == '-');
	digits = at;
	while (at < end && is_digit(*at))
		at++;
	return at == end && at > digits;
}

static void check_json_length(struct slice text)
{
	size_t most = text.len < 200 ? text.len : 200, length = 0;

	for (size_t i = 1; i <= most; i++)
		if (is_number(text.at, text.at + i))
			length = i;
	if (text.len <= most)
		expect(num_json_length(text) == length);
}

/* Long double has 64 bits of mantissa: whole numbers up to 2^53 are exact, and so
 * is each text of few digits. */
static void check_json_integer(struct slice text)
{
	int64_t integer = 7;
	bool taken = num_json_integer(text, &integer);
	char *copy = fuzz_string(text), *end;

	expect(!taken || num_json_length(text) == text.len);
	if (text.len > 0 && num_json_length(text) == text.len) {
		long double value = strtold(copy, &end);
		bool whole = value == floorl(value) &&
			     fabsl(value) <= (long double)NUM_INTEGER_MAX;
		expect(!taken || (long double)integer == value);
		/* Otherwise it could be rounded to a whole number. */
		if (text.len < 18)
			expect(taken == whole || (!taken && value == 0));
	}
	free(copy);
}

static void check_digits(struct slice text)
{
	uint64_t value = 0, expected = 0, min = 3, max = 70000;
	bool good = text.len > 0;

	for (size_t i = 0; i < text.len; i++) {
		good = good && is_digit(text.at[i]);
		if (expected <= max)
			expected = 10 * expected + (uint64_t)(text.at[i] - '0');
	}
	good = good && expected >= min && expected <= max;
	expect(num_digits(text, min, max, &value) == good);
	expect(!good || value == expected);
	expect(num_parse(text, min, max, &value) ==
		num_digits(slice_trim(text), min, max, &value));
}

/* Seconds as they are read, printed and read again. */
static void check_seconds(struct slice text)
{
	struct str printed = STR_EMPTY;
	struct slice bare = slice_trim(text);
	int64_t ns, again;
	char *copy = fuzz_string(bare), *end;
	bool plain = bare.len > 0 && bare.len < 18;

	for (size_t i = 0; i < bare.len; i++)
		plain = plain && (is_digit(bare.at[i]) || bare.at[i] == '.');
	long double value = strtold(copy, &end);
	plain = plain && !*end && value > 0 && value <= NUM_SECONDS_MAX;
	bool taken = num_parse_seconds(text, &ns);
	expect(bare.len >= 18 || taken == plain);
	if (taken) {
		long double less = (long double)ns - value * NS_PER_S;
		expect(ns > 0 && less > -1e-6L * value);
		expect(less <= 1 + 1e-6L * value);
		num_add_seconds(&printed, ns);
		expect(num_parse_seconds(str_slice(&printed), &again));
		expect(again == ns);
	}
	str_release(&printed);
	free(copy);
}

/* The same number by strtold, short, and a number of JSON. */
static void check_decimal(int64_t units, int places)
{
	struct str text = STR_EMPTY;
	char *end, expected[64];

	num_add_decimal(&text, units, places);
	long double value = (long double)units;
	for (int i = 0; i < places; i++)
		value /= 10;
	long double read = strtold(str_text(&text), &end);
	expect(!*end && fabsl(read - value) <= fabsl(value) * 1e-17L);
	expect(num_json_length(str_slice(&text)) == text.len);
	if (places == 0) {
		snprintf(expected, sizeof expected, "%lld", (long long)units);
		expect(!strcmp(str_text(&text), expected));
	}
	/* As %g has it where that has enough digits. */
	if (units > -1000000 && units < 1000000) {
		snprintf(expected, sizeof expected, "%Lg", value);
		expect(!strcmp(str_text(&text), expected) || value >= 1e6 ||
			value <= -1e6);
	}
	str_release(&text);
}

static void check_time(int64_t unix_s)
{
	struct str text = STR_EMPTY;
	char expected[64];
	time_t seconds = (time_t)unix_s;
	struct tm fields;

	gmtime_r(&seconds, &fields);
	strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &fields);
	num_add_time(&text, unix_s);
	expect(!strcmp(str_text(&text), expected));
	str_release(&text);
}

static void check_duration(int64_t ns)
{
	struct str text = STR_EMPTY;
	long hours = 0, minutes = 0, seconds = 0;
	const char *at = str_text(&text);
	char *end;

	num_add_duration(&text, ns);
	for (at = str_text(&text); *at; at = end + 1) {
		long number = strtol(at, &end, 10);
		expect(end > at && *end && strchr("hms", *end));
		*(*end == 'h'         ? &hours
			: *end == 'm' ? &minutes
				      : &seconds) = number;
	}
	expect(minutes < 60 && seconds < 60);
	expect(hours * 3600 + minutes * 60 + seconds == ns / NS_PER_S);
	str_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_input(data, size), in = text;
	int places = (int)fuzz_number(&in, 19);
	int64_t number = (int64_t)fuzz_number(&in, UINT64_MAX);

	check_json_length(text);
	check_json_integer(text);
	check_digits(text);
	check_seconds(text);
	check_decimal(number, places);
	check_decimal(number % 1000000, places);
	/* The years 1970 to 9999. */
	check_time((number & INT64_MAX) % 253402300800);
	check_duration(number & INT64_MAX);
	return 0;
}
