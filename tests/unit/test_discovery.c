#include "unit.h"
#include "host.h"

#include <errno.h>

#include "base/num.h"
#include "core/discovery.h"

/* Time here is virtual: it passes when a test says so. */
#define MS(n) ((int64_t)(n)*NS_PER_MS)
static const int64_t start = 1000000007;

static void begin(struct discovery *d, int64_t timeout_ns, unsigned retries)
{
	const struct discovery_config config = {
		.probe = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
		.schedule = {.timeout_ns = timeout_ns,
			.retries = retries,
			.rate = 1000,
			.port = 9999},
		.network = &host,
		.key = {{1, 2}},
	};

	discovery_init(d, &config);
}

static void add_one(struct discovery *d, uint32_t addr, int interface)
{
	assert_true(schedule_add_target(
		&d->schedule, (struct endpoint){addr, 9999}, interface));
}

static enum discovery_verdict hear_at(struct discovery *d, int64_t now_ns,
	const char *text, uint32_t source, int interface)
{
	const struct result *result;
	struct datagram datagram = {.data = slice_of(text),
		.source = {source, 9999},
		.interface = interface};

	return discovery_receive(d, &datagram, now_ns, &result);
}

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

static void targets_are_the_broadcasts_of_what_is_selected(void **state)
{
	struct netif_lists all = {{NULL, 0}, {NULL, 0}};
	struct netif_lists eth1 = {slice_of("eth1"), {NULL, 0}};
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	assert_true(schedule_add_broadcasts(&d.schedule, &host, &all, false));
	assert_int_equal(d.schedule.targets.count, 3);
	assert_int_equal(d.schedule.targets.at[0].to.addr, IPV4(10, 0, 0, 255));
	assert_int_equal(d.schedule.targets.at[0].to.port, 9999);
	assert_int_equal(d.schedule.targets.at[0].interface, ETH0);
	assert_int_equal(
		d.schedule.targets.at[1].to.addr, IPV4(192, 0, 2, 255));
	assert_int_equal(
		d.schedule.targets.at[2].to.addr, IPV4(172, 16, 255, 255));
	assert_int_equal(d.schedule.targets.at[2].interface, ETH1);
	discovery_release(&d);
	begin(&d, MS(1000), 0);
	assert_true(schedule_add_broadcasts(&d.schedule, &host, &eth1, false));
	assert_int_equal(d.schedule.targets.count, 1);
	discovery_release(&d);
}

static void limited_broadcasts_go_out_once_an_interface(void **state)
{
	struct netif_lists all = {{NULL, 0}, {NULL, 0}};
	size_t limited = 0;
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	assert_true(schedule_add_broadcasts(&d.schedule, &host, &all, true));
	assert_int_equal(d.schedule.targets.count, 5);
	for (size_t i = 0; i < d.schedule.targets.count; i++)
		limited += d.schedule.targets.at[i].to.addr == IPV4_ALL_HOSTS;
	assert_int_equal(limited, 2);
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

static void full_buffers_hold_the_same_target(void **state)
{
	static const int errors[] = {EAGAIN, ENOBUFS};
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	add_one(&d, IPV4(10, 0, 0, 8), 0);
	schedule_start(&d.schedule, start);
	for (size_t i = 0; i < 2; i++) {
		int64_t now = start + MS(100) * (int64_t)i;
		struct step step = discovery_next(&d, now);
		assert_int_equal(step.action, STEP_SEND);
		schedule_sent(
			&d.schedule, &d.schedule.targets.at[0], now, errors[i]);
		step = discovery_next(&d, now);
		assert_int_equal(step.action, STEP_WAIT);
		assert_true(step.until_ns > now);
		assert_true(step.until_ns < now + MS(100));
		now = step.until_ns;
		assert_int_equal(discovery_next(&d, now).action, STEP_LOOK);
		schedule_looked(&d.schedule, now,
			&(struct pace_table){.size = PACE_TABLE_SIZE});
		assert_int_equal(discovery_next(&d, now).action, STEP_SEND);
	}
	assert_int_equal(d.schedule.targets.at[0].failed, 0);
	assert_int_equal(d.schedule.targets.at[0].error, ENOBUFS);
	discovery_release(&d);
}

static void an_address_that_leads_nowhere_gives_way_to_the_source(void **state)
{
	static const struct {
		const char *reply;
		uint32_t source, ip;
	} cases[] = {
		{"SERVER_IP:127.0.0.1", IPV4(10, 0, 0, 9), IPV4(10, 0, 0, 9)},
		{"SERVER_IP:127.0.0.1", IPV4(10, 0, 0, 1), IPV4(127, 0, 0, 1)},
		{"SERVER_IP:127.0.0.1", IPV4(127, 0, 0, 1), IPV4(127, 0, 0, 1)},
		{"SERVER_IP:0.0.0.0", IPV4(10, 0, 0, 9), IPV4(10, 0, 0, 9)},
		{"SERVER_IP:0.1.2.3", IPV4(10, 0, 0, 9), IPV4(10, 0, 0, 9)},
		{"SERVER_IP:239.1.2.3", IPV4(10, 0, 0, 9), IPV4(10, 0, 0, 9)},
		{"SERVER_IP:255.255.255.255", IPV4(10, 0, 0, 9),
			IPV4(10, 0, 0, 9)},
		{"SERVER_IP:10.0.0.255", IPV4(10, 0, 0, 9), IPV4(10, 0, 0, 9)},
		{"SERVER_IP:8.8.8.8", IPV4(10, 0, 0, 9), IPV4(8, 8, 8, 8)},
		{"SERVER_IP:240.0.0.1", IPV4(10, 0, 0, 9), IPV4(240, 0, 0, 1)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct discovery d;
		begin(&d, MS(1000), 0);
		assert_int_equal(hear_at(&d, start, cases[i].reply,
					 cases[i].source, ETH0),
			DISCOVERY_NEW);
		const struct result *found = &d.results.at[0];
		assert_int_equal(found->server.addr, cases[i].ip);
		assert_int_equal(found->server.port, 8000);
		assert_int_equal(found->claimed.port, 0);
		assert_string_equal(ipv4_text(found->claimed.addr).at,
			cases[i].reply + strlen("SERVER_IP:"));
		discovery_release(&d);
	}
}

static void own_servers_are_known_and_can_be_left_out(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	hear_at(&d, start, "SERVER_IP:10.0.0.1", IPV4(10, 0, 0, 1), ETH0);
	hear_at(&d, start, "SERVER_IP:10.0.0.9", IPV4(10, 0, 0, 9), ETH0);
	assert_true(d.results.at[0].local);
	assert_false(d.results.at[1].local);
	d.config.ignore_local = true;
	assert_int_equal(hear_at(&d, start, "SERVER_IP:172.16.5.1",
				 IPV4(172, 16, 5, 1), ETH1),
		DISCOVERY_LOCAL);
	assert_int_equal(d.results.count, 2);
	assert_int_equal(d.ignored, 1);
	discovery_release(&d);
}

static void truncated_datagrams_are_no_replies(void **state)
{
	const struct result *result;
	struct datagram datagram = {.data = slice_of("SERVER_IP:10.0.0.9"),
		.source = {IPV4(10, 0, 0, 9), 9999},
		.truncated = true};
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	assert_int_equal(discovery_receive(&d, &datagram, start, &result),
		DISCOVERY_MALFORMED);
	assert_null(result);
	assert_int_equal(d.foreign, 1);
	discovery_release(&d);
}

static void what_is_no_reply_is_foreign_or_malformed(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	assert_int_equal(
		hear_at(&d, start, "DISCOVER_SERVER", IPV4(10, 0, 0, 9), ETH0),
		DISCOVERY_FOREIGN);
	assert_int_equal(hear_at(&d, start, "SERVER_IP:10.0.0.9:0",
				 IPV4(10, 0, 0, 9), ETH0),
		DISCOVERY_MALFORMED);
	assert_int_equal(d.foreign, 2);
	assert_int_equal(d.results.count, 0);
	discovery_release(&d);
}

static void results_that_find_no_room_are_counted(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	d.results.raw_total = RESULTS_RAW_MAX;
	assert_int_equal(hear_at(&d, start, "SERVER_IP:10.0.0.9",
				 IPV4(10, 0, 0, 9), ETH0),
		DISCOVERY_OVERFLOW);
	assert_int_equal(d.overflow, 1);
	discovery_release(&d);
}

/* Which of three probes an answer is counted from: to eth0 at 0 and 250 ms, to
 * eth1 a millisecond later, to a host at 2 and 252. */
static void check_probe(uint32_t source, uint16_t port, int interface,
	int64_t sent_ns, unsigned attempt)
{
	const struct result *result;
	struct datagram datagram = {.data = slice_of("SERVER_IP:10.0.0.9"),
		.source = {source, port},
		.interface = interface};
	struct discovery d;

	begin(&d, MS(1000), 1);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	add_one(&d, IPV4(172, 16, 255, 255), ETH1);
	add_one(&d, IPV4(8, 8, 8, 8), 0);
	schedule_start(&d.schedule, start);
	for (size_t i = 0; i < 6; i++) {
		int64_t now = start + MS(i / 3 * 250 + i % 3);
		struct step step = discovery_next(&d, now);
		assert_int_equal(step.action, STEP_SEND);
		/* The last probe to the host fails. */
		schedule_sent(
			&d.schedule, step.target, now, i == 5 ? EPERM : 0);
	}
	int64_t now = start + MS(300);
	assert_int_equal(
		discovery_receive(&d, &datagram, now, &result), DISCOVERY_NEW);
	assert_int_equal(result->paths[0].rtt_ns, MS(300) - sent_ns);
	assert_int_equal(result->attempt, attempt);
	assert_int_equal(
		d.schedule.targets.at[2].answered, source == IPV4(8, 8, 8, 8));
	discovery_release(&d);
}

static void an_answer_belongs_to_the_latest_probe_that_fits(void **state)
{
	(void)state;
	check_probe(IPV4(10, 0, 0, 9), 9999, ETH0, MS(250), 2);
	check_probe(IPV4(172, 16, 0, 9), 9999, ETH1, MS(251), 2);
	check_probe(IPV4(8, 8, 8, 8), 9999, ETH0, MS(2), 1);
	check_probe(IPV4(8, 8, 8, 8), 1234, ETH0, MS(2), 1);
	/* From elsewhere: the latest of all. */
	check_probe(IPV4(9, 9, 9, 9), 9999, LO, MS(251), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_come_when_they_are_due),
		cmocka_unit_test(the_longest_timeout_does_not_overflow),
		cmocka_unit_test(a_round_asks_every_target_in_order),
		cmocka_unit_test(
			targets_are_the_broadcasts_of_what_is_selected),
		cmocka_unit_test(limited_broadcasts_go_out_once_an_interface),
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
		cmocka_unit_test(
			an_address_that_leads_nowhere_gives_way_to_the_source),
		cmocka_unit_test(own_servers_are_known_and_can_be_left_out),
		cmocka_unit_test(truncated_datagrams_are_no_replies),
		cmocka_unit_test(what_is_no_reply_is_foreign_or_malformed),
		cmocka_unit_test(results_that_find_no_room_are_counted),
		cmocka_unit_test(
			an_answer_belongs_to_the_latest_probe_that_fits),
	};

	return RUN(tests);
}
