#include "scheduling.h"

/* Who answers ARP. */
static int64_t every_second_answers(uint32_t addr)
{
	return addr % 2 ? -1 : 0;
}

/* As proxies do (proxy_delay, arp(7)), each time after another while. */
static int64_t a_proxy_answers(uint32_t addr)
{
	return MS((addr * UINT32_C(2654435769) >> 7) % 800);
}

static int64_t the_gateway_answers_soon(uint32_t addr)
{
	return addr == kernel_gateway ? MS(300) : -1;
}

static int64_t a_slow_gateway_answers(uint32_t addr)
{
	return addr == kernel_gateway ? MS(2900) : -1;
}

/* All of it is swept, each address once; how long the rule would let it take. */
static int64_t check_sweep(
	const char *network, unsigned rate, int64_t (*answer_ns)(uint32_t addr))
{
	begin(SECONDS(5), 3, rate, answer_ns);
	add_network(network);
	go();
	assert_asked(1, 1);
	assert_true(run.count == run.schedule.sweep.total);
	assert_true(run.schedule.visited == run.count);
	assert_true(run.end_ns >= last_ns() + SECONDS(5));
	assert_true(run.end_ns < last_ns() + SECONDS(5) + MS(10));
	end();
	return assert_swift(run.count, rate);
}

/* 512 go at once, and then 512 every 3 s. */
static void an_empty_network_takes_3_s_for_each_half_of_the_table(void **state)
{
	(void)state;
	int64_t soonest = check_sweep("10.0.16.0/20", 1000, nobody_answers);
	assert_in_range(soonest, 7 * SECONDS(3), 8 * SECONDS(3));
	soonest = check_sweep("10.0.16.0/20", 1000000, nobody_answers);
	assert_in_range(soonest, 7 * SECONDS(3), 7 * SECONDS(3) + MS(10));
}

/* 768 entries: the half that answers holds its own for 35 s. */
static void who_answers_keeps_his_entry(void **state)
{
	(void)state;
	int64_t soonest = check_sweep(
		"10.0.8.0/21", 1000, every_second_answers);
	assert_in_range(soonest, SECONDS(35), SECONDS(50));
	check_sweep("10.0.8.0/21", 1000000, every_second_answers);
}

static void a_proxy_that_answers_for_all_fills_768_entries(void **state)
{
	(void)state;
	int64_t soonest = check_sweep("10.0.4.0/22", 1000, a_proxy_answers);
	assert_in_range(soonest, SECONDS(35), SECONDS(37));
	check_sweep("10.0.4.0/22", 1000, all_answer);
	soonest = check_sweep("10.0.0.0/21", 1000, a_proxy_answers);
	assert_in_range(soonest, SECONDS(70), SECONDS(74));
}

/* A gateway is one entry: only the rate counts. */
static void a_routed_network_goes_as_fast_as_the_rate(void **state)
{
	(void)state;
	int64_t soonest = check_sweep(
		"10.1.0.0/16", 20000, the_gateway_answers_soon);
	assert_in_range(soonest, MS(3200), MS(3300));
	for (uint32_t i = 0; i < 256; i++)
		assert_int_equal(run.addrs[i], IPV4(10, 1, i, 1));
	check_sweep("10.1.0.0/16", 1000, the_gateway_answers_soon);
	check_sweep("10.1.0.0/24", 1, the_gateway_answers_soon);
}

/* Some of these are on-link and some are not. */
static void small_networks_are_one_sweep(void **state)
{
	char text[32];

	(void)state;
	begin(SECONDS(5), 3, 1000, nobody_answers);
	for (uint32_t i = 0; i < 1500; i++) {
		uint32_t addr = base + (SPAN - 48000) / 2 + i * 32 + i % 7;
		snprintf(text, sizeof text, "%s/%u", ipv4_text(addr).at,
			30 + i % 3);
		add_network(text);
	}
	go();
	assert_asked(1, 1);
	assert_int_equal(run.count, 500 * (2 + 2 + 1));
	end();
}

static void what_overlaps_is_asked_once(void **state)
{
	(void)state;
	begin(SECONDS(5), 3, 1000, every_second_answers);
	add_network("10.0.3.0/24");
	add_network("10.0.0.0/22");
	add_network("10.0.2.0/23");
	add_network("10.0.3.255/32");
	add_network("10.0.4.0/31");
	go();
	assert_asked(1, 1);
	assert_int_equal(run.count, 1022 + 1 + 2);
	end();
}

/* 3,000 hosts that nobody has, in as many rounds as their timeout lets be. */
static void single_targets_are_paced_in_rounds(void **state)
{
	(void)state;
	begin(SECONDS(60), 3, 1000, nobody_answers);
	for (uint32_t i = 0; i < 3000; i++)
		add_single(IPV4(10, 0, 16, 0) + i * 7 % 3000);
	go();
	assert_asked(4, 4);
	int64_t soonest = assert_swift(3000, 0);
	assert_true(soonest == 5 * SECONDS(3));
	/* The deadline ran from the end of the first. */
	assert_in_range(run.end_ns, run.times[2999] + SECONDS(60),
		run.times[2999] + SECONDS(60) + MS(50));
	end();
}

static void the_first_round_is_whole_however_short_the_timeout(void **state)
{
	(void)state;
	begin(MS(200), 3, 1000, every_second_answers);
	for (uint32_t i = 0; i < 3000; i++)
		add_single(IPV4(10, 0, 16, 0) + i);
	go();
	assert_asked(1, 4);
	assert_swift(3000, 0);
	assert_in_range(run.end_ns, run.times[2999] + MS(200),
		run.times[2999] + MS(250));
	end();
}

/* The first 1024 of a round; the rate counts for those behind them. */
static void routed_single_targets_go_at_once(void **state)
{
	(void)state;
	begin(SECONDS(8), 1, 1000, the_gateway_answers_soon);
	for (uint32_t i = 0; i < 3000; i++)
		add_single(IPV4(10, 1, 16, 0) + i);
	go();
	assert_asked(2, 2);
	assert_true(run.times[1023] < MS(500));
	assert_in_range(run.times[2999] - run.times[1024], MS(1950), MS(2100));
	assert_true(run.times[3000 + 1023] - run.times[3000] < MS(100));
	assert_in_range(
		run.times[5999] - run.times[3000 + 1024], MS(1950), MS(2100));
	end();
}

/* Hosts behind a gateway take no entries: they need not wait for those that
 * others hold for 35 s. */
static void a_full_table_does_not_hold_up_what_is_routed(void **state)
{
	(void)state;
	begin(SECONDS(5), 0, 20000, all_answer);
	for (uint32_t i = 0; i < 767; i++)
		add_single(IPV4(10, 0, 16, 0) + i);
	for (uint32_t i = 0; i < 200; i++)
		add_single(IPV4(10, 1, 16, 0) + i);
	add_network("10.1.32.0/20");
	go();
	assert_asked(1, 1);
	assert_true(run.times[966] < MS(500));
	assert_true(last_ns() < SECONDS(7));
	end();
}

/* Nor does a sweep of neighbours make those that it takes seem routed. */
static void a_full_table_does_not_hold_up_a_routed_scan(void **state)
{
	(void)state;
	begin(SECONDS(5), 0, 20000, all_answer);
	run.scan_due = true;
	add_network("10.0.16.0/23");
	add_network("10.0.18.0/24");
	add_scan("10.1.32.0/20", ETH0);
	want_hosts(read_network("10.1.32.0/20"));
	go();
	assert_asked(1, 1);
	assert_true(last_ns() < SECONDS(2));
	end();
}

/* A table of another size, and one that others use: where it is full there is no
 * room, whatever the look says. */
static void the_table_may_be_of_any_size(void **state)
{
	static const struct {
		size_t size, others;
	} rows[] = {{128, 0}, {200, 0}, {512, 100}, {512, 200}, {1024, 300},
		{1024, 800}, {1024, 1000}, {4096, 0}, {4096, 3900}, {65536, 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(SECONDS(5), 3, 1000, every_second_answers);
		run.kernel.size = rows[i].size;
		run.kernel.others = rows[i].others;
		run.kernel.send_buffer = 8 << 20;
		add_network("10.0.4.0/22");
		go();
		assert_asked(1, 1);
		assert_swift(run.count, 1000);
		end();
	}
}

static void check_gateway(size_t length, int64_t (*answer_ns)(uint32_t addr))
{
	begin(SECONDS(5), 0, 1000000, answer_ns);
	run.kernel.send_buffer = 8 << 20;
	set_length(length);
	for (uint32_t k = 0; k < 2000; k++)
		add_single(IPV4(10, 1, 16, 0) + k);
	add_network("10.1.32.0/20");
	go();
	assert_asked(1, 1);
	end();
}

/* What waits for a gateway is dropped beyond its queue, without a word. */
static void one_gateway_is_not_sent_more_than_it_queues(void **state)
{
	static const size_t lengths[] = {
		1, 15, 69, 70, 133, 134, 255, 645, 646, 1000, 1472};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		check_gateway(lengths[i], a_slow_gateway_answers);
		check_gateway(lengths[i], nobody_answers);
	}
}

/* On-link and routed addresses at a time, which can't be told apart. */
static void a_gateway_among_neighbours_is_not_sent_more(void **state)
{
	(void)state;
	begin(SECONDS(5), 0, 1000000, a_slow_gateway_answers);
	for (uint32_t i = 0; i < 2000; i++) {
		add_single(IPV4(10, 1, 16, 0) + i);
		if (i % 3 == 0)
			add_single(IPV4(10, 0, 16, 0) + i);
	}
	add_network("10.0.240.0/20");
	add_network("10.1.0.0/20");
	go();
	assert_asked(1, 1);
	end();
}

/* A loop that is held up keeps the rules, too. */
static void a_slow_loop_keeps_the_rules(void **state)
{
	static const int64_t late[] = {0, 1, MS(7), MS(70), MS(700)};

	(void)state;
	for (size_t i = 0; i < COUNT(late); i++) {
		begin(SECONDS(1), 0, 1000, a_proxy_answers);
		run.late_ns = late[i];
		run.send_ns = i == 0 ? 0 : MS(1) / 2;
		add_network("10.0.4.0/22");
		go();
		assert_asked(1, 1);
		end();
	}
}

/* What a user without rights may have in it: longer probes, or a larger table,
 * fill it before half of the table waits. A timeout that is shorter than that of
 * ARP ends nothing. */
static void a_full_send_buffer_loses_no_target(void **state)
{
	static const struct {
		size_t size, length;
		int64_t timeout_ns;
	} rows[] = {{1024, 15, SECONDS(5)}, {1024, 200, SECONDS(5)},
		{1024, 200, SECONDS(1)}, {1024, 1000, SECONDS(5)},
		{4096, 15, SECONDS(5)}, {4096, 15, SECONDS(1)}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(rows[i].timeout_ns, 0, 1000, nobody_answers);
		run.kernel.size = rows[i].size;
		set_length(rows[i].length);
		add_network("10.0.8.0/21");
		go();
		assert_asked(1, 1);
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_empty_network_takes_3_s_for_each_half_of_the_table),
		cmocka_unit_test(who_answers_keeps_his_entry),
		cmocka_unit_test(
			a_proxy_that_answers_for_all_fills_768_entries),
		cmocka_unit_test(a_routed_network_goes_as_fast_as_the_rate),
		cmocka_unit_test(small_networks_are_one_sweep),
		cmocka_unit_test(what_overlaps_is_asked_once),
		cmocka_unit_test(single_targets_are_paced_in_rounds),
		cmocka_unit_test(
			the_first_round_is_whole_however_short_the_timeout),
		cmocka_unit_test(routed_single_targets_go_at_once),
		cmocka_unit_test(a_full_table_does_not_hold_up_what_is_routed),
		cmocka_unit_test(a_full_table_does_not_hold_up_a_routed_scan),
		cmocka_unit_test(the_table_may_be_of_any_size),
		cmocka_unit_test(one_gateway_is_not_sent_more_than_it_queues),
		cmocka_unit_test(a_gateway_among_neighbours_is_not_sent_more),
		cmocka_unit_test(a_slow_loop_keeps_the_rules),
		cmocka_unit_test(a_full_send_buffer_loses_no_target),
	};

	return RUN(tests);
}
