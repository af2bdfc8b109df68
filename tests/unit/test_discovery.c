#include "discovering.h"

#include <errno.h>

#include "core/rounds.h"

/* Runs on in virtual time, without an answer, until the end or until AT_MOST
 * probes went out; when each of them did, from the start. */
static size_t run(struct discovery *d, int64_t *sent_at, size_t at_most)
{
	int64_t now = start;
	size_t sent = 0;

	schedule_start(&d->schedule, start);
	for (;;) {
		struct step step = discovery_next(d, now);
		if (step.action == STEP_END)
			return sent;
		if (step.action == STEP_WAIT) {
			assert_true(step.until_ns > now);
			assert_true(step.until_ns <= d->schedule.deadline_ns);
			now = step.until_ns;
			continue;
		}
		if (sent == at_most)
			return sent;
		sent_at[sent++] = now - start;
		schedule_sent(&d->schedule, step.target, now, 0);
	}
}

static void check_rounds(int64_t timeout_ns, unsigned retries,
	const int64_t *expected, size_t count)
{
	int64_t sent_at[32];
	struct discovery d;

	begin(&d, timeout_ns, retries);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	assert_int_equal(run(&d, sent_at, 32), count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(sent_at[i], expected[i]);
	discovery_release(&d);
}

/* Round k at T(2^k-1)/2^(N+1), at least 50 ms after the one before. */
static void rounds_come_when_they_are_due(void **state)
{
	const int64_t five[] = {0, 312500000, 937500000, 2187500000};
	const int64_t one[] = {0};
	const int64_t two[] = {0, MS(250)};
	const int64_t crowded[] = {0, MS(50), MS(100), MS(150)};
	const int64_t cut[] = {0, MS(50)};
	const int64_t mixed[] = {0, MS(50), MS(150), MS(350)};

	(void)state;
	check_rounds(MS(5000), 3, five, 4);
	check_rounds(MS(5000), 0, one, 1);
	check_rounds(MS(1000), 1, two, 2);
	check_rounds(MS(200), 3, crowded, 4);
	check_rounds(MS(100), 3, cut, 2);
	check_rounds(MS(30), 16, one, 1);
	check_rounds(MS(800), 3, mixed, 4);
}

static void a_round_is_cut_to_a_whole_nanosecond(void **state)
{
	(void)state;
	assert_int_equal(rounds_due_ns(1000003, 3, 0), 0);
	assert_int_equal(rounds_due_ns(1000003, 3, 1), 62500);
	assert_int_equal(rounds_due_ns(1000003, 3, 2), 187500);
	assert_int_equal(rounds_due_ns(1000003, 3, 3), 437501);
	assert_int_equal(rounds_due_ns(1, 16, 16), 0);
	assert_int_equal(rounds_due_ns(131071, 16, 16), 65534);
}

static void the_longest_timeout_does_not_overflow(void **state)
{
	int64_t sent_at[32];
	struct discovery d;
	int64_t timeout = (int64_t)NUM_SECONDS_MAX * NS_PER_S;

	(void)state;
	begin(&d, timeout, 16);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	assert_int_equal(run(&d, sent_at, 32), 17);
	/* T(2^16-1)/2^17 of 10^18 ns, cut to a whole nanosecond. */
	assert_int_equal(sent_at[16], 499992370605468750);
	discovery_release(&d);
}

static void a_round_asks_every_target_in_order(void **state)
{
	int64_t sent_at[8];
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 1);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	add_one(&d, IPV4(172, 16, 255, 255), ETH1);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	assert_int_equal(d.schedule.targets.count, 2);
	assert_int_equal(run(&d, sent_at, 8), 4);
	assert_int_equal(sent_at[1], 0);
	assert_int_equal(sent_at[2], MS(250));
	assert_int_equal(d.schedule.targets.at[0].sent, 2);
	assert_int_equal(d.schedule.targets.at[1].sent, 2);
	assert_int_equal(d.schedule.targets.at[1].round, 2);
	discovery_release(&d);
}

static void traffic_does_not_move_the_deadline(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	schedule_start(&d.schedule, start);
	assert_int_equal(discovery_next(&d, start).action, STEP_SEND);
	schedule_sent(&d.schedule, &d.schedule.targets.at[0], start, 0);
	for (int i = 1; i < 1000; i++) {
		int64_t now = start + MS(i);
		hear_at(&d, now, i % 2 ? "SERVER_IP:10.0.0.9" : "junk",
			IPV4(10, 0, 0, 9), ETH0);
		struct step step = discovery_next(&d, now);
		assert_int_equal(step.action, STEP_WAIT);
		assert_int_equal(step.until_ns, start + MS(1000));
	}
	assert_int_equal(discovery_next(&d, start + MS(1000)).action, STEP_END);
	assert_int_equal(d.foreign, 499);
	discovery_release(&d);
}

static void it_is_over_when_enough_answered(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	d.config.count = 2;
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	schedule_start(&d.schedule, start);
	schedule_sent(&d.schedule, &d.schedule.targets.at[0], start, 0);
	hear_at(&d, start, "SERVER_IP:10.0.0.8", IPV4(10, 0, 0, 8), ETH0);
	hear_at(&d, start, "SERVER_IP:10.0.0.8", IPV4(10, 0, 0, 8), ETH0);
	assert_false(discovery_is_enough(&d));
	hear_at(&d, start, "SERVER_IP:10.0.0.9", IPV4(10, 0, 0, 9), ETH0);
	assert_true(discovery_is_enough(&d));
	assert_int_equal(discovery_next(&d, start).action, STEP_END);
	hear_at(&d, start, "SERVER_IP:10.0.0.7", IPV4(10, 0, 0, 7), ETH0);
	assert_true(discovery_is_enough(&d));
	discovery_release(&d);
}

static void a_unicast_target_that_answered_is_not_asked_again(void **state)
{
	int64_t sent_at[8];
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 1);
	add_one(&d, IPV4(10, 0, 0, 8), 0);
	add_one(&d, IPV4(10, 0, 0, 9), 0);
	assert_int_equal(run(&d, sent_at, 2), 2);
	hear_at(&d, start + MS(1), "SERVER_IP:10.0.0.8", IPV4(10, 0, 0, 8),
		ETH0);
	struct step step = discovery_next(&d, start + MS(300));
	assert_int_equal(step.action, STEP_SEND);
	assert_ptr_equal(step.target, &d.schedule.targets.at[1]);
	schedule_sent(
		&d.schedule, &d.schedule.targets.at[1], start + MS(300), 0);
	assert_int_equal(discovery_next(&d, start + MS(301)).action, STEP_WAIT);
	assert_int_equal(d.schedule.targets.at[0].sent, 1);
	assert_int_equal(d.schedule.targets.at[1].sent, 2);
	discovery_release(&d);
}

/* An answer from another port: whether it marks the first of COUNT targets, all
 * at its address. */
static void check_other_port(uint16_t count, bool answered)
{
	const struct result *result;
	struct datagram datagram = {.data = slice_of("SERVER_IP:10.0.0.8"),
		.source = {IPV4(10, 0, 0, 8), 1234},
		.interface = ETH0};
	int64_t sent_at[8];
	struct discovery d;

	begin(&d, MS(1000), 1);
	for (uint16_t i = 0; i < count; i++)
		schedule_add_target(&d.schedule,
			(struct endpoint){
				IPV4(10, 0, 0, 8), (uint16_t)(9999 + i)},
			0);
	assert_int_equal(run(&d, sent_at, count), count);
	assert_int_equal(
		discovery_receive(&d, &datagram, start + MS(1), &result),
		DISCOVERY_NEW);
	assert_int_equal(result->paths[0].rtt_ns, MS(1));
	assert_int_equal(d.schedule.targets.at[0].answered, answered);
	discovery_release(&d);
}

static void an_answer_from_another_port_marks_the_only_target(void **state)
{
	(void)state;
	check_other_port(1, true);
	check_other_port(2, false);
}

static void the_shortest_timeout_has_one_round(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, 1, 3);
	add_one(&d, IPV4(10, 0, 0, 8), 0);
	add_one(&d, IPV4(10, 0, 0, 9), 0);
	schedule_start(&d.schedule, start);
	for (size_t i = 0; i < 2; i++) {
		struct step step = discovery_next(&d, start + MS(i + 1));
		assert_int_equal(step.action, STEP_SEND);
		assert_ptr_equal(step.target, &d.schedule.targets.at[i]);
		schedule_sent(&d.schedule, &d.schedule.targets.at[i],
			start + MS(i + 1), 0);
	}
	assert_int_equal(discovery_next(&d, start + MS(3)).action, STEP_END);
	discovery_release(&d);
}

static void sends_that_are_held_up_do_not_outlast_the_deadline(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(10), 0);
	add_one(&d, IPV4(10, 0, 0, 8), 0);
	schedule_start(&d.schedule, start);
	assert_int_equal(discovery_next(&d, start).action, STEP_SEND);
	schedule_sent(&d.schedule, &d.schedule.targets.at[0], start, ENOBUFS);
	assert_int_equal(discovery_next(&d, start + MS(10)).action, STEP_END);
	discovery_release(&d);
}

static void a_broadcast_target_is_asked_again_though_it_answered(void **state)
{
	int64_t sent_at[8];
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 1);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	assert_int_equal(run(&d, sent_at, 1), 1);
	hear_at(&d, start + MS(1), "SERVER_IP:10.0.0.8", IPV4(10, 0, 0, 8),
		ETH0);
	assert_int_equal(discovery_next(&d, start + MS(300)).action, STEP_SEND);
	discovery_release(&d);
}

static void a_failed_send_does_not_stop_the_others(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	add_one(&d, IPV4(172, 16, 255, 255), ETH1);
	schedule_start(&d.schedule, start);
	assert_ptr_equal(
		discovery_next(&d, start).target, &d.schedule.targets.at[0]);
	schedule_sent(
		&d.schedule, &d.schedule.targets.at[0], start, ENETUNREACH);
	assert_int_equal(d.schedule.latest.round, 0);
	assert_int_equal(d.schedule.targets.at[0].error, ENETUNREACH);
	assert_int_equal(d.schedule.targets.at[0].failed, 1);
	assert_ptr_equal(
		discovery_next(&d, start).target, &d.schedule.targets.at[1]);
	schedule_sent(&d.schedule, &d.schedule.targets.at[1], start, 0);
	assert_int_equal(d.schedule.latest.round, 1);
	assert_int_equal(discovery_next(&d, start).action, STEP_WAIT);
	discovery_release(&d);
}

/* A send that fails so, at 100 ms: its target is next again, after a moment and a
 * look at the table, whose fault it may be. */
static void check_held(int error)
{
	static const struct pace_table table = {.size = 1024};
	int64_t now = start + MS(100);
	struct discovery d;

	begin(&d, MS(1000), 0);
	add_one(&d, IPV4(10, 0, 0, 8), 0);
	schedule_start(&d.schedule, start);
	struct step step = discovery_next(&d, now);
	assert_int_equal(step.action, STEP_SEND);
	schedule_sent(&d.schedule, step.target, now, error);
	step = discovery_next(&d, now);
	assert_int_equal(step.action, STEP_WAIT);
	assert_in_range(step.until_ns, now + 1, now + MS(100));
	now = step.until_ns;
	assert_int_equal(discovery_next(&d, now).action, STEP_LOOK);
	schedule_looked(&d.schedule, now, &table);
	step = discovery_next(&d, now);
	assert_int_equal(step.action, STEP_SEND);
	assert_ptr_equal(step.target, &d.schedule.targets.at[0]);
	assert_int_equal(step.target->failed, 0);
	assert_int_equal(d.schedule.held_error, error);
	discovery_release(&d);
}

static void full_buffers_hold_the_same_target(void **state)
{
	(void)state;
	check_held(EAGAIN);
	check_held(ENOBUFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_come_when_they_are_due),
		cmocka_unit_test(a_round_is_cut_to_a_whole_nanosecond),
		cmocka_unit_test(the_longest_timeout_does_not_overflow),
		cmocka_unit_test(a_round_asks_every_target_in_order),
		cmocka_unit_test(traffic_does_not_move_the_deadline),
		cmocka_unit_test(it_is_over_when_enough_answered),
		cmocka_unit_test(
			a_unicast_target_that_answered_is_not_asked_again),
		cmocka_unit_test(
			a_broadcast_target_is_asked_again_though_it_answered),
		cmocka_unit_test(
			an_answer_from_another_port_marks_the_only_target),
		cmocka_unit_test(the_shortest_timeout_has_one_round),
		cmocka_unit_test(
			sends_that_are_held_up_do_not_outlast_the_deadline),
		cmocka_unit_test(a_failed_send_does_not_stop_the_others),
		cmocka_unit_test(full_buffers_hold_the_same_target),
	};

	return RUN(tests);
}
