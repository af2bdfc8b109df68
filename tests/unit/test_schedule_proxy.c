#include "scheduling.h"

/* A table of neighbours that is not like the others: one proxy answers for all,
 * some entries are nobody's here, and not every on-link address is known to be
 * one. */

/* As Linux does (proxy_delay, arp(7)), each time after another while; the gateway
 * is itself. */
static int64_t a_proxy_answers(uint32_t addr)
{
	return addr == kernel_gateway
		       ? 0
		       : MS(1 + (addr * UINT32_C(2654435769) >> 7) % 800);
}

/* A router that answers for every /24 but one. */
static int64_t a_proxy_answers_for_some(uint32_t addr)
{
	return addr >> 8 & 3 ? a_proxy_answers(addr) : -1;
}

static void begin_with_proxy(int64_t (*answer_ns)(uint32_t addr))
{
	begin(SECONDS(5), 0, 1000, answer_ns);
	/* As many as Linux puts off: it drops more (proxy_qlen). */
	run.kernel.proxy = 64;
}

/* Nobody is lost, and the sweep began anew at most once; it takes about as long as
 * if the proxy could be asked at will. */
static void check_proxy(
	const char *network, int64_t (*answer_ns)(uint32_t addr))
{
	begin_with_proxy(answer_ns);
	add_network(network);
	go();
	assert_asked(1, 2);
	assert_true(run.schedule.pace.slow);
	assert_true(run.schedule.visited == run.schedule.sweep.total);
	assert_true(
		sweep_asked(&run.schedule.sweep) == run.schedule.sweep.total);
	assert_heard();
	end();
}

static void a_late_proxy_drops_nothing(void **state)
{
	(void)state;
	check_proxy("10.0.4.0/22", a_proxy_answers);
	assert_swift(run.count, 1000);
	check_proxy("10.0.4.0/24", a_proxy_answers);
	check_proxy("10.0.8.0/21", a_proxy_answers);
	assert_swift(run.count, 1000);
	check_proxy("10.0.4.0/22", a_proxy_answers_for_some);
}

static void a_late_proxy_drops_no_single_target(void **state)
{
	(void)state;
	begin_with_proxy(a_proxy_answers);
	run.schedule.config.timeout_ns = SECONDS(20);
	run.schedule.config.retries = 3;
	for (uint32_t i = 0; i < 500; i++)
		add_single(IPV4(10, 0, 8, 0) + i);
	go();
	assert_asked(1, 5);
	assert_true(run.schedule.pace.slow);
	assert_heard();
	end();
}

/* The round begins anew, as long as it is not over. */
static void a_round_that_finds_a_late_proxy_begins_anew(void **state)
{
	(void)state;
	begin_with_proxy(a_proxy_answers);
	for (uint32_t i = 0; i < 600; i++)
		add_single(IPV4(10, 0, 8, 0) + i);
	go();
	assert_asked(1, 2);
	assert_int_equal(run.schedule.round, 1);
	assert_heard();
	end();
}

/* It was found in the sweep: only the scan is left, which does not begin anew. */
static void what_a_sweep_found_the_scan_knows(void **state)
{
	(void)state;
	begin_with_proxy(a_proxy_answers);
	run.scan_due = true;
	add_network("10.0.4.0/24");
	add_scan("10.0.8.0/24", ETH0);
	want_hosts(read_network("10.0.8.0/24"));
	go();
	assert_asked(1, 2);
	assert_heard();
	for (uint32_t i = 1; i < 255; i++)
		assert_int_equal(run.asked[8 << 8 | i], 1);
	assert_true(run.schedule.visited == 2 * 254);
	end();
}

static void a_scan_that_finds_it_begins_anew_alone(void **state)
{
	(void)state;
	begin_with_proxy(a_proxy_answers);
	run.scan_due = true;
	add_network("10.1.4.0/24");
	add_scan("10.0.8.0/24", ETH0);
	want_hosts(read_network("10.0.8.0/24"));
	go();
	assert_asked(1, 2);
	for (uint32_t i = 1; i < 255; i++)
		assert_int_equal(run.asked[1 << 16 | 4 << 8 | i], 1);
	assert_true(run.schedule.visited == 2 * 254);
	assert_heard();
	end();
}

static int what_was_asked_fails(size_t i, uint32_t addr)
{
	(void)i;
	return run.asked[addr - base] ? ENETUNREACH : 0;
}

/* An answer to the first one can still come. */
static void a_probe_that_went_counts_though_the_next_one_fails(void **state)
{
	(void)state;
	begin_with_proxy(a_proxy_answers);
	run.fault = what_was_asked_fails;
	add_network("10.0.4.0/24");
	go();
	assert_asked(1, 1);
	assert_true(run.schedule.pace.slow && run.schedule.swept.failed > 0);
	assert_true(
		sweep_asked(&run.schedule.sweep) == run.schedule.sweep.total);
	end();
}

/* This host is none of its own neighbours. */
static void the_own_address_is_asked_too(void **state)
{
	(void)state;
	begin(SECONDS(5), 0, 1000, nobody_answers);
	add_network("10.0.252.0/22");
	for (uint32_t i = 0; i < 100; i++)
		assert_true(schedule_add_target(&run.schedule,
			(struct endpoint){own_address, (uint16_t)(i + 1)}, 0));
	run.until_ns = start + MS(1);
	go();
	assert_int_equal(run.count, 100);
	assert_int_equal(run.looks, 0);
	run.until_ns = INT64_MAX;
	go_on();
	assert_asked(1, 101);
	assert_int_equal(run.asked[own_address - base], 101);
	end();
}

/* Entries of other namespaces, of which nobody knows until there is no room. */
static void a_crowded_table_loses_no_host_of_a_sweep(void **state)
{
	static const size_t others[] = {256, 300, 500, 900, 1000, 1020};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		begin(SECONDS(1), 0, 1000, all_answer);
		run.kernel.others = others[i];
		add_network("10.0.4.0/23");
		go();
		assert_asked(1, 1);
		assert_true(run.schedule.pace.crowded || others[i] <= 514);
		assert_swift(run.count, 1000);
		end();
	}
}

/* Those that answer hold their entries for 35 s. */
static void a_crowded_table_loses_no_single_target(void **state)
{
	static const size_t others[] = {256, 300, 500, 900};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		begin(SECONDS(5), 0, 1000, all_answer);
		run.kernel.others = others[i];
		for (uint32_t k = 0; k < 1000; k++)
			add_single(IPV4(10, 0, 8, 0) + k);
		go();
		assert_asked(1, 1);
		end();
	}
}

/* What a route without a gateway makes on-link takes an entry for each address,
 * like what an address of this host does. */
static void a_route_to_an_interface_is_paced_too(void **state)
{
	static struct netif_address address = {
		.index = ETH0, .network = {IPV4(10, 0, 255, 253), 24}};
	static const struct netif_table routed = {&wire_link, 1, &address, 1};

	(void)state;
	begin(SECONDS(5), 0, 1000, all_answer);
	run.schedule.config.network = &routed;
	add_network("10.0.4.0/22");
	go();
	assert_asked(1, 1);
	end();
	begin(SECONDS(5), 0, 1000, all_answer);
	run.schedule.config.network = &routed;
	for (uint32_t i = 0; i < 1000; i++)
		add_single(IPV4(10, 0, 8, 0) + i);
	go();
	assert_asked(1, 1);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_late_proxy_drops_nothing),
		cmocka_unit_test(a_late_proxy_drops_no_single_target),
		cmocka_unit_test(a_round_that_finds_a_late_proxy_begins_anew),
		cmocka_unit_test(what_a_sweep_found_the_scan_knows),
		cmocka_unit_test(a_scan_that_finds_it_begins_anew_alone),
		cmocka_unit_test(
			a_probe_that_went_counts_though_the_next_one_fails),
		cmocka_unit_test(the_own_address_is_asked_too),
		cmocka_unit_test(a_crowded_table_loses_no_host_of_a_sweep),
		cmocka_unit_test(a_crowded_table_loses_no_single_target),
		cmocka_unit_test(a_route_to_an_interface_is_paced_too),
	};

	return RUN(tests);
}
