#include "unit.h"

#include <errno.h>

#include "base/num.h"
#include "core/repeats.h"

#include "tables.h"

/* Which errors are told, in virtual time. */

#define SECONDS(n) ((int64_t)(n)*NS_PER_S)

static const int64_t start = 1000000007;
static const int64_t gap = SECONDS(600);

/* COUNT more of the same, none of which is told. */
static void hold(struct repeats *r, unsigned what, int error, size_t count,
	int64_t now_ns)
{
	for (size_t i = 0; i < count; i++)
		assert_false(repeats_note(r, what, error, now_ns));
}

static void assert_not_due(struct repeats *r, int64_t now_ns)
{
	struct repeat repeat;

	assert_false(repeats_due(r, now_ns, &repeat));
}

static void assert_due(struct repeats *r, int64_t now_ns, unsigned what,
	int error, uint64_t held)
{
	struct repeat repeat = {99, 99, 99, 99};

	assert_true(repeats_due(r, now_ns, &repeat));
	assert_int_equal(repeat.what, what);
	assert_int_equal(repeat.error, error);
	assert_int_equal(repeat.held, held);
}

static void at_first_there_is_nothing_to_tell(void **state)
{
	struct repeats r = {0};

	(void)state;
	assert_true(repeats_next(&r) == INT64_MAX);
	assert_not_due(&r, start);
	assert_not_due(&r, INT64_MAX);
}

static void the_first_is_told_and_the_rest_in_ten_minutes(void **state)
{
	struct repeats r = {0};

	(void)state;
	assert_true(repeats_note(&r, 1, EPERM, start));
	assert_true(repeats_next(&r) == start + gap);
	hold(&r, 1, EPERM, 1, start);
	hold(&r, 1, EPERM, 1000, start + SECONDS(1));
	hold(&r, 1, EPERM, 1, start + gap - 1);
	assert_not_due(&r, start + gap - 1);
	assert_true(repeats_next(&r) == start + gap);
	assert_due(&r, start + gap, 1, EPERM, 1002);
	assert_not_due(&r, start + gap);
}

/* The next ten minutes begin when it was told, were it late. */
static void each_ten_minutes_have_a_count_of_their_own(void **state)
{
	struct repeats r = {0};
	int64_t now = start;

	(void)state;
	assert_true(repeats_note(&r, 1, 2, now));
	for (uint64_t i = 1; i < 20; i++) {
		hold(&r, 1, 2, i, now + SECONDS(i));
		assert_not_due(&r, now + gap - 1);
		now += gap + SECONDS(i % 3);
		assert_due(&r, now, 1, 2, i);
		assert_not_due(&r, now);
		assert_true(repeats_next(&r) == now + gap);
	}
}

static void after_ten_quiet_minutes_it_is_new(void **state)
{
	struct repeats r = {0};

	(void)state;
	assert_true(repeats_note(&r, 1, 2, start));
	assert_not_due(&r, start + gap - 1);
	hold(&r, 1, 2, 3, start + gap - 1);
	assert_due(&r, start + gap, 1, 2, 3);
	/* Ten more without any. */
	assert_not_due(&r, start + 2 * gap - 1);
	assert_true(repeats_next(&r) == start + 2 * gap);
	assert_not_due(&r, start + 2 * gap);
	assert_true(repeats_next(&r) == INT64_MAX);
	assert_int_equal(r.count, 0);
	assert_true(repeats_note(&r, 1, 2, start + 2 * gap));
	hold(&r, 1, 2, 1, start + 2 * gap);
	assert_due(&r, start + 3 * gap, 1, 2, 1);
}

static void errors_are_told_apart_by_both_numbers(void **state)
{
	struct repeats r = {0};

	(void)state;
	assert_true(repeats_note(&r, 1, 2, start));
	assert_true(repeats_note(&r, 2, 1, start + 1));
	assert_true(repeats_note(&r, 1, 1, start + 2));
	assert_true(repeats_note(&r, 2, 2, start + 3));
	assert_true(repeats_note(&r, 0, 0, start + 4));
	hold(&r, 1, 2, 1, start + 5);
	hold(&r, 2, 1, 2, start + 5);
	hold(&r, 2, 2, 4, start + 5);
	assert_true(repeats_next(&r) == start + gap);
	assert_due(&r, start + gap, 1, 2, 1);
	assert_not_due(&r, start + gap);
	assert_due(&r, start + gap + 1, 2, 1, 2);
	assert_not_due(&r, start + gap + 1);
	assert_int_equal(r.count, 5);
	assert_not_due(&r, start + gap + 2);
	/* What was quiet is gone and what is due later still there. */
	assert_int_equal(r.count, 4);
	assert_true(repeats_next(&r) == start + gap + 3);
	assert_due(&r, start + gap + 4, 2, 2, 4);
	assert_not_due(&r, start + gap + 4);
	assert_int_equal(r.count, 3);
}

static void of_too_many_kinds_the_first_are_told(void **state)
{
	struct repeats r = {0};
	struct repeat one, other;

	(void)state;
	for (int i = 0; i < REPEATS_MAX; i++)
		assert_true(repeats_note(&r, 1, i, start));
	hold(&r, 1, REPEATS_MAX, 1000, start);
	hold(&r, 2, 0, 1000, start);
	hold(&r, 1, REPEATS_MAX - 1, 5, start);
	hold(&r, 1, 7, 6, start);
	/* In any order. */
	assert_true(repeats_due(&r, start + gap, &one));
	assert_true(repeats_due(&r, start + gap, &other));
	assert_not_due(&r, start + gap);
	assert_int_equal(one.held + other.held, 5 + 6);
	assert_int_equal(one.error, one.held == 6 ? 7 : REPEATS_MAX - 1);
	assert_int_equal(other.error, other.held == 6 ? 7 : REPEATS_MAX - 1);
	/* The others were quiet: there is room again. */
	assert_int_equal(r.count, 2);
	for (int i = 0; i < REPEATS_MAX - 2; i++)
		assert_true(repeats_note(&r, 3, i, start + gap));
	assert_false(repeats_note(&r, 4, 0, start + gap));
}

/* Numbers that are the same in each run. */
static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*seed >> 33);
}

/* What was said of a kind of error, and what came since. */
struct history {
	bool known;
	int64_t told_ns;
	uint64_t since;
};

enum { KINDS = 6 };

/* Takes all that is due, which must be just what the histories say. */
static void take_due(
	struct repeats *r, struct history histories[KINDS], int64_t now_ns)
{
	struct repeat repeat;

	while (repeats_due(r, now_ns, &repeat)) {
		struct history *h = &histories[repeat.what];
		assert_true(h->known && now_ns - h->told_ns >= gap);
		assert_true(h->since > 0 && h->since == repeat.held);
		*h = (struct history){true, now_ns, 0};
	}
	for (size_t i = 0; i < KINDS; i++) {
		struct history *h = &histories[i];
		if (h->known && now_ns - h->told_ns >= gap) {
			assert_int_equal(h->since, 0);
			h->known = false;
		}
	}
}

static int64_t next_of(const struct history histories[KINDS])
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < KINDS; i++)
		if (histories[i].known && histories[i].told_ns + gap < next_ns)
			next_ns = histories[i].told_ns + gap;
	return next_ns;
}

/* A week of errors of six kinds; some come all the time and some seldom. */
static void whatever_comes_each_error_is_told_or_counted_once(void **state)
{
	struct history histories[KINDS] = {{false, 0, 0}};
	struct repeats r = {0};
	uint64_t seed = 1;
	int64_t now = start;
	size_t told = 0;

	(void)state;
	while (now < start + SECONDS(7 * 86400)) {
		now += SECONDS(draw(&seed) % 200) + draw(&seed);
		while (repeats_next(&r) <= now)
			take_due(&r, histories, repeats_next(&r));
		unsigned what = draw(&seed) % (1 + draw(&seed) % KINDS);
		struct history *h = &histories[what];
		bool first = repeats_note(&r, what, (int)what, now);
		assert_int_equal(first, !h->known);
		if (first)
			*h = (struct history){true, now, 0};
		else
			h->since++;
		told += first;
		assert_true(repeats_next(&r) == next_of(histories));
	}
	assert_in_range(told, KINDS + 10, 5000);
	take_due(&r, histories, now + gap);
	take_due(&r, histories, now + 2 * gap);
	assert_true(repeats_next(&r) == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_first_there_is_nothing_to_tell),
		cmocka_unit_test(the_first_is_told_and_the_rest_in_ten_minutes),
		cmocka_unit_test(each_ten_minutes_have_a_count_of_their_own),
		cmocka_unit_test(after_ten_quiet_minutes_it_is_new),
		cmocka_unit_test(errors_are_told_apart_by_both_numbers),
		cmocka_unit_test(of_too_many_kinds_the_first_are_told),
		cmocka_unit_test(
			whatever_comes_each_error_is_told_or_counted_once),
	};

	return RUN(tests);
}
