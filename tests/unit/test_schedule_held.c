#include "scheduling.h"

/* What a run makes of a kernel that takes no probe for now. */

/* Numbers without a pattern, the same in each run. */
static unsigned draw(size_t i)
{
	return (unsigned)((i + 1) * 6364136223846793005 >> 40);
}

/* One in three finds the buffers full; some of them do so several times. */
static int now_and_then(size_t i, uint32_t addr)
{
	static const int errors[] = {EAGAIN, ENOBUFS};

	(void)addr;
	return draw(i) % 3 ? 0 : errors[draw(i) / 3 % 2];
}

/* Nine in ten. */
static int nearly_always(size_t i, uint32_t addr)
{
	(void)addr;
	return draw(i) % 10 ? ENOBUFS : 0;
}

static int never_again(size_t i, uint32_t addr)
{
	(void)addr;
	return i < 100 ? 0 : ENOBUFS;
}

static int never(size_t i, uint32_t addr)
{
	(void)i;
	(void)addr;
	return EAGAIN;
}

static void full_buffers_lose_no_target(void **state)
{
	static int (*const faults[])(size_t, uint32_t) = {
		now_and_then, nearly_always};

	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		begin(SECONDS(5), 1, 1000, only_the_gateway_answers);
		run.fault = faults[i];
		for (uint32_t k = 0; k < 700; k++)
			add_single(IPV4(10, 0, 8, 0) + k);
		add_broadcast(ETH0);
		add_network("10.0.16.0/22");
		add_network("10.1.16.0/22");
		go();
		assert_asked(1, 2);
		assert_int_equal(run.asked[1 << 16 | 16 << 8 | 1], 1);
		assert_int_equal(run.schedule.swept.failed, 0);
		assert_true(run.tries > run.count + 500);
		end();
	}
}

/* They are given a moment to drain. */
static void full_buffers_are_not_tried_without_a_pause(void **state)
{
	(void)state;
	begin(SECONDS(2), 0, 1000, only_the_gateway_answers);
	run.fault = never;
	add_network("10.1.0.0/24");
	go();
	assert_in_range(run.tries, 20, 500);
	end();
}

/* The queue of one interface, for a while. */
static int one_network_is_held_up(size_t i, uint32_t addr)
{
	(void)i;
	return addr >> 8 == IPV4(10, 1, 4, 0) >> 8 &&
			       run.now_ns < start + SECONDS(20)
		       ? ENOBUFS
		       : 0;
}

/* They are put off, and asked in the end. */
static void what_is_held_up_does_not_stop_the_others(void **state)
{
	(void)state;
	begin(SECONDS(5), 0, 1000, only_the_gateway_answers);
	run.fault = one_network_is_held_up;
	add_network("10.1.0.0/21");
	go();
	assert_asked(1, 1);
	assert_true(run.schedule.visited == 2046);
	assert_true(asked_first(IPV4(10, 1, 4, 1)) >= SECONDS(20));
	for (uint32_t i = 1; i < 255; i++)
		assert_true(asked_first(IPV4(10, 1, 3, i)) < SECONDS(20));
	end();
	begin(SECONDS(30), 0, 1000, only_the_gateway_answers);
	run.fault = one_network_is_held_up;
	for (uint32_t i = 0; i < 20; i++)
		add_single(IPV4(10, 1, i % 2 * 4, 0) + i);
	add_broadcast(ETH0);
	run.until_ns = start + SECONDS(1);
	go();
	assert_int_equal(run.count, 11);
	assert_true(run.schedule.deadline_ns == INT64_MAX);
	run.until_ns = INT64_MAX;
	go_on();
	assert_asked(1, 1);
	assert_in_range(last_ns(), SECONDS(20), SECONDS(21));
	end();
}

/* For the rest of the sweep, and no longer. */
static int the_sweep_is_cut_short(size_t i, uint32_t addr)
{
	(void)addr;
	return run.schedule.phase == PHASE_SWEEP && i >= 100 ? ENOBUFS : 0;
}

/* Nor does it leave out those that the sweep did not come to. */
static void a_scan_asks_what_a_sweep_gave_up(void **state)
{
	(void)state;
	begin(SECONDS(5), 0, 1000, only_the_gateway_answers);
	run.fault = the_sweep_is_cut_short;
	run.scan_due = true;
	add_network("10.1.4.0/24");
	add_scan("10.1.4.0/24", ETH0);
	go();
	assert_asked(1, 1);
	assert_true(sweep_asked(&run.schedule.scan) == 254);
	end();
}

/* The scan begins anew, whatever became of the sweep before it. */
static void a_scan_does_not_go_on_where_a_sweep_was_held_up(void **state)
{
	(void)state;
	begin(SECONDS(5), 0, 1000, only_the_gateway_answers);
	run.fault = one_network_is_held_up;
	run.scan_due = true;
	add_network("10.1.4.0/24");
	add_network("10.1.5.0/24");
	add_scan("10.1.4.0/22", ETH0);
	want_hosts(read_network("10.1.4.0/22"));
	go();
	assert_asked(1, 1);
	assert_true(run.schedule.visited == 2 * 254 + 1022);
	end();
	/* And one that is held up counts once what it leaves out. */
	begin(SECONDS(5), 0, 1000, only_the_gateway_answers);
	run.fault = one_network_is_held_up;
	run.scan_due = true;
	add_network("10.1.5.0/24");
	add_scan("10.1.4.0/22", ETH0);
	want_hosts(read_network("10.1.4.0/22"));
	go();
	assert_asked(1, 1);
	assert_true(run.schedule.visited == 254 + 1022);
	end();
}

static int some_are_forbidden_and_some_held_up(size_t i, uint32_t addr)
{
	return addr % 4 ? one_network_is_held_up(i, addr) : EPERM;
}

/* What failed for good is not tried again with what was put off. */
static void what_is_put_off_alone_is_tried_again(void **state)
{
	(void)state;
	begin(SECONDS(5), 0, 1000, only_the_gateway_answers);
	run.fault = some_are_forbidden_and_some_held_up;
	add_network("10.1.4.0/23");
	go();
	assert_asked(0, 1);
	assert_int_equal(run.schedule.swept.failed, 127);
	assert_int_equal(run.count, 510 - 127);
	assert_true(run.schedule.visited == 510);
	end();
}

/* From the second round on, and until the sweep is under way. */
static int a_minute_is_held_up(size_t i, uint32_t addr)
{
	int64_t now = run.now_ns - start;

	(void)i;
	(void)addr;
	return now >= SECONDS(12) && now < SECONDS(75) ? EAGAIN : 0;
}

static void what_held_up_a_round_does_not_count_for_the_sweep(void **state)
{
	(void)state;
	begin(SECONDS(50), 1, 1000, only_the_gateway_answers);
	run.fault = a_minute_is_held_up;
	add_single(IPV4(10, 1, 0, 1));
	add_network("10.1.4.0/24");
	go();
	assert_asked(1, 1);
	assert_true(asked_first(IPV4(10, 1, 4, 1)) >= SECONDS(75));
	end();
}

static int the_second_never_goes(size_t i, uint32_t addr)
{
	(void)addr;
	return i > 0 ? EAGAIN : 0;
}

/* A broadcast is no target that the first round waits for. */
static void a_broadcast_that_is_held_up_does_not_move_the_end(void **state)
{
	(void)state;
	begin(SECONDS(1), 0, 1000, nobody_answers);
	run.fault = the_second_never_goes;
	add_broadcast(ETH0);
	add_broadcast(ETH1);
	go();
	assert_int_equal(run.count, 1);
	assert_in_range(run.end_ns, SECONDS(1), SECONDS(1) + MS(10));
	end();
}

static int the_second_waits(size_t i, uint32_t addr)
{
	(void)addr;
	return i > 0 && run.now_ns < start + MS(50) ? EAGAIN : 0;
}

/* But for a moment, the first round is whole. */
static void a_short_timeout_does_not_end_a_round_that_is_held_up(void **state)
{
	(void)state;
	begin(MS(2), 0, 1000, only_the_gateway_answers);
	run.fault = the_second_waits;
	add_single(IPV4(10, 1, 0, 1));
	add_single(IPV4(10, 1, 0, 2));
	go();
	assert_asked(1, 1);
	assert_in_range(run.end_ns, MS(52), MS(60));
	end();
}

/* A minute, where something went out before; then it is over, and it is known
 * what was left. */
static void buffers_that_stay_full_are_the_end(void **state)
{
	static const struct {
		int64_t timeout_ns, after_ns;
	} rows[] = {{MS(100), SECONDS(60)}, {SECONDS(5), SECONDS(60)},
		{SECONDS(100), SECONDS(100)}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(rows[i].timeout_ns, 3, 1000, only_the_gateway_answers);
		run.fault = never_again;
		add_network("10.1.0.0/16");
		go();
		assert_int_equal(run.count, 100);
		assert_in_range(run.end_ns, last_ns() + rows[i].after_ns,
			last_ns() + rows[i].after_ns + MS(100));
		assert_true(run.schedule.visited == 100);
		assert_true(schedule_swept_total(&run.schedule) == 65534);
		assert_int_equal(run.schedule.held_error, ENOBUFS);
		end();
	}
}

static void rounds_end_where_buffers_stay_full(void **state)
{
	static const struct {
		int (*fault)(size_t i, uint32_t addr);
		int64_t timeout_ns, after_ns;
		size_t count;
	} rows[] = {{never, SECONDS(1), SECONDS(1), 0},
		{never, SECONDS(8), SECONDS(8), 0},
		{never_again, SECONDS(1), SECONDS(60), 100},
		{never_again, SECONDS(70), SECONDS(70), 100}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(rows[i].timeout_ns, 3, 1000, only_the_gateway_answers);
		run.fault = rows[i].fault;
		for (uint32_t k = 0; k < 500; k++)
			add_single(IPV4(10, 1, 8, 0) + k);
		go();
		assert_int_equal(run.count, rows[i].count);
		assert_in_range(run.end_ns, rows[i].after_ns,
			rows[i].after_ns + MS(100));
		end();
	}
}

/* A table full of entries of other namespaces, which no look shows. */
static void a_table_full_of_what_nobody_sees_is_waited_for(void **state)
{
	(void)state;
	begin(SECONDS(1), 0, 1000, nobody_answers);
	run.kernel.others = 1024 - PACE_FREE;
	add_network("10.0.0.0/24");
	go();
	assert_asked(1, 1);
	/* 16 every 3 s. */
	assert_in_range(last_ns(), 15 * SECONDS(3), 20 * SECONDS(3));
	end();
	begin(SECONDS(1), 0, 1000, nobody_answers);
	run.kernel.others = 1024;
	add_network("10.0.0.0/24");
	go();
	assert_int_equal(run.count, 0);
	assert_in_range(run.end_ns, SECONDS(1), SECONDS(1) + MS(100));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_buffers_lose_no_target),
		cmocka_unit_test(full_buffers_are_not_tried_without_a_pause),
		cmocka_unit_test(what_is_held_up_does_not_stop_the_others),
		cmocka_unit_test(
			a_scan_does_not_go_on_where_a_sweep_was_held_up),
		cmocka_unit_test(a_scan_asks_what_a_sweep_gave_up),
		cmocka_unit_test(what_is_put_off_alone_is_tried_again),
		cmocka_unit_test(
			what_held_up_a_round_does_not_count_for_the_sweep),
		cmocka_unit_test(
			a_broadcast_that_is_held_up_does_not_move_the_end),
		cmocka_unit_test(
			a_short_timeout_does_not_end_a_round_that_is_held_up),
		cmocka_unit_test(buffers_that_stay_full_are_the_end),
		cmocka_unit_test(rounds_end_where_buffers_stay_full),
		cmocka_unit_test(
			a_table_full_of_what_nobody_sees_is_waited_for),
	};

	return RUN(tests);
}
