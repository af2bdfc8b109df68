#include "unit.h"

#include "core/pace.h"

#include "tables.h"

/* Time here is virtual: it passes when a test says so. */
static const int64_t start = 1000000007;

/* A probe, and how many of them one gateway's queue holds: what each takes is
 * rounded up, and a sixteenth left to others. */
enum {
	LENGTH = 15,
	QUEUE = PACE_QUEUE_SIZE / 16 * 15 / (1024 + 2 * LENGTH),
};

static void a_few_are_free_and_then_the_table_is_looked_at(void **state)
{
	static const struct pace_table table = {.size = 200, .held = 60};
	struct pace pace;

	(void)state;
	pace_init(&pace, 1000, LENGTH);
	assert_int_equal(pace.on_link.room, PACE_FREE);
	assert_int_equal(pace.routed.room, PACE_FREE);
	for (int i = 0; i < PACE_FREE; i++)
		pace_sent(&pace, start, false, true);
	assert_int_equal(pace.on_link.room, 0);
	assert_int_equal(pace.routed.room, 0);
	pace_sent(&pace, start, false, true);
	assert_int_equal(pace.on_link.room, 0);
	assert_int_equal(pace.routed.room, 0);
	assert_true(pace.on_link.look_ns <= start);
	assert_true(pace.routed.look_ns <= start);
	assert_false(pace_looked(&pace, start, &table));
	assert_int_equal(pace.on_link.room, 90);
	assert_int_equal(pace.routed.room, 100);
	assert_int_equal(pace.size, 200);
	assert_false(pace.blind);
	assert_false(pace.full);
	/* Nobody knows which of them took an entry. */
	pace_sent(&pace, start, false, true);
	assert_int_equal(pace.on_link.room, 89);
	assert_int_equal(pace.routed.room, 99);
}

static void a_send_that_was_held_up_makes_a_look_due(void **state)
{
	static const struct pace_table table = {.size = 1024};
	struct pace pace;

	(void)state;
	pace_init(&pace, 1000, LENGTH);
	for (int crowded = 0; crowded < 2; crowded++) {
		pace_looked(&pace, start, &table);
		assert_int_equal(pace.on_link.room, QUEUE);
		pace_held(&pace, crowded);
		assert_int_equal(pace.on_link.room, 0);
		assert_int_equal(pace.routed.room, 0);
		assert_int_equal(pace.crowded, crowded);
	}
	/* Once it was full others count for good. */
	pace_looked(&pace, start + MS(5), &table);
	assert_true(pace.crowded);
	pace_held(&pace, false);
	assert_true(pace.crowded);
}

/* Where much goes at once the next look may follow at once. */
static void looks_are_apart_where_little_goes(void **state)
{
	static const struct {
		size_t unresolved, held;
		bool at_once, routed_at_once;
	} rows[] = {{0, 0, true, true}, {448, 0, true, true},
		{449, 0, false, false}, {512, 0, false, false},
		{0, 704, true, true}, {0, 705, false, true},
		{0, 768, false, true}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pace_table table = {.size = 1024,
			.unresolved = rows[i].unresolved,
			.held = rows[i].held};
		struct pace pace;
		pace_init(&pace, 1000, LENGTH);
		pace_looked(&pace, start, &table);
		int64_t least = start + (rows[i].at_once ? 0 : MS(5));
		int64_t routed = start + (rows[i].routed_at_once ? 0 : MS(5));
		assert_true(pace.on_link.look_ns >= least);
		assert_true(pace.on_link.look_ns <=
			    start + (rows[i].at_once ? 0 : MS(100)));
		assert_true(pace.routed.look_ns >= routed);
		assert_true(pace.routed.look_ns <=
			    start + (rows[i].routed_at_once ? 0 : MS(100)));
	}
}

static void without_a_look_it_is_25_a_second(void **state)
{
	static const struct pace_table table = {.size = 1024};
	struct pace pace;

	(void)state;
	pace_init(&pace, 1000, LENGTH);
	for (int i = 0; i < 3; i++) {
		int64_t now = start + MS(40) * i;
		assert_false(pace_looked(&pace, now, NULL));
		assert_true(pace.blind);
		assert_int_equal(pace.on_link.room, 1);
		assert_int_equal(pace.routed.room, 1);
		assert_true(pace.on_link.look_ns == now + MS(40));
		assert_true(pace.routed.look_ns == now + MS(40));
		pace_sent(&pace, now, true, true);
		assert_int_equal(pace.on_link.room, 0);
		assert_int_equal(pace.routed.room, 0);
	}
	/* What can be looked at again is. */
	pace_looked(&pace, start + MS(120), &table);
	assert_false(pace.blind);
	assert_int_equal(pace.on_link.room, QUEUE);
}

/* From eight on they are no chance; then it is asked as much as it can take. */
static void a_late_proxy_is_asked_little(void **state)
{
	struct pace_table table = {.size = 1024, .held = 100, .late = 7};
	struct pace pace;

	(void)state;
	pace_init(&pace, 1000, LENGTH);
	assert_false(pace_looked(&pace, start, &table));
	assert_int_equal(pace.on_link.room, QUEUE);
	table.late = 8;
	assert_true(pace_looked(&pace, start, &table));
	assert_int_equal(pace.on_link.room, 32);
	assert_int_equal(pace.routed.room, QUEUE);
	/* It stays so, and is told of once. What it may have dropped ends first. */
	table.late = 0;
	table.unresolved = 30;
	assert_false(pace_looked(&pace, start + SECONDS(3) - 1, &table));
	assert_int_equal(pace.on_link.room, 0);
	assert_int_equal(pace.routed.room, QUEUE);
	assert_false(pace_looked(&pace, start + SECONDS(3), &table));
	assert_int_equal(pace.on_link.room, 2);
	assert_false(pace_looked(&pace, start + SECONDS(4), &table));
	assert_int_equal(pace.on_link.room, 2);
	table.unresolved = 1;
	assert_false(pace_looked(&pace, start + SECONDS(2), &table));
	assert_int_equal(pace.on_link.room, 0);
	table.unresolved = 33;
	table.late = 100;
	assert_false(pace_looked(&pace, start + SECONDS(3), &table));
	assert_int_equal(pace.on_link.room, 0);
	table.unresolved = 0;
	table.held = 760;
	assert_false(pace_looked(&pace, start, &table));
	assert_int_equal(pace.on_link.room, 8);
}

/* Sends so many by way of gateways, after which so many entries are used. */
static void send_routed(
	struct pace *pace, size_t on_link, size_t routed, size_t used)
{
	struct pace_table table = {.size = 1024, .held = used};

	for (size_t i = 0; i < on_link; i++)
		pace_sent(pace, start, false, true);
	for (size_t i = 0; i < routed; i++)
		pace_sent(pace, start, false, false);
	pace_looked(pace, start, &table);
}

/* Each probe to what a route alone makes on-link takes an entry. */
static void what_takes_entries_is_not_routed(void **state)
{
	static const struct {
		size_t on_link, routed, used;
		bool flat;
	} rows[] = {{0, 16, 100, false}, {0, 16, 101, false},
		{0, 16, 108, false}, {0, 16, 109, true}, {0, 16, 116, true},
		{0, 16, 50, false}, {16, 0, 116, false}, {16, 16, 124, false},
		{16, 16, 132, true}, {16, 100, 118, false}, {0, 7, 107, false},
		{0, 8, 108, true}, {0, 0, 200, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pace pace;
		pace_init(&pace, 1000, LENGTH);
		/* What was there before is not counted. */
		send_routed(&pace, 0, 16, 100);
		assert_int_equal(pace.routed.room, QUEUE);
		send_routed(
			&pace, rows[i].on_link, rows[i].routed, rows[i].used);
		if (pace.flat != rows[i].flat)
			fail_msg("row %zu", i);
		/* It stays so. */
		send_routed(&pace, 0, 16, 700);
		send_routed(&pace, 0, 16, 700);
		assert_int_equal(pace.on_link.room, 68);
		if (rows[i].flat)
			assert_int_equal(pace.routed.room, 68);
	}
}

/* Whatever was there before, and however much was sent. */
static void the_first_look_tells_of_no_growth(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 1000, LENGTH);
	send_routed(&pace, 16, 16, 200);
	assert_false(pace.flat);
	assert_int_equal(pace.asked, 16);
	send_routed(&pace, 3, 0, 200);
	assert_int_equal(pace.asked, 19);
}

/* The table, at a time, has room for so many. */
static void look(struct pace *pace, int64_t now_ns, size_t room)
{
	struct pace_table table = {.size = 1024, .held = 768 - room};

	pace_looked(pace, now_ns, &table);
	assert_int_equal(pace->routed.room, QUEUE);
}

static void a_table_that_stays_full_lets_one_a_second_go(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 1000, LENGTH);
	look(&pace, start - 1, 1);
	assert_false(pace.full);
	look(&pace, start, 0);
	assert_int_equal(pace.on_link.room, 0);
	look(&pace, start + SECONDS(60) - 1, 0);
	assert_int_equal(pace.on_link.room, 0);
	assert_true(pace.full);
	for (int i = 60; i < 70; i++) {
		look(&pace, start + SECONDS(i), 0);
		assert_int_equal(pace.on_link.room, 1);
		assert_true(pace.on_link.look_ns == start + SECONDS(i + 1));
	}
	look(&pace, start + SECONDS(70), 7);
	assert_int_equal(pace.on_link.room, 7);
	assert_false(pace.full);
	/* Then the minute begins anew. */
	look(&pace, start + SECONDS(71), 0);
	look(&pace, start + SECONDS(130), 0);
	assert_int_equal(pace.on_link.room, 0);
	look(&pace, start + SECONDS(131), 0);
	assert_int_equal(pace.on_link.room, 1);
}

/* How many of a sweep go until END_NS, where somebody looks every GAP_NS. */
static unsigned sweep(
	struct pace *pace, int64_t from_ns, int64_t end_ns, int64_t gap_ns)
{
	unsigned sent = 0;

	for (int64_t now = from_ns; now < end_ns; now += gap_ns)
		for (; now >= pace->due_ns; sent++)
			pace_sent(pace, now, true, true);
	return sent;
}

static void a_sweep_keeps_its_rate(void **state)
{
	static const unsigned rates[] = {1, 3, 25, 999, 1000, 20000, 1000000};

	(void)state;
	for (size_t i = 0; i < COUNT(rates); i++) {
		struct pace pace;
		unsigned extra = 1 + rates[i] / 100; /* of 10 ms */
		pace_init(&pace, rates[i], LENGTH);
		unsigned sent = sweep(&pace, start, start + SECONDS(1), MS(1));
		assert_in_range(sent, rates[i], rates[i] + extra);
		sent = sweep(
			&pace, start + SECONDS(1), start + SECONDS(2), MS(1));
		assert_in_range(
			sent, rates[i] - rates[i] / 100 - 1, rates[i] + extra);
	}
}

/* Who was held up makes up for a moment, not for all of it. */
static void what_a_sweep_missed_comes_not_all_at_once(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 1000, LENGTH);
	sweep(&pace, start, start + SECONDS(1), MS(1));
	unsigned sent = sweep(
		&pace, start + SECONDS(30), start + SECONDS(30) + 1, 1);
	assert_int_equal(sent, 11);
	sent = sweep(
		&pace, start + SECONDS(30) + 1, start + SECONDS(31), MS(1));
	assert_in_range(sent, 980, 1010);
}

static void what_is_not_rated_does_not_count(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 1, LENGTH);
	for (int i = 0; i < 10; i++)
		pace_sent(&pace, start, false, true);
	assert_true(pace.due_ns <= start);
	pace_sent(&pace, start, true, true);
	assert_true(pace.due_ns > start + MS(900));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_few_are_free_and_then_the_table_is_looked_at),
		cmocka_unit_test(a_send_that_was_held_up_makes_a_look_due),
		cmocka_unit_test(looks_are_apart_where_little_goes),
		cmocka_unit_test(without_a_look_it_is_25_a_second),
		cmocka_unit_test(a_late_proxy_is_asked_little),
		cmocka_unit_test(what_takes_entries_is_not_routed),
		cmocka_unit_test(the_first_look_tells_of_no_growth),
		cmocka_unit_test(a_table_that_stays_full_lets_one_a_second_go),
		cmocka_unit_test(a_sweep_keeps_its_rate),
		cmocka_unit_test(what_a_sweep_missed_comes_not_all_at_once),
		cmocka_unit_test(what_is_not_rated_does_not_count),
	};

	return RUN(tests);
}
