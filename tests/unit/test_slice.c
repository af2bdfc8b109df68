#include "unit.h"

#include "tables.h"

static void assert_slice(struct slice s, const char *expected)
{
	assert_int_equal(s.len, strlen(expected));
	assert_memory_equal(s.at, expected, s.len);
}

static void a_slice_of_a_text_ends_before_its_nul(void **state)
{
	static const char text[] = "eth0";

	(void)state;
	assert_ptr_equal(slice_of(text).at, text);
	assert_int_equal(slice_of(text).len, 4);
	assert_int_equal(slice_of("").len, 0);
}

static void slices_are_equal_byte_for_byte(void **state)
{
	static const struct {
		struct slice a, b;
		bool equal, starts;
	} rows[] = {
		{BYTES(""), BYTES(""), true, true},
		{{NULL, 0}, BYTES(""), true, true},
		{BYTES(""), {NULL, 0}, true, true},
		{BYTES("a"), {NULL, 0}, false, true},
		{{NULL, 0}, BYTES("a"), false, false},
		{BYTES("abc"), BYTES("abc"), true, true},
		{BYTES("abc"), BYTES("ab"), false, true},
		{BYTES("ab"), BYTES("abc"), false, false},
		{BYTES("abc"), BYTES("abd"), false, false},
		{BYTES("abc"), BYTES("bbc"), false, false},
		{BYTES("abc"), BYTES("bc"), false, false},
		{BYTES("abc"), BYTES("ABC"), false, false},
		{BYTES("a\0b"), BYTES("a\0c"), false, false},
		{BYTES("a\0b"), BYTES("a\0b"), true, true},
		{BYTES("a\0b"), BYTES("a\0"), false, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (slice_equal(rows[i].a, rows[i].b) != rows[i].equal ||
			slice_starts(rows[i].a, rows[i].b) != rows[i].starts)
			fail_msg("row %zu", i);
	}
}

static void trimming_takes_the_six_kinds_of_white_space(void **state)
{
	for (int c = 0; c < 256; c++) {
		char text[] = {(char)c, 'x', (char)c, 'y', (char)c};
		bool space = c && c < 128 && strchr(" \t\n\v\f\r", c);
		struct slice trimmed = {text, sizeof text};
		trimmed = slice_trim(trimmed);
		if (trimmed.len != (space ? 3 : 5) ||
			trimmed.at != text + (space ? 1 : 0))
			fail_msg("byte %d", c);
	}
	(void)state;
}

static void trimming_stops_at_the_ends(void **state)
{
	static const struct {
		struct slice text;
		const char *trimmed;
	} rows[] = {{BYTES(""), ""}, {BYTES(" "), ""}, {BYTES(" \t\r\n "), ""},
		{BYTES("a"), "a"}, {BYTES("  a"), "a"}, {BYTES("a  "), "a"},
		{BYTES("  a  b  "), "a  b"}};

	(void)state;
	assert_int_equal(slice_trim((struct slice){NULL, 0}).len, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(rows[i].text);
		assert_slice(slice_trim(text), rows[i].trimmed);
		exact_free(text);
	}
}

/* Cuts TEXT at commas and joins the parts with |. */
static void cut_and_join(struct slice text, struct str *joined)
{
	struct slice part;

	while (slice_cut(&text, ',', &part)) {
		str_add(joined, part);
		str_add(joined, slice_of("|"));
	}
	assert_null(text.at);
	assert_false(slice_cut(&text, ',', &part));
}

static void words_are_cut_off(void **state)
{
	static const struct {
		struct slice text;
		const char *joined;
	} rows[] = {{BYTES(""), ""}, {BYTES(" \t\r\n"), ""}, {BYTES("a"), "a|"},
		{BYTES(" a "), "a|"}, {BYTES("aa\tb  cc\r"), "aa|b|cc|"}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(rows[i].text), rest = text, word;
		struct str joined = STR_EMPTY;
		while (slice_cut_word(&rest, &word)) {
			str_add(&joined, word);
			str_add(&joined, slice_of("|"));
		}
		assert_int_equal(rest.len + word.len, 0);
		assert_string_equal(str_text(&joined), rows[i].joined);
		str_release(&joined);
		exact_free(text);
	}
}

static void letters_of_either_case_can_be_equal(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char x = (char)a, y = (char)b;
			bool letters = (a ^ b) == 0x20 && (a | 0x20) >= 'a' &&
				       (a | 0x20) <= 'z';
			if (slice_equal_folded((struct slice){&x, 1},
				    (struct slice){&y, 1}) !=
				(a == b || letters))
				fail_msg("%d %d", a, b);
		}
	assert_true(slice_equal_folded(slice_of(""), slice_of("")));
	assert_true(slice_equal_folded(slice_of("aB"), slice_of("Ab")));
	assert_false(slice_equal_folded(slice_of("ab"), slice_of("a")));
	assert_false(slice_equal_folded(slice_of("a"), slice_of("ab")));
}

static void cutting_gives_each_part_once(void **state)
{
	static const struct {
		struct slice text;
		const char *joined;
	} rows[] = {{BYTES(""), "|"}, {BYTES("a"), "a|"}, {BYTES("ab"), "ab|"},
		{BYTES(","), "||"}, {BYTES("a,"), "a||"}, {BYTES(",a"), "|a|"},
		{BYTES("a,,b"), "a||b|"}, {BYTES("aa,b,cc"), "aa|b|cc|"}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(rows[i].text);
		struct str joined = STR_EMPTY;
		cut_and_join(text, &joined);
		assert_text(&joined, rows[i].joined);
		str_release(&joined);
		exact_free(text);
	}
}

static void cutting_leaves_the_rest_behind_the_separator(void **state)
{
	struct slice rest = {"10.0.0.0/8/9x", 12}, part;

	(void)state;
	assert_true(slice_cut(&rest, '/', &part));
	assert_slice(part, "10.0.0.0");
	assert_slice(rest, "8/9");
	rest = (struct slice){"a\0b", 3};
	assert_true(slice_cut(&rest, '\0', &part));
	assert_slice(part, "a");
	assert_slice(rest, "b");
}

static void nothing_is_cut_off_what_was_used_up(void **state)
{
	struct slice rest = {NULL, 0}, part = {"kept", 4};

	(void)state;
	assert_false(slice_cut(&rest, ',', &part));
	assert_slice(part, "kept");
}

static void a_slip_of_the_fingers_is_near(void **state)
{
	static const struct {
		const char *typed, *word;
		bool near;
	} rows[] = {
		{"port", "port", true},
		{"prt", "port", true},
		{"poort", "port", true},
		{"pirt", "port", true},
		{"prot", "port", true},
		{"opor", "port", false},
		{"ports", "port", true},
		{"porter", "port", false},
		{"or", "port", false},
		{"po", "port", true},
		{"p", "port", false},
		{"interfaces", "interfaces-whitelist", true},
		{"whitelist", "interfaces-whitelist", false},
		{"ptor", "port", false},
		{"trop", "port", false},
		{"", "port", false},
		{"x", "", true},
		{"xy", "", false},
		{"aa", "aaa", true},
		{"aaaa", "aaa", true},
		{"abab", "ab", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice typed = exact(slice_of(rows[i].typed));
		struct slice word = exact(slice_of(rows[i].word));
		if (slice_is_near(typed, word) != rows[i].near)
			fail_msg("%s", rows[i].typed);
		exact_free(typed);
		exact_free(word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slice_of_a_text_ends_before_its_nul),
		cmocka_unit_test(slices_are_equal_byte_for_byte),
		cmocka_unit_test(trimming_takes_the_six_kinds_of_white_space),
		cmocka_unit_test(trimming_stops_at_the_ends),
		cmocka_unit_test(cutting_gives_each_part_once),
		cmocka_unit_test(words_are_cut_off),
		cmocka_unit_test(letters_of_either_case_can_be_equal),
		cmocka_unit_test(cutting_leaves_the_rest_behind_the_separator),
		cmocka_unit_test(nothing_is_cut_off_what_was_used_up),
		cmocka_unit_test(a_slip_of_the_fingers_is_near),
	};

	return RUN(tests);
}
