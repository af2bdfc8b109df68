#include "unit.h"

#include "core/segmented.h"

#include "memory.h"
#include "tables.h"

enum { ETH0 = 1, DOCKER0, BR0, VETH, LO, ETH1, GONE };

static struct netif links[] = {
	{ETH0, 0, "eth0", "", .up = true, .broadcast = true},
	{DOCKER0, 0, "docker0", "bridge", .up = true, .broadcast = true},
	{BR0, 0, "br0", "bridge", .up = true, .broadcast = true},
	{VETH, BR0, "veth1", "veth", .up = true, .broadcast = true},
	{LO, 0, "lo", "", .up = true, .loopback = true},
	{ETH1, 0, "eth1", "", .broadcast = true},
};

static struct netif_address addresses[] = {
	{ETH0, {IPV4(10, 15, 0, 7), 16}},
	{LO, {IPV4(10, 99, 0, 1), 8}},
	{ETH0, {IPV4(192, 168, 1, 7), 24}},
	{ETH0, {IPV4(10, 16, 0, 7), 16}, IPV4(10, 16, 0, 255)},
	{ETH0, {IPV4(10, 17, 0, 7), 16}, IPV4(10, 17, 1, 255)},
	{DOCKER0, {IPV4(172, 17, 0, 1), 16}},
	{BR0, {IPV4(172, 18, 0, 1), 16}},
	{ETH1, {IPV4(10, 18, 0, 7), 16}},
	{GONE, {IPV4(10, 19, 0, 7), 16}},
	/* 10.21.255.255 is what is used, and that of its own /24 */
	{ETH0, {IPV4(10, 21, 255, 7), 16}, IPV4_ALL_HOSTS},
	{ETH0, {IPV4(10, 20, 0, 7), 16}, 0, IPV4(10, 20, 0, 8)},
};

static const struct netif_table host = {
	links, COUNT(links), addresses, COUNT(addresses)};

static const struct netif_lists all = {{NULL, 0}, {NULL, 0}};

static void assert_segmented(const struct segmented *found, int index,
	uint32_t addr, uint32_t broadcast, bool is_virtual)
{
	assert_non_null(found->link);
	assert_int_equal(found->link->index, index);
	assert_int_equal(found->network.addr, addr);
	assert_int_equal(found->network.prefix, 16);
	assert_int_equal(found->verdict.broadcast, broadcast);
	assert_true(found->verdict.segmented);
	assert_true(found->verdict.segments == 256);
	assert_int_equal(found->is_virtual, is_virtual);
}

static void flagged_addresses_are_listed_and_virtual_ones_marked(void **state)
{
	struct segmented_list list = {0};

	(void)state;
	assert_true(segmented_judge_all(&list, &host, &all));
	assert_int_equal(list.selected, 7);
	assert_int_equal(list.count, 4);
	assert_int_equal(list.counting, 2);
	assert_segmented(&list.at[0], ETH0, IPV4(10, 15, 0, 7),
		IPV4(10, 15, 255, 255), false);
	assert_segmented(&list.at[1], ETH0, IPV4(10, 17, 0, 7),
		IPV4(10, 17, 1, 255), false);
	assert_segmented(&list.at[2], DOCKER0, IPV4(172, 17, 0, 1),
		IPV4(172, 17, 255, 255), true);
	assert_segmented(&list.at[3], BR0, IPV4(172, 18, 0, 1),
		IPV4(172, 18, 255, 255), true);
	segmented_release(&list);
}

static void the_lists_say_what_is_judged(void **state)
{
	static const struct {
		struct netif_lists lists;
		size_t selected, count, counting;
	} rows[] = {
		{{BYTES("eth0"), {NULL, 0}}, 5, 2, 2},
		{{BYTES("eth*"), {NULL, 0}}, 5, 2, 2},
		{{BYTES("docker0,br0"), {NULL, 0}}, 2, 2, 0},
		{{{NULL, 0}, BYTES("eth0")}, 2, 2, 0},
		{{{NULL, 0}, BYTES("[db]*")}, 5, 2, 2},
		{{BYTES("wlan0"), {NULL, 0}}, 0, 0, 0},
		{{BYTES("lo,eth1"), {NULL, 0}}, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct segmented_list list = {0};
		assert_true(segmented_judge_all(&list, &host, &rows[i].lists));
		if (list.selected != rows[i].selected ||
			list.count != rows[i].count ||
			list.counting != rows[i].counting)
			fail_msg("row %zu: %zu, %zu, %zu", i, list.selected,
				list.count, list.counting);
		segmented_release(&list);
	}
}

static void a_host_without_addresses_has_nothing_to_judge(void **state)
{
	static const struct netif_table nothing = {NULL, 0, NULL, 0};
	struct segmented_list list = {0};

	(void)state;
	assert_true(segmented_judge_all(&list, &nothing, &all));
	assert_int_equal(list.selected, 0);
	assert_int_equal(list.count, 0);
	segmented_release(&list);
}

static void an_address_is_judged_without_a_host(void **state)
{
	static const struct network flagged = {IPV4(10, 15, 0, 7), 16};
	static const struct network plain = {IPV4(192, 168, 0, 7), 16};
	struct segmented_list list = {0};

	(void)state;
	assert_true(segmented_judge(&list, NULL, NULL, plain, 0));
	assert_int_equal(list.count, 0);
	assert_true(segmented_judge(&list, NULL, NULL, flagged, 0));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.counting, 1);
	assert_null(list.at[0].link);
	assert_false(list.at[0].is_virtual);
	assert_int_equal(list.at[0].network.addr, flagged.addr);
	assert_int_equal(list.at[0].verdict.broadcast, ipv4_last(flagged));
	segmented_release(&list);
}

static void a_list_goes_on_where_it_was(void **state)
{
	struct segmented_list list = {0};

	(void)state;
	assert_true(segmented_judge_all(&list, &host, &all));
	assert_true(segmented_judge_all(&list, &host, &all));
	assert_int_equal(list.selected, 14);
	assert_int_equal(list.count, 8);
	assert_int_equal(list.counting, 4);
	assert_int_equal(list.at[4].network.addr, IPV4(10, 15, 0, 7));
	segmented_release(&list);
	assert_null(list.at);
	assert_int_equal(list.count, 0);
	assert_int_equal(list.counting, 0);
}

static void without_memory_the_list_keeps_what_it_has(void **state)
{
	(void)state;
	for (long left = 0; left < 3; left++) {
		struct segmented_list list = {0};
		memory_left = left;
		bool ok = segmented_judge_all(&list, &host, &all);
		memory_restore();
		assert_false(ok);
		assert_int_equal(list.count, left);
		assert_int_equal(list.counting, left < 2 ? left : 2);
		segmented_release(&list);
	}
}

static void a_network_is_shown_without_its_host_bits(void **state)
{
	const struct segmented found = {.network = {IPV4(10, 15, 77, 7), 20}};
	struct str out = STR_EMPTY;

	(void)state;
	segmented_add_network(&out, &found);
	assert_text(&out, "10.15.64.0/20");
	str_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			flagged_addresses_are_listed_and_virtual_ones_marked),
		cmocka_unit_test(the_lists_say_what_is_judged),
		cmocka_unit_test(a_host_without_addresses_has_nothing_to_judge),
		cmocka_unit_test(an_address_is_judged_without_a_host),
		cmocka_unit_test(a_list_goes_on_where_it_was),
		cmocka_unit_test(without_memory_the_list_keeps_what_it_has),
		cmocka_unit_test(a_network_is_shown_without_its_host_bits),
	};

	return RUN(tests);
}
