#include "unit.h"

#include "core/pattern.h"

#include "tables.h"

struct match {
	const char *pattern;
	const char *name;
	bool matches;
};

static void check_matches(const struct match *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice pattern = exact(slice_of(rows[i].pattern));
		bool matches = pattern_matches(pattern, rows[i].name);
		exact_free(pattern);
		if (matches != rows[i].matches)
			fail_msg("'%s' and '%s': %d", rows[i].pattern,
				rows[i].name, matches);
	}
}

static void a_name_matches_itself(void **state)
{
	static const struct match rows[] = {
		{"eth0", "eth0", true},
		{"eth0", "eth", false},
		{"eth", "eth0", false},
		{"eth0", "eth1", false},
		{"eth0", "Eth0", false},
		{"ETH0", "eth0", false},
		{"eth0", "0eth0", false},
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"eth0.100", "eth0.100", true},
		{"eth0.100", "eth0x100", false},
		{"!", "x", false},
		{"0a]", "a", false},
		{"a!", "a", false},
		{"a]", "a]", true},
		{"a-b!c\\", "a-b!c\\", true},
		{"k\xc3\xbc", "k\xc3\xbc", true},
	};

	(void)state;
	check_matches(rows, COUNT(rows));
}

static void a_star_stands_for_any_text(void **state)
{
	static const struct match rows[] = {
		{"*", "", true},
		{"*", "eth0", true},
		{"**", "", true},
		{"**", "e", true},
		{"eth*", "eth", true},
		{"eth*", "eth0", true},
		{"eth*", "et", false},
		{"eth*", "xeth0", false},
		{"*0", "0", true},
		{"*0", "eth0", true},
		{"*0", "eth01", false},
		{"*0", "eth0100", true},
		{"e*0", "e0", true},
		{"e*0", "eth0", true},
		{"e*0", "e", false},
		{"*th*", "eth0", true},
		{"*th*", "th", true},
		{"*th*", "et", false},
		{"*a*b", "aXbXb", true},
		{"*a*b", "bXa", false},
		{"*ab", "aab", true},
		{"*aab", "aaab", true},
		{"a*b*c", "abbc", true},
		{"a*b*c", "acb", false},
		{"a**b", "ab", true},
		{"*?", "", false},
		{"*?", "a", true},
		{"*x", "*y", false},
	};

	(void)state;
	check_matches(rows, COUNT(rows));
}

static void a_question_mark_stands_for_one_byte(void **state)
{
	static const struct match rows[] = {
		{"?", "", false},
		{"?", "a", true},
		{"?", "?", true},
		{"?", "ab", false},
		{"??", "a", false},
		{"??", "ab", true},
		{"eth?", "eth0", true},
		{"eth?", "eth", false},
		{"eth?", "eth10", false},
		{"?th0", "eth0", true},
		{"?", "\xc3\xbc", false},
		{"??", "\xc3\xbc", true},
	};

	(void)state;
	check_matches(rows, COUNT(rows));
}

static void a_set_stands_for_one_byte_of_it(void **state)
{
	static const struct match rows[] = {
		{"[abc]", "a", true},
		{"[abc]", "b", true},
		{"[abc]", "c", true},
		{"[abc]", "d", false},
		{"[abc]", "", false},
		{"[abc]", "ab", false},
		{"[abc]", "xabc]", false},
		{"[a]", "a", true},
		{"[A]", "a", false},
		{"[?]", "?", true},
		{"[?]", "a", false},
		{"[*]", "*", true},
		{"[*]", "", false},
		{"[*]", "ab", false},
		{"[[]", "[", true},
		{"[[]", "a", false},
		{"eth[02]", "eth0", true},
		{"eth[02]", "eth1", false},
		{"eth[02]", "eth2", true},
		{"[ew]th[01]x", "wth1x", true},
		{"[ew]th[01]x", "wth1y", false},
		{"[ab][cd]", "bc", true},
		{"[ab][cd]", "cb", false},
		{"[,]", ",", true},
	};

	(void)state;
	check_matches(rows, COUNT(rows));
}

static void a_set_may_hold_ranges(void **state)
{
	static const struct match rows[] = {
		{"[b-d]", "a", false},
		{"[b-d]", "b", true},
		{"[b-d]", "c", true},
		{"[b-d]", "d", true},
		{"[b-d]", "e", false},
		{"[b-d]", "-", false},
		{"[b-b]", "b", true},
		{"[b-b]", "c", false},
		{"[d-b]", "c", false},
		{"[a-cx-z]", "b", true},
		{"[a-cx-z]", "y", true},
		{"[a-cx-z]", "m", false},
		{"[a-c0]", "0", true},
		{"[0a-c]", "c", true},
		{"[0a-c]", "-", false},
		{"[a-c-e]", "c", true},
		{"[a-c-e]", "d", false},
		{"[a-c-e]", "-", true},
		{"[a-c-e]", "e", true},
		{"[a*c]", "b", false},
		{"[a!c]", "b", false},
		{"[a-]", "a", true},
		{"[a-]", "-", true},
		{"[a-]", "b", false},
		{"[-a]", "-", true},
		{"[-a]", "a", true},
		{"[-a]", "b", false},
		{"[\xa0-\xbf]", "\xb0", true},
		{"[\xa0-\xbf]", "\xc0", false},
		{"[\xa0-\xbf]", "0", false},
	};

	(void)state;
	check_matches(rows, COUNT(rows));
}

static void a_set_may_be_negated(void **state)
{
	static const struct match rows[] = {
		{"[!a]", "a", false},
		{"[!a]", "b", true},
		{"[!a]", "!", true},
		{"[!a]", "", false},
		{"[!a]", "bb", false},
		{"[^a]", "a", false},
		{"[^a]", "b", true},
		{"[^a]", "^", true},
		{"[a^]", "^", true},
		{"[!a-c]", "b", false},
		{"[!a-c]", "d", true},
		{"[!a-cx]", "x", false},
		{"[!!]", "!", false},
		{"[!!]", "a", true},
		{"[a!]", "!", true},
		{"[a!]", "b", false},
		{"eth[!0]*", "eth0", false},
		{"eth[!0]*", "eth10", true},
	};

	(void)state;
	check_matches(rows, COUNT(rows));
}

static void a_bracket_that_comes_first_is_in_the_set(void **state)
{
	static const struct match rows[] = {
		{"[]a]", "]", true},
		{"[]a]", "a", true},
		{"[]a]", "b", false},
		{"[]]", "]", true},
		{"[]]", "a", false},
		{"[!]a]", "]", false},
		{"[!]a]", "a", false},
		{"[!]a]", "b", true},
		{"[a]]", "a]", true},
		{"[a]]", "]", false},
	};

	(void)state;
	check_matches(rows, COUNT(rows));
}

static void a_bracket_that_is_not_closed_stands_for_itself(void **state)
{
	static const struct match rows[] = {
		{"[", "[", true},
		{"[", "a", false},
		{"[a", "[a", true},
		{"[a", "a", false},
		{"[]", "[]", true},
		{"[]", "]", false},
		{"[!", "[!", true},
		{"[!]", "[!]", true},
		{"[!]", "a", false},
		{"[a-", "[a-", true},
		{"[a-c", "[a-c", true},
		{"[a-c", "b", false},
		{"eth[", "eth[", true},
		{"[*", "[abc", true},
		{"[*", "abc", false},
		{"[?", "[x", true},
		{"a[b[cd]", "a[bc", false},
		{"a[b[cd]", "a[", true},
	};

	(void)state;
	check_matches(rows, COUNT(rows));
}

/* Wherever char is signed, and where it is not. */
static void a_range_may_go_beyond_ascii(void **state)
{
	static const struct match rows[] = {
		{"[a-\xff]", "\xc3", true},
		{"[a-\xff]", "b", true},
		{"[!a-\xff]", "\xc3", false},
		{"[\x80-z]", "\xc3", false},
		{"[\x80-z]", "b", false},
	};

	(void)state;
	check_matches(rows, COUNT(rows));
}

/* One that went back to every star would take 10^15 steps. */
static void no_pattern_takes_long(void **state)
{
	static const char pattern[] = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
	char name[201];

	(void)state;
	memset(name, 'a', 200);
	name[200] = '\0';
	assert_false(pattern_matches(slice_of(pattern), name));
	name[199] = 'b';
	assert_true(pattern_matches(slice_of(pattern), name));
}

static void a_glob_holds_a_star_a_question_mark_or_a_bracket(void **state)
{
	static const struct {
		const char *name;
		bool glob;
	} rows[] = {{"", false}, {"eth0", false}, {"eth0.100", false},
		{"eth]", false}, {"a!-^\\", false}, {"*", true}, {"eth*", true},
		{"?th0", true}, {"e?h0", true}, {"eth[0]", true}, {"[", true},
		{"eth0[", true}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice name = exact(slice_of(rows[i].name));
		bool glob = pattern_is_glob(name);
		exact_free(name);
		if (glob != rows[i].glob)
			fail_msg("'%s': %d", rows[i].name, glob);
	}
}

static void a_nul_is_nothing_special(void **state)
{
	(void)state;
	assert_false(pattern_is_glob((struct slice){"a\0b", 3}));
	assert_true(pattern_matches((struct slice){"[\0a]", 4}, "a"));
}

static void a_list_is_read_name_by_name(void **state)
{
	static const struct {
		struct slice list;
		const char *names; /* each with a bar behind it */
	} rows[] = {
		{{NULL, 0}, ""},
		{BYTES(""), ""},
		{BYTES(","), ""},
		{BYTES(" \t, ,\n"), ""},
		{BYTES("eth0"), "eth0|"},
		{BYTES("a,b"), "a|b|"},
		{BYTES("eth0,wlan0"), "eth0|wlan0|"},
		{BYTES(" eth0\t, wlan0\n"), "eth0|wlan0|"},
		{BYTES(",eth0,,wlan0,"), "eth0|wlan0|"},
		{BYTES("eth0, ,"), "eth0|"},
		{BYTES("eth0;wlan0"), "eth0;wlan0|"},
		{BYTES("eth 0,e*"), "eth 0|e*|"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice list = rows[i].list, name;
		struct str names = STR_EMPTY;
		while (pattern_next(&list, &name))
			str_addf(&names, "%.*s|", (int)name.len, name.at);
		assert_text(&names, rows[i].names);
		assert_false(pattern_next(&list, &name));
		str_release(&names);
	}
}

static void a_list_matches_where_one_of_its_names_does(void **state)
{
	static const struct {
		struct slice list;
		const char *name;
		bool matches;
	} rows[] = {
		{{NULL, 0}, "eth0", false},
		{BYTES(""), "eth0", false},
		{BYTES(","), "", false},
		{BYTES("eth0"), "eth0", true},
		{BYTES("eth0"), "eth1", false},
		{BYTES("eth0,wlan0"), "wlan0", true},
		{BYTES("wlan0 , eth0"), "wlan0", true},
		{BYTES("wlan0,eth0"), "lo", false},
		{BYTES("eth*,wlan0"), "eth7", true},
		{BYTES("lo,eth*"), "eth7", true},
		{BYTES("lo,eth*"), "wlan0", false},
		{BYTES("[a,b]"), "a", false},
		{BYTES("[a,b]"), "[a", true},
		{BYTES("[a,b]"), "b]", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (pattern_list_matches(rows[i].list, rows[i].name) !=
			rows[i].matches)
			fail_msg("row %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_matches_itself),
		cmocka_unit_test(a_star_stands_for_any_text),
		cmocka_unit_test(a_question_mark_stands_for_one_byte),
		cmocka_unit_test(a_set_stands_for_one_byte_of_it),
		cmocka_unit_test(a_set_may_hold_ranges),
		cmocka_unit_test(a_set_may_be_negated),
		cmocka_unit_test(a_bracket_that_comes_first_is_in_the_set),
		cmocka_unit_test(
			a_bracket_that_is_not_closed_stands_for_itself),
		cmocka_unit_test(a_range_may_go_beyond_ascii),
		cmocka_unit_test(no_pattern_takes_long),
		cmocka_unit_test(
			a_glob_holds_a_star_a_question_mark_or_a_bracket),
		cmocka_unit_test(a_nul_is_nothing_special),
		cmocka_unit_test(a_list_is_read_name_by_name),
		cmocka_unit_test(a_list_matches_where_one_of_its_names_does),
	};

	return RUN(tests);
}
