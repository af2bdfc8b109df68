#include "unit.h"

#include <inttypes.h>
#include <limits.h>

#include "memory.h"
#include "tables.h"

/* That str_addf adds what the C library's printf does. */
__attribute__((format(printf, 1, 2))) static void check(const char *format, ...)
{
	struct str s = STR_EMPTY;
	char expected[256];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(expected, sizeof expected, format, arguments);
	va_end(arguments);
	assert_in_range(len, 0, (int)sizeof expected - 1);
	va_start(arguments, format);
	str_addv(&s, format, arguments);
	va_end(arguments);
	if (s.failed || s.len != (size_t)len ||
		memcmp(str_text(&s), expected, s.len + 1) != 0)
		fail_msg(
			"'%s': '%s', not '%s'", format, str_text(&s), expected);
	str_release(&s);
}

#define CHECK_TEXT(conversion, value)                                          \
	do {                                                                   \
		check("%" conversion, value);                                  \
		check("<%1" conversion ">", value);                            \
		check("<%3" conversion ">", value);                            \
		check("<%-3" conversion ">", value);                           \
		check("<%22" conversion ">", value);                           \
		check("<%-22" conversion ">", value);                          \
		for (int width = 0; width < 24; width++) {                     \
			check("%*" conversion, width, value);                  \
			check("%-*" conversion "|", width, value);             \
		}                                                              \
	} while (0)

#define CHECK_NUMBER(conversion, value)                                        \
	do {                                                                   \
		CHECK_TEXT(conversion, value);                                 \
		check("%02" conversion, value);                                \
		check("%022" conversion, value);                               \
		for (int width = 0; width < 24; width++)                       \
			check("%0*" conversion, width, value);                 \
	} while (0)

#define CHECK_EACH(conversion, type, values)                                   \
	for (size_t i = 0; i < COUNT(values); i++)                             \
	CHECK_NUMBER(conversion, (type)(values)[i])

static const uint64_t numbers[] = {0, 1, 7, 9, 10, 11, 15, 16, 99, 100, 255,
	256, 999, 65535, 1000000, INT_MAX, (uint64_t)INT_MAX + 1, UINT_MAX,
	(uint64_t)UINT_MAX + 1, 0x0123456789abcdef, (uint64_t)1 << 53,
	9999999999999999999U, 10000000000000000000U, INT64_MAX,
	(uint64_t)INT64_MAX + 1, (uint64_t)INT64_MIN + 1, UINT64_MAX - 9,
	UINT64_MAX};

static void numbers_are_as_printf_has_them(void **state)
{
	(void)state;
	CHECK_EACH("d", int, numbers);
	CHECK_EACH("u", unsigned, numbers);
	CHECK_EACH("x", unsigned, numbers);
	CHECK_EACH("ld", long, numbers);
	CHECK_EACH("lu", unsigned long, numbers);
	CHECK_EACH("lx", unsigned long, numbers);
	CHECK_EACH("lld", long long, numbers);
	CHECK_EACH("llu", unsigned long long, numbers);
	CHECK_EACH("llx", unsigned long long, numbers);
	CHECK_EACH("zu", size_t, numbers);
	CHECK_EACH("zx", size_t, numbers);
	CHECK_EACH(PRId64, int64_t, numbers);
	CHECK_EACH(PRIu64, uint64_t, numbers);
	CHECK_EACH(PRIu32, uint32_t, numbers);
}

static void many_numbers_are_as_printf_has_them(void **state)
{
	uint64_t n = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		n = n * 6364136223846793005U + 1442695040888963407U;
		uint64_t value = n >> (n % 64);
		check("%" PRIu64 " %" PRId64 " %lx", value, (int64_t)n,
			(unsigned long)value);
		check("%u %d %x", (unsigned)value, (int)value, (unsigned)value);
	}
}

static void narrow_arguments_are_promoted(void **state)
{
	(void)state;
	check("%u %d %d %02x %u", (uint8_t)255, (int8_t)-128, (short)-1,
		(unsigned char)10, (uint16_t)65535);
	check("%d%u", true, false);
}

static void texts_are_as_printf_has_them(void **state)
{
	static const char *const texts[] = {"", "a", "ab", "abc", "abcd",
		"100% of %s", "gr\xc3\xbc\xff\n", "more than twenty-two bytes"};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		CHECK_TEXT("s", texts[i]);
		CHECK_TEXT(".s", texts[i]);
		CHECK_TEXT(".0s", texts[i]);
		CHECK_TEXT(".2s", texts[i]);
		CHECK_TEXT(".25s", texts[i]);
		for (int most = 0; most < 30; most++) {
			check("<%.*s>", most, texts[i]);
			check("<%*.*s>", 5, most, texts[i]);
			check("<%-5.*s>", most, texts[i]);
		}
	}
}

static void each_byte_is_as_printf_has_it(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		check("%c", c);
		check("%c%c", (char)c, (unsigned char)c);
	}
	CHECK_TEXT("c", 'x');
	CHECK_TEXT("c", 0);
}

static void what_is_no_conversion_stands_for_itself(void **state)
{
	(void)state;
	check("%s", "");
	check("a");
	check("100%%");
	check("%%");
	check("%%%%d");
	check("%%%d%%", 5);
	check("%d%d%d", 1, 2, 3);
	check(" %s - %u\n\t%c", "text", 17U, '!');
}

/* A slice ends where its length says. */
static void a_precision_reads_no_further(void **state)
{
	static const struct slice rows[] = {
		{NULL, 0}, BYTES(""), BYTES("a"), BYTES("abc"), BYTES("a\0b")};
	static const char *const texts[] = {"<>", "<>", "<a>", "<abc>", "<a>"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(rows[i]);
		struct str s = STR_EMPTY;
		str_addf(&s, "<%.*s>", (int)text.len, text.at);
		assert_text(&s, texts[i]);
		str_release(&s);
		exact_free(text);
	}
}

/* Hidden from the compiler, which would refuse these. */
static void (*volatile add)(struct str *, const char *, ...) = str_addf;

static void what_is_not_known_fails_and_adds_nothing(void **state)
{
	static const char *const formats[] = {"%i", "%o", "%X", "%p", "%n",
		"%f", "%g", "%1.15g", "%e", "%a", "%m", "%S", "%C", "%hd",
		"%hhu", "%jd", "%td", "%Lf", "%zd", "%llld", "%lzu", "%ls",
		"%lc", "%zs", "%+d", "% d", "%#x", "%'d", "%1$d", "%.3d",
		"%.0u", "%.2x", "%.1c", "%05s", "%05c", "%0-5d", "%--5d",
		"%.-1s", "%", "%-", "%0", "%5", "%.", "%*", "%l", "%z", "%ll",
		"%5%", "%-%", "%l%", "%\xff", "% "};

	(void)state;
	for (size_t i = 0; i < COUNT(formats); i++) {
		struct str s = STR_EMPTY, format = STR_EMPTY;
		str_addf(&s, "before");
		str_addf(&format, "%%d %s", formats[i]);
		add(&s, str_text(&format), 1, 2, 3);
		if (!s.failed || strcmp(str_text(&s), "before") != 0 ||
			s.len != strlen("before"))
			fail_msg("'%s': '%s'", formats[i], str_text(&s));
		str_release(&format);
		str_release(&s);
	}
}

static void an_argument_that_is_none_fails(void **state)
{
	struct str rows[7] = {STR_EMPTY};

	(void)state;
	add(&rows[0], "%s", (char *)NULL);
	add(&rows[1], "%.1s", (char *)NULL);
	add(&rows[2], "%.*s", -1, "text");
	add(&rows[3], "%.*s", INT_MIN, "text");
	add(&rows[4], "%*d", -1, 5);
	add(&rows[5], "%-*d", -1, 5);
	add(&rows[6], "%0*d", INT_MIN, 5);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!rows[i].failed || rows[i].len != 0)
			fail_msg("row %zu", i);
		str_release(&rows[i]);
	}
}

static void a_width_beyond_the_buffer_fails(void **state)
{
	char storage[8];
	struct str s;

	(void)state;
	str_init_fixed(&s, storage, sizeof storage);
	str_addf(&s, "ab");
	str_addf(&s, "%5d", 1);
	assert_text(&s, "ab    1");
	str_init_fixed(&s, storage, sizeof storage);
	str_addf(&s, "ab");
	str_addf(&s, "%6d", 1);
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "ab");
	str_init_fixed(&s, storage, sizeof storage);
	str_addf(&s, "%-*d", INT_MAX, 1);
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "");
	assert_int_equal(s.len, 0);
}

static void without_memory_nothing_of_a_format_is_added(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	str_addf(&s, "before");
	memory_left = 0;
	str_addf(&s, " %s %0100d", "fits", 0);
	memory_restore();
	assert_true(s.failed);
	assert_string_equal(str_text(&s), "before");
	assert_int_equal(s.len, strlen("before"));
	str_release(&s);
}

__attribute__((format(printf, 2, 3))) static void add_twice(
	struct str *s, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	va_list again;
	va_copy(again, arguments);
	str_addv(s, format, arguments);
	str_addv(s, format, again);
	va_end(again);
	va_end(arguments);
}

static void arguments_may_be_many(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	add_twice(&s, "%d%s%u%c%zu%x%ld%.*s%*d.", 1, "b", 3U, 'd', (size_t)5,
		6U, 7L, 1, "hh", 2, 9);
	assert_text(&s, "1b3d567h 9.1b3d567h 9.");
	str_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_as_printf_has_them),
		cmocka_unit_test(many_numbers_are_as_printf_has_them),
		cmocka_unit_test(narrow_arguments_are_promoted),
		cmocka_unit_test(texts_are_as_printf_has_them),
		cmocka_unit_test(each_byte_is_as_printf_has_it),
		cmocka_unit_test(what_is_no_conversion_stands_for_itself),
		cmocka_unit_test(a_precision_reads_no_further),
		cmocka_unit_test(what_is_not_known_fails_and_adds_nothing),
		cmocka_unit_test(an_argument_that_is_none_fails),
		cmocka_unit_test(a_width_beyond_the_buffer_fails),
		cmocka_unit_test(without_memory_nothing_of_a_format_is_added),
		cmocka_unit_test(arguments_may_be_many),
	};

	return RUN(tests);
}
