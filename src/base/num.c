#include "base/num.h"

#include <inttypes.h>

bool num_digits(struct slice text, uint64_t min, uint64_t max, uint64_t *value)
{
	uint64_t n = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c < '0' || c > '9')
			return false;
		n = n * 10 + (uint64_t)(c - '0');
		if (n > max)
			return false;
	}
	if (n < min)
		return false;
	*value = n;
	return true;
}

bool num_parse(struct slice text, uint64_t min, uint64_t max, uint64_t *value)
{
	return num_digits(slice_trim(text), min, max, value);
}

/* Digits behind the point as nanoseconds, rounded up. */
static bool parse_fraction(struct slice digits, int64_t *ns)
{
	int64_t unit = NS_PER_S;
	bool rest = false;

	*ns = 0;
	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.at[i];
		if (c < '0' || c > '9')
			return false;
		unit /= 10;
		*ns += unit * (c - '0');
		rest = rest || (unit == 0 && c != '0');
	}
	*ns += rest;
	return true;
}

bool num_parse_seconds(struct slice text, int64_t *ns)
{
	struct slice rest = slice_trim(text), whole, fraction = {NULL, 0};
	uint64_t seconds = 0;
	int64_t below;

	if (!rest.at)
		return false;
	slice_cut(&rest, '.', &whole);
	if (rest.at)
		fraction = rest;
	if (whole.len + fraction.len == 0)
		return false;
	if (whole.len && !num_digits(whole, 0, NUM_SECONDS_MAX, &seconds))
		return false;
	if (!parse_fraction(fraction, &below))
		return false;
	int64_t total = (int64_t)seconds * NS_PER_S + below;
	if (total <= 0 || total > (int64_t)NUM_SECONDS_MAX * NS_PER_S)
		return false;
	*ns = total;
	return true;
}

int num_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t skip_digits(struct slice text, size_t i)
{
	while (i < text.len && text.at[i] >= '0' && text.at[i] <= '9')
		i++;
	return i;
}

size_t num_json_length(struct slice text)
{
	size_t i = text.len > 0 && text.at[0] == '-',
	       end = skip_digits(text, i);

	if (end == i)
		return 0;
	if (text.at[i] == '0')
		end = i + 1;
	i = end;
	if (i < text.len && text.at[i] == '.' &&
		skip_digits(text, i + 1) > i + 1)
		i = end = skip_digits(text, i + 1);
	if (i == text.len || (text.at[i] | 0x20) != 'e')
		return end;
	i++;
	if (i < text.len && (text.at[i] == '+' || text.at[i] == '-'))
		i++;
	return skip_digits(text, i) > i ? skip_digits(text, i) : end;
}

/* Puts COUNT decimal zeros behind N, which must not pass the greatest. */
static bool add_zeros(uint64_t *n, int64_t count)
{
	for (; *n > 0 && count > 0; count--) {
		*n *= 10;
		if (*n > NUM_INTEGER_MAX)
			return false;
	}
	return true;
}

/* The digits of [-]DIGITS[.DIGITS] as a whole number times 10^SHIFT; zeros at
 * their end count in SHIFT. */
static bool read_mantissa(struct slice text, uint64_t *n, int64_t *shift)
{
	int64_t zeros = 0, behind_point = 0;
	bool fraction = false;

	*n = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c < '0' || c > '9') {
			fraction = c == '.';
			continue;
		}
		behind_point += fraction;
		zeros++;
		if (c == '0')
			continue;
		if (!add_zeros(n, zeros))
			return false;
		*n += (uint64_t)(c - '0');
		zeros = 0;
	}
	*shift = zeros - behind_point;
	return *n <= NUM_INTEGER_MAX;
}

/* Exponents beyond this fit no number that is asked for. */
enum { EXPONENT_MAX = 1 << 24 };

static int64_t read_exponent(struct slice text)
{
	bool negative = text.len > 0 && text.at[0] == '-';
	uint64_t value;

	if (text.len > 0 && (negative || text.at[0] == '+')) {
		text.at++;
		text.len--;
	}
	if (!num_digits(text, 0, EXPONENT_MAX, &value))
		value = EXPONENT_MAX;
	return negative ? -(int64_t)value : (int64_t)value;
}

bool num_json_integer(struct slice text, int64_t *value)
{
	size_t length = num_json_length(text), e = 0;
	uint64_t n;
	int64_t shift;

	if (length == 0 || length != text.len)
		return false;
	while (e < length && (text.at[e] | 0x20) != 'e')
		e++;
	if (!read_mantissa((struct slice){text.at, e}, &n, &shift))
		return false;
	if (e < length)
		shift += read_exponent(
			(struct slice){text.at + e + 1, length - e - 1});
	if (n > 0 && (shift < 0 || !add_zeros(&n, shift)))
		return false;
	*value = text.at[0] == '-' ? -(int64_t)n : (int64_t)n;
	return true;
}

void num_add_count(struct str *s, uint64_t n, const char *noun)
{
	str_addf(s, "%" PRIu64 " %s%s", n, noun, n == 1 ? "" : "s");
}

void num_add_duration(struct str *s, int64_t ns)
{
	int64_t seconds = ns / NS_PER_S;

	if (seconds >= 3600)
		str_addf(s, "%" PRId64 "h", seconds / 3600);
	if (seconds >= 60)
		str_addf(s, "%" PRId64 "m", seconds / 60 % 60);
	str_addf(s, "%" PRId64 "s", seconds % 60);
}

/* N / 10^PLACES, which is below 10^20. */
static void add_point(struct str *s, uint64_t n, int places)
{
	uint64_t one = 1;

	for (int i = 0; i < places; i++)
		one *= 10;
	str_addf(s, "%" PRIu64, n / one);
	if (places > 0)
		str_addf(s, ".%0*" PRIu64, places, n % one);
}

/* How many places are left to N without the zeros at its end. */
static int cut_zeros(uint64_t *n, int places)
{
	for (; places > 0 && *n % 10 == 0; places--)
		*n /= 10;
	return places;
}

void num_add_seconds(struct str *s, int64_t ns)
{
	uint64_t n = (uint64_t)ns;
	int places = cut_zeros(&n, 9);

	add_point(s, n, places);
}

void num_add_decimal(struct str *s, int64_t units, int places)
{
	uint64_t n = units < 0 ? 0 - (uint64_t)units : (uint64_t)units;
	int digits = 1;

	if (units < 0)
		str_addf(s, "-");
	places = cut_zeros(&n, places);
	for (uint64_t rest = n; rest >= 10; rest /= 10)
		digits++;
	if (places < digits + 4) {
		add_point(s, n, places);
		return;
	}
	add_point(s, n, digits - 1);
	str_addf(s, "e-%02d", places - digits + 1);
}

/* Years begin in March here, so that a leap day ends one; each five months have
 * 153 days. 719468 days lie between 0000-03-01 and 1970. */
void num_add_time(struct str *out, int64_t unix_s)
{
	uint64_t s = (uint64_t)unix_s % 86400;
	uint64_t day = (uint64_t)unix_s / 86400 + 719468;
	uint64_t century = (4 * day + 3) / 146097;

	day += century - century / 4;
	uint64_t year = (4 * day + 3) / 1461;
	day -= 365 * year + year / 4;
	uint64_t month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	str_addf(out, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		(unsigned)(year + (month > 9)),
		(unsigned)(month > 9 ? month - 9 : month + 3),
		(unsigned)day + 1, (unsigned)(s / 3600),
		(unsigned)(s / 60 % 60), (unsigned)(s % 60));
}
