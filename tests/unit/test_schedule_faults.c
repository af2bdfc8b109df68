#include "scheduling.h"

/* What a run makes of sends that fail, and of a table that can't be looked at or
 * is full. */

static int forbidden(size_t i, uint32_t addr)
{
	(void)i;
	(void)addr;
	return EPERM;
}

static int gone_after_100(size_t i, uint32_t addr)
{
	(void)addr;
	return i < 100 ? 0 : ENODEV;
}

static int every_fourth_is_forbidden(size_t i, uint32_t addr)
{
	(void)addr;
	return i % 4 == 0 ? EPERM : 0;
}

/* Nobody can answer. */
static void a_sweep_of_which_nothing_goes_out_ends_at_once(void **state)
{
	(void)state;
	begin(SECONDS(5), 3, 1, nobody_answers);
	run.fault = forbidden;
	add_network("10.0.0.0/20");
	go();
	assert_int_equal(run.tries, 4094);
	assert_int_equal(run.schedule.swept.failed, 4094);
	assert_int_equal(run.schedule.swept.error, EPERM);
	assert_true(run.schedule.visited == 4094);
	assert_true(sweep_asked(&run.schedule.sweep) == 0);
	/* It needs no time but for the tries. */
	assert_true(run.end_ns < SECONDS(1));
	end();
}

static void a_round_of_which_nothing_goes_out_is_tried_again(void **state)
{
	(void)state;
	begin(SECONDS(1), 3, 1000, nobody_answers);
	run.fault = forbidden;
	add_single(IPV4(10, 0, 0, 1));
	add_broadcast(ETH0);
	go();
	assert_int_equal(run.tries, 8);
	assert_int_equal(run.schedule.targets.at[0].failed, 4);
	assert_int_equal(run.schedule.targets.at[0].sent, 0);
	assert_int_equal(run.schedule.targets.at[1].failed, 4);
	assert_int_equal(run.schedule.latest.round, 0);
	assert_in_range(run.end_ns, SECONDS(1), SECONDS(1) + MS(5));
	end();
}

static int full_at_first(size_t i, uint32_t addr)
{
	(void)addr;
	return i == 0 ? ENOBUFS : 0;
}

/* It takes no neighbour: the queue of its interface is full, and the next round
 * is soon enough. */
static void a_broadcast_that_finds_no_room_has_failed(void **state)
{
	(void)state;
	begin(SECONDS(1), 1, 1000, nobody_answers);
	run.fault = full_at_first;
	add_broadcast(ETH0);
	add_broadcast(ETH1);
	go();
	assert_int_equal(run.schedule.targets.at[0].failed, 1);
	assert_int_equal(run.schedule.targets.at[0].error, ENOBUFS);
	assert_int_equal(run.schedule.targets.at[0].sent, 1);
	assert_int_equal(run.schedule.targets.at[1].sent, 2);
	assert_true(run.times[0] < MS(1));
	end();
}

static void a_send_that_fails_does_not_stop_the_sweep(void **state)
{
	(void)state;
	begin(SECONDS(5), 3, 1000, nobody_answers);
	run.fault = every_fourth_is_forbidden;
	add_network("10.0.0.0/22");
	go();
	assert_asked(0, 1);
	assert_int_equal(run.tries, 1022);
	assert_int_equal(run.schedule.swept.failed, 256);
	assert_int_equal(run.count, 766);
	assert_true(sweep_asked(&run.schedule.sweep) == 766);
	/* What failed counts for the rate, once something went out. */
	assert_in_range(run.times[500] - run.times[100], MS(520), MS(550));
	assert_in_range(run.end_ns, last_ns() + SECONDS(5),
		last_ns() + SECONDS(5) + MS(10));
	end();
}

/* Without its interface a scan has nobody left to wait for. */
static void a_scan_whose_interface_is_gone_does_not_keep_its_pace(void **state)
{
	(void)state;
	begin(SECONDS(5), 3, 1000, only_the_gateway_answers);
	run.fault = gone_after_100;
	run.scan_due = true;
	add_scan("10.1.0.0/16", ETH0);
	go();
	assert_int_equal(run.count, 100);
	assert_int_equal(run.tries, 65534);
	assert_true(run.end_ns < last_ns() + SECONDS(5) + MS(10));
	end();
}

static void without_a_look_it_is_25_a_second(void **state)
{
	(void)state;
	begin(SECONDS(5), 3, 1000, nobody_answers);
	run.hidden = true;
	run.late_ns = 0;
	add_network("10.0.0.0/23");
	go();
	assert_asked(1, 1);
	/* The first 16 are free. */
	for (size_t i = PACE_FREE; i + 25 < run.count; i++)
		assert_in_range(run.times[i + 25] - run.times[i], SECONDS(1),
			SECONDS(1) + MS(10));
	assert_in_range(last_ns(), MS(40) * (510 - PACE_FREE - 2),
		MS(40) * (510 - PACE_FREE + 2));
	end();
}

static void single_targets_are_25_a_second_without_a_look(void **state)
{
	(void)state;
	begin(SECONDS(1), 0, 1000000, nobody_answers);
	run.hidden = true;
	run.late_ns = 0;
	for (uint32_t i = 0; i < 200; i++)
		add_single(IPV4(10, 0, 0, 1) + i);
	go();
	assert_asked(1, 1);
	assert_in_range(last_ns(), MS(40) * (200 - PACE_FREE - 2),
		MS(40) * (200 - PACE_FREE + 2));
	end();
}

/* Another program, here, that does not let go: then it is one a second. */
static void a_table_full_of_others_is_used_sparingly(void **state)
{
	(void)state;
	begin(SECONDS(5), 3, 1000, nobody_answers);
	run.kernel.strangers = 900;
	run.kernel.strangers_ns = INT64_MAX;
	add_network("10.0.0.0/25");
	go();
	assert_asked(1, 1);
	for (size_t i = 0; i < PACE_FREE; i++)
		assert_true(run.times[i] < MS(100));
	assert_in_range(run.times[PACE_FREE], SECONDS(60), SECONDS(61));
	for (size_t i = PACE_FREE + 1; i < run.count; i++)
		assert_in_range(run.times[i] - run.times[i - 1], SECONDS(1),
			SECONDS(1) + MS(50));
	end();
}

/* A minute is not begun where there is room now and then. */
static void a_table_that_others_leave_is_used_again(void **state)
{
	static const int64_t leave[] = {SECONDS(20), SECONDS(59), SECONDS(90)};

	(void)state;
	for (size_t i = 0; i < COUNT(leave); i++) {
		begin(SECONDS(5), 3, 1000, nobody_answers);
		run.kernel.strangers = 900;
		run.kernel.strangers_ns = start + leave[i];
		add_network("10.0.0.0/24");
		go();
		assert_asked(1, 1);
		assert_in_range(last_ns(), leave[i], leave[i] + SECONDS(2));
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_sweep_of_which_nothing_goes_out_ends_at_once),
		cmocka_unit_test(
			a_round_of_which_nothing_goes_out_is_tried_again),
		cmocka_unit_test(a_broadcast_that_finds_no_room_has_failed),
		cmocka_unit_test(a_send_that_fails_does_not_stop_the_sweep),
		cmocka_unit_test(
			a_scan_whose_interface_is_gone_does_not_keep_its_pace),
		cmocka_unit_test(without_a_look_it_is_25_a_second),
		cmocka_unit_test(single_targets_are_25_a_second_without_a_look),
		cmocka_unit_test(a_table_full_of_others_is_used_sparingly),
		cmocka_unit_test(a_table_that_others_leave_is_used_again),
	};

	return RUN(tests);
}
