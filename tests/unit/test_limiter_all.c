#include "unit.h"

#include "core/ipv4.h"
#include "core/limiter.h"

#include "tables.h"

/* What all askers get together, and who shares a set. */

static const int64_t start = 1000000007;
static const uint32_t asker = IPV4(10, 0, 0, 7);

/* One token of all comes back after so long; the bucket has 10,000. */
static const int64_t gap_ns = MS(20) / LIMITER_ALL_FACTOR;
enum { ASKERS = 90, ALL = 10000 };

static struct limiter limiter;

static void begin(unsigned rate, unsigned burst)
{
	limiter_init(&limiter, (struct rate){rate, burst},
		(struct siphash_key){{0x0706050403020100, 42}});
}

/* How many of TIMES replies may go to ADDR at NOW_NS. */
static unsigned take(uint32_t addr, int64_t now_ns, unsigned times)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < times; i++)
		taken += limiter_take(&limiter, addr, now_ns);
	return taken;
}

/* Fewer than there are places: nobody gets what another one has left, in
 * whatever order they come. */
static void check_order(uint32_t first, uint32_t step)
{
	begin(50, 100);
	for (uint32_t i = 0; i < ASKERS; i++)
		assert_int_equal(take(first + i * step, start, 101), 100);
	for (uint32_t i = 0; i < ASKERS; i++)
		assert_int_equal(take(first + i * step, start, 9), 0);
	assert_false(limiter.strained);
}

static void askers_of_a_set_are_told_apart(void **state)
{
	(void)state;
	check_order(asker, 1);
	check_order(asker, UINT32_MAX);
}

/* Each as late as it comes. */
static int64_t take_one_each(uint32_t first, uint32_t count, int64_t now_ns)
{
	for (uint32_t i = 0; i < count; i++)
		assert_true(limiter_take(&limiter, first + i, ++now_ns));
	return now_ns;
}

/* However many others come before and after. */
static void who_is_limited_stays_known(void **state)
{
	enum { LIMITED = 64, OTHERS = 3 * LIMITER_SETS * LIMITER_WAYS };
	int64_t now = start;

	(void)state;
	begin(50, 1000);
	now = take_one_each(0x80000000, OTHERS, now);
	for (uint32_t i = 0; i < LIMITED; i++)
		assert_int_equal(take(asker + i, now, 1001), 1000);
	now = take_one_each(0x90000000, OTHERS, now);
	for (uint32_t i = 0; i < LIMITED; i++)
		assert_int_equal(take(asker + i, now, 9), 0);
	assert_false(limiter.strained);
}

/* The bucket of all has no token left, and nobody has missed one. */
static void use_up(void)
{
	begin(50, 100);
	for (uint32_t i = 0; i < ALL; i++)
		assert_true(limiter_take(&limiter, 0x80000000 + i, start));
	assert_false(limiter.strained);
}

static void an_empty_bucket_leaves_it_to_chance(void **state)
{
	(void)state;
	use_up();
	assert_false(limiter_take(&limiter, asker, start + gap_ns - 1));
	assert_true(limiter.strained);
	assert_int_equal(limiter.draws, 0);
	/* Just the token that it takes, of which nothing is left. */
	assert_false(limiter_take(&limiter, asker, start + gap_ns));
	assert_int_equal(limiter.draws, 1);
	assert_false(limiter_take(&limiter, asker, start + gap_ns - 1));
	assert_int_equal(limiter.draws, 1);
	use_up();
	assert_true(limiter_take(&limiter, asker, start + gap_ns));
	assert_false(limiter.strained);
}

/* A tenth of it, behind what is taken. */
static void chance_ends_when_it_fills_again(void **state)
{
	static const int64_t low_ns = MS(2000) / LIMITER_CHANCE_PART;

	(void)state;
	use_up();
	limiter.strained = true;
	limiter_take(&limiter, asker, start + gap_ns + low_ns - 1);
	assert_true(limiter.strained);
	assert_int_equal(limiter.draws, 1);
	use_up();
	limiter.strained = true;
	assert_true(limiter_take(&limiter, asker, start + gap_ns + low_ns));
	assert_false(limiter.strained);
	assert_int_equal(limiter.draws, 0);
	use_up();
	limiter.strained = true;
	assert_true(limiter_take(&limiter, asker, start + MS(1999)));
	assert_false(limiter.strained);
}

/* As likely as there is room below that tenth. */
static void the_chance_is_the_room_that_is_left(void **state)
{
	static const struct {
		int ms;
		unsigned least, most;
	} rows[] = {{20, 50, 150}, {100, 400, 600}, {180, 850, 950}};

	(void)state;
	use_up();
	const struct limiter full = limiter;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned taken = 0;
		for (uint64_t draw = 0; draw < 1000; draw++) {
			limiter = full;
			limiter.strained = true;
			limiter.draws = draw;
			taken += limiter_take(&limiter, asker,
				start + gap_ns + MS(rows[i].ms));
		}
		assert_in_range(taken, rows[i].least, rows[i].most);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(askers_of_a_set_are_told_apart),
		cmocka_unit_test(who_is_limited_stays_known),
		cmocka_unit_test(an_empty_bucket_leaves_it_to_chance),
		cmocka_unit_test(chance_ends_when_it_fills_again),
		cmocka_unit_test(the_chance_is_the_room_that_is_left),
	};

	return RUN(tests);
}
