#include "unit.h"
#include "host.h"

#include "core/sweep.h"
#include "tables.h"

/* What a sweep keeps of each address. */

static void add(struct sweep *sweep, const char *text, int interface)
{
	struct network network;

	assert_true(ipv4_parse_network(slice_of(text), &network));
	assert_true(sweep_add(sweep, network, interface));
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

static void each_address_keeps_when_it_was_asked(void **state)
{
	struct sweep sweep = {0};
	int64_t when = 0;
	uint32_t addr;
	int interface;

	(void)state;
	add(&sweep, "10.0.0.0/22", 0);
	add(&sweep, "10.0.7.0/31", 0);
	add(&sweep, "10.0.0.0/24", ETH0);
	assert_null(sweep_sent(&sweep, IPV4(10, 0, 0, 1), 0));
	assert_true(sweep_begin(&sweep));
	assert_true(sweep_asked(&sweep) == 0);
	for (; sweep_now(&sweep, &addr, &interface); sweep_go_on(&sweep)) {
		int64_t *sent = sweep_sent(&sweep, addr, interface);
		assert_non_null(sent);
		assert_true(*sent == 0);
		*sent = ++when;
		assert_true(sweep_asked(&sweep) == (uint64_t)when);
	}
	assert_true(when == 1022 + 2 + 254);
	/* All stand where they were put: none was overwritten. */
	assert_true(sweep_begin(&sweep));
	assert_true(sweep_asked(&sweep) == 0);
	assert_true(*sweep_sent(&sweep, IPV4(10, 0, 0, 1), 0) == 0);
	assert_true(sweep_now(&sweep, &addr, &interface));
	assert_int_equal(addr, IPV4(10, 0, 0, 1));
	sweep_release(&sweep);
}

/* What was asked stays known. */
static void a_sweep_can_start_again(void **state)
{
	static uint32_t first[1000], again[1000];
	struct sweep sweep = {0};
	uint32_t addr;
	int interface;

	(void)state;
	add(&sweep, "10.0.0.128/25", 0);
	add(&sweep, "10.0.4.0/23", 0);
	assert_true(sweep_begin(&sweep));
	for (size_t i = 0; i < 300; i++, sweep_go_on(&sweep)) {
		assert_true(sweep_now(&sweep, &first[i], &interface));
		*sweep_sent(&sweep, first[i], 0) = 1 + (int64_t)i;
	}
	sweep_restart(&sweep);
	assert_true(sweep_asked(&sweep) == 300);
	for (size_t i = 0; i < 300; i++, sweep_go_on(&sweep)) {
		assert_true(sweep_now(&sweep, &again[i], &interface));
		assert_int_equal(again[i], first[i]);
		assert_true(*sweep_sent(&sweep, again[i], 0) == 1 + (int64_t)i);
	}
	assert_true(sweep_now(&sweep, &addr, &interface));
	assert_true(*sweep_sent(&sweep, addr, 0) == 0);
	/* From its end, too. */
	while (sweep_now(&sweep, &addr, &interface))
		sweep_go_on(&sweep);
	sweep_restart(&sweep);
	assert_true(sweep_now(&sweep, &addr, &interface));
	assert_int_equal(addr, first[0]);
	sweep_release(&sweep);
}

static void what_failed_was_not_asked(void **state)
{
	struct sweep sweep = {0};

	(void)state;
	add(&sweep, "10.0.0.0/29", 0);
	assert_true(sweep_begin(&sweep));
	*sweep_sent(&sweep, IPV4(10, 0, 0, 1), 0) = SWEEP_FAILED;
	*sweep_sent(&sweep, IPV4(10, 0, 0, 2), 0) = 7;
	assert_true(sweep_asked(&sweep) == 1);
	sweep_release(&sweep);
}

static void what_is_no_host_of_it_was_never_asked(void **state)
{
	static const struct {
		uint32_t addr;
		int interface;
		bool held;
	} rows[] = {{IPV4(10, 0, 0, 0), 0, false}, {IPV4(10, 0, 0, 1), 0, true},
		{IPV4(10, 0, 0, 254), 0, true}, {IPV4(10, 0, 0, 255), 0, false},
		{IPV4(10, 0, 2, 0), 0, false}, {IPV4(10, 0, 2, 7), 0, true},
		{IPV4(10, 0, 2, 8), 0, false}, {IPV4(10, 0, 0, 1), ETH0, false},
		{IPV4(10, 0, 9, 1), ETH0, true},
		{IPV4(10, 0, 9, 1), ETH1, false}, {0, 0, false},
		{IPV4_ALL_HOSTS, ETH1, false}, {IPV4(10, 0, 9, 1), -1, false}};
	struct sweep sweep = {0};

	(void)state;
	add(&sweep, "10.0.9.0/24", ETH0);
	add(&sweep, "10.0.2.7/32", 0);
	add(&sweep, "10.0.0.0/24", 0);
	assert_true(sweep_begin(&sweep));
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t *sent = sweep_sent(
			&sweep, rows[i].addr, rows[i].interface);
		bool held = sweep_holds(
			&sweep, rows[i].addr, rows[i].interface);
		if ((sent != NULL) != rows[i].held || held != rows[i].held)
			fail_msg("row %zu", i);
	}
	sweep_release(&sweep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_has_its_place),
		cmocka_unit_test(each_address_keeps_when_it_was_asked),
		cmocka_unit_test(a_sweep_can_start_again),
		cmocka_unit_test(what_failed_was_not_asked),
		cmocka_unit_test(what_is_no_host_of_it_was_never_asked),
	};

	return RUN(tests);
}
