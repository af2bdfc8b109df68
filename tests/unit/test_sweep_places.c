#include "unit.h"

#include "core/sweep.h"
#include "tables.h"

static void there_are_no_more_hosts_than_addresses(void **state)
{
	static const struct {
		struct network network;
		uint64_t hosts;
	} rows[] = {{{0, 0}, UINT64_C(4294967294)}, {{0, 24}, 254},
		{{IPV4(10, 0, 0, 0), 8}, 16777214}, {{1, 32}, 1}, {{1, 31}, 2}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(sweep_hosts(rows[i].network) == rows[i].hosts);
}

/* Wherever a range begins. */
static void each_address_has_its_place(void **state)
{
	static const uint32_t firsts[] = {0, IPV4(10, 0, 0, 0)};
	struct sweep sweep = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(firsts); i++)
		assert_true(
			sweep_add(&sweep, (struct network){firsts[i], 28}, 0));
	assert_true(sweep_begin(&sweep));
	for (size_t i = 0; i < COUNT(firsts); i++)
		for (uint32_t k = 1; k < 15; k++)
			*sweep_sent(&sweep, firsts[i] + k,
				0) += (int64_t)(i * 100 + k);
	for (size_t i = 0; i < COUNT(firsts); i++)
		for (uint32_t k = 1; k < 15; k++)
			assert_int_equal(*sweep_sent(&sweep, firsts[i] + k, 0),
				i * 100 + k);
	assert_int_equal(sweep_asked(&sweep), 28);
	sweep_release(&sweep);
}

static void it_covers_what_lies_within(void **state)
{
	static const struct {
		struct network network;
		int interface;
		bool covered;
	} rows[] = {{{IPV4(10, 0, 0, 0), 24}, 2, true},
		{{IPV4(10, 0, 0, 0), 25}, 2, true},
		{{IPV4(10, 0, 0, 128), 25}, 2, true},
		{{IPV4(10, 0, 0, 64), 30}, 2, true},
		{{IPV4(10, 0, 0, 0), 23}, 2, false},
		{{IPV4(10, 0, 1, 0), 24}, 2, false},
		{{IPV4(10, 0, 0, 0), 24}, 1, false},
		{{IPV4(10, 0, 0, 0), 24}, 3, false}};
	struct sweep sweep = {0};

	(void)state;
	assert_true(
		sweep_add(&sweep, (struct network){IPV4(10, 0, 0, 0), 24}, 2));
	sweep_join(&sweep);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(sweep_covers(&sweep, rows[i].network,
					 rows[i].interface),
			rows[i].covered);
	sweep_release(&sweep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_no_more_hosts_than_addresses),
		cmocka_unit_test(each_address_has_its_place),
		cmocka_unit_test(it_covers_what_lies_within),
	};

	return RUN(tests);
}
