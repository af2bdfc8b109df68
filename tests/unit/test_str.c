#include "unit.h"

#include <wchar.h>

#include "memory.h"
#include "tables.h"

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
