#include "unit.h"

#include "base/num.h"
#include "core/ipv4.h"
#include "core/limiter.h"

#include "tables.h"

/* Time here is virtual: it passes when a test says so. */
static const int64_t start = 1000000007;
static const uint32_t asker = IPV4(10, 0, 0, 7);

static void begin(struct limiter *limiter, unsigned rate, unsigned burst)
{
	limiter_init(limiter, (struct rate){rate, burst},
		(struct siphash_key){{0x0706050403020100, 42}});
}

/* How many of TIMES replies may go to ADDR at NOW_NS. */
static unsigned take(
	struct limiter *limiter, uint32_t addr, int64_t now_ns, unsigned times)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < times; i++)
		taken += limiter_take(limiter, addr, now_ns);
	return taken;
}

/* How many go to ADDR if it asks each GAP_NS from FROM_NS to before TO_NS. */
static unsigned take_over(struct limiter *limiter, uint32_t addr,
	int64_t from_ns, int64_t to_ns, int64_t gap_ns)
{
	unsigned taken = 0;

	for (int64_t now = from_ns; now < to_ns; now += gap_ns)
		taken += limiter_take(limiter, addr, now);
	return taken;
}

static void first_the_burst_then_the_rate(void **state)
{
	struct limiter limiter;

	(void)state;
	begin(&limiter, 50, 100);
	assert_int_equal(take(&limiter, asker, start, 100), 100);
	assert_int_equal(take(&limiter, asker, start, 1000), 0);
	assert_int_equal(take(&limiter, asker, start + MS(20) - 1, 9), 0);
	assert_int_equal(take(&limiter, asker, start + MS(20), 9), 1);
	assert_int_equal(take(&limiter, asker, start + MS(60), 9), 2);
	/* 50 a second, however often somebody asks. */
	assert_int_equal(take_over(&limiter, asker, start + MS(61),
				 start + SECONDS(10) + MS(61), MS(1)),
		500);
}

static void what_is_denied_costs_nothing(void **state)
{
	struct limiter limiter;

	(void)state;
	begin(&limiter, 1, 1);
	assert_int_equal(take(&limiter, asker, start, 100000), 1);
	assert_int_equal(take(&limiter, asker, start + SECONDS(1), 9), 1);
}

static void a_bucket_fills_again_up_to_the_burst(void **state)
{
	static const struct {
		int64_t idle_ns;
		unsigned tokens;
	} rows[] = {{MS(20), 1}, {MS(1000), 50}, {MS(1999), 99},
		{MS(2000), 100}, {MS(2001), 100}, {SECONDS(10), 100},
		{SECONDS(86400), 100}, {SECONDS(86400) * 3650, 100}};
	struct limiter limiter;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(&limiter, 50, 100);
		assert_int_equal(take(&limiter, asker, start, 200), 100);
		unsigned taken = take(
			&limiter, asker, start + rows[i].idle_ns, 200);
		if (taken != rows[i].tokens)
			fail_msg("row %zu: %u", i, taken);
	}
}

static void each_asker_has_a_bucket_of_its_own(void **state)
{
	struct limiter limiter;

	(void)state;
	begin(&limiter, 50, 100);
	assert_int_equal(take(&limiter, asker, start, 200), 100);
	assert_int_equal(take(&limiter, asker + 1, start, 200), 100);
	assert_int_equal(take(&limiter, asker, start, 200), 0);
	assert_int_equal(take(&limiter, asker + 1, start + MS(20), 9), 1);
	assert_int_equal(take(&limiter, asker, start + MS(20), 9), 1);
}

static void a_rate_of_zero_lifts_all_limits(void **state)
{
	struct limiter limiter;

	(void)state;
	begin(&limiter, 0, 1);
	assert_int_equal(take(&limiter, asker, start, 100000), 100000);
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(limiter_take(&limiter, i + 1, start));
}

static void all_together_get_100_times_as_much(void **state)
{
	struct limiter limiter;
	unsigned taken = 0;

	(void)state;
	begin(&limiter, 50, 100);
	for (uint32_t i = 0; i < 10000; i++)
		assert_true(limiter_take(&limiter, i + 1, start));
	for (uint32_t i = 10000; i < 20000; i++)
		assert_false(limiter_take(&limiter, i + 1, start));
	/* Then 5000 a second, but for what is held back for chance. */
	for (uint32_t i = 0; i < 20000; i++)
		taken += limiter_take(
			&limiter, 0x10000 + i, start + MS(i + 1) / 10);
	assert_in_range(taken, 9000, 10010);
	/* Whom the limit of all denied has lost nothing of his own. */
	assert_int_equal(take(&limiter, asker, start + SECONDS(9), 200), 100);
}

/* A few askers at their limits leave those of all to the others. */
static void one_asker_does_not_use_up_what_all_may_have(void **state)
{
	struct limiter limiter;

	(void)state;
	begin(&limiter, 50, 100);
	for (uint32_t i = 0; i < 99; i++)
		assert_int_equal(take(&limiter, i + 1, start, 1000), 100);
	assert_int_equal(take(&limiter, asker, start, 1000), 100);
}

/* Of 15,000 a second a third is answered; a flood that is as steady as a clock
 * would take each token as it comes, if chance did not decide. */
static void who_asks_now_and_then_gets_a_fair_part(void **state)
{
	static struct limiter limiter;
	int64_t gap_ns = NS_PER_S / 15000;
	unsigned asked = 0, answered = 0;
	uint32_t forged = 0;

	(void)state;
	begin(&limiter, 50, 100);
	for (int64_t now = start; now < start + SECONDS(60); now += gap_ns) {
		limiter_take(&limiter, 0x10000 + forged++ % 10000, now);
		if (forged % 700 || now < start + SECONDS(5))
			continue;
		asked++;
		answered += limiter_take(&limiter, asker, now + 1);
	}
	assert_in_range(answered * 100 / asked, 28, 38);
}

/* Numbers that are the same in each run. */
static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*seed >> 33);
}

/* An asker at its limit stays there while others, ever new ones, are made up:
 * 15,000 a second, so that the limit of all is reached too, or a third. */
static void check_forged(int64_t gap_ns)
{
	static struct limiter limiter;
	uint64_t seed = 1;
	unsigned taken = 0;
	int64_t end = start + SECONDS(10);

	begin(&limiter, 50, 100);
	assert_int_equal(take(&limiter, asker, start, 200), 100);
	for (int64_t now = start; now < end; now += gap_ns) {
		limiter_take(&limiter, draw(&seed) | 0x80000000, now);
		taken += limiter_take(&limiter, asker, now);
	}
	assert_in_range(taken, 1, 500);
}

static void forged_sources_bring_nobody_new_tokens(void **state)
{
	(void)state;
	check_forged(NS_PER_S / 15000);
	check_forged(NS_PER_S / 4900);
}

/* 10,000 forged sources at 15,000 probes a second, and one client that asks ten
 * times a second for a minute. */
static void a_real_client_gets_one_answer_in_four(void **state)
{
	static const int64_t gap_ns = NS_PER_S / 15000;
	static struct limiter limiter;
	uint64_t seed = 1;
	unsigned real = 0, forged = 0;

	(void)state;
	begin(&limiter, 50, 100);
	for (int64_t i = 0; i < 15000 * 60; i++) {
		int64_t now = start + i * gap_ns + draw(&seed) % gap_ns;
		uint32_t addr = 0x80000000 + draw(&seed) % 10000;
		if (i % 1500 == 0)
			real += limiter_take(&limiter, asker, now);
		else
			forged += limiter_take(&limiter, addr, now);
	}
	assert_in_range(real, 150, 600);
	assert_in_range(forged, 1, 10000 + 5000 * 60);
}

/* More than the table holds: whoever asks seldom is always answered. */
static void many_askers_are_answered(void **state)
{
	static struct limiter limiter;
	uint32_t many = 10 * LIMITER_SETS * LIMITER_WAYS;
	int64_t now = start;

	(void)state;
	begin(&limiter, 50, 100);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < many; i++) {
			now += NS_PER_S / 5000;
			assert_true(limiter_take(
				&limiter, IPV4(10, 0, 0, 0) + i, now));
		}
	}
}

/* As many as fit are all held to their limits. */
static void as_many_as_one_set_holds_are_told_apart(void **state)
{
	static struct limiter limiter;

	(void)state;
	begin(&limiter, 50, 100);
	for (uint32_t i = 0; i < LIMITER_WAYS; i++)
		assert_int_equal(take(&limiter, asker + i, start, 200), 100);
	for (uint32_t i = 0; i < LIMITER_WAYS; i++)
		assert_int_equal(take(&limiter, asker + i, start, 200), 0);
}

static void the_lowest_and_the_highest_rate(void **state)
{
	struct limiter limiter;

	(void)state;
	begin(&limiter, 1, 1);
	assert_int_equal(take(&limiter, asker, start, 9), 1);
	assert_int_equal(take(&limiter, asker, start + SECONDS(1) - 1, 9), 0);
	assert_int_equal(take(&limiter, asker, start + SECONDS(1), 9), 1);
	begin(&limiter, 1, LIMITER_RATE_MAX);
	assert_int_equal(
		take(&limiter, asker, start, LIMITER_RATE_MAX + 9), 1000000);
	assert_int_equal(take(&limiter, asker, start + SECONDS(1), 9), 1);
	begin(&limiter, LIMITER_RATE_MAX, 1);
	assert_int_equal(take(&limiter, asker, start, 9), 1);
	assert_int_equal(take(&limiter, asker, start + 999, 9), 0);
	assert_int_equal(take(&limiter, asker, start + 1000, 9), 1);
	begin(&limiter, LIMITER_RATE_MAX, 2 * LIMITER_RATE_MAX);
	assert_int_equal(take(&limiter, asker, start, 2 * LIMITER_RATE_MAX + 9),
		2000000);
	assert_int_equal(take(&limiter, asker, start + MS(1), 2000), 1000);
}

/* A second is not divided evenly by most rates. */
static void rates_between_are_kept(void **state)
{
	static const unsigned rates[] = {3, 7, 49, 333, 999, 30001};
	struct limiter limiter;

	(void)state;
	for (size_t i = 0; i < COUNT(rates); i++) {
		int64_t gap_ns = NS_PER_S / rates[i];
		begin(&limiter, rates[i], 1);
		unsigned taken = take_over(&limiter, asker, start,
			start + SECONDS(1000) / rates[i], gap_ns / 100);
		if (taken < 980 || taken > 1001)
			fail_msg("%u a second: %u instead of 1000", rates[i],
				taken);
	}
}

static void the_clock_may_have_just_begun(void **state)
{
	struct limiter limiter;

	(void)state;
	begin(&limiter, 50, 100);
	assert_int_equal(take(&limiter, asker, 1, 200), 100);
	assert_int_equal(take(&limiter, asker, 1 + MS(20), 200), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_the_burst_then_the_rate),
		cmocka_unit_test(what_is_denied_costs_nothing),
		cmocka_unit_test(a_bucket_fills_again_up_to_the_burst),
		cmocka_unit_test(each_asker_has_a_bucket_of_its_own),
		cmocka_unit_test(a_rate_of_zero_lifts_all_limits),
		cmocka_unit_test(all_together_get_100_times_as_much),
		cmocka_unit_test(who_asks_now_and_then_gets_a_fair_part),
		cmocka_unit_test(one_asker_does_not_use_up_what_all_may_have),
		cmocka_unit_test(forged_sources_bring_nobody_new_tokens),
		cmocka_unit_test(a_real_client_gets_one_answer_in_four),
		cmocka_unit_test(many_askers_are_answered),
		cmocka_unit_test(as_many_as_one_set_holds_are_told_apart),
		cmocka_unit_test(the_lowest_and_the_highest_rate),
		cmocka_unit_test(rates_between_are_kept),
		cmocka_unit_test(the_clock_may_have_just_begun),
	};

	return RUN(tests);
}
