/* Whatever a list of interfaces holds and whatever an interface is called: the list
 * fits where one of its names does, and each name, and glob, fits what its
 * description says, tried in all ways. */
#include "fuzz.h"

#include "core/pattern.h"

/* Where the set that begins at PATTERN ends; NULL where it is not closed. */
static const char *end_of_set(const char *pattern)
{
	const char *at = pattern + 1;

	at += *at == '!' || *at == '^';
	at += *at == ']';
	/* What follows a hyphen is a part of the range, but for "]". */
	return strchr(at, ']');
}

static bool is_in_set(const char *at, const char *end, unsigned char c)
{
	bool negated = *++at == '!' || *at == '^', found = false;

	for (at += negated; at < end; at++) {
		unsigned char low = (unsigned char)*at, high = low;
		if (at[1] == '-' && at + 2 < end) {
			high = (unsigned char)at[2];
			at += 2;
		}
		found |= low <= c && c <= high;
	}
	return found != negated;
}

/* Each way is tried, where the other goes back to the latest star. */
static bool fits(const char *pattern, const char *name)
{
	const char *end = *pattern == '[' ? end_of_set(pattern) : NULL;

	if (*pattern == '*')
		return fits(pattern + 1, name) ||
		       (*name && fits(pattern, name + 1));
	if (!*pattern || !*name)
		return !*pattern && !*name;
	if (end)
		return is_in_set(pattern, end, (unsigned char)*name) &&
		       fits(end + 1, name + 1);
	return (*pattern == '?' || *pattern == *name) &&
	       fits(pattern + 1, name + 1);
}

static size_t count_stars(const char *text)
{
	size_t stars = 0;

	for (; *text; text++)
		stars += *text == '*';
	return stars;
}

static bool fits_any(struct slice list, const char *name)
{
	bool any = false;

	while (list.len > 0) {
		struct slice one = slice_trim(fuzz_until(&list, ','));
		char *pattern = fuzz_string(one);
		/* In all ways is long where there are many stars. */
		if (count_stars(pattern) > 4)
			any |= pattern_matches(one, name);
		else if (one.len > 0)
			any |= fits(pattern, name);
		expect(pattern_is_glob(one) ==
			(strpbrk(pattern, "*?[") != NULL));
		free(pattern);
	}
	return any;
}

static void check_names(struct slice list)
{
	struct slice rest = list, name;

	while (pattern_next(&rest, &name)) {
		expect(name.len > 0 && slice_trim(name).len == name.len);
		expect(!memchr(name.at, ',', name.len));
		expect(name.at >= list.at &&
			name.at + name.len <= list.at + list.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	char *name = fuzz_string(fuzz_until(&in, '\n'));
	/* Neither argv nor an interface has a NUL. */
	struct slice list = fuzz_alone(fuzz_until(&in, '\0'));

	if (strlen(name) < 16) {
		expect(pattern_list_matches(list, name) ==
			fits_any(list, name));
		check_names(list);
	}
	fuzz_free(list);
	free(name);
	return 0;
}
