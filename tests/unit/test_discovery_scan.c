#include "discovering.h"

#include <errno.h>

/* When a discovery scans, and what it makes of the answers. */

/* Asks on eth0 by broadcast, and then the scan of a network on eth1 where fewer
 * than EXPECTED answered. */
static void begin_scan(struct discovery *d, size_t expected)
{
	begin(d, MS(1000), 0);
	d->config.expected = expected;
	add_one(d, IPV4(10, 0, 0, 255), ETH0);
	add_scan(d, "172.16.0.0/28", ETH1);
	start_now(d);
}

/* An answer that comes in elsewhere than it was asked for. */
static void a_scanned_host_answers_on_its_interface(void **state)
{
	int64_t now = start;
	struct discovery d;

	(void)state;
	begin_scan(&d, 1);
	assert_int_equal(run_on(&d, &now, start + MS(1500)), 1 + 14);
	uint32_t addr = IPV4(172, 16, 0, 3);
	const int64_t *sent = sweep_sent(&d.schedule.scan, addr, ETH1);
	check_answer(
		&d, now, (struct endpoint){addr, 9999}, ETH1, *sent - start, 1);
	/* On eth0 only the broadcast was asked. */
	check_answer(&d, now, (struct endpoint){addr, 5000}, ETH0, 0, 1);
	discovery_release(&d);
}

/* Answers that came by 900 ms, of EXPECTED: how many probes went out in all. */
static size_t run_with_answers(size_t expected, uint32_t answers)
{
	int64_t now = start;
	struct discovery d;

	begin_scan(&d, expected);
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
	begin_scan(&d, 1);
	d.config.ignore_local = true;
	assert_int_equal(run_on(&d, &now, start + MS(900)), 1);
	assert_int_equal(
		hear_at(&d, now, "SERVER_IP:10.0.0.1", IPV4(10, 0, 0, 1), ETH0),
		DISCOVERY_LOCAL);
	assert_int_equal(run_on(&d, &now, INT64_MAX), 14);
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
		cmocka_unit_test(a_scanned_host_answers_on_its_interface),
		cmocka_unit_test(a_scan_comes_only_where_too_few_answered),
		cmocka_unit_test(what_is_left_out_does_not_keep_a_scan_off),
		cmocka_unit_test(what_was_asked_otherwise_was_asked),
		cmocka_unit_test(what_could_not_be_asked_otherwise_was_not),
	};

	return RUN(tests);
}
