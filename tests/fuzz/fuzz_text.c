/* Whatever bytes are printed: as UTF-8 they are, and are left alone where they were;
 * for a terminal no control character is left, and escaped they can be read back;
 * formats are what printf(3) makes of them. */
#include "fuzz.h"

/* The length of the character that TEXT begins with, told in another way: by its
 * bytes' patterns; 0 where it is none. */
static size_t length_of(struct slice text, uint32_t *point)
{
	const unsigned char *b = (const unsigned char *)text.at;
	size_t n = b[0] < 0x80           ? 1
		   : (b[0] >> 5) == 6    ? 2
		   : (b[0] >> 4) == 0xe  ? 3
		   : (b[0] >> 3) == 0x1e ? 4
					 : 0;

	*point = n == 1 ? b[0] : b[0] & (0x7fu >> n);
	if (n == 0 || n > text.len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (b[i] >> 6 != 2)
			return 0;
		*point = *point << 6 | (b[i] & 63);
	}
	if ((n == 2 && *point < 128) || (n == 3 && *point < 2048) ||
		(n == 4 && (*point < 65536 || *point > 1114111)) ||
		(*point >= 55296 && *point < 57344))
		return 0;
	return n;
}

static void check_utf8(struct slice text)
{
	struct str utf8 = STR_EMPTY, again = STR_EMPTY, model = STR_EMPTY;

	for (struct slice rest = text; rest.len > 0;) {
		uint32_t point;
		size_t n = length_of(rest, &point);
		if (n == 0 || rest.at[0] == '\0')
			str_addf(&model, "\xef\xbf\xbd");
		else
			str_add(&model, (struct slice){rest.at, n});
		fuzz_take(&rest, n ? n : 1);
	}
	str_add_utf8(&utf8, text);
	expect(slice_equal(str_slice(&utf8), str_slice(&model)));
	str_add_utf8(&again, str_slice(&utf8));
	expect(slice_equal(str_slice(&utf8), str_slice(&again)));
	expect(!memchr(str_text(&utf8), '\0', utf8.len));
	str_release(&utf8);
	str_release(&again);
	str_release(&model);
}

/* What a terminal could act upon, by Unicode's names: C0, DEL and C1, marks of
 * direction, separators of lines, isolates and the mark of byte order. */
static bool is_acted_upon(uint32_t point)
{
	static const uint32_t marks[] = {0x61c, 0x200e, 0x200f, 0x2028, 0x2029,
		0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068,
		0x2069, 0xfeff};

	for (size_t i = 0; i < COUNT(marks); i++)
		if (point == marks[i])
			return true;
	return (point & 0x7f) < 32 ? point < 0xa0 : point == 127;
}

static void check_printable(struct slice text)
{
	struct str shown = STR_EMPTY;

	str_add_printable(&shown, text);
	for (struct slice rest = str_slice(&shown); rest.len > 0;) {
		uint32_t point;
		size_t n = length_of(rest, &point);
		expect(n > 0 && !is_acted_upon(point));
		fuzz_take(&rest, n);
	}
	str_release(&shown);
}

static int digit_of(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c);

	expect(at);
	return (int)(at - digits);
}

/* "\\" and "\xNN" become bytes again. */
static void check_escaped(struct slice text)
{
	struct str shown = STR_EMPTY, back = STR_EMPTY;

	str_add_escaped(&shown, text);
	for (struct slice rest = str_slice(&shown); rest.len > 0;) {
		struct slice one = fuzz_take(&rest, 1);
		char byte = one.at[0];
		if (byte == '\\') {
			expect(rest.len > 0);
			one = fuzz_take(&rest, 1);
			if (one.at[0] == 'x') {
				one = fuzz_take(&rest, 2);
				expect(one.len == 2);
				byte = (char)(digit_of(one.at[0]) << 4 |
					      digit_of(one.at[1]));
			}
		}
		str_add(&back, (struct slice){&byte, 1});
	}
	expect(slice_equal(str_slice(&back), text));
	str_release(&back);
	str_release(&shown);
}

static void check_shortened(struct slice text, size_t max)
{
	struct str shown = STR_EMPTY, model = STR_EMPTY;
	struct slice kept = {text.at, text.len < max ? text.len : max};

	str_add_shortened(&shown, text, max);
	str_add_printable(&model, kept);
	if (kept.len < text.len)
		str_addf(&model, "...");
	expect(slice_equal(str_slice(&shown), str_slice(&model)));
	str_release(&model);
	str_release(&shown);
}

static void check_trim(struct slice text)
{
	struct slice rest = text, part, trimmed = slice_trim(text);
	struct str joined = STR_EMPTY;
	char *copy = fuzz_string(trimmed);

	expect(strspn(copy, " \t\n\v\f\r") == 0);
	expect(trimmed.len == 0 ||
		(trimmed.at >= text.at &&
			!memchr(" \t\n\v\f\r", copy[trimmed.len - 1], 6)));
	for (bool first = true; slice_cut(&rest, ',', &part); first = false) {
		str_addf(&joined, first ? "" : ",");
		expect(part.len == 0 || !memchr(part.at, ',', part.len));
		str_add(&joined, part);
	}
	expect(slice_equal(str_slice(&joined), text));
	str_release(&joined);
	free(copy);
}

/* The same by both; the compiler checks their arguments. */
#define CHECK_FORMAT(...)                                                      \
	do {                                                                   \
		char libc[1024];                                               \
		struct str ours = STR_EMPTY;                                   \
		snprintf(libc, sizeof libc, __VA_ARGS__);                      \
		str_addf(&ours, __VA_ARGS__);                                  \
		expect(!ours.failed);                                          \
		expect(!strcmp(str_text(&ours), libc));                        \
		str_release(&ours);                                            \
	} while (0)

static void check_formats(struct slice in)
{
	int width = (int)fuzz_number(&in, 60), most = (int)fuzz_number(&in, 60);
	uint64_t n = fuzz_number(&in, UINT64_MAX);
	char letter = (char)('A' + n % 26);
	char *text = fuzz_string(fuzz_take(&in, 200));

	CHECK_FORMAT("%d %u %x%%", (int)n, (unsigned)n, (unsigned)n);
	CHECK_FORMAT(
		"%ld %lu %lx", (long)n, (unsigned long)n, (unsigned long)n);
	CHECK_FORMAT("%lld %llu %llx", (long long)n, (unsigned long long)n,
		(unsigned long long)n);
	CHECK_FORMAT("%zu|%zx", (size_t)n, (size_t)n);
	CHECK_FORMAT(
		"%*d|%-*d|%0*d|", width, (int)n, width, (int)n, width, (int)n);
	CHECK_FORMAT("%02x%04x%08lx%5u", (unsigned)n & 255, (unsigned)n & 65535,
		(unsigned long)n & UINT32_MAX, (unsigned)n & 4095);
	CHECK_FORMAT("%s|%.*s|%-*s|%*.*s", text, most, text, width, text, width,
		most, text);
	CHECK_FORMAT("a%cb%-3c%3cd", letter, letter, letter);
	free(text);
}

/* A buffer that is too small holds what fitted, whole. */
static void check_fixed(struct slice text, size_t size)
{
	char storage[64];
	struct str fixed;

	str_init_fixed(&fixed, storage, size);
	str_add(&fixed, text);
	expect(fixed.failed == (text.len >= size));
	expect(fixed.len == (fixed.failed ? 0 : text.len));
	expect(storage[fixed.len] == '\0');
	str_addf(&fixed, "%u", 10u);
	expect(storage[fixed.len] == '\0' && fixed.len < size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_input(data, size), in = text;
	uint8_t small = (uint8_t)fuzz_number(&in, 63);

	check_utf8(text);
	check_printable(text);
	check_escaped(text);
	check_shortened(text, small);
	check_trim(text);
	check_fixed(in, (size_t)small + 1);
	check_formats(in);
	return 0;
}
