#include "unit.h"
#include "host.h"

#include <errno.h>

#include "core/schedule.h"
#include "tables.h"

/* Single steps of a schedule, from a state that is put together. */

static const int64_t now = 1000000007;
static const struct network sweep_net = {IPV4(10, 0, 0, 8), 31};
static const struct network scan_net = {IPV4(10, 0, 0, 8), 30};
static const struct pace_table empty = {.size = 1024};
static const struct pace_table late = {.size = 1024, .late = 8};

static void begin(struct schedule *s)
{
	const struct schedule_config config = {.timeout_ns = MS(500),
		.retries = 1,
		.rate = 1000,
		.port = 9999,
		.length = 15,
		.network = &host};

	schedule_init(s, &config);
}

static void add(struct schedule *s, uint32_t addr, uint16_t port)
{
	assert_true(schedule_add_target(s, (struct endpoint){addr, port}, 0));
}

static void start(struct schedule *s)
{
	assert_true(schedule_prepare(s));
	schedule_start(s, now);
	schedule_looked(s, now, &empty);
}

/* The next probe, and to where it has to go. */
static struct target *next_probe(
	struct schedule *s, int64_t at_ns, uint32_t addr)
{
	struct step step = schedule_next(s, at_ns, true);

	assert_int_equal(step.action, STEP_SEND);
	assert_int_equal(step.target->to.addr, addr);
	return step.target;
}

static void who_has_nobody_to_ask_waits_all_the_same(void **state)
{
	struct schedule s;
	struct step step;

	(void)state;
	begin(&s);
	start(&s);
	assert_true(schedule_is_empty(&s));
	step = schedule_next(&s, now, true);
	assert_int_equal(step.action, STEP_WAIT);
	assert_int_equal(step.until_ns, now + MS(500));
	assert_int_equal(
		schedule_next(&s, now + MS(500), true).action, STEP_END);
	schedule_release(&s);
}

/* How far a round is, for who shows it. */
static void before_the_first_round_nobody_is_due(void **state)
{
	struct schedule s;

	(void)state;
	begin(&s);
	add(&s, IPV4(10, 0, 0, 8), 9999);
	add(&s, IPV4(10, 0, 0, 9), 9999);
	add(&s, IPV4(10, 0, 0, 10), 9999);
	start(&s);
	assert_int_equal(s.next, 3);
	s.targets.at[0].answered = s.targets.at[1].answered = true;
	next_probe(&s, now, IPV4(10, 0, 0, 10));
	assert_int_equal(s.next, 2);
	schedule_release(&s);
}

static void the_kernel_is_given_time(void **state)
{
	struct schedule s;

	(void)state;
	begin(&s);
	add(&s, IPV4(10, 0, 0, 8), 9999);
	start(&s);
	schedule_sent(&s, next_probe(&s, now, IPV4(10, 0, 0, 8)), now, EAGAIN);
	assert_int_equal(s.hold_ns, now + MS(5));
	assert_false(s.put_off);
	assert_int_equal(s.next, 0);
	schedule_looked(&s, now, &empty);
	schedule_sent(&s, next_probe(&s, now + MS(5), IPV4(10, 0, 0, 8)),
		now + MS(5), ENOBUFS);
	assert_int_equal(s.hold_ns, now + MS(55));
	assert_true(s.put_off);
	assert_int_equal(s.next, 1);
	schedule_release(&s);
}

/* Only one at the same port is asked as a single target. */
static void another_port_is_swept(void **state)
{
	static const uint16_t ports[] = {9998, 9999, 10000};

	(void)state;
	for (size_t i = 0; i < COUNT(ports); i++) {
		struct schedule s;
		begin(&s);
		add(&s, IPV4(10, 0, 0, 8), ports[i]);
		assert_true(schedule_add_network(&s, sweep_net));
		start(&s);
		schedule_sent(
			&s, next_probe(&s, now, IPV4(10, 0, 0, 8)), now, 0);
		s.config.retries = 0;
		s.phase = PHASE_SWEEP;
		next_probe(&s, now + MS(1),
			IPV4(10, 0, 0, ports[i] == 9999 ? 9 : 8));
		schedule_release(&s);
	}
}

/* Only what it never came to is left to the scan. */
static void what_was_swept_is_not_scanned(void **state)
{
	static const int64_t sent[] = {77, SWEEP_FAILED};

	(void)state;
	for (size_t i = 0; i < COUNT(sent); i++) {
		struct schedule s;
		begin(&s);
		assert_true(schedule_add_network(&s, sweep_net));
		assert_true(schedule_add_scan(&s, scan_net, ETH0));
		start(&s);
		s.phase = PHASE_SCAN;
		*sweep_sent(&s.sweep, IPV4(10, 0, 0, 9), 0) = sent[i];
		next_probe(&s, now, IPV4(10, 0, 0, 10));
		assert_int_equal(
			*sweep_sent(&s.scan, IPV4(10, 0, 0, 9), ETH0), sent[i]);
		*sweep_sent(&s.sweep, IPV4(10, 0, 0, 9), 0) = 0;
		sweep_restart(&s.scan);
		*sweep_sent(&s.scan, IPV4(10, 0, 0, 9), ETH0) = 0;
		next_probe(&s, now, IPV4(10, 0, 0, 9));
		schedule_release(&s);
	}
}

/* Single targets alone, and their rounds are over. */
static void a_late_proxy_can_come_too_late(void **state)
{
	struct schedule s;

	(void)state;
	begin(&s);
	add(&s, IPV4(10, 0, 0, 8), 9999);
	start(&s);
	s.phase = PHASE_LAST;
	schedule_looked(&s, now, &late);
	assert_true(s.pace.slow);
	assert_int_equal(s.phase, PHASE_LAST);
	assert_int_equal(s.deadline_ns, now + MS(500));
	schedule_release(&s);
}

/* A sweep that was over begins anew, or the scan that came behind it. */
static void a_late_proxy_makes_the_last_sweep_begin_anew(void **state)
{
	(void)state;
	for (int scanned = 0; scanned < 2; scanned++) {
		struct schedule s;
		begin(&s);
		assert_true(schedule_add_network(&s, sweep_net));
		assert_true(schedule_add_scan(
			&s, (struct network){IPV4(10, 0, 0, 16), 30}, ETH0));
		start(&s);
		s.phase = PHASE_LAST;
		s.scanned = scanned;
		s.swept.sent = 4;
		s.visited = 4;
		s.again = true;
		s.sweep.column = s.scan.column = 256;
		schedule_looked(&s, now, &late);
		assert_int_equal(s.phase, scanned ? PHASE_SCAN : PHASE_SWEEP);
		assert_int_equal(s.deadline_ns, INT64_MAX);
		assert_int_equal(s.visited, scanned ? 2 : 0);
		assert_false(s.again);
		next_probe(&s, now, IPV4(10, 0, 0, scanned ? 17 : 8));
		schedule_release(&s);
	}
}

/* While there is nothing to do, and only then. */
static void who_waits_watches_for_late_proxies(void **state)
{
	struct schedule s;
	struct step step;

	(void)state;
	begin(&s);
	add(&s, IPV4(10, 0, 0, 8), 9999);
	start(&s);
	s.pace.asked = PACE_PROXY_QUEUE + 1;
	s.watch_ns = now;
	s.latest.sent_ns = now;
	schedule_sent(&s, next_probe(&s, now, IPV4(10, 0, 0, 8)), now, 0);
	assert_int_equal(schedule_next(&s, now, true).action, STEP_LOOK);
	s.watch_ns = now + MS(7);
	step = schedule_next(&s, now, true);
	assert_int_equal(step.action, STEP_WAIT);
	assert_int_equal(step.until_ns, now + MS(7));
	s.round = 3;
	assert_int_equal(
		schedule_next(&s, now + MS(500), true).action, STEP_END);
	schedule_release(&s);
}

/* An interface that is gone takes no time, whatever else fails does. */
static void a_sweep_keeps_its_pace_though_probes_fail(void **state)
{
	static const int errors[] = {EPERM, ENODEV, ENETUNREACH};

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct schedule s;
		begin(&s);
		assert_true(schedule_add_network(&s, sweep_net));
		start(&s);
		schedule_sent(
			&s, next_probe(&s, now, IPV4(10, 0, 0, 8)), now, 0);
		int64_t due_ns = s.pace.due_ns;
		schedule_sent(&s,
			next_probe(&s, now + MS(1), IPV4(10, 0, 0, 9)),
			now + MS(1), errors[i]);
		assert_int_equal(s.pace.due_ns > due_ns, errors[i] != ENODEV);
		schedule_release(&s);
	}
}

/* Neither its pace nor the time of others. */
static void what_fails_is_noted_and_no_more(void **state)
{
	struct schedule s;

	(void)state;
	begin(&s);
	add(&s, IPV4(10, 0, 0, 8), 9999);
	start(&s);
	schedule_sent(
		&s, next_probe(&s, now, IPV4(10, 0, 0, 8)), now, EHOSTUNREACH);
	assert_false(s.held);
	assert_int_equal(s.targets.at[0].error, EHOSTUNREACH);
	assert_int_equal(s.targets.at[0].failed, 1);
	assert_int_equal(s.targets.at[0].sent, 0);
	assert_int_equal(s.next, 1);
	schedule_release(&s);
}

static void an_own_address_takes_no_entry(void **state)
{
	struct schedule s;

	(void)state;
	begin(&s);
	add(&s, IPV4(10, 0, 0, 1), 9999);
	add(&s, IPV4(10, 0, 0, 8), 9999);
	start(&s);
	size_t room = s.pace.on_link.room;
	schedule_sent(&s, next_probe(&s, now, IPV4(10, 0, 0, 1)), now, 0);
	assert_int_equal(s.pace.asked, 0);
	assert_int_equal(s.pace.on_link.room, room);
	assert_int_equal(s.next, 1);
	schedule_sent(&s, next_probe(&s, now, IPV4(10, 0, 0, 8)), now, 0);
	assert_int_equal(s.pace.asked, 1);
	assert_int_equal(s.pace.on_link.room, room - 1);
	assert_int_equal(s.next, 2);
	schedule_release(&s);
}

/* Wherever in memory it lies. */
static void a_target_knows_its_round(void **state)
{
	static struct schedule s;

	(void)state;
	begin(&s);
	add(&s, IPV4(10, 0, 0, 8), 9999);
	start(&s);
	schedule_sent(&s, next_probe(&s, now, IPV4(10, 0, 0, 8)), now, 0);
	assert_int_equal(s.targets.at[0].round, 1);
	schedule_sent(&s, next_probe(&s, now + MS(300), IPV4(10, 0, 0, 8)),
		now + MS(300), 0);
	assert_int_equal(s.targets.at[0].round, 2);
	assert_int_equal(s.latest.round, 2);
	schedule_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_nobody_to_ask_waits_all_the_same),
		cmocka_unit_test(before_the_first_round_nobody_is_due),
		cmocka_unit_test(the_kernel_is_given_time),
		cmocka_unit_test(another_port_is_swept),
		cmocka_unit_test(what_was_swept_is_not_scanned),
		cmocka_unit_test(a_late_proxy_can_come_too_late),
		cmocka_unit_test(a_late_proxy_makes_the_last_sweep_begin_anew),
		cmocka_unit_test(who_waits_watches_for_late_proxies),
		cmocka_unit_test(a_sweep_keeps_its_pace_though_probes_fail),
		cmocka_unit_test(what_fails_is_noted_and_no_more),
		cmocka_unit_test(an_own_address_takes_no_entry),
		cmocka_unit_test(a_target_knows_its_round),
	};

	return RUN(tests);
}
