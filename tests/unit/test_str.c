#include "unit.h"

#include <wchar.h>

#include "memory.h"
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

static void a_new_buffer_is_an_empty_text(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	assert_text(&s, "");
	assert_non_null(str_slice(&s).at);
	assert_int_equal(str_slice(&s).len, 0);
	str_release(&s);
}

static void a_buffer_grows_by_one_byte_at_a_time(void **state)
{
	struct str s = STR_EMPTY;
	char expected[1000];

	(void)state;
	for (size_t i = 0; i < sizeof expected; i++) {
		expected[i] = (char)('a' + i % 26);
		str_add(&s, (struct slice){expected + i, 1});
		assert_int_equal(s.len, i + 1);
		assert_true(s.size > s.len);
		assert_int_equal(s.at[s.len], '\0');
	}
	assert_false(s.failed);
	assert_memory_equal(s.at, expected, sizeof expected);
	str_release(&s);
}

static void a_buffer_grows_by_any_length_at_once(void **state)
{
	static char bytes[4097];

	(void)state;
	memset(bytes, 'x', sizeof bytes);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		struct str s = STR_EMPTY;
		str_addf(&s, "<");
		str_add(&s, (struct slice){bytes, len});
		assert_false(s.failed);
		assert_int_equal(s.len, len + 1);
		assert_int_equal(s.at[0], '<');
		assert_memory_equal(s.at + 1, bytes, len);
		assert_int_equal(s.at[len + 1], '\0');
		str_release(&s);
	}
}

static void a_buffer_holds_nuls(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	str_add(&s, (struct slice){"a\0b", 3});
	str_add(&s, (struct slice){NULL, 0});
	assert_false(s.failed);
	assert_int_equal(str_slice(&s).len, 3);
	assert_memory_equal(str_slice(&s).at, "a\0b", 4);
	str_release(&s);
}

static void what_is_formatted_is_added_to_the_byte(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	str_addf(&s, "%s:%u", "10.0.0.1", 80u);
	str_addf(&s, "%s", "");
	assert_text(&s, "10.0.0.1:80");
	str_addf(&s, "%0500d", 7);
	assert_false(s.failed);
	assert_int_equal(s.len, 511);
	assert_int_equal(s.at[510], '7');
	assert_int_equal(s.at[511], '\0');
	str_release(&s);
}

static void a_buffer_is_added_to_another(void **state)
{
	struct str s = STR_EMPTY, other = STR_EMPTY;

	(void)state;
	str_addf(&s, "a");
	str_add_str(&s, &other);
	assert_text(&s, "a");
	str_add(&other, (struct slice){"b\0c", 3});
	str_add_str(&s, &other);
	assert_false(s.failed);
	assert_int_equal(s.len, 4);
	assert_memory_equal(s.at, "ab\0c", 5);
	assert_int_equal(other.len, 3);
	str_release(&s);
	str_release(&other);
}

static void the_failure_of_a_buffer_is_taken_over(void **state)
{
	struct str s = STR_EMPTY, other = STR_EMPTY;

	(void)state;
	str_addf(&s, "before");
	str_addf(&other, "part");
	other.failed = true;
	str_add_str(&s, &other);
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "before");
	other.failed = false;
	str_add_str(&s, &other);
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "before");
	str_release(&s);
	str_release(&other);
}

static void a_released_buffer_is_as_new(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	str_addf(&s, "something");
	s.failed = true;
	str_release(&s);
	assert_null(s.at);
	assert_int_equal(s.size, 0);
	assert_text(&s, "");
	str_release(&s);
	assert_text(&s, "");
}

static void a_fixed_buffer_takes_one_byte_less_than_its_size(void **state)
{
	char *storage = malloc(5);
	struct str s;

	(void)state;
	assert_non_null(storage);
	str_init_fixed(&s, storage, 5);
	assert_text(&s, "");
	str_add(&s, slice_of("abcd"));
	assert_text(&s, "abcd");
	assert_ptr_equal(s.at, storage);
	str_init_fixed(&s, storage, 5);
	str_addf(&s, "%d", 1234);
	assert_text(&s, "1234");
	str_release(&s);
	free(storage);
}

static void what_does_not_fit_leaves_what_was_there(void **state)
{
	char *storage = malloc(5);
	struct str s;

	(void)state;
	assert_non_null(storage);
	str_init_fixed(&s, storage, 5);
	str_add(&s, slice_of("ab"));
	str_add(&s, slice_of("cde"));
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "ab");
	str_init_fixed(&s, storage, 5);
	str_addf(&s, "%d", 12345);
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "");
	assert_int_equal(s.len, 0);
	str_release(&s);
	free(storage);
}

static void a_failure_is_for_good(void **state)
{
	char storage[4];
	struct str s;

	(void)state;
	str_init_fixed(&s, storage, sizeof storage);
	str_add(&s, slice_of("abcd"));
	str_add(&s, slice_of("a"));
	str_addf(&s, "b");
	str_add(&s, slice_of(""));
	str_add_utf8(&s, slice_of("c"));
	str_add_printable(&s, slice_of("d"));
	assert_true(s.failed);
	assert_int_equal(s.len, 0);
	assert_string_equal(str_text(&s), "");
}

static void the_memory_of_a_fixed_buffer_is_not_freed(void **state)
{
	char storage[8];
	struct str s;

	(void)state;
	str_init_fixed(&s, storage, sizeof storage);
	str_addf(&s, "kept");
	str_release(&s);
	assert_string_equal(storage, "kept");
	assert_text(&s, "");
	assert_false(s.fixed);
}

static void without_memory_what_was_there_stays(void **state)
{
	struct str s = STR_EMPTY;
	char more[100] = {0};

	(void)state;
	str_addf(&s, "before");
	memory_left = 0;
	str_add(&s, (struct slice){more, sizeof more});
	memory_restore();
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "before");
	str_addf(&s, "after");
	assert_string_equal(str_text(&s), "before");
	str_release(&s);
}

static void without_any_memory_a_text_is_still_a_text(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	memory_left = 0;
	str_addf(&s, "x");
	memory_restore();
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "");
	assert_int_equal(str_slice(&s).len, 0);
	str_release(&s);
}

/* Nothing of that length is looked at, let alone allocated. */
static void a_length_beyond_all_memory_fails(void **state)
{
	static const size_t lengths[] = {
		SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 - 64};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct str s = STR_EMPTY;
		str_addf(&s, "before");
		str_add(&s, (struct slice){"x", lengths[i]});
		assert_true(s.failed);
		assert_string_equal(str_text(&s), "before");
		str_release(&s);
	}
}

static void a_format_that_fails_adds_nothing(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	str_addf(&s, "before");
	str_addf(&s, "%d%lc", 1, (wint_t)0x110000);
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "before");
	str_release(&s);
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
		cmocka_unit_test(a_new_buffer_is_an_empty_text),
		cmocka_unit_test(a_buffer_grows_by_one_byte_at_a_time),
		cmocka_unit_test(a_buffer_grows_by_any_length_at_once),
		cmocka_unit_test(a_buffer_holds_nuls),
		cmocka_unit_test(what_is_formatted_is_added_to_the_byte),
		cmocka_unit_test(a_buffer_is_added_to_another),
		cmocka_unit_test(the_failure_of_a_buffer_is_taken_over),
		cmocka_unit_test(a_released_buffer_is_as_new),
		cmocka_unit_test(
			a_fixed_buffer_takes_one_byte_less_than_its_size),
		cmocka_unit_test(what_does_not_fit_leaves_what_was_there),
		cmocka_unit_test(a_failure_is_for_good),
		cmocka_unit_test(the_memory_of_a_fixed_buffer_is_not_freed),
		cmocka_unit_test(without_memory_what_was_there_stays),
		cmocka_unit_test(without_any_memory_a_text_is_still_a_text),
		cmocka_unit_test(a_length_beyond_all_memory_fails),
		cmocka_unit_test(a_format_that_fails_adds_nothing),
	};

	return RUN(tests);
}
