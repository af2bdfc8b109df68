#include "discovering.h"

#include <errno.h>

#include "core/asked.h"

/* What a discovery makes of the answers to its sweeps. */

static void add_network(struct discovery *d, const char *text)
{
	struct network network;

	assert_true(ipv4_parse_network(slice_of(text), &network));
	assert_true(schedule_add_network(&d->schedule, network));
}

static void add_scan(struct discovery *d, const char *text, int interface)
{
	struct network network;

	assert_true(ipv4_parse_network(slice_of(text), &network));
	assert_true(schedule_add_scan(&d->schedule, network, interface));
}

/* Runs from NOW_NS in virtual time until END_NS or the end, as if it needed no
 * neighbour; how many probes went out. *NOW_NS is then. */
static size_t run_on(struct discovery *d, int64_t *now_ns, int64_t end_ns)
{
	static const struct pace_table empty = {.size = 1024};
	size_t sent = 0;

	while (*now_ns < end_ns) {
		struct step step = discovery_next(d, *now_ns);
		if (step.action == STEP_END)
			break;
		if (step.action == STEP_SEND) {
			schedule_sent(&d->schedule, step.target, *now_ns, 0);
			sent++;
		} else if (step.action == STEP_LOOK) {
			schedule_looked(&d->schedule, *now_ns, &empty);
		} else {
			*now_ns = step.until_ns < end_ns ? step.until_ns
							 : end_ns;
		}
	}
	return sent;
}

static void start_now(struct discovery *d)
{
	assert_true(schedule_prepare(&d->schedule));
	schedule_start(&d->schedule, start);
}

/* An answer of HOST, from PORT, to be counted from SENT_NS after the start, as
 * that of attempt ATTEMPT. */
static void check_answer(struct discovery *d, int64_t now_ns,
	struct endpoint from, int interface, int64_t sent_ns, unsigned attempt)
{
	const struct result *result;
	char text[64];

	snprintf(text, sizeof text, "SERVER_IP:%s:%u", ipv4_text(from.addr).at,
		from.port);
	struct datagram datagram = {
		.data = slice_of(text), .source = from, .interface = interface};
	assert_int_equal(discovery_receive(d, &datagram, now_ns, &result),
		DISCOVERY_NEW);
	assert_int_equal(result->paths[0].rtt_ns, now_ns - (start + sent_ns));
	assert_int_equal(result->attempt, attempt);
}

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

/* An answer that comes in elsewhere than it was asked for. */
static void a_scanned_host_answers_on_its_interface(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	d.config.expected = 1;
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	add_scan(&d, "172.16.0.0/28", ETH1);
	start_now(&d);
	assert_int_equal(run_on(&d, &now, start + MS(1500)), 1 + 14);
	uint32_t addr = IPV4(172, 16, 0, 3);
	const int64_t *sent = sweep_sent(&d.schedule.scan, addr, ETH1);
	check_answer(
		&d, now, (struct endpoint){addr, 9999}, ETH1, *sent - start, 1);
	/* On eth0 only the broadcast was asked. */
	check_answer(&d, now, (struct endpoint){addr, 5000}, ETH0, 0, 1);
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

/* Answers that came by 900 ms, of EXPECTED: how many probes went out in all. */
static size_t run_with_answers(size_t expected, uint32_t answers)
{
	int64_t now = start;
	struct discovery d;

	begin(&d, MS(1000), 0);
	d.config.expected = expected;
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	add_scan(&d, "172.16.0.0/28", ETH1);
	start_now(&d);
	size_t sent = run_on(&d, &now, start + MS(900));
	for (uint32_t i = 0; i < answers; i++) {
		char text[64];
		uint32_t addr = IPV4(10, 0, 0, 20 + i);
		snprintf(text, sizeof text, "SERVER_IP:%s", ipv4_text(addr).at);
		hear_at(&d, now, text, addr, ETH0);
		/* again, which does not count, nor what is no answer */
		hear_at(&d, now, text, addr, ETH0);
		hear_at(&d, now, "junk", addr, ETH0);
	}
	sent += run_on(&d, &now, INT64_MAX);
	/* The deadline counts from the last probe. */
	assert_true(now >= start + MS(sent > 1 ? 2000 : 1000));
	assert_true(now <= start + MS(sent > 1 ? 2050 : 1000));
	discovery_release(&d);
	return sent;
}

static void a_scan_comes_only_where_too_few_answered(void **state)
{
	(void)state;
	assert_int_equal(run_with_answers(0, 0), 1);
	assert_int_equal(run_with_answers(1, 0), 1 + 14);
	assert_int_equal(run_with_answers(1, 1), 1);
	assert_int_equal(run_with_answers(3, 2), 1 + 14);
	assert_int_equal(run_with_answers(3, 3), 1);
	assert_int_equal(run_with_answers(3, 4), 1);
}

/* Servers of this host that are left out are no servers that answered. */
static void what_is_left_out_does_not_keep_a_scan_off(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	d.config.expected = 1;
	d.config.ignore_local = true;
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	add_scan(&d, "172.16.0.0/28", ETH1);
	start_now(&d);
	assert_int_equal(run_on(&d, &now, start + MS(900)), 1);
	assert_int_equal(
		hear_at(&d, now, "SERVER_IP:10.0.0.1", IPV4(10, 0, 0, 1), ETH0),
		DISCOVERY_LOCAL);
	assert_int_equal(run_on(&d, &now, INT64_MAX), 14);
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

/* A scan counts a host as asked whoever asked it: a round, or the sweep. */
static void what_was_asked_otherwise_was_asked(void **state)
{
	int64_t now = start;
	struct discovery d;
	const struct schedule *schedule = &d.schedule;

	(void)state;
	begin(&d, MS(1000), 1);
	d.config.expected = 1;
	add_one(&d, IPV4(172, 16, 1, 5), 0);
	add_network(&d, "172.16.0.0/28");
	add_scan(&d, "172.16.0.0/27", ETH0);
	add_scan(&d, "172.16.1.0/28", ETH1);
	start_now(&d);
	/* 15 and 16 are hosts of the scan only; 5 is asked in two rounds. */
	assert_int_equal(run_on(&d, &now, INT64_MAX), 2 + 14 + 16 + 13);
	assert_true(schedule->scan.total == 30 + 14);
	assert_true(sweep_asked(&schedule->scan) == schedule->scan.total);
	assert_true(sweep_asked(&schedule->sweep) == 14);
	assert_true(schedule->visited ==
		    schedule->sweep.total + schedule->scan.total);
	for (uint32_t i = 1; i < 15; i++)
		assert_true(*sweep_sent(&schedule->scan, IPV4(172, 16, 0, i),
				    ETH0) == *sweep_sent(&schedule->sweep,
						     IPV4(172, 16, 0, i), 0));
	assert_true(*sweep_sent(&schedule->scan, IPV4(172, 16, 1, 5), ETH1) ==
		    start + MS(250));
	discovery_release(&d);
}

/* What could not be asked there was not asked by the scan either. */
static void what_could_not_be_asked_otherwise_was_not(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	d.config.expected = 1;
	add_one(&d, IPV4(172, 16, 0, 5), 0);
	add_scan(&d, "172.16.0.0/28", ETH0);
	start_now(&d);
	struct step step = discovery_next(&d, now);
	assert_int_equal(step.action, STEP_SEND);
	schedule_sent(&d.schedule, step.target, now, EPERM);
	assert_int_equal(run_on(&d, &now, INT64_MAX), 13);
	assert_true(sweep_asked(&d.schedule.scan) == 13);
	discovery_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_swept_host_is_measured_by_its_own_probe),
		cmocka_unit_test(rounds_and_sweeps_are_told_apart),
		cmocka_unit_test(a_scanned_host_answers_on_its_interface),
		cmocka_unit_test(
			a_host_that_is_not_asked_yet_answers_something_else),
		cmocka_unit_test(
			a_host_that_could_not_be_asked_answers_something_else),
		cmocka_unit_test(when_an_address_was_asked_is_known),
		cmocka_unit_test(a_scan_comes_only_where_too_few_answered),
		cmocka_unit_test(what_is_left_out_does_not_keep_a_scan_off),
		cmocka_unit_test(a_sweep_does_not_ask_how_many_answered),
		cmocka_unit_test(a_sweep_ends_where_enough_answered),
		cmocka_unit_test(an_answer_of_a_swept_host_marks_no_target),
		cmocka_unit_test(what_was_asked_otherwise_was_asked),
		cmocka_unit_test(what_could_not_be_asked_otherwise_was_not),
	};

	return RUN(tests);
}
