#include "unit.h"

#include "core/netif.h"

#include "tables.h"

enum { LO = 1, ETH0 };

static const struct netif_table nothing = {NULL, 0, NULL, 0};

static const struct netif plain = {
	ETH0, 0, "eth0", "", .up = true, .broadcast = true};

static void lists_leave_in_or_out(void **state)
{
	static const struct netif_address address = {
		ETH0, {IPV4(10, 1, 2, 3), 24}};
	static const struct {
		struct netif_lists lists;
		enum netif_reason reason;
	} rows[] = {
		{{{NULL, 0}, {NULL, 0}}, NETIF_SELECTED},
		{{BYTES("eth0"), {NULL, 0}}, NETIF_SELECTED},
		{{BYTES("wlan0, eth0"), {NULL, 0}}, NETIF_SELECTED},
		{{BYTES("eth*"), {NULL, 0}}, NETIF_SELECTED},
		{{BYTES("eth[0-3]"), {NULL, 0}}, NETIF_SELECTED},
		{{BYTES("wlan0"), {NULL, 0}}, NETIF_NOT_WHITELISTED},
		{{BYTES("ETH0"), {NULL, 0}}, NETIF_NOT_WHITELISTED},
		{{BYTES("eth"), {NULL, 0}}, NETIF_NOT_WHITELISTED},
		{{BYTES(""), {NULL, 0}}, NETIF_NOT_WHITELISTED},
		{{{NULL, 0}, BYTES("eth0")}, NETIF_BLACKLISTED},
		{{{NULL, 0}, BYTES("lo,?th*")}, NETIF_BLACKLISTED},
		{{{NULL, 0}, BYTES("wlan0")}, NETIF_SELECTED},
		{{{NULL, 0}, BYTES("")}, NETIF_SELECTED},
		{{BYTES("eth*"), BYTES("eth0")}, NETIF_BLACKLISTED},
		{{BYTES("eth*"), BYTES("eth1")}, NETIF_SELECTED},
		{{BYTES("wlan*"), BYTES("eth0")}, NETIF_NOT_WHITELISTED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (netif_verdict(&plain, &address, &rows[i].lists) !=
			rows[i].reason)
			fail_msg("row %zu", i);
}

/* What of it is seen first: loopback, down, no broadcast, the lists. */
static void a_verdict_names_the_first_reason(void **state)
{
	static const struct netif_lists none = {{NULL, 0}, {NULL, 0}};
	static const struct netif_lists white = {BYTES("wlan0"), {NULL, 0}};
	static const struct netif_lists black = {BYTES("eth0"), BYTES("*")};
	static const struct {
		struct netif link;
		struct netif_address address;
		const struct netif_lists *lists;
		enum netif_reason reason;
	} rows[] = {
		{{ETH0, 0, "eth0", .up = true, .broadcast = true},
			{ETH0, {IPV4(10, 1, 2, 3), 24}}, &none, NETIF_SELECTED},
		{{ETH0, 0, "eth0", .up = true, .broadcast = true},
			{ETH0, {IPV4(10, 1, 2, 3), 24}}, &white,
			NETIF_NOT_WHITELISTED},
		{{ETH0, 0, "eth0", .up = true, .broadcast = true},
			{ETH0, {IPV4(10, 1, 2, 3), 24}}, &black,
			NETIF_BLACKLISTED},
		{{ETH0, 0, "eth0", .up = true, .broadcast = true},
			{ETH0, {IPV4(10, 1, 2, 3), 31}}, &white,
			NETIF_NO_BROADCAST},
		{{ETH0, 0, "eth0", .up = true, .broadcast = true},
			{ETH0, {IPV4(10, 1, 2, 3), 24}, 0, IPV4(10, 1, 2, 4)},
			&black, NETIF_NO_BROADCAST},
		{{ETH0, 0, "eth0", .up = true}, {ETH0, {IPV4(10, 1, 2, 3), 24}},
			&white, NETIF_NO_BROADCAST},
		{{ETH0, 0, "eth0", .up = true, .broadcast = true,
			 .point_to_point = true},
			{ETH0, {IPV4(10, 1, 2, 3), 24}}, &none,
			NETIF_NO_BROADCAST},
		{{ETH0, 0, "eth0"}, {ETH0, {IPV4(10, 1, 2, 3), 32}}, &white,
			NETIF_DOWN},
		{{ETH0, 0, "eth0", .broadcast = true},
			{ETH0, {IPV4(10, 1, 2, 3), 24}}, &none, NETIF_DOWN},
		{{LO, 0, "lo", .loopback = true},
			{LO, {IPV4(127, 0, 0, 1), 32}}, &white, NETIF_LOOPBACK},
		{{LO, 0, "lo", .up = true, .loopback = true, .broadcast = true},
			{LO, {IPV4(127, 0, 0, 1), 8}}, &none, NETIF_LOOPBACK},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (netif_verdict(&rows[i].link, &rows[i].address,
			    rows[i].lists) != rows[i].reason)
			fail_msg("row %zu", i);
}

static void reasons_have_the_names_of_the_manual(void **state)
{
	(void)state;
	assert_null(netif_reason_text(NETIF_SELECTED));
	assert_string_equal(netif_reason_text(NETIF_LOOPBACK), "loopback");
	assert_string_equal(netif_reason_text(NETIF_DOWN), "down");
	assert_string_equal(
		netif_reason_text(NETIF_NO_BROADCAST), "no-broadcast");
	assert_string_equal(
		netif_reason_text(NETIF_NOT_WHITELISTED), "not-whitelisted");
	assert_string_equal(
		netif_reason_text(NETIF_BLACKLISTED), "blacklisted");
}

static void a_name_may_say_that_a_network_is_virtual(void **state)
{
	static const struct {
		struct netif link;
		bool is_virtual;
	} rows[] = {
		{{1, 0, "docker0"}, true},
		{{1, 0, "docker"}, true},
		{{1, 0, "docker_gwbridge"}, true},
		{{1, 0, "br-docker"}, true},
		{{1, 0, "MyDockerNet"}, true},
		{{1, 0, "dockdocker"}, true},
		{{1, 0, "vmware1"}, true},
		{{1, 0, "x-VMware"}, true},
		{{1, 0, "VirtualBox"}, true},
		{{1, 0, "my-virtual-0"}, true},
		{{1, 0, "hyper-v"}, true},
		{{1, 0, "aHYPER-Vb"}, true},
		{{1, 0, "virbr"}, true},
		{{1, 0, "virbr0"}, true},
		{{1, 0, "virbr0-nic"}, true},
		{{1, 0, "xvirbr0"}, false},
		{{1, 0, "virb"}, false},
		{{1, 0, "virt0"}, false},
		{{1, 0, "docke"}, false},
		{{1, 0, "dock-er"}, false},
		{{1, 0, "hyperv"}, false},
		{{1, 0, "vmwar"}, false},
		{{1, 0, "eth0"}, false},
		{{1, 0, "veth1", "veth"}, false},
		{{1, 0, "tun0", "tun"}, false},
		{{1, 0, "bond0", "bond"}, false},
		{{1, 0, "bridge0"}, false},
		{{1, 0, ""}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (netif_is_virtual(&nothing, &rows[i].link) !=
			rows[i].is_virtual)
			fail_msg("'%s'", rows[i].link.name);
}

/* A bridge of index 5 with up to two members, and what is no member of it. */
static bool is_virtual_bridge(const char *kind, const char *a, const char *b)
{
	struct netif all[] = {
		{6, a ? 5 : 0, "a", ""},
		{5, 0, "br0", ""},
		{ETH0, 0, "eth0", ""},
		{8, 9, "eth1", ""},
		{9, 0, "br1", "bridge"},
		{7, b ? 5 : 0, "b", ""},
	};
	struct netif_table table = {all, COUNT(all), NULL, 0};

	snprintf(all[1].kind, sizeof all[1].kind, "%s", kind);
	snprintf(all[0].kind, sizeof all[0].kind, "%s", a ? a : "");
	snprintf(all[5].kind, sizeof all[5].kind, "%s", b ? b : "");
	return netif_is_virtual(&table, &all[1]);
}

static void a_bridge_is_virtual_without_a_real_member(void **state)
{
	static const struct {
		const char *kind, *members[2];
		bool is_virtual;
	} rows[] = {
		{"bridge", {NULL, NULL}, true},
		{"bridge", {"veth", NULL}, true},
		{"bridge", {"tun", NULL}, true},
		{"bridge", {"veth", "tun"}, true},
		{"bridge", {"veth", "veth"}, true},
		{"bridge", {"", NULL}, false},
		{"bridge", {"", "veth"}, false},
		{"bridge", {"veth", ""}, false},
		{"bridge", {"tun", "bond"}, false},
		{"bridge", {"vlan", "veth"}, false},
		{"bridge", {"vet", NULL}, false},
		{"bridge", {"tunx", NULL}, false},
		{"bond", {NULL, NULL}, false},
		{"bond", {"veth", "veth"}, false},
		{"", {NULL, NULL}, false},
		{"bridgex", {NULL, NULL}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (is_virtual_bridge(rows[i].kind, rows[i].members[0],
			    rows[i].members[1]) != rows[i].is_virtual)
			fail_msg("row %zu", i);
}

static void a_virtual_name_counts_whatever_is_in_the_bridge(void **state)
{
	struct netif all[] = {{5, 0, "docker0", "bridge"}, {6, 5, "eth0", ""}};
	struct netif_table table = {all, COUNT(all), NULL, 0};

	(void)state;
	assert_true(netif_is_virtual(&table, &all[0]));
	assert_false(netif_is_virtual(&table, &all[1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_leave_in_or_out),
		cmocka_unit_test(a_verdict_names_the_first_reason),
		cmocka_unit_test(reasons_have_the_names_of_the_manual),
		cmocka_unit_test(a_name_may_say_that_a_network_is_virtual),
		cmocka_unit_test(a_bridge_is_virtual_without_a_real_member),
		cmocka_unit_test(
			a_virtual_name_counts_whatever_is_in_the_bridge),
	};

	return RUN(tests);
}
