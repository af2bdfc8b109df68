#include "unit.h"
#include "host.h"

#include "core/sweep.h"

#include "memory.h"
#include "tables.h"

/* What tests compare address by address is within 10.0.0.0/15. */
enum { SPAN = 1 << 17 };
static const uint32_t base = IPV4(10, 0, 0, 0);

/* What is to be asked at each address, and what was. */
static struct {
	unsigned char wanted[SPAN], asked[SPAN];
	uint64_t total;
} seen;

static void add(struct sweep *sweep, const char *text, int interface)
{
	struct network network;

	assert_true(ipv4_parse_network(slice_of(text), &network));
	assert_true(sweep_add(sweep, network, interface));
}

/* The hosts of a network, told in another way than the sweep tells them. */
static void want(const char *text)
{
	struct network network;

	assert_true(ipv4_parse_network(slice_of(text), &network));
	for (uint32_t i = 0; i < SPAN; i++) {
		bool edge = !ipv4_contains(network, base + i - 1) ||
			    !ipv4_contains(network, base + i + 1);
		if (ipv4_contains(network, base + i) &&
			(!edge || network.prefix > 30))
			seen.wanted[i] = 1;
	}
}

/* Goes through all of it; ORDER (NULL for none) takes the first AT_MOST. */
static void sweep_all(struct sweep *sweep, uint32_t *order, size_t at_most)
{
	uint32_t addr, again;
	int interface;

	memset(seen.asked, 0, sizeof seen.asked);
	seen.total = 0;
	while (sweep_now(sweep, &addr, &interface)) {
		assert_true(sweep_now(sweep, &again, &interface));
		assert_int_equal(again, addr);
		assert_in_range(addr, base, base + SPAN - 1);
		seen.asked[addr - base]++;
		if (order && seen.total < at_most)
			order[seen.total] = addr;
		seen.total++;
		assert_true(seen.total <= SPAN);
		sweep_go_on(sweep);
	}
}

/* Each host of these networks is asked once, and nobody else. */
static void check_set(const char *const *networks, size_t count)
{
	struct sweep sweep = {0};

	memset(seen.wanted, 0, sizeof seen.wanted);
	for (size_t i = 0; i < count; i++) {
		add(&sweep, networks[i], 0);
		want(networks[i]);
	}
	assert_true(sweep_begin(&sweep));
	sweep_all(&sweep, NULL, 0);
	for (uint32_t i = 0; i < SPAN; i++)
		if (seen.asked[i] != seen.wanted[i])
			fail_msg("%s: asked %u times, not %u",
				ipv4_text(base + i).at, seen.asked[i],
				seen.wanted[i]);
	assert_true(seen.total == sweep.total);
	for (uint32_t i = 0; i < SPAN; i++)
		if (sweep_holds(&sweep, base + i, 0) != seen.wanted[i])
			fail_msg("%s", ipv4_text(base + i).at);
	sweep_release(&sweep);
}

static void the_hosts_of_a_network_are_all_but_its_ends(void **state)
{
	static const struct {
		struct network network;
		uint32_t first, last;
	} rows[] = {
		{{0, 0}, 1, IPV4_ALL_HOSTS - 1},
		{{IPV4(10, 0, 0, 0), 8}, IPV4(10, 0, 0, 1),
			IPV4(10, 255, 255, 254)},
		{{0, 24}, 1, 254},
		{{IPV4(10, 0, 7, 7), 24}, IPV4(10, 0, 7, 1),
			IPV4(10, 0, 7, 254)},
		{{IPV4(10, 0, 0, 7), 29}, IPV4(10, 0, 0, 1), IPV4(10, 0, 0, 6)},
		{{IPV4(10, 0, 0, 7), 30}, IPV4(10, 0, 0, 5), IPV4(10, 0, 0, 6)},
		{{IPV4(10, 0, 0, 7), 31}, IPV4(10, 0, 0, 6), IPV4(10, 0, 0, 7)},
		{{IPV4(10, 0, 0, 7), 32}, IPV4(10, 0, 0, 7), IPV4(10, 0, 0, 7)},
		{{IPV4(255, 255, 255, 255), 32}, IPV4_ALL_HOSTS,
			IPV4_ALL_HOSTS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(sweep_first(rows[i].network), rows[i].first);
		assert_int_equal(sweep_last(rows[i].network), rows[i].last);
		assert_true(sweep_hosts(rows[i].network) ==
			    rows[i].last - rows[i].first + 1);
	}
}

static void each_host_is_asked_once(void **state)
{
	char text[32];

	(void)state;
	for (unsigned prefix = 16; prefix <= 32; prefix++) {
		const char *network = text;
		snprintf(text, sizeof text, "10.0.129.130/%u", prefix);
		check_set(&network, 1);
	}
}

static void what_overlaps_is_asked_once(void **state)
{
	static const char *const sets[][5] = {
		{"10.0.0.0/24", "10.0.0.0/24"},
		{"10.0.0.0/24", "10.0.0.77/24"},
		/* one in the other, whatever comes first */
		{"10.0.0.0/22", "10.0.1.0/24"},
		{"10.0.1.0/24", "10.0.0.0/22"},
		{"10.0.0.0/22", "10.0.0.0/24", "10.0.3.0/24", "10.0.0.0/23"},
		{"10.0.3.128/25", "10.0.0.0/16", "10.0.0.0/30"},
		/* a last address of one that is a host of the other */
		{"10.0.0.0/24", "10.0.0.0/23", "10.0.1.0/24"},
		/* side by side: the ends of each are left out */
		{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"},
		{"10.0.0.8/30", "10.0.0.4/30", "10.0.0.0/30"},
		/* small ones at the ends of others and among themselves */
		{"10.0.0.0/24", "10.0.0.0/32", "10.0.0.255/32"},
		{"10.0.0.0/24", "10.0.0.0/31", "10.0.0.254/31", "10.0.0.0/32"},
		{"10.0.0.9/32", "10.0.0.8/31", "10.0.0.8/30", "10.0.0.9/32"},
		{"10.1.255.0/24", "10.0.0.0/24", "10.1.0.0/24"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(sets); i++) {
		size_t count = 0;
		while (count < 5 && sets[i][count])
			count++;
		check_set(sets[i], count);
	}
}

static void each_interface_is_swept_for_itself(void **state)
{
	struct sweep sweep = {0};
	unsigned asked[ETH1 + 1] = {0};
	uint32_t addr;
	int interface;

	(void)state;
	add(&sweep, "10.0.0.0/24", ETH1);
	add(&sweep, "10.0.0.0/25", ETH0);
	add(&sweep, "10.0.0.0/26", ETH1);
	add(&sweep, "10.0.0.7/32", 0);
	add(&sweep, "10.0.0.0/26", ETH0);
	assert_true(sweep_begin(&sweep));
	assert_true(sweep.total == 254 + 126 + 1);
	for (; sweep_now(&sweep, &addr, &interface); sweep_go_on(&sweep)) {
		assert_in_range(interface, 0, ETH1);
		asked[interface]++;
	}
	assert_int_equal(asked[0], 1);
	assert_int_equal(asked[ETH0], 126);
	assert_int_equal(asked[ETH1], 254);
	assert_true(sweep_holds(&sweep, IPV4(10, 0, 0, 200), ETH1));
	assert_false(sweep_holds(&sweep, IPV4(10, 0, 0, 200), ETH0));
	assert_false(sweep_holds(&sweep, IPV4(10, 0, 0, 8), 0));
	sweep_release(&sweep);
}

/* x.x.x.1 first, x.x.x.0 last. */
static void each_24_is_visited_early(void **state)
{
	static uint32_t order[65534];
	struct sweep sweep = {0};

	(void)state;
	add(&sweep, "10.1.0.0/16", 0);
	assert_true(sweep_begin(&sweep));
	sweep_all(&sweep, order, COUNT(order));
	assert_true(seen.total == COUNT(order));
	for (uint32_t i = 0; i < 255 * 256 - 1; i++)
		assert_int_equal(order[i],
			IPV4(10, 1, 0, 0) + i % 256 * 256 + i / 256 + 1);
	for (uint32_t i = 1; i < 256; i++)
		assert_int_equal(order[255 * 256 + i - 2], IPV4(10, 1, i, 0));
	sweep_release(&sweep);
}

static void networks_take_turns(void **state)
{
	static const uint32_t expected[] = {IPV4(10, 0, 2, 1),
		IPV4(10, 0, 2, 2), IPV4(10, 0, 0, 5), IPV4(10, 0, 0, 6),
		IPV4(10, 0, 0, 255), IPV4(10, 0, 1, 0)};
	uint32_t order[COUNT(expected)];
	struct sweep sweep = {0};

	(void)state;
	add(&sweep, "10.0.2.0/30", 0);
	add(&sweep, "10.0.1.0/32", 0);
	add(&sweep, "10.0.0.4/30", 0);
	add(&sweep, "10.0.0.255/32", 0);
	assert_true(sweep_begin(&sweep));
	sweep_all(&sweep, order, COUNT(order));
	assert_true(seen.total == COUNT(order));
	assert_memory_equal(order, expected, sizeof expected);
	sweep_release(&sweep);
}

static void the_ends_of_all_addresses_are_no_trap(void **state)
{
	static const struct network networks[] = {{IPV4_ALL_HOSTS, 32},
		{IPV4_ALL_HOSTS, 31}, {IPV4(255, 255, 255, 0), 24}, {0, 32},
		{0, 30}};
	static const uint64_t totals[] = {1, 2, 254, 1, 2};

	(void)state;
	for (size_t i = 0; i < COUNT(networks); i++) {
		struct sweep sweep = {0};
		uint64_t asked = 0;
		uint32_t addr;
		int interface;
		assert_true(sweep_add(&sweep, networks[i], 0));
		assert_true(sweep_begin(&sweep));
		for (; sweep_now(&sweep, &addr, &interface) && asked < 300;
			sweep_go_on(&sweep)) {
			assert_true(ipv4_contains(networks[i], addr));
			asked++;
		}
		assert_true(asked == totals[i]);
		sweep_release(&sweep);
	}
}

static void a_sweep_of_nothing_is_at_its_end(void **state)
{
	struct sweep sweep = {0};
	uint32_t addr;
	int interface;

	(void)state;
	sweep_join(&sweep);
	assert_true(sweep_begin(&sweep));
	assert_true(sweep.total == 0);
	assert_false(sweep_now(&sweep, &addr, &interface));
	assert_null(sweep_sent(&sweep, 0, 0));
	assert_false(sweep_holds(&sweep, 0, 0));
	assert_true(sweep_asked(&sweep) == 0);
	sweep_release(&sweep);
}

static void networks_can_be_joined_and_more_be_added(void **state)
{
	struct sweep sweep = {0};

	(void)state;
	add(&sweep, "10.0.0.0/24", 0);
	sweep_join(&sweep);
	assert_true(sweep.total == 254);
	sweep_join(&sweep);
	assert_true(sweep.total == 254);
	add(&sweep, "10.0.1.0/24", 0);
	add(&sweep, "10.0.0.0/23", 0);
	sweep_join(&sweep);
	assert_true(sweep.total == 510);
	assert_int_equal(sweep.range_count, 1);
	/* A list that was cut short grows again. */
	for (unsigned i = 0; i < 5; i++) {
		add(&sweep, "10.1.0.0/24", (int)i);
		sweep_join(&sweep);
	}
	assert_true(sweep.total == 510 + 5 * 254);
	add(&sweep, "10.0.0.0/8", 0);
	sweep_join(&sweep);
	assert_true(sweep.total == (1 << 24) - 2 + 4 * 254);
	sweep_release(&sweep);
}

static void without_memory_a_sweep_stays_as_it_was(void **state)
{
	static const struct network network = {IPV4(10, 0, 0, 0), 24};
	struct sweep sweep = {0};
	uint32_t addr;
	int interface;

	(void)state;
	memory_left = 0;
	bool ok = sweep_add(&sweep, network, 0);
	memory_restore();
	assert_false(ok);
	assert_int_equal(sweep.range_count, 0);
	add(&sweep, "10.0.0.0/30", 0);
	memory_left = 0;
	ok = sweep_add(&sweep, network, 0);
	memory_restore();
	assert_false(ok);
	assert_int_equal(sweep.range_count, 1);
	memory_left = 0;
	ok = sweep_begin(&sweep);
	memory_restore();
	assert_false(ok);
	assert_null(sweep_sent(&sweep, IPV4(10, 0, 0, 1), 0));
	assert_true(sweep_begin(&sweep));
	assert_true(sweep_now(&sweep, &addr, &interface));
	sweep_release(&sweep);
}

/* Both ends of a network can be in a sweep that leaves out what is between. */
static void a_network_is_covered_by_one_range(void **state)
{
	static const struct {
		const char *networks[3], *network;
		bool covered;
	} rows[] = {
		{{"10.0.0.0/24"}, "10.0.0.0/24", true},
		{{"10.0.0.0/24"}, "10.0.0.77/24", true},
		{{"10.0.0.0/24"}, "10.0.0.0/25", true},
		{{"10.0.0.0/24"}, "10.0.0.64/30", true},
		{{"10.0.0.0/24"}, "10.0.0.128/25", true},
		{{"10.0.0.0/24"}, "10.0.0.0/23", false},
		{{"10.0.0.0/25"}, "10.0.0.0/24", false},
		{{"10.0.0.128/25"}, "10.0.0.0/24", false},
		{{"10.0.0.0/24", "10.0.3.0/24"}, "10.0.0.0/22", false},
		/* joined, they lack an address at each seam */
		{{"10.0.0.0/24", "10.0.1.0/24"}, "10.0.0.0/23", false},
		{{"10.0.0.0/24", "10.0.1.0/24", "10.0.0.255/32"}, "10.0.0.0/23",
			false},
		{{"10.0.0.0/23", "10.0.1.0/24"}, "10.0.0.0/23", true},
		{{"10.0.0.8/31"}, "10.0.0.8/31", true},
		{{"10.0.0.8/32"}, "10.0.0.8/31", false},
		{{"10.0.1.0/24"}, "10.0.0.0/24", false},
		{{NULL}, "10.0.0.0/24", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sweep sweep = {0};
		struct network network;
		assert_true(ipv4_parse_network(
			slice_of(rows[i].network), &network));
		add(&sweep, rows[i].network, ETH0);
		for (size_t k = 0; k < 3 && rows[i].networks[k]; k++)
			add(&sweep, rows[i].networks[k], ETH1);
		sweep_join(&sweep);
		if (sweep_covers(&sweep, network, ETH1) != rows[i].covered)
			fail_msg("row %zu", i);
		assert_true(sweep_covers(&sweep, network, ETH0));
		assert_false(sweep_covers(&sweep, network, 0));
		sweep_release(&sweep);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hosts_of_a_network_are_all_but_its_ends),
		cmocka_unit_test(each_host_is_asked_once),
		cmocka_unit_test(what_overlaps_is_asked_once),
		cmocka_unit_test(each_interface_is_swept_for_itself),
		cmocka_unit_test(each_24_is_visited_early),
		cmocka_unit_test(networks_take_turns),
		cmocka_unit_test(the_ends_of_all_addresses_are_no_trap),
		cmocka_unit_test(a_sweep_of_nothing_is_at_its_end),
		cmocka_unit_test(networks_can_be_joined_and_more_be_added),
		cmocka_unit_test(a_network_is_covered_by_one_range),
		cmocka_unit_test(without_memory_a_sweep_stays_as_it_was),
	};

	return RUN(tests);
}
