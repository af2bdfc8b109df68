#include "unit.h"

#include "base/siphash.h"

#include "tables.h"

/* 00 01 .. 0f, as two little-endian words. */
static const struct siphash_key key = {
	{0x0706050403020100, 0x0f0e0d0c0b0a0908}};

/* Of 00 01 .., one more byte each: vectors_sip64 of the reference code. */
static const uint64_t vectors[] = {0x726fdb47dd0e0e31, 0x74f839c593dc67fd,
	0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d, 0xcf2794e0277187b7,
	0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
	0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3,
	0xf4b32f46226bada7, 0x751e8fbc860ee5fb, 0x14ea5627c0843d90,
	0xf723ca908e7af2ee, 0xa129ca6149be45e5, 0x3f2acc7f57c29bdb};

enum { VECTORS = COUNT(vectors) };

/* COUNT bytes 00 01 .., and not one more that could be read. */
static unsigned char *counting_bytes(size_t count)
{
	unsigned char *bytes = malloc(count ? count : 1);

	assert_non_null(bytes);
	for (size_t i = 0; i < count; i++)
		bytes[i] = (unsigned char)i;
	return bytes;
}

static void hashes_are_those_of_the_reference(void **state)
{
	(void)state;
	for (size_t len = 0; len < VECTORS; len++) {
		unsigned char *bytes = counting_bytes(len);
		uint64_t hash = siphash(&key, bytes, len);
		free(bytes);
		if (hash != vectors[len])
			fail_msg("of %zu bytes: %016llx", len,
				(unsigned long long)hash);
	}
}

static void a_hash_does_not_depend_on_where_the_bytes_lie(void **state)
{
	unsigned char *bytes = counting_bytes(VECTORS);
	unsigned char room[VECTORS + 8];

	(void)state;
	for (size_t shift = 0; shift < 8; shift++) {
		memcpy(room + shift, bytes, VECTORS);
		assert_true(siphash(&key, room + shift, VECTORS - 1) ==
			    vectors[VECTORS - 1]);
	}
	free(bytes);
}

static void no_data_is_needed_for_no_bytes(void **state)
{
	(void)state;
	assert_true(siphash(&key, NULL, 0) == vectors[0]);
}

static void the_length_counts(void **state)
{
	static const unsigned char zeros[264];

	(void)state;
	assert_true(siphash(&key, zeros, 0) != siphash(&key, zeros, 1));
	assert_true(siphash(&key, zeros, 255) != siphash(&key, zeros, 256));
	assert_true(siphash(&key, zeros, 8) != siphash(&key, zeros, 264));
}

/* Each bit of the key and of the data turns about half of the hash. */
static void every_bit_of_the_key_counts(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 128; bit++) {
		struct siphash_key other = key;
		other.half[bit / 64] ^= (uint64_t)1 << bit % 64;
		uint64_t turned = siphash(&other, "abc", 3) ^
				  siphash(&key, "abc", 3);
		assert_in_range(__builtin_popcountll(turned), 12, 52);
	}
}

static void every_bit_of_the_data_counts(void **state)
{
	unsigned char data[13] = "udpdisc host";
	uint64_t hash = siphash(&key, data, sizeof data);

	(void)state;
	for (unsigned bit = 0; bit < 8 * sizeof data; bit++) {
		data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		uint64_t turned = siphash(&key, data, sizeof data) ^ hash;
		assert_in_range(__builtin_popcountll(turned), 12, 52);
		data[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	assert_true(siphash(&key, data, sizeof data) == hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_those_of_the_reference),
		cmocka_unit_test(a_hash_does_not_depend_on_where_the_bytes_lie),
		cmocka_unit_test(no_data_is_needed_for_no_bytes),
		cmocka_unit_test(the_length_counts),
		cmocka_unit_test(every_bit_of_the_key_counts),
		cmocka_unit_test(every_bit_of_the_data_counts),
	};

	return RUN(tests);
}
