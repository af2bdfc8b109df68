/* Whatever the packed text is: it is ASCII with no NUL in it, no larger than it may
 * be, and what has no repeats is the text itself. */
#include "fuzz.h"

#include "base/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size), plain = in;
	struct slice packed = fuzz_alone(in);
	struct str out = STR_EMPTY;
	bool good = unpack(packed, &out);

	for (size_t i = 0; i < out.len; i++)
		expect(out.at[i] > 0);
	expect(out.len <= 3 * UNPACK_MAX);
	expect(!good || out.len <= UNPACK_MAX);
	plain.len = 0;
	while (plain.len < in.len && in.at[plain.len] > 0)
		plain.len++;
	expect(slice_starts(str_slice(&out), plain));
	if (plain.len == in.len || !in.at[plain.len])
		expect(good && out.len == plain.len);
	str_release(&out);
	fuzz_free(packed);
	return 0;
}
