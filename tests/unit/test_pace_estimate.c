#include "unit.h"

#include "base/num.h"
#include "core/pace.h"

#include "tables.h"

/* How long a sweep will take. */

static const int64_t start = 1000000007;
enum { LENGTH = 15 };

static void the_time_it_takes_is_estimated(void **state)
{
	static const struct {
		size_t size;
		unsigned rate;
		uint64_t on_link, routed;
		int64_t ns;
	} rows[] = {
		{1024, 1000, 0, 0, 0},
		{1024, 1000, 1, 0, MS(1)},
		{1024, 1000, 254, 0, MS(254)},
		{1024, 1000, 512, 0, MS(512)},
		{1024, 1000, 513, 0, MS(3000)},
		{1024, 1000, 514, 0, MS(3001)},
		{1024, 1000, 1024, 0, MS(3511)},
		/* seven waits of 3 s, and then the rest */
		{1024, 1000, 4094, 0, MS(21509)},
		{1024, 100, 4094, 0, MS(40940)},
		{4096, 1000, 4094, 0, MS(5045)},
		{1024, 1000, 65534, 0, MS(381509)},
		{2, 1000, 33, 0, MS(3000)},
		/* by way of gateways the rate alone counts */
		{1024, 20000, 0, 65534, MS(32767) / 10},
		{1024, 1000, 254, 65534, MS(65788)},
		{1024, 1000, 4094, 254, MS(21509)},
		{1024, 1, 1 << 24, 1 << 24, SECONDS(1 << 25)},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pace_table table = {.size = rows[i].size};
		struct pace pace;
		pace_init(&pace, rows[i].rate, LENGTH);
		pace_looked(&pace, start, &table);
		int64_t ns = pace_estimate_ns(
			&pace, rows[i].on_link, rows[i].routed);
		if (ns != rows[i].ns)
			fail_msg("row %zu: %ld ms", i, (long)(ns / NS_PER_MS));
	}
}

static void the_estimate_of_a_blind_sweep_is_25_a_second(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 1000, LENGTH);
	assert_int_equal(pace_estimate_ns(&pace, 250, 250), MS(500));
	pace_looked(&pace, start, NULL);
	assert_int_equal(pace_estimate_ns(&pace, 250, 250), SECONDS(20));
}

/* Whoever sets gc_thresh3 to 0, or nearly so, is told a time all the same; so is
 * who sweeps all there is. */
static void a_table_without_room_has_an_estimate(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 3, 64};
	struct pace pace;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const struct pace_table table = {.size = sizes[i]};
		pace_init(&pace, 1, 15);
		pace_looked(&pace, 1, &table);
		assert_true(pace_estimate_ns(&pace, 100, 0) >= SECONDS(100));
		assert_true(pace_estimate_held_ns(&pace, 100) >= SECONDS(20));
		assert_true(pace_estimate_ns(&pace, UINT32_MAX, 0) >=
			    SECONDS(UINT32_MAX));
		assert_true(pace_estimate_held_ns(&pace, UINT32_MAX) >=
			    SECONDS(UINT32_MAX / 25));
	}
}

/* Before the first look the table is one that nobody set. */
static void an_estimate_comes_before_the_first_look(void **state)
{
	static const struct pace_table nothing = {.size = 0};
	struct pace pace;

	(void)state;
	pace_init(&pace, 1000, LENGTH);
	assert_in_range(
		pace_estimate_ns(&pace, 4094, 0), SECONDS(21), SECONDS(22));
	pace_looked(&pace, start, &nothing);
	assert_int_equal(pace.on_link.room, 0);
	assert_in_range(
		pace_estimate_ns(&pace, 1000, 0), SECONDS(93), SECONDS(94));
}

/* The first three quarters of a table go at once, then 25 a second do in one of
 * the usual size. */
static void what_a_router_answers_for_is_estimated_too(void **state)
{
	static const struct {
		size_t size;
		uint64_t on_link;
		int64_t ns;
	} rows[] = {{1024, 0, 0}, {1024, 768, 0}, {1024, 769, MS(40)},
		{1024, 1024, MS(10240)}, {1024, 2000, MS(49280)},
		{4096, 3072, 0}, {4096, 4096, MS(10240)}, {512, 385, MS(80)},
		{0, 48, 0}, {0, 1000, MS(609280)}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pace_table table = {.size = rows[i].size};
		struct pace pace;
		pace_init(&pace, 1000, LENGTH);
		pace_looked(&pace, start, &table);
		assert_int_equal(pace_estimate_held_ns(&pace, rows[i].on_link),
			rows[i].ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_time_it_takes_is_estimated),
		cmocka_unit_test(the_estimate_of_a_blind_sweep_is_25_a_second),
		cmocka_unit_test(a_table_without_room_has_an_estimate),
		cmocka_unit_test(an_estimate_comes_before_the_first_look),
		cmocka_unit_test(what_a_router_answers_for_is_estimated_too),
	};

	return RUN(tests);
}
