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

void num_add_duration(struct str *s, int64_t ns)
{
	int64_t seconds = ns / NS_PER_S;

	if (seconds >= 3600)
		str_addf(s, "%" PRId64 "h", seconds / 3600);
	if (seconds >= 60)
		str_addf(s, "%" PRId64 "m", seconds / 60 % 60);
	str_addf(s, "%" PRId64 "s", seconds % 60);
}

void num_add_seconds(struct str *s, int64_t ns)
{
	str_addf(s, "%" PRId64, ns / NS_PER_S);
	if (ns % NS_PER_S == 0)
		return;
	str_addf(s, ".%09" PRId64, ns % NS_PER_S);
	while (s->len > 0 && !s->failed && s->at[s->len - 1] == '0')
		s->at[--s->len] = '\0';
}
