#include "unit.h"

#include "base/unpack.h"

#include "tables.h"

/* Bits: 0 and a character make its own byte; E0 1x begins "1 110 0 0000001", four
 * characters again from two before. */
static const struct {
	const char *packed;
	size_t len;
	const char *text;
	bool good;
} rows[] = {
	{"abc\0", 4, "abc", true},
	{"a\0b", 3, "a", true},
	{"", 0, "", true},
	{"ab", 2, "ab", true},
	{"ab\xe0\x10\0\0", 6, "ababab", true},
	/* 1 0 0 0000000: two more of what stands before. */
	{"x\x80\0\0", 4, "xxx", true},
	/* The same, and what follows it behind the odd bits: "y". */
	{"x\x80\x1e\x40\0", 5, "xxxy", true},
	/* From three before, where there are two; and from one before nothing. */
	{"ab\xe0\x20\0\0", 6, "ab", false},
	{"\x80\0\0", 3, "", false},
	/* 1 0 10 0 0000000: from 129 before. */
	{"x\xa0\0\0\0", 5, "x", false},
	/* It ends in a number, and so does that. */
	{"xxx\xc0", 4, "xxxxxx", true},
	{"xxx\xff", 4, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", true},
};

static void takes_characters_and_repeats(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str out = STR_EMPTY;
		struct slice packed = exact(
			(struct slice){rows[i].packed, rows[i].len});
		bool good = unpack(packed, &out);
		exact_free(packed);
		assert_text(&out, rows[i].text);
		assert_int_equal(good, rows[i].good);
		str_release(&out);
	}
}

static void repeats_nothing_that_stood_there_before(void **state)
{
	struct str out = STR_EMPTY;

	(void)state;
	str_addf(&out, "before");
	assert_false(unpack((struct slice){"\x80\0\0", 3}, &out));
	assert_true(unpack((struct slice){"x\x80\0\0", 4}, &out));
	assert_text(&out, "beforexxx");
	str_release(&out);
}

static void is_no_larger_than_it_may_be(void **state)
{
	struct str out = STR_EMPTY;

	(void)state;
	/* "x", and 131072 more of it. */
	assert_false(
		unpack((struct slice){"x\xff\xff\xff\xff\x80\0", 7}, &out));
	assert_in_range(out.len, UNPACK_MAX, 3 * UNPACK_MAX);
	str_release(&out);
}

static void fails_where_there_is_no_room(void **state)
{
	char storage[3];
	struct str out;

	(void)state;
	str_init_fixed(&out, storage, sizeof storage);
	assert_false(unpack((struct slice){"abc\0", 4}, &out));
	assert_true(out.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_characters_and_repeats),
		cmocka_unit_test(repeats_nothing_that_stood_there_before),
		cmocka_unit_test(is_no_larger_than_it_may_be),
		cmocka_unit_test(fails_where_there_is_no_room),
	};

	return RUN(tests);
}
