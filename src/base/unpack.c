#include "base/unpack.h"

struct bits {
	struct slice in;
	size_t next; /* in bits */
};

/* VALUE with COUNT bits behind it. Past the end they are 0, which ends all that
 * is read. */
static unsigned take(struct bits *bits, unsigned value, unsigned count)
{
	for (; count; count--) {
		size_t next = bits->next++;
		value <<= 1;
		if (next / 8 < bits->in.len)
			value |= bits->in.at[next / 8] >> (7 - next % 8) & 1;
	}
	return value;
}

static unsigned take_number(struct bits *bits)
{
	unsigned value = 1;

	while (value <= UNPACK_MAX && take(bits, 0, 1))
		value = take(bits, value, 1);
	return value;
}

bool unpack(struct slice packed, struct str *out)
{
	struct bits bits = {packed, 0};
	size_t start = out->len;

	while (!out->failed && out->len - start <= UNPACK_MAX) {
		unsigned length = 1, distance = 0;
		char letter;
		if (take(&bits, 0, 1)) {
			length = take_number(&bits) + 1;
			distance = take(&bits, take_number(&bits) - 1,
					   UNPACK_LOW_BITS) +
				   1;
			if (distance > out->len - start)
				return false;
		} else {
			letter = (char)take(&bits, 0, 7);
			if (!letter)
				return true;
		}
		for (; length; length--) {
			if (distance)
				letter = out->at[out->len - distance];
			str_add(out, (struct slice){&letter, 1});
		}
	}
	return false;
}
