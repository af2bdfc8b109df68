#include "unit.h"

#include "core/ipv4.h"

#include "tables.h"

/* Whether TEXT is read as EXPECTED, or refused where that is NULL. */
static bool reads_as(struct slice text, const char *expected)
{
	struct slice bytes = exact(text);
	uint32_t addr = IPV4(7, 7, 7, 7);
	bool ok = ipv4_parse(bytes, &addr);

	exact_free(bytes);
	return ok == (expected != NULL) &&
	       !strcmp(ipv4_text(addr).at, ok ? expected : "7.7.7.7");
}

static void an_address_is_four_octets(void **state)
{
	static const char *const texts[] = {"0.0.0.0", "255.255.255.255",
		"1.2.3.4", "10.20.30.40", "192.168.1.100", "249.250.199.200",
		"100.99.10.9", "127.0.0.1"};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (!reads_as(slice_of(texts[i]), texts[i]))
			fail_msg("%s", texts[i]);
}

static void an_address_is_nothing_else(void **state)
{
	static const struct slice texts[] = {{NULL, 0}, BYTES(""), BYTES("1"),
		BYTES("1.2.3"), BYTES("1.2.3."), BYTES("1.2.3.4."),
		BYTES("1.2.3.4.5"), BYTES(".1.2.3.4"), BYTES(".1.2.3"),
		BYTES("1..2.3"), BYTES("..."), BYTES("...."),
		BYTES("256.1.1.1"), BYTES("1.256.1.1"), BYTES("1.1.256.1"),
		BYTES("1.1.1.256"), BYTES("1.1.1.999"), BYTES("1.1.1.1000"),
		BYTES("0001.1.1.1"), BYTES("01.2.3.4"), BYTES("1.2.3.04"),
		BYTES("1.2.3.00"), BYTES("1.2.003.4"), BYTES("0x1.2.3.4"),
		BYTES("1.2.3.a"), BYTES("+1.2.3.4"), BYTES("-1.2.3.4"),
		BYTES("1.2.3.4 "), BYTES(" 1.2.3.4"), BYTES("1. 2.3.4"),
		BYTES("1,2,3,4"), BYTES("1.2.3.4\0"), BYTES("1.2.3.4\n"),
		BYTES("1.2.3.\xd9\xa4"), BYTES("1.2.3.4/24"),
		BYTES("1.2.3.4:80"), BYTES("16909060"), BYTES("::1"),
		BYTES("localhost")};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (!reads_as(texts[i], NULL))
			fail_msg("row %zu: %.*s", i, (int)texts[i].len,
				texts[i].at);
}

static void an_address_ends_with_its_slice(void **state)
{
	uint32_t addr;

	(void)state;
	assert_true(ipv4_parse((struct slice){"1.2.3.45", 7}, &addr));
	assert_int_equal(addr, IPV4(1, 2, 3, 4));
	assert_true(ipv4_parse((struct slice){"1.2.3.4.5", 7}, &addr));
	assert_int_equal(addr, IPV4(1, 2, 3, 4));
}

static void octets_have_their_places(void **state)
{
	uint32_t addr;

	(void)state;
	assert_true(ipv4_parse(slice_of("1.2.3.4"), &addr));
	assert_int_equal(addr, 0x01020304);
	assert_int_equal(IPV4(1, 2, 3, 4), 0x01020304);
	assert_int_equal(IPV4_ALL_HOSTS, 0xffffffff);
	assert_string_equal(ipv4_text(0x01020304).at, "1.2.3.4");
}

static void each_octet_is_written_and_read(void **state)
{
	(void)state;
	for (uint32_t octet = 0; octet < 256; octet++) {
		uint32_t addr = octet << 24 | (255 - octet) << 16 | octet, back;
		assert_true(ipv4_parse(slice_of(ipv4_text(addr).at), &back));
		assert_int_equal(back, addr);
	}
}

static void a_network_is_an_address_and_a_prefix_or_netmask(void **state)
{
	static const struct {
		const char *text;
		struct network network;
	} rows[] = {
		{"10.0.0.0/8", {IPV4(10, 0, 0, 0), 8}},
		{"10.1.2.3/8", {IPV4(10, 1, 2, 3), 8}},
		{"1.2.3.4/0", {IPV4(1, 2, 3, 4), 0}},
		{"1.2.3.4/31", {IPV4(1, 2, 3, 4), 31}},
		{"1.2.3.4/32", {IPV4(1, 2, 3, 4), 32}},
		{" \t1.2.3.4/24\r\n", {IPV4(1, 2, 3, 4), 24}},
		{"1.2.3.4/0.0.0.0", {IPV4(1, 2, 3, 4), 0}},
		{"1.2.3.4/128.0.0.0", {IPV4(1, 2, 3, 4), 1}},
		{"1.2.3.4/255.255.240.0", {IPV4(1, 2, 3, 4), 20}},
		{" 1.2.3.4/255.255.255.0 ", {IPV4(1, 2, 3, 4), 24}},
		{"1.2.3.4/255.255.255.254", {IPV4(1, 2, 3, 4), 31}},
		{"1.2.3.4/255.255.255.255", {IPV4(1, 2, 3, 4), 32}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(slice_of(rows[i].text));
		struct network network = {7, 7};
		bool ok = ipv4_parse_network(text, &network);
		exact_free(text);
		if (!ok || network.addr != rows[i].network.addr ||
			network.prefix != rows[i].network.prefix)
			fail_msg("%s", rows[i].text);
	}
}

static void a_network_is_nothing_else(void **state)
{
	static const struct slice texts[] = {{NULL, 0}, BYTES(""), BYTES(" "),
		BYTES("/"), BYTES("/8"), BYTES("10.0.0.0"), BYTES("10.0.0.0/"),
		BYTES("10.0.0/8"), BYTES("10.0.0.256/8"), BYTES("10.0.0.0/33"),
		BYTES("10.0.0.0/-1"), BYTES("10.0.0.0/+8"), BYTES("10.0.0.0/a"),
		BYTES("10.0.0.0/4294967304"), BYTES("10.0.0.0/8/8"),
		BYTES("10.0.0.0//8"), BYTES("10.0.0.0 /8"),
		BYTES("10.0.0.0/ 8"), BYTES("10.0.0.0/8\0"),
		BYTES("10.0.0.0/0.0.0.255"), BYTES("10.0.0.0/255.0.255.0"),
		BYTES("10.0.0.0/255.255.255.1"),
		BYTES("10.0.0.0/127.255.255.255"), BYTES("10.0.0.0/0.0.0.1"),
		BYTES("10.0.0.0/255.255.255"), BYTES("10.0.0.0/255.255.0.0/16"),
		BYTES("10.0.0.0:8"), BYTES("::/0"), BYTES("any")};
	struct network network;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (ipv4_parse_network(texts[i], &network))
			fail_msg("row %zu: %.*s", i, (int)texts[i].len,
				texts[i].at);
}

static void every_netmask_is_its_prefix(void **state)
{
	(void)state;
	for (unsigned prefix = 0; prefix <= 32; prefix++) {
		char text[64];
		struct network network = {7, 77};
		snprintf(text, sizeof text, "10.0.0.1/%s",
			ipv4_text(ipv4_mask(prefix)).at);
		assert_true(ipv4_parse_network(slice_of(text), &network));
		assert_int_equal(network.prefix, prefix);
		snprintf(text, sizeof text, "10.0.0.1/%u", prefix);
		assert_true(ipv4_parse_network(slice_of(text), &network));
		assert_int_equal(network.prefix, prefix);
	}
}

static void an_endpoint_may_have_a_port(void **state)
{
	static const struct {
		const char *text;
		struct endpoint endpoint;
	} rows[] = {
		{"1.2.3.4", {IPV4(1, 2, 3, 4), 0}},
		{"1.2.3.4:1", {IPV4(1, 2, 3, 4), 1}},
		{"1.2.3.4:8080", {IPV4(1, 2, 3, 4), 8080}},
		{"255.255.255.255:65535", {IPV4_ALL_HOSTS, 65535}},
		{"\t 1.2.3.4 \n", {IPV4(1, 2, 3, 4), 0}},
		{" 1.2.3.4:80 ", {IPV4(1, 2, 3, 4), 80}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact(slice_of(rows[i].text));
		struct endpoint endpoint = {7, 7};
		bool ok = ipv4_parse_endpoint(text, &endpoint);
		exact_free(text);
		if (!ok || endpoint.addr != rows[i].endpoint.addr ||
			endpoint.port != rows[i].endpoint.port)
			fail_msg("%s", rows[i].text);
	}
}

static void an_endpoint_is_nothing_else(void **state)
{
	static const struct slice texts[] = {{NULL, 0}, BYTES(""), BYTES(" "),
		BYTES(":"), BYTES(":80"), BYTES("1.2.3:80"), BYTES("1.2.3.4:"),
		BYTES("1.2.3.4:0"), BYTES("1.2.3.4:65536"),
		BYTES("1.2.3.4:4294967376"), BYTES("1.2.3.4:-1"),
		BYTES("1.2.3.4:+80"), BYTES("1.2.3.4:8_0"), BYTES("1.2.3.4:x"),
		BYTES("1.2.3.4:80:"), BYTES("1.2.3.4:80:80"),
		BYTES("1.2.3.4::80"), BYTES("1.2.3.4 :80"),
		BYTES("1.2.3.4: 80"), BYTES("1.2.3.4:80\0"),
		BYTES("[1.2.3.4]:80"), BYTES("1.2.3.4/24"), BYTES("::1"),
		BYTES("localhost:80")};
	struct endpoint endpoint;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (ipv4_parse_endpoint(texts[i], &endpoint))
			fail_msg("row %zu: %.*s", i, (int)texts[i].len,
				texts[i].at);
}

static void a_mask_has_as_many_ones_as_the_prefix_says(void **state)
{
	(void)state;
	assert_int_equal(ipv4_mask(0), 0);
	assert_int_equal(ipv4_mask(1), 0x80000000);
	assert_int_equal(ipv4_mask(8), 0xff000000);
	assert_int_equal(ipv4_mask(24), 0xffffff00);
	assert_int_equal(ipv4_mask(31), 0xfffffffe);
	assert_int_equal(ipv4_mask(32), 0xffffffff);
	for (unsigned prefix = 0; prefix < 32; prefix++)
		assert_int_equal(ipv4_mask(prefix + 1),
			ipv4_mask(prefix) | 0x80000000u >> prefix);
}

static const struct {
	struct network network;
	uint32_t first, last;
} ranges[] = {
	{{IPV4(10, 1, 2, 3), 0}, 0, IPV4_ALL_HOSTS},
	{{IPV4(10, 1, 2, 3), 1}, 0, IPV4(127, 255, 255, 255)},
	{{IPV4(200, 1, 2, 3), 1}, IPV4(128, 0, 0, 0), IPV4_ALL_HOSTS},
	{{IPV4(10, 1, 2, 3), 8}, IPV4(10, 0, 0, 0), IPV4(10, 255, 255, 255)},
	{{IPV4(172, 20, 1, 1), 12}, IPV4(172, 16, 0, 0),
		IPV4(172, 31, 255, 255)},
	{{IPV4(10, 20, 30, 40), 22}, IPV4(10, 20, 28, 0),
		IPV4(10, 20, 31, 255)},
	{{IPV4(10, 1, 2, 3), 24}, IPV4(10, 1, 2, 0), IPV4(10, 1, 2, 255)},
	{{IPV4(10, 1, 2, 3), 30}, IPV4(10, 1, 2, 0), IPV4(10, 1, 2, 3)},
	{{IPV4(10, 1, 2, 3), 31}, IPV4(10, 1, 2, 2), IPV4(10, 1, 2, 3)},
	{{IPV4(10, 1, 2, 3), 32}, IPV4(10, 1, 2, 3), IPV4(10, 1, 2, 3)},
	{{IPV4_ALL_HOSTS, 32}, IPV4_ALL_HOSTS, IPV4_ALL_HOSTS},
};

static void a_network_reaches_from_its_first_to_its_last(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ranges); i++) {
		assert_int_equal(
			ipv4_first(ranges[i].network), ranges[i].first);
		assert_int_equal(ipv4_last(ranges[i].network), ranges[i].last);
	}
}

static void a_network_contains_what_lies_between(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ranges); i++) {
		struct network network = ranges[i].network;
		uint32_t first = ranges[i].first, last = ranges[i].last;
		assert_true(ipv4_contains(network, network.addr));
		assert_true(ipv4_contains(network, first));
		assert_true(ipv4_contains(network, last));
		assert_int_equal(
			ipv4_contains(network, first - 1), network.prefix == 0);
		assert_int_equal(
			ipv4_contains(network, last + 1), network.prefix == 0);
	}
}

static void special_networks_end_where_they_should(void **state)
{
	static const struct {
		uint32_t addr;
		bool loopback, this_network, multicast;
	} rows[] = {
		{0, false, true, false},
		{IPV4(0, 255, 255, 255), false, true, false},
		{IPV4(1, 0, 0, 0), false, false, false},
		{IPV4(126, 255, 255, 255), false, false, false},
		{IPV4(127, 0, 0, 0), true, false, false},
		{IPV4(127, 0, 0, 1), true, false, false},
		{IPV4(127, 255, 255, 255), true, false, false},
		{IPV4(128, 0, 0, 0), false, false, false},
		{IPV4(223, 255, 255, 255), false, false, false},
		{IPV4(224, 0, 0, 0), false, false, true},
		{IPV4(239, 255, 255, 255), false, false, true},
		{IPV4(240, 0, 0, 0), false, false, false},
		{IPV4_ALL_HOSTS, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t addr = rows[i].addr;
		if (ipv4_is_loopback(addr) != rows[i].loopback ||
			ipv4_is_this_network(addr) != rows[i].this_network ||
			ipv4_is_multicast(addr) != rows[i].multicast)
			fail_msg("%s", ipv4_text(addr).at);
	}
}

/* Two colons at least, with what begins like one before the first. */
static void ipv6_is_told_by_its_look(void **state)
{
	static const char *const ipv6[] = {"::", "::1",
		"1::", "0123:456:", "9ab::", "cdef::", "ABC::", "DEF::x",
		"[::1]:80", "8:x:80"};
	static const char *const other[] = {"", ":", "1:2", "fe80",
		"g::", "`::", "G::", "@::", "/::", "\\::", "db:80",
		"host:80:90", "10.0.0.1:80:90", " ::1"};

	(void)state;
	for (size_t i = 0; i < COUNT(ipv6); i++)
		if (!ipv4_is_ipv6(slice_of(ipv6[i])))
			fail_msg("%s", ipv6[i]);
	for (size_t i = 0; i < COUNT(other); i++)
		if (ipv4_is_ipv6(slice_of(other[i])))
			fail_msg("%s", other[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_four_octets),
		cmocka_unit_test(an_address_is_nothing_else),
		cmocka_unit_test(an_address_ends_with_its_slice),
		cmocka_unit_test(octets_have_their_places),
		cmocka_unit_test(each_octet_is_written_and_read),
		cmocka_unit_test(
			a_network_is_an_address_and_a_prefix_or_netmask),
		cmocka_unit_test(a_network_is_nothing_else),
		cmocka_unit_test(every_netmask_is_its_prefix),
		cmocka_unit_test(an_endpoint_may_have_a_port),
		cmocka_unit_test(an_endpoint_is_nothing_else),
		cmocka_unit_test(a_mask_has_as_many_ones_as_the_prefix_says),
		cmocka_unit_test(a_network_reaches_from_its_first_to_its_last),
		cmocka_unit_test(a_network_contains_what_lies_between),
		cmocka_unit_test(special_networks_end_where_they_should),
		cmocka_unit_test(ipv6_is_told_by_its_look),
	};

	return RUN(tests);
}
