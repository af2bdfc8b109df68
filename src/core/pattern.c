#include "core/pattern.h"

#include <string.h>

bool pattern_next(struct slice *list, struct slice *name)
{
	struct slice part;

	while (slice_cut(list, ',', &part)) {
		*name = slice_trim(part);
		if (name->len > 0)
			return true;
	}
	return false;
}

bool pattern_is_glob(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (memchr("*?[", name.at[i], 3))
			return true;
	return false;
}

/* Whether C is in the set that PATTERN, behind its "[", begins with; 0 where it
 * is not closed, else how long the set is with its "]". */
static size_t match_set(struct slice pattern, unsigned char c, bool *matches)
{
	size_t i = 0;
	bool negated = pattern.len && memchr("!^", pattern.at[0], 2);

	*matches = false;
	if (negated)
		i++;
	/* A "]" that comes first is a member. */
	for (size_t first = i; i < pattern.len; i++) {
		unsigned char low = (unsigned char)pattern.at[i], high = low;
		if (low == ']' && i > first) {
			*matches = *matches != negated;
			return i + 1;
		}
		if (i + 2 < pattern.len && pattern.at[i + 1] == '-' &&
			pattern.at[i + 2] != ']') {
			high = (unsigned char)pattern.at[i + 2];
			i += 2;
		}
		*matches = *matches || (c >= low && c <= high);
	}
	return 0;
}

/* How much of PATTERN the one byte C matches; 0 where it does not. */
static size_t match_one(struct slice pattern, char c)
{
	bool matches;

	if (pattern.len == 0)
		return 0;
	if (pattern.at[0] == '?')
		return 1;
	if (pattern.at[0] == '[') {
		struct slice set = {pattern.at + 1, pattern.len - 1};
		size_t length = match_set(set, (unsigned char)c, &matches);
		if (length)
			return matches ? length + 1 : 0;
	}
	return pattern.at[0] == c;
}

/* Goes back to the latest * only, so that no pattern takes long. */
bool pattern_matches(struct slice pattern, const char *name)
{
	struct slice star = {NULL, 0};
	const char *resume = NULL;

	while (*name) {
		size_t used = 0;
		if (pattern.len && pattern.at[0] == '*') {
			pattern.at++;
			pattern.len--;
			star = pattern;
			resume = name;
			continue;
		}
		used = match_one(pattern, *name);
		if (used) {
			pattern.at += used;
			pattern.len -= used;
			name++;
		} else if (resume) {
			pattern = star;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (pattern.len && pattern.at[0] == '*') {
		pattern.at++;
		pattern.len--;
	}
	return pattern.len == 0;
}

bool pattern_list_matches(struct slice list, const char *name)
{
	struct slice pattern;

	while (pattern_next(&list, &pattern))
		if (pattern_matches(pattern, name))
			return true;
	return false;
}
