#include "discovering.h"

#include <errno.h>

/* What a datagram means, and which probe it answers. */

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
	for (size_t i = 0; i < COUNT(cases); i++) {
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

/* It need not be asked again. */
static void an_own_server_that_is_left_out_did_answer(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 1);
	d.config.ignore_local = true;
	add_one(&d, IPV4(10, 0, 0, 1), 0);
	schedule_start(&d.schedule, start);
	schedule_sent(&d.schedule, &d.schedule.targets.at[0], start, 0);
	assert_int_equal(
		hear_at(&d, start, "SERVER_IP:10.0.0.1", IPV4(10, 0, 0, 1), LO),
		DISCOVERY_LOCAL);
	assert_true(d.schedule.targets.at[0].answered);
	discovery_release(&d);
}

/* As if it came at once to the first round; and on an interface that is new. */
static void a_reply_can_come_before_any_probe(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 1);
	assert_int_equal(
		hear_at(&d, start, "SERVER_IP:10.0.0.9", IPV4(10, 0, 0, 9), 99),
		DISCOVERY_NEW);
	assert_int_equal(d.results.at[0].attempt, 1);
	assert_int_equal(d.results.at[0].paths[0].rtt_ns, 0);
	assert_int_equal(d.results.at[0].paths[0].interface, 99);
	assert_string_equal(d.results.at[0].paths[0].name, "");
	discovery_release(&d);
}

static void both_tables_are_hashed_with_the_key(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 0);
	assert_memory_equal(&d.results.key, &d.config.key, sizeof d.config.key);
	assert_memory_equal(&d.without.key, &d.config.key, sizeof d.config.key);
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
	begin(&d, MS(1000), 1);
	add_one(&d, IPV4(10, 0, 0, 9), 0);
	schedule_start(&d.schedule, start);
	schedule_sent(&d.schedule, &d.schedule.targets.at[0], start, 0);
	d.results.raw_total = RESULTS_RAW_MAX;
	assert_int_equal(hear_at(&d, start, "SERVER_IP:10.0.0.9",
				 IPV4(10, 0, 0, 9), ETH0),
		DISCOVERY_OVERFLOW);
	assert_int_equal(d.overflow, 1);
	/* It may say it again. */
	assert_false(d.schedule.targets.at[0].answered);
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

/* Then it is asked again, like any broadcast. */
static void a_reply_from_a_broadcast_address_answers_no_target(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d, MS(1000), 1);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	schedule_start(&d.schedule, start);
	assert_int_equal(discovery_next(&d, start).action, STEP_SEND);
	schedule_sent(&d.schedule, &d.schedule.targets.at[0], start, 0);
	assert_int_equal(hear_at(&d, start + MS(1), "SERVER_IP:10.0.0.9",
				 IPV4(10, 0, 0, 255), ETH0),
		DISCOVERY_NEW);
	assert_false(d.schedule.targets.at[0].answered);
	discovery_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_address_that_leads_nowhere_gives_way_to_the_source),
		cmocka_unit_test(own_servers_are_known_and_can_be_left_out),
		cmocka_unit_test(truncated_datagrams_are_no_replies),
		cmocka_unit_test(what_is_no_reply_is_foreign_or_malformed),
		cmocka_unit_test(results_that_find_no_room_are_counted),
		cmocka_unit_test(
			an_answer_belongs_to_the_latest_probe_that_fits),
		cmocka_unit_test(
			a_reply_from_a_broadcast_address_answers_no_target),
		cmocka_unit_test(an_own_server_that_is_left_out_did_answer),
		cmocka_unit_test(a_reply_can_come_before_any_probe),
		cmocka_unit_test(both_tables_are_hashed_with_the_key),
	};

	return RUN(tests);
}
