#include "discovering.h"

#include <errno.h>

#include "core/asked.h"

/* What a discovery makes of the answers to its sweeps. */

/* At a thousand a second: not by the latest of all. */
static void a_swept_host_is_measured_by_its_own_probe(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 3);
	add_network(&d, "172.16.0.0/24");
	start_now(&d);
	assert_int_equal(run_on(&d, &now, start + MS(10000)), 254);
	for (uint32_t i = 1; i < 255; i++) {
		const int64_t *sent = sweep_sent(
			&d.schedule.sweep, IPV4(172, 16, 0, i), 0);
		/* The first ten are let go at once. */
		assert_true(*sent >= start + MS(i) - MS(12));
		assert_true(*sent <= start + MS(i));
		check_answer(&d, start + MS(900) + i,
			(struct endpoint){IPV4(172, 16, 0, i), 9999}, ETH1,
			*sent - start, 1);
		/* From another port it is the same. */
		check_answer(&d, start + MS(950) + i,
			(struct endpoint){IPV4(172, 16, 0, i), 5000}, ETH0,
			*sent - start, 1);
	}
	discovery_release(&d);
}

/* A host that was asked in the rounds, and not by the sweep of its network; one
 * that was swept and is asked at another port, too; and one of neither. */
static void rounds_and_sweeps_are_told_apart(void **state)
{
	int64_t now = start;
	struct discovery d;
	struct endpoint both = {IPV4(172, 16, 0, 9), 80};

	(void)state;
	begin(&d, MS(1000), 1);
	add_one(&d, IPV4(172, 16, 0, 5), 0);
	assert_true(schedule_add_target(&d.schedule, both, 0));
	add_network(&d, "172.16.0.0/28");
	start_now(&d);
	run_on(&d, &now, start + MS(1500));
	int64_t swept = *sweep_sent(&d.schedule.sweep, both.addr, 0) - start;
	assert_true(swept >= MS(1000));
	check_answer(&d, now, (struct endpoint){IPV4(172, 16, 0, 5), 9999},
		ETH1, MS(250), 2);
	check_answer(&d, now, both, ETH1, MS(250), 2);
	both.port = 9999;
	check_answer(&d, now, both, ETH1, swept, 1);
	/* From a third port: the later of the two. */
	both.port = 7;
	check_answer(&d, now, both, ETH1, swept, 1);
	check_answer(&d, now, (struct endpoint){IPV4(9, 9, 9, 9), 9999}, ETH1,
		d.schedule.latest.sent_ns - start, 1);
	discovery_release(&d);
}

/* Before its own probe went out a host was not asked by the sweep. */
static void a_host_that_is_not_asked_yet_answers_something_else(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	add_network(&d, "172.16.0.0/24");
	start_now(&d);
	run_on(&d, &now, start + MS(100));
	assert_true(
		*sweep_sent(&d.schedule.sweep, IPV4(172, 16, 0, 200), 0) == 0);
	check_answer(&d, now, (struct endpoint){IPV4(172, 16, 0, 200), 9999},
		ETH1, d.schedule.latest.sent_ns - start, 1);
	discovery_release(&d);
}

/* The probe that failed is none. */
static void a_host_that_could_not_be_asked_answers_something_else(void **state)
{
	struct endpoint host_2 = {IPV4(172, 16, 0, 2), 9999};
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	add_network(&d, "172.16.0.0/30");
	start_now(&d);
	for (int i = 0; i < 2; i++) {
		int64_t now = start + MS(i);
		struct step step = discovery_next(&d, now);
		assert_int_equal(step.action, STEP_SEND);
		schedule_sent(&d.schedule, step.target, now, i ? EPERM : 0);
	}
	check_answer(&d, start + MS(9), host_2, ETH1, 0, 1);
	discovery_release(&d);
}

/* In a round, by the sweep or by the scan, whatever was the latest. */
static void when_an_address_was_asked_is_known(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 1);
	d.config.expected = 1;
	add_one(&d, IPV4(172, 16, 0, 5), 0);
	add_one(&d, IPV4(172, 16, 0, 0), 0);
	assert_true(schedule_add_target(
		&d.schedule, (struct endpoint){IPV4(172, 16, 0, 9), 80}, 0));
	add_network(&d, "172.16.0.0/28");
	add_scan(&d, "172.16.1.0/28", ETH1);
	start_now(&d);
	assert_true(asked_at(&d.schedule, IPV4(172, 16, 0, 5)) == 0);
	run_on(&d, &now, INT64_MAX);
	assert_true(
		asked_at(&d.schedule, IPV4(172, 16, 0, 5)) == start + MS(250));
	assert_true(
		asked_at(&d.schedule, IPV4(172, 16, 0, 0)) == start + MS(250));
	for (uint32_t i = 6; i < 15; i++)
		assert_true(
			asked_at(&d.schedule, IPV4(172, 16, 0, i)) ==
			*sweep_sent(&d.schedule.sweep, IPV4(172, 16, 0, i), 0));
	for (uint32_t i = 1; i < 15; i++)
		assert_true(asked_at(&d.schedule, IPV4(172, 16, 1, i)) ==
			    *sweep_sent(&d.schedule.scan, IPV4(172, 16, 1, i),
				    ETH1));
	/* Of several at an address it is the latest, in whatever order. */
	assert_true(schedule_add_target(
		&d.schedule, (struct endpoint){IPV4(172, 16, 0, 5), 81}, 0));
	struct target *another = &d.schedule.targets.at[3];
	another->round = 1;
	for (int64_t ms = 100; ms < 500; ms += 200) {
		another->sent_ns = start + MS(ms);
		assert_true(asked_at(&d.schedule, IPV4(172, 16, 0, 5)) ==
			    start + MS(ms > 250 ? ms : 250));
	}
	assert_true(asked_at(&d.schedule, IPV4(172, 16, 0, 15)) == 0);
	assert_true(asked_at(&d.schedule, IPV4(172, 16, 1, 0)) == 0);
	discovery_release(&d);
}

/* What --target names is swept, however many answered. */
static void a_sweep_does_not_ask_how_many_answered(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	d.config.expected = 1;
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	add_network(&d, "172.16.0.0/28");
	start_now(&d);
	run_on(&d, &now, start + MS(900));
	hear_at(&d, now, "SERVER_IP:10.0.0.9", IPV4(10, 0, 0, 9), ETH0);
	assert_int_equal(run_on(&d, &now, INT64_MAX), 14);
	discovery_release(&d);
}

static void a_sweep_ends_where_enough_answered(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	d.config.count = 2;
	add_network(&d, "172.16.0.0/16");
	start_now(&d);
	run_on(&d, &now, start + MS(100));
	hear_at(&d, now, "SERVER_IP:172.16.0.1", IPV4(172, 16, 0, 1), ETH1);
	assert_true(run_on(&d, &now, start + MS(200)) > 0);
	assert_int_equal(now, start + MS(200));
	hear_at(&d, now, "SERVER_IP:172.16.1.1", IPV4(172, 16, 1, 1), ETH1);
	assert_int_equal(discovery_next(&d, now).action, STEP_END);
	assert_true(d.schedule.visited < 300);
	assert_true(sweep_asked(&d.schedule.sweep) == d.schedule.visited);
	discovery_release(&d);
}

/* A swept host is asked once, whatever it says. */
static void an_answer_of_a_swept_host_marks_no_target(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 1);
	add_one(&d, IPV4(172, 16, 1, 1), 0);
	add_network(&d, "172.16.0.0/28");
	start_now(&d);
	hear_at(&d, now, "SERVER_IP:172.16.0.3", IPV4(172, 16, 0, 3), ETH1);
	assert_false(d.schedule.targets.at[0].answered);
	assert_int_equal(run_on(&d, &now, INT64_MAX), 2 + 14);
	discovery_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_swept_host_is_measured_by_its_own_probe),
		cmocka_unit_test(rounds_and_sweeps_are_told_apart),
		cmocka_unit_test(
			a_host_that_is_not_asked_yet_answers_something_else),
		cmocka_unit_test(
			a_host_that_could_not_be_asked_answers_something_else),
		cmocka_unit_test(when_an_address_was_asked_is_known),
		cmocka_unit_test(a_sweep_does_not_ask_how_many_answered),
		cmocka_unit_test(a_sweep_ends_where_enough_answered),
		cmocka_unit_test(an_answer_of_a_swept_host_marks_no_target),
	};

	return RUN(tests);
}
