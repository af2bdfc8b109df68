#include "unit.h"

#include "core/pace.h"

#include "tables.h"

/* How much room a table leaves. */

/* A probe, and how many of them one gateway's queue holds: what each takes is
 * rounded up, and a sixteenth left to others. */
enum {
	LENGTH = 15,
	MOST = PACE_QUEUE_SIZE / 16 * 15,
	QUEUE = MOST / (1024 + 2 * LENGTH),
};

/* Of a table of SIZE. */
#define TABLE(size, unresolved, held, others)                                  \
	{                                                                      \
		size, unresolved, held, 0, 0, 0, others                        \
	}

static void the_room_is_what_the_table_leaves(void **state)
{
	static const struct {
		struct pace_table table;
		size_t room, routed;
	} rows[] = {
		/* half of it */
		{TABLE(1024, 0, 0, 0), QUEUE, QUEUE},
		{TABLE(1024, 512 - QUEUE, 0, 0), QUEUE, QUEUE},
		{TABLE(1024, 513 - QUEUE, 0, 0), QUEUE - 1, QUEUE - 1},
		{TABLE(1024, 412, 0, 0), 100, 100},
		{TABLE(1024, 511, 0, 0), 1, 1},
		{TABLE(1024, 512, 0, 0), 0, 0},
		{TABLE(1024, 513, 0, 0), 0, 0},
		{TABLE(1024, 4000, 0, 0), 0, 0},
		/* three quarters with the held ones, which gateways need not */
		{TABLE(1024, 0, 668, 0), 100, QUEUE},
		{TABLE(1024, 0, 767, 0), 1, QUEUE},
		{TABLE(1024, 0, 768, 0), 0, QUEUE},
		{TABLE(1024, 0, 1024, 0), 0, QUEUE},
		{TABLE(1024, 100, 600, 0), 68, QUEUE},
		{TABLE(1024, 511, 256, 0), 1, 1},
		{TABLE(1024, 511, 257, 0), 0, 1},
		{TABLE(1024, 400, 500, 0), 0, 112},
		/* seven eighths with those of others */
		{TABLE(1024, 0, 0, 711), 185, QUEUE},
		{TABLE(1024, 100, 100, 600), 96, QUEUE},
		{TABLE(1024, 100, 500, 200), 96, QUEUE},
		{TABLE(1024, 100, 600, 196), 0, QUEUE},
		/* and a sixteenth in any case */
		{TABLE(1024, 0, 0, 831), 65, QUEUE},
		{TABLE(1024, 0, 0, 832), 64, QUEUE},
		{TABLE(1024, 0, 0, 833), 64, QUEUE},
		{TABLE(1024, 0, 0, 9999), 64, QUEUE},
		{TABLE(1024, 30, 30, 1024), 4, QUEUE},
		{TABLE(1024, 64, 0, 1024), 0, QUEUE},
		{TABLE(1024, 0, 64, 1024), 0, QUEUE},
		{TABLE(1024, 0, 700, 1024), 0, QUEUE},
		/* other sizes */
		{TABLE(8192, 0, 0, 0), QUEUE, QUEUE},
		{TABLE(128, 0, 0, 0), 64, 64},
		{TABLE(128, 0, 90, 0), 6, 64},
		{TABLE(128, 0, 0, 128), 8, 64},
		{TABLE(101, 0, 0, 0), 50, 50},
		{TABLE(101, 0, 75, 0), 1, 50},
		{TABLE(1, 0, 0, 0), 0, 0},
		{TABLE(0, 0, 0, 0), 0, 0},
		{TABLE(0, 9, 9, 9), 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t room = pace_room(&rows[i].table, LENGTH);
		size_t routed = pace_routed_room(&rows[i].table, LENGTH);
		if (room != rows[i].room || routed != rows[i].routed)
			fail_msg("row %zu: %zu, %zu", i, room, routed);
	}
}

static bool fits(const struct pace_table *t, size_t more)
{
	size_t ours = t->unresolved + t->held + more;

	return t->unresolved + more <= t->size / 2 &&
	       ours <= t->size - t->size / 4 &&
	       (t->others + ours <= t->size - t->size / 8 ||
		       ours <= t->size / 16);
}

/* The room is as large as it can be, and no larger. */
static void the_room_is_just_what_fits(void **state)
{
	static const size_t sizes[] = {64, 127, 1000, 1024};

	(void)state;
	for (unsigned i = 0; i < 400000; i++) {
		struct pace_table t = TABLE(sizes[i % 4], i * 7 % 600,
			i * 31 % 800, i % 3 ? 0 : i * 13 % 1100);
		size_t room = pace_room(&t, LENGTH);
		if ((room && !fits(&t, room)) ||
			(room != QUEUE && fits(&t, room + 1)))
			fail_msg("%zu, %zu, %zu, %zu: %zu", t.size,
				t.unresolved, t.held, t.others, room);
	}
}

/* What waits for one neighbour is bounded by its queue, and nobody knows for which
 * one it waits. */
static void what_is_queued_for_a_gateway_takes_room(void **state)
{
	static const struct {
		size_t unresolved, queued, length, room;
	} rows[] = {
		{1, 783, LENGTH, QUEUE},
		{1, 832, LENGTH, QUEUE},
		{1, 783 + 1054, LENGTH, QUEUE - 1},
		{1, 783 + 100 * 1054, LENGTH, QUEUE - 100},
		{1, 783 + MOST - 1054, LENGTH, 1},
		{1, 783 + MOST - 1053, LENGTH, 0},
		{1, 783 + MOST, LENGTH, 0},
		{1, 4 << 20, LENGTH, 0},
		/* as much, of many neighbours */
		{200, 200 * 783, LENGTH, QUEUE},
		{300, 300 * 783 + 3 * 1054, LENGTH, QUEUE - 3},
		/* without a neighbour it waits for an interface */
		{0, 1054, LENGTH, QUEUE - 1},
		/* longer ones */
		{0, 0, 134, MOST / 1292},
		{0, 0, 1472, MOST / 3968},
		{0, 0, 78307, 1},
		{1, 768 + 134 + 10 * 1292, 134, MOST / 1292 - 10},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pace_table table = {.size = 1024,
			.unresolved = rows[i].unresolved,
			.queued = rows[i].queued};
		size_t room = pace_room(&table, rows[i].length);
		if (room != rows[i].room)
			fail_msg("row %zu: %zu", i, room);
		/* That size is what is meant where none is told. */
		table.queue = PACE_QUEUE_SIZE;
		assert_int_equal(pace_room(&table, rows[i].length), room);
		assert_int_equal(
			pace_routed_room(&table, rows[i].length), room);
	}
}

static void a_queue_may_be_of_another_size(void **state)
{
	static const struct {
		size_t queue, queued, room;
	} rows[] = {{1, 0, 0}, {1000, 0, 0}, {1054, 0, 0}, {16 * 1054, 0, 15},
		{16 * 1054, 5 * 1054, 10}, {16 * 1054, 16 * 1054, 0},
		{320 * 1054, 0, 300}, {64 << 20, 0, 512}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pace_table table = {.size = 1024,
			.queued = rows[i].queued,
			.queue = rows[i].queue};
		assert_int_equal(pace_room(&table, LENGTH), rows[i].room);
		assert_int_equal(
			pace_routed_room(&table, LENGTH), rows[i].room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_room_is_what_the_table_leaves),
		cmocka_unit_test(the_room_is_just_what_fits),
		cmocka_unit_test(what_is_queued_for_a_gateway_takes_room),
		cmocka_unit_test(a_queue_may_be_of_another_size),
	};

	return RUN(tests);
}
