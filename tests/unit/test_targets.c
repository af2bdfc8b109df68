#include "unit.h"
#include "host.h"

#include "core/targets.h"

#include "memory.h"
#include "tables.h"

static bool add(
	struct targets *targets, uint32_t addr, unsigned port, int interface)
{
	return targets_add(
		targets, (struct endpoint){addr, (uint16_t)port}, interface);
}

/* How many there are at ADDR, each of which must be of it. */
static size_t count_at(const struct targets *targets, uint32_t addr)
{
	const struct target *t = targets_find(targets, addr);
	size_t count = 0;

	for (; t; t = targets_next(targets, t)) {
		assert_int_equal(t->to.addr, addr);
		assert_in_range(t - targets->at, 0, targets->count - 1);
		count++;
	}
	return count;
}

/* Whether each of COUNT addresses, STEP apart, is found, and none between. */
static void check_found(
	const struct targets *targets, uint32_t step, uint32_t count)
{
	assert_int_equal(targets->count, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct target *t = targets_find(targets, i * step);
		if (!t || t != &targets->at[i] || t->next)
			fail_msg("address %u of %u", i, count);
		assert_null(targets_find(targets, i * step + 1));
	}
}

static void nothing_is_found_where_nothing_is(void **state)
{
	struct targets targets = {0};

	(void)state;
	assert_null(targets_find(&targets, 0));
	assert_null(targets_find(&targets, IPV4(10, 0, 0, 1)));
	targets_release(&targets);
}

static void a_target_is_added_once(void **state)
{
	struct targets targets = {0};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(add(&targets, IPV4(10, 0, 0, 1), 9999, 0));
		assert_int_equal(targets.count, 1);
	}
	assert_true(add(&targets, IPV4(10, 0, 0, 1), 80, 0));
	assert_true(add(&targets, IPV4(10, 0, 0, 1), 9999, ETH0));
	assert_true(add(&targets, IPV4(10, 0, 0, 1), 9999, ETH1));
	assert_true(add(&targets, IPV4(10, 0, 0, 2), 9999, 0));
	assert_int_equal(targets.count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_true(add(&targets, targets.at[i].to.addr,
			targets.at[i].to.port, targets.at[i].interface));
	assert_int_equal(targets.count, 5);
	assert_int_equal(count_at(&targets, IPV4(10, 0, 0, 1)), 4);
	assert_int_equal(count_at(&targets, IPV4(10, 0, 0, 2)), 1);
	assert_int_equal(count_at(&targets, IPV4(10, 0, 0, 3)), 0);
	targets_release(&targets);
}

static void targets_stand_in_the_order_they_were_added(void **state)
{
	struct targets targets = {0};

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		assert_true(add(&targets, i * 7919 % 100, 1 + i % 3, 0));
	assert_int_equal(targets.count, 100);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(targets.at[i].to.addr, i * 7919 % 100);
		assert_int_equal(targets.at[i].to.port, 1 + i % 3);
		assert_int_equal(targets.at[i].sent, 0);
		assert_false(targets.at[i].answered);
	}
	targets_release(&targets);
}

/* Neighbours, and addresses that differ in their first octets only. */
static void each_is_found_by_its_address(void **state)
{
	static const uint32_t steps[] = {
		2, 4, 256, 257, 1 << 16, 0x10001, 1 << 19};

	(void)state;
	for (size_t k = 0; k < COUNT(steps); k++) {
		struct targets targets = {0};
		for (uint32_t i = 0; i < 5000; i++)
			assert_true(add(&targets, i * steps[k], 9999, 0));
		check_found(&targets, steps[k], 5000);
		targets_release(&targets);
	}
}

static void many_at_one_address_are_all_found(void **state)
{
	struct targets targets = {0};

	(void)state;
	for (unsigned port = 1; port <= 300; port++) {
		assert_true(add(&targets, IPV4(10, 0, 0, 1), port, 0));
		assert_true(add(&targets, port, 9999, 0));
	}
	assert_int_equal(count_at(&targets, IPV4(10, 0, 0, 1)), 300);
	for (uint32_t addr = 1; addr <= 300; addr++)
		assert_int_equal(count_at(&targets, addr), 1);
	assert_int_equal(targets.count, 600);
	targets_release(&targets);
}

static void what_is_known_of_a_target_stays(void **state)
{
	struct targets targets = {0};

	(void)state;
	assert_true(add(&targets, IPV4(10, 0, 0, 1), 9999, 0));
	targets.at[0].answered = true;
	targets.at[0].sent_ns = 77;
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(add(&targets, i, 9999, 0));
	assert_true(add(&targets, IPV4(10, 0, 0, 1), 9999, 0));
	struct target *found = targets_find(&targets, IPV4(10, 0, 0, 1));
	assert_ptr_equal(found, &targets.at[0]);
	assert_true(found->answered);
	assert_int_equal(found->sent_ns, 77);
	targets_release(&targets);
}

/* Adds what is due with only LEFT more allocations; whether that went well. */
static bool add_with(struct targets *targets, uint32_t addr, long left)
{
	memory_left = left;
	bool ok = add(targets, addr, 9999, 0);
	memory_restore();
	return ok;
}

static void without_memory_nothing_is_added_and_nothing_lost(void **state)
{
	struct targets targets = {0};
	unsigned refused = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		/* Of two tables one or the other can't grow. */
		for (long left = 0; left < 2; left++) {
			if (targets.count > i ||
				add_with(&targets, i * 2, left))
				continue;
			refused++;
			check_found(&targets, 2, i);
		}
		if (targets.count == i)
			assert_true(add(&targets, i * 2, 9999, 0));
	}
	check_found(&targets, 2, 1000);
	/* At 0, 8, 16, 32, ... 512. */
	assert_int_equal(refused, 2 * 8);
	assert_true(add_with(&targets, 0, 0));
	targets_release(&targets);
}

static void what_is_released_is_empty(void **state)
{
	struct targets targets = {0};

	(void)state;
	assert_true(add(&targets, IPV4(10, 0, 0, 1), 9999, 0));
	targets_release(&targets);
	assert_null(targets_find(&targets, IPV4(10, 0, 0, 1)));
	assert_true(add(&targets, IPV4(10, 0, 0, 2), 9999, 0));
	assert_int_equal(targets.count, 1);
	targets_release(&targets);
	targets_release(&targets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_where_nothing_is),
		cmocka_unit_test(a_target_is_added_once),
		cmocka_unit_test(targets_stand_in_the_order_they_were_added),
		cmocka_unit_test(each_is_found_by_its_address),
		cmocka_unit_test(many_at_one_address_are_all_found),
		cmocka_unit_test(what_is_known_of_a_target_stays),
		cmocka_unit_test(
			without_memory_nothing_is_added_and_nothing_lost),
		cmocka_unit_test(what_is_released_is_empty),
	};

	return RUN(tests);
}
