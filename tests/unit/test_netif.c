#include "unit.h"

#include "core/netif.h"

#include "tables.h"

enum {
	LO = 1,
	ETH0,
	WLAN0,
	TUN0,
	DOCKER0,
	PPP0,
	GONE, /* has an address and no link */
	OTHER, /* is nowhere */
};

static struct netif links[] = {
	{LO, 0, "lo", "", .up = true, .loopback = true},
	{ETH0, 0, "eth0", "", .up = true, .broadcast = true},
	{WLAN0, 0, "wlan0", "", .up = true, .broadcast = true},
	{TUN0, 0, "tun0", "tun", .up = true, .point_to_point = true},
	{DOCKER0, 0, "docker0", "bridge", .up = true, .broadcast = true},
	{PPP0, 0, "ppp0", "", .up = true, .broadcast = true},
};

static struct netif_address addresses[] = {
	{LO, {IPV4(127, 0, 0, 1), 8}},
	{ETH0, {IPV4(10, 1, 2, 3), 24}, IPV4(10, 1, 2, 255)},
	{ETH0, {IPV4(10, 1, 2, 4), 24}, IPV4(10, 1, 2, 255)},
	{ETH0, {IPV4(192, 168, 7, 1), 31}},
	/* the kernel's is not the one that the prefix gives */
	{WLAN0, {IPV4(10, 9, 1, 1), 16}, IPV4(10, 9, 1, 255)},
	{WLAN0, {IPV4(10, 1, 2, 3), 32}},
	{TUN0, {IPV4(10, 8, 0, 1), 24}, IPV4(10, 8, 0, 255)},
	{DOCKER0, {IPV4(172, 17, 0, 1), 16}},
	{PPP0, {IPV4(10, 7, 0, 1), 24}, IPV4(10, 7, 0, 255),
		IPV4(10, 77, 0, 9)},
	{GONE, {IPV4(10, 6, 0, 1), 24}, IPV4(10, 6, 0, 255)},
	{TUN0, {IPV4(10, 8, 1, 1), 32}, 0, IPV4(10, 88, 0, 1)},
	/* outside of its network */
	{DOCKER0, {IPV4(10, 4, 0, 1), 24}, IPV4(10, 4, 1, 255)},
	/* no network's own, though the kernel lets it be set */
	{WLAN0, {IPV4(10, 5, 0, 1), 24}, IPV4_ALL_HOSTS},
};

static const struct netif_table host = {
	links, COUNT(links), addresses, COUNT(addresses)};

static const struct netif_table nothing = {NULL, 0, NULL, 0};

static void an_interface_is_found_by_its_index(void **state)
{
	(void)state;
	assert_ptr_equal(netif_find(&host, LO), &links[0]);
	assert_ptr_equal(netif_find(&host, WLAN0), &links[2]);
	assert_ptr_equal(netif_find(&host, PPP0), &links[COUNT(links) - 1]);
	assert_null(netif_find(&host, OTHER));
	assert_null(netif_find(&host, 0));
	assert_null(netif_find(&nothing, LO));
	assert_string_equal(netif_name(&host, WLAN0), "wlan0");
	assert_null(netif_name(&host, OTHER));
}

static void the_first_address_is_the_primary_one(void **state)
{
	(void)state;
	assert_int_equal(netif_primary(&host, LO), IPV4(127, 0, 0, 1));
	assert_int_equal(netif_primary(&host, ETH0), IPV4(10, 1, 2, 3));
	assert_int_equal(netif_primary(&host, WLAN0), IPV4(10, 9, 1, 1));
	assert_int_equal(netif_primary(&host, GONE), IPV4(10, 6, 0, 1));
	assert_int_equal(netif_primary(&host, OTHER), 0);
	assert_int_equal(netif_primary(&nothing, ETH0), 0);
}

static void an_address_is_held_by_one_interface_or_more(void **state)
{
	static const struct {
		int index;
		uint32_t addr;
		const struct netif_address *holder;
	} rows[] = {
		{0, IPV4(127, 0, 0, 1), &addresses[0]},
		{0, IPV4(10, 1, 2, 3), &addresses[1]},
		{ETH0, IPV4(10, 1, 2, 3), &addresses[1]},
		{WLAN0, IPV4(10, 1, 2, 3), &addresses[5]},
		{TUN0, IPV4(10, 1, 2, 3), NULL},
		{OTHER, IPV4(10, 1, 2, 3), NULL},
		{0, IPV4(10, 1, 2, 4), &addresses[2]},
		{ETH0, IPV4(10, 1, 2, 4), &addresses[2]},
		{WLAN0, IPV4(10, 1, 2, 4), NULL},
		{0, IPV4(10, 1, 2, 5), NULL},
		{0, IPV4(10, 1, 2, 255), NULL},
		{0, IPV4(10, 6, 0, 1), &addresses[9]},
		{0, 0, NULL},
	};

	(void)state;
	assert_null(netif_holder(&nothing, 0, IPV4(10, 1, 2, 3)));
	for (size_t i = 0; i < COUNT(rows); i++)
		if (netif_holder(&host, rows[i].index, rows[i].addr) !=
			rows[i].holder)
			fail_msg("row %zu", i);
}

static void an_address_is_on_link_from_first_to_last(void **state)
{
	static const struct {
		int index;
		uint32_t addr;
		bool on_link;
	} rows[] = {
		{ETH0, IPV4(10, 1, 1, 255), false},
		{ETH0, IPV4(10, 1, 2, 0), true},
		{ETH0, IPV4(10, 1, 2, 255), true},
		{ETH0, IPV4(10, 1, 3, 0), false},
		{0, IPV4(10, 1, 2, 200), true},
		{WLAN0, IPV4(10, 1, 2, 200), false},
		{WLAN0, IPV4(10, 1, 2, 3), true},
		{OTHER, IPV4(10, 1, 2, 3), false},
		{ETH0, IPV4(192, 168, 6, 255), false},
		{ETH0, IPV4(192, 168, 7, 0), true},
		{ETH0, IPV4(192, 168, 7, 1), true},
		{ETH0, IPV4(192, 168, 7, 2), false},
		{WLAN0, IPV4(10, 9, 255, 255), true},
		{WLAN0, IPV4(10, 10, 0, 0), false},
		{LO, IPV4(127, 255, 0, 1), true},
		/* of a peer it is the peer's network */
		{0, IPV4(10, 7, 0, 9), false},
		{PPP0, IPV4(10, 76, 255, 255), false},
		{PPP0, IPV4(10, 77, 0, 0), true},
		{0, IPV4(10, 77, 0, 255), true},
		{PPP0, IPV4(10, 77, 1, 0), false},
		{PPP0, IPV4(10, 7, 0, 1), true},
		{ETH0, IPV4(10, 7, 0, 1), false},
		{ETH0, IPV4(10, 77, 0, 9), false},
		{TUN0, IPV4(10, 88, 0, 1), true},
		{TUN0, IPV4(10, 88, 0, 2), false},
		{0, IPV4(8, 8, 8, 8), false},
		{0, 0, false},
	};

	(void)state;
	assert_false(netif_on_link(&nothing, 0, IPV4(10, 1, 2, 3)));
	for (size_t i = 0; i < COUNT(rows); i++)
		if (netif_on_link(&host, rows[i].index, rows[i].addr) !=
			rows[i].on_link)
			fail_msg("row %zu", i);
}

static void own_addresses_and_loopback_are_local(void **state)
{
	static const struct {
		uint32_t addr;
		bool local;
	} rows[] = {
		{IPV4(126, 255, 255, 255), false},
		{IPV4(127, 0, 0, 0), true},
		{IPV4(127, 0, 0, 1), true},
		{IPV4(127, 255, 255, 255), true},
		{IPV4(128, 0, 0, 0), false},
		{IPV4(10, 1, 2, 3), true},
		{IPV4(10, 1, 2, 4), true},
		{IPV4(10, 1, 2, 5), false},
		{IPV4(10, 1, 2, 255), false},
		{IPV4(10, 7, 0, 1), true},
		{IPV4(10, 77, 0, 9), false},
		{0, false},
		{IPV4_ALL_HOSTS, false},
	};

	(void)state;
	assert_true(netif_is_local(&nothing, IPV4(127, 1, 2, 3)));
	assert_false(netif_is_local(&nothing, IPV4(10, 1, 2, 3)));
	for (size_t i = 0; i < COUNT(rows); i++)
		if (netif_is_local(&host, rows[i].addr) != rows[i].local)
			fail_msg("%s", ipv4_text(rows[i].addr).at);
}

static void broadcast_is_what_a_network_here_says(void **state)
{
	static const struct {
		uint32_t addr;
		bool broadcast;
	} rows[] = {
		{IPV4_ALL_HOSTS, true},
		{IPV4(255, 255, 255, 254), false},
		{IPV4(10, 1, 2, 255), true},
		{IPV4(10, 1, 2, 254), false},
		{IPV4(10, 1, 2, 0), false},
		{IPV4(10, 1, 2, 3), false},
		/* computed where the kernel has none, else only the kernel's */
		{IPV4(172, 17, 255, 255), true},
		{IPV4(127, 255, 255, 255), true},
		{IPV4(10, 5, 0, 255), true},
		{IPV4(10, 9, 1, 255), true},
		{IPV4(10, 9, 255, 255), false},
		{IPV4(10, 4, 1, 255), true},
		{IPV4(10, 4, 0, 255), false},
		/* a /31, point-to-point, a peer, and one without a link */
		{IPV4(192, 168, 7, 1), false},
		{IPV4(10, 8, 0, 255), false},
		{IPV4(10, 7, 0, 255), false},
		{IPV4(10, 77, 0, 255), false},
		{IPV4(10, 6, 0, 255), false},
		{IPV4(8, 8, 8, 255), false},
	};

	(void)state;
	assert_true(netif_is_broadcast(&nothing, IPV4_ALL_HOSTS));
	assert_false(netif_is_broadcast(&nothing, IPV4(10, 1, 2, 255)));
	for (size_t i = 0; i < COUNT(rows); i++)
		if (netif_is_broadcast(&host, rows[i].addr) !=
			rows[i].broadcast)
			fail_msg("%s", ipv4_text(rows[i].addr).at);
}

/* Though it is what netif_broadcast says where there is none. */
static void zero_is_no_broadcast_address(void **state)
{
	(void)state;
	assert_false(netif_is_broadcast(&nothing, 0));
	assert_false(netif_is_broadcast(&host, 0));
}

static const struct netif plain = {
	ETH0, 0, "eth0", "", .up = true, .broadcast = true};

static void a_broadcast_address_is_the_kernels_or_computed(void **state)
{
	static const struct {
		struct netif_address address;
		uint32_t broadcast;
	} rows[] = {
		{{ETH0, {IPV4(10, 1, 2, 3), 24}}, IPV4(10, 1, 2, 255)},
		{{ETH0, {IPV4(10, 1, 2, 3), 24}, IPV4(10, 1, 255, 255)},
			IPV4(10, 1, 255, 255)},
		{{ETH0, {IPV4(10, 1, 2, 3), 24}, IPV4_ALL_HOSTS},
			IPV4_ALL_HOSTS},
		{{ETH0, {IPV4(10, 1, 2, 3), 0}}, IPV4_ALL_HOSTS},
		{{ETH0, {IPV4(10, 1, 2, 3), 8}}, IPV4(10, 255, 255, 255)},
		{{ETH0, {IPV4(10, 1, 2, 1), 29}}, IPV4(10, 1, 2, 7)},
		{{ETH0, {IPV4(10, 1, 2, 1), 30}}, IPV4(10, 1, 2, 3)},
		{{ETH0, {IPV4(10, 1, 2, 1), 31}}, 0},
		{{ETH0, {IPV4(10, 1, 2, 1), 31}, IPV4(10, 1, 2, 1)}, 0},
		{{ETH0, {IPV4(10, 1, 2, 1), 31}, IPV4_ALL_HOSTS}, 0},
		{{ETH0, {IPV4(10, 1, 2, 1), 32}}, 0},
		{{ETH0, {IPV4(10, 1, 2, 1), 32}, IPV4(10, 1, 2, 1)}, 0},
		{{ETH0, {IPV4(10, 1, 2, 3), 24}, 0, IPV4(10, 1, 2, 4)}, 0},
		{{ETH0, {IPV4(10, 1, 2, 3), 24}, IPV4(10, 1, 2, 255),
			 IPV4(10, 1, 2, 4)},
			0},
	};
	struct netif tunnel = plain;

	(void)state;
	tunnel.point_to_point = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (netif_broadcast(&plain, &rows[i].address) !=
			rows[i].broadcast)
			fail_msg("row %zu", i);
		assert_int_equal(netif_broadcast(&tunnel, &rows[i].address), 0);
	}
}

static void a_directed_broadcast_is_never_the_limited_one(void **state)
{
	static const struct {
		struct netif_address address;
		uint32_t broadcast;
	} rows[] = {
		{{ETH0, {IPV4(10, 1, 2, 3), 24}, IPV4_ALL_HOSTS},
			IPV4(10, 1, 2, 255)},
		{{ETH0, {IPV4(10, 1, 2, 3), 24}, IPV4(10, 1, 255, 255)},
			IPV4(10, 1, 255, 255)},
		{{ETH0, {IPV4(10, 1, 2, 3), 24}}, IPV4(10, 1, 2, 255)},
		{{ETH0, {IPV4(10, 1, 2, 3), 32}, IPV4_ALL_HOSTS}, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			netif_directed_broadcast(&plain, &rows[i].address),
			rows[i].broadcast);
}

static void a_pattern_fits_some_interface_or_none(void **state)
{
	(void)state;
	assert_true(netif_any_matches(&host, slice_of("lo")));
	assert_true(netif_any_matches(&host, slice_of("ppp0")));
	assert_true(netif_any_matches(&host, slice_of("w*")));
	assert_true(netif_any_matches(&host, slice_of("[d-f]th?")));
	assert_false(netif_any_matches(&host, slice_of("eth1")));
	assert_false(netif_any_matches(&host, slice_of("x*")));
	assert_false(netif_any_matches(&host, slice_of("")));
	assert_false(netif_any_matches(&nothing, slice_of("*")));
}

static void a_released_table_is_empty(void **state)
{
	struct netif_table table = {calloc(2, sizeof(struct netif)), 2,
		calloc(3, sizeof(struct netif_address)), 3};

	(void)state;
	netif_table_release(&table);
	assert_null(table.links);
	assert_null(table.addresses);
	assert_int_equal(table.link_count, 0);
	assert_int_equal(table.address_count, 0);
	netif_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_is_found_by_its_index),
		cmocka_unit_test(the_first_address_is_the_primary_one),
		cmocka_unit_test(an_address_is_held_by_one_interface_or_more),
		cmocka_unit_test(an_address_is_on_link_from_first_to_last),
		cmocka_unit_test(own_addresses_and_loopback_are_local),
		cmocka_unit_test(broadcast_is_what_a_network_here_says),
		cmocka_unit_test(zero_is_no_broadcast_address),
		cmocka_unit_test(
			a_broadcast_address_is_the_kernels_or_computed),
		cmocka_unit_test(a_directed_broadcast_is_never_the_limited_one),
		cmocka_unit_test(a_pattern_fits_some_interface_or_none),
		cmocka_unit_test(a_released_table_is_empty),
	};

	return RUN(tests);
}
