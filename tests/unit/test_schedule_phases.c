#include "scheduling.h"

#include "core/broadcasts.h"

#include "memory.h"

/* The rounds, the sweeps and the end of a run, and when each of them is. */

/* The run ended a timeout after its last probe. */
static void assert_end_after(int64_t last, int64_t timeout_ns)
{
	assert_in_range(
		run.end_ns, last + timeout_ns, last + timeout_ns + MS(5));
}

static void nothing_to_send_to_is_the_end(void **state)
{
	(void)state;
	begin(SECONDS(5), 3, 1000, nobody_answers);
	assert_true(schedule_is_empty(&run.schedule));
	go();
	assert_in_range(run.end_ns, 0, SECONDS(5) + MS(5));
	assert_int_equal(run.count, 0);
	end();
}

static void each_kind_of_target_is_something_to_send_to(void **state)
{
	(void)state;
	begin(SECONDS(5), 3, 1000, nobody_answers);
	add_single(IPV4(10, 0, 0, 1));
	assert_false(schedule_is_empty(&run.schedule));
	end();
	begin(SECONDS(5), 3, 1000, nobody_answers);
	add_network("10.0.0.0/24");
	assert_false(schedule_is_empty(&run.schedule));
	end();
	begin(SECONDS(5), 3, 1000, nobody_answers);
	add_scan("10.0.0.0/24", ETH0);
	assert_false(schedule_is_empty(&run.schedule));
	end();
}

static void a_sweep_alone_begins_at_once(void **state)
{
	(void)state;
	begin(SECONDS(5), 3, 1000, nobody_answers);
	add_network("10.0.0.0/24");
	run.until_ns = start + MS(100);
	go();
	assert_int_equal(run.times[0], 0);
	assert_int_equal(run.end_ns, 0);
	assert_true(run.schedule.deadline_ns == INT64_MAX);
	run.until_ns = INT64_MAX;
	go_on();
	assert_asked(1, 1);
	assert_end_after(last_ns(), SECONDS(5));
	end();
}

static void rounds_come_first_with_their_whole_timeout(void **state)
{
	(void)state;
	begin(SECONDS(2), 1, 1000, nobody_answers);
	add_broadcast(ETH0);
	add_single(IPV4(10, 1, 0, 1));
	add_network("10.0.0.0/24");
	go();
	assert_int_equal(run.addrs[0], IPV4_ALL_HOSTS);
	assert_int_equal(run.addrs[1], IPV4(10, 1, 0, 1));
	assert_int_equal(run.count, 2 * 2 + 254);
	assert_in_range(
		asked_first(IPV4(10, 0, 0, 1)), SECONDS(2), SECONDS(2) + MS(5));
	assert_end_after(last_ns(), SECONDS(2));
	end();
}

static void a_scan_comes_last_where_it_is_due(void **state)
{
	(void)state;
	begin(SECONDS(2), 0, 1000, nobody_answers);
	add_broadcast(ETH0);
	add_network("10.0.0.0/24");
	add_scan("10.0.4.0/24", ETH0);
	want_hosts(read_network("10.0.4.0/24"));
	run.scan_due = true;
	run.until_ns = start + SECONDS(1);
	go();
	assert_true(schedule_swept_total(&run.schedule) == 254);
	run.until_ns = INT64_MAX;
	go_on();
	assert_asked(1, 1);
	assert_true(asked_first(IPV4(10, 0, 4, 1)) >
		    asked_first(IPV4(10, 0, 0, 254)));
	assert_true(schedule_swept_total(&run.schedule) == 508);
	assert_true(run.schedule.visited == 508);
	assert_end_after(last_ns(), SECONDS(2));
	end();
}

static void without_a_scan_none_is_begun(void **state)
{
	(void)state;
	begin(SECONDS(2), 0, 1000, nobody_answers);
	add_broadcast(ETH0);
	run.scan_due = true;
	go();
	assert_false(run.schedule.scanned);
	assert_end_after(0, SECONDS(2));
	end();
}

static void a_scan_that_is_not_due_is_left_out(void **state)
{
	(void)state;
	begin(SECONDS(2), 0, 1000, nobody_answers);
	add_broadcast(ETH0);
	add_scan("10.0.4.0/24", ETH0);
	go();
	assert_int_equal(run.count, 1);
	assert_end_after(0, SECONDS(2));
	assert_true(schedule_swept_total(&run.schedule) == 0);
	assert_false(run.schedule.scanned);
	end();
}

/* Those that answer a sweep can be enough. */
static void whether_a_scan_is_due_is_asked_when_it_is_its_turn(void **state)
{
	(void)state;
	for (int due = 0; due < 2; due++) {
		begin(SECONDS(2), 0, 1000, nobody_answers);
		add_network("10.0.0.0/24");
		add_scan("10.0.4.0/24", ETH0);
		run.scan_due = !due;
		run.until_ns = start + MS(100);
		go();
		run.scan_due = due;
		run.until_ns = INT64_MAX;
		go_on();
		assert_int_equal(run.count, due ? 508 : 254);
		end();
	}
}

static void a_scan_is_pinned_and_a_sweep_is_not(void **state)
{
	(void)state;
	begin(SECONDS(2), 0, 1000, nobody_answers);
	add_network("10.0.0.1/32");
	add_scan("10.0.4.1/32", ETH0);
	run.scan_due = true;
	assert_true(schedule_prepare(&run.schedule));
	schedule_start(&run.schedule, start);
	struct step step = schedule_next(&run.schedule, start, true);
	assert_int_equal(step.action, STEP_SEND);
	assert_int_equal(step.target->interface, 0);
	assert_int_equal(step.target->to.port, 9999);
	schedule_sent(&run.schedule, step.target, start, 0);
	step = schedule_next(&run.schedule, start + MS(1), true);
	assert_int_equal(step.action, STEP_SEND);
	assert_int_equal(step.target->interface, ETH0);
	assert_int_equal(step.target->to.addr, IPV4(10, 0, 4, 1));
	end();
}

/* They answer in the rounds, or don't. */
static void single_targets_are_left_out_of_sweeps(void **state)
{
	(void)state;
	begin(SECONDS(1), 2, 1000, nobody_answers);
	add_single(IPV4(10, 0, 0, 7));
	add_single(IPV4(10, 0, 4, 7));
	add_network("10.0.0.0/29");
	add_scan("10.0.4.0/29", ETH0);
	want_hosts(read_network("10.0.4.0/29"));
	run.scan_due = true;
	/* another port, and a broadcast, are something else */
	assert_true(schedule_add_target(
		&run.schedule, (struct endpoint){IPV4(10, 0, 0, 2), 80}, 0));
	assert_true(schedule_add_target(&run.schedule,
		(struct endpoint){IPV4(10, 0, 0, 3), 9999}, ETH1));
	go();
	assert_int_equal(run.asked[7], 3);
	assert_int_equal(run.asked[4 * 256 + 7], 3);
	assert_int_equal(run.asked[2], 3 + 1);
	assert_int_equal(run.asked[3], 3 + 1);
	assert_asked(1, 4);
	assert_true(run.schedule.visited == 12);
	end();
}

static void a_scan_leaves_out_what_was_swept(void **state)
{
	(void)state;
	begin(SECONDS(1), 0, 1000, nobody_answers);
	add_network("10.0.0.0/25");
	add_scan("10.0.0.0/24", ETH0);
	add_scan("10.0.0.0/26", ETH0);
	want_hosts(read_network("10.0.0.0/24"));
	run.scan_due = true;
	go();
	assert_asked(1, 1);
	assert_true(run.schedule.visited == 126 + 254);
	end();
}

/* A sweep that has nothing left to ask is over, like one that asked it all. */
static void a_sweep_of_what_was_asked_comes_to_an_end(void **state)
{
	(void)state;
	begin(SECONDS(1), 0, 1000, nobody_answers);
	add_single(IPV4(10, 0, 0, 7));
	add_network("10.0.0.7/32");
	go();
	assert_asked(1, 1);
	assert_in_range(run.end_ns, SECONDS(1), SECONDS(2) + MS(5));
	end();
	begin(SECONDS(1), 0, 1000, nobody_answers);
	add_network("10.0.0.0/30");
	add_scan("10.0.0.0/30", ETH0);
	run.scan_due = true;
	go();
	assert_asked(1, 1);
	assert_end_after(last_ns(), SECONDS(1));
	end();
}

/* The deadline runs from the last probe of the first round, which was held up;
 * a later one ends where it comes. */
static void the_first_round_has_an_open_end(void **state)
{
	(void)state;
	begin(SECONDS(1), 3, 1000, nobody_answers);
	for (uint32_t i = 0; i < 1000; i++)
		add_single(IPV4(10, 0, 0, 1) + i);
	run.until_ns = start + SECONDS(2);
	go();
	assert_int_equal(run.count, 512);
	assert_int_equal(run.end_ns, 0);
	assert_true(run.schedule.deadline_ns == INT64_MAX);
	run.until_ns = INT64_MAX;
	go_on();
	assert_in_range(run.count, 1001, 1999);
	assert_asked(1, 2);
	assert_int_equal(run.schedule.round, 2);
	assert_end_after(run.times[999], SECONDS(1));
	end();
}

static void the_end_stays_where_nothing_is_held_up(void **state)
{
	(void)state;
	begin(SECONDS(1), 3, 1000, nobody_answers);
	for (uint32_t i = 0; i < 500; i++)
		add_single(IPV4(10, 0, 0, 1) + i);
	add_broadcast(ETH0);
	run.until_ns = start + MS(500);
	go();
	assert_true(run.schedule.deadline_ns < start + SECONDS(1) + MS(10));
	run.until_ns = INT64_MAX;
	go_on();
	assert_end_after(run.times[500], SECONDS(1));
	end();
}

/* Beyond 1024 targets the rate holds it up as well. */
static void a_round_that_the_rate_holds_up_has_an_open_end(void **state)
{
	(void)state;
	begin(MS(50), 0, 1000, all_answer);
	for (uint32_t i = 0; i < 1200; i++)
		add_single(IPV4(10, 1, 0, 1) + i);
	go();
	assert_asked(1, 1);
	assert_in_range(last_ns(), MS(160), MS(220));
	assert_end_after(last_ns(), MS(50));
	end();
}

/* It takes no neighbour. */
static void a_broadcast_is_not_held_up(void **state)
{
	(void)state;
	begin(SECONDS(1), 0, 1000, nobody_answers);
	for (int i = 1; i <= 1000; i++)
		add_broadcast(i);
	go();
	assert_int_equal(run.count, 1000);
	assert_int_equal(run.looks, 0);
	assert_true(last_ns() < MS(20));
	end();
}

static void a_sweep_goes_on_with_what_the_rounds_left_of_the_table(void **state)
{
	(void)state;
	begin(MS(500), 0, 1000000, nobody_answers);
	for (uint32_t i = 0; i < 500; i++)
		add_single(IPV4(10, 0, 0, 1) + i);
	add_network("10.0.8.0/24");
	go();
	assert_asked(1, 1);
	/* The rule is kept, says the kernel; so most of it had to wait. */
	assert_true(last_ns() >= SECONDS(3));
	end();
}

static bool add_what(int what)
{
	static const struct network network = {IPV4(10, 0, 0, 0), 24};
	static const struct netif_lists all;
	struct schedule *s = &run.schedule;

	if (what == 0)
		return schedule_add_target(
			s, (struct endpoint){IPV4(10, 0, 0, 1), 9999}, 0);
	if (what == 1)
		return broadcasts_add(s, &host, &all, true);
	if (what == 2)
		return schedule_add_network(s, network);
	return schedule_add_scan(s, network, ETH0);
}

static void without_memory_nothing_is_added(void **state)
{
	(void)state;
	for (int what = 0; what < 4; what++) {
		begin(SECONDS(1), 0, 1000, nobody_answers);
		for (long left = 0;; left++) {
			memory_left = left;
			bool ok = add_what(what);
			memory_restore();
			if (ok)
				break;
			assert_true(left < 10);
		}
		assert_false(schedule_is_empty(&run.schedule));
		end();
	}
}

static void without_memory_it_can_not_be_prepared(void **state)
{
	(void)state;
	begin(SECONDS(1), 0, 1000, nobody_answers);
	add_network("10.0.0.0/24");
	add_scan("10.0.1.0/24", ETH0);
	for (long left = 0; left < 2; left++) {
		memory_left = left;
		bool ok = schedule_prepare(&run.schedule);
		memory_restore();
		assert_false(ok);
	}
	go();
	assert_asked(1, 1);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_send_to_is_the_end),
		cmocka_unit_test(each_kind_of_target_is_something_to_send_to),
		cmocka_unit_test(a_sweep_alone_begins_at_once),
		cmocka_unit_test(rounds_come_first_with_their_whole_timeout),
		cmocka_unit_test(a_scan_comes_last_where_it_is_due),
		cmocka_unit_test(without_a_scan_none_is_begun),
		cmocka_unit_test(a_scan_that_is_not_due_is_left_out),
		cmocka_unit_test(
			whether_a_scan_is_due_is_asked_when_it_is_its_turn),
		cmocka_unit_test(a_scan_is_pinned_and_a_sweep_is_not),
		cmocka_unit_test(single_targets_are_left_out_of_sweeps),
		cmocka_unit_test(a_scan_leaves_out_what_was_swept),
		cmocka_unit_test(a_sweep_of_what_was_asked_comes_to_an_end),
		cmocka_unit_test(the_first_round_has_an_open_end),
		cmocka_unit_test(the_end_stays_where_nothing_is_held_up),
		cmocka_unit_test(
			a_round_that_the_rate_holds_up_has_an_open_end),
		cmocka_unit_test(a_broadcast_is_not_held_up),
		cmocka_unit_test(
			a_sweep_goes_on_with_what_the_rounds_left_of_the_table),
		cmocka_unit_test(without_memory_nothing_is_added),
		cmocka_unit_test(without_memory_it_can_not_be_prepared),
	};

	return RUN(tests);
}
