#include "unit.h"

#include "core/values.h"

#include "tables.h"

/* What the settings of test_config do not tell: rules, and the edges of all. */

static bool read_rule(struct slice text, struct advertised *rule)
{
	struct slice value = exact(text);

	memset(rule, 0xff, sizeof *rule);
	bool ok = value_advertised(value, rule);
	exact_free(value);
	return ok;
}

static void a_rule_is_an_address_alone_or_behind_a_network(void **state)
{
	static const struct {
		const char *text;
		struct network askers;
		struct endpoint server;
	} rows[] = {
		{"192.0.2.1", {0, 0}, {IPV4(192, 0, 2, 1), 0}},
		{"192.0.2.1:443", {0, 0}, {IPV4(192, 0, 2, 1), 443}},
		{" 192.0.2.1:443\n", {0, 0}, {IPV4(192, 0, 2, 1), 443}},
		{"10.0.0.0/8=192.0.2.1", {IPV4(10, 0, 0, 0), 8},
			{IPV4(192, 0, 2, 1), 0}},
		{"10.0.0.0/8=192.0.2.1:65535", {IPV4(10, 0, 0, 0), 8},
			{IPV4(192, 0, 2, 1), 65535}},
		{"10.1.2.3/16=192.0.2.1:1", {IPV4(10, 1, 2, 3), 16},
			{IPV4(192, 0, 2, 1), 1}},
		{"10.1.2.3/255.255.240.0=192.0.2.1", {IPV4(10, 1, 2, 3), 20},
			{IPV4(192, 0, 2, 1), 0}},
		{"10.1.2.3/32=10.1.2.3", {IPV4(10, 1, 2, 3), 32},
			{IPV4(10, 1, 2, 3), 0}},
		{"0.0.0.0/0=192.0.2.1", {0, 0}, {IPV4(192, 0, 2, 1), 0}},
		{"\t10.0.0.0/8 = 192.0.2.1:80 ", {IPV4(10, 0, 0, 0), 8},
			{IPV4(192, 0, 2, 1), 80}},
		{"127.0.0.0/8=127.0.0.1", {IPV4(127, 0, 0, 0), 8},
			{IPV4(127, 0, 0, 1), 0}},
	};
	struct advertised rule;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!read_rule(slice_of(rows[i].text), &rule))
			fail_msg("'%s' was refused", rows[i].text);
		assert_int_equal(rule.askers.addr, rows[i].askers.addr);
		assert_int_equal(rule.askers.prefix, rows[i].askers.prefix);
		assert_int_equal(rule.server.addr, rows[i].server.addr);
		assert_int_equal(rule.server.port, rows[i].server.port);
	}
}

static void a_rule_is_nothing_else(void **state)
{
	static const struct slice bad[] = {{NULL, 0}, BYTES(""), BYTES("="),
		BYTES("=192.0.2.1"), BYTES("10.0.0.0/8="),
		BYTES("10.0.0.0/8= "), BYTES("10.0.0.0/8"),
		BYTES("10.0.0.7=192.0.2.1"), BYTES("any=192.0.2.1"),
		BYTES("eth0=192.0.2.1"), BYTES("10.0.0.0/33=192.0.2.1"),
		BYTES("10.0.0.0/=192.0.2.1"), BYTES("10.0.0/8=192.0.2.1"),
		BYTES("10.0.0.0/0.0.0.255=192.0.2.1"),
		BYTES("10.0.0.0/8=192.0.2.1=80"),
		BYTES("10.0.0.0/8==192.0.2.1"),
		BYTES("10.0.0.0/8=10.0.0.0/8=192.0.2.1"),
		BYTES("10.0.0.0/8=web"), BYTES("10.0.0.0/8=0.0.0.0"),
		BYTES("10.0.0.0/8=0.0.0.0:80"), BYTES("10.0.0.0/8=224.0.0.1"),
		BYTES("10.0.0.0/8=239.255.255.255:80"),
		BYTES("10.0.0.0/8=255.255.255.255"),
		BYTES("10.0.0.0/8=192.0.2.1:0"),
		BYTES("10.0.0.0/8=192.0.2.1:65536"),
		BYTES("10.0.0.0/8=192.0.2.1:"), BYTES("10.0.0.0/8=192.0.2.256"),
		BYTES("10.0.0.0/8:80=192.0.2.1"), BYTES("192.0.2.1="),
		BYTES("192.0.2.1=10.0.0.0/8"), BYTES("10.0.0.0/8=192.0.2.1/24"),
		BYTES("10.0.0.0/8=192.0.2.1\0"), BYTES("::/0=192.0.2.1"),
		BYTES("10.0.0.0/8=::1"), BYTES("10.0.0.0/8,192.0.2.1")};
	struct advertised rule;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (read_rule(bad[i], &rule))
			fail_msg(
				"'%.*s' was taken", (int)bad[i].len, bad[i].at);
}

static void an_allowed_network_is_whole_whatever_was_there(void **state)
{
	static const struct {
		const char *text;
		uint32_t addr;
		unsigned prefix;
	} rows[] = {{"any", 0, 0}, {" any ", 0, 0}, {"0.0.0.0/0", 0, 0},
		{"10.0.0.7", IPV4(10, 0, 0, 7), 32},
		{"10.0.0.7/8", IPV4(10, 0, 0, 7), 8}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct network network = {IPV4_ALL_HOSTS, 99};
		assert_true(value_allowed(slice_of(rows[i].text), &network));
		assert_int_equal(network.addr, rows[i].addr);
		assert_int_equal(network.prefix, rows[i].prefix);
	}
}

/* A configuration keeps what it had. */
static void what_is_refused_leaves_the_value_alone(void **state)
{
	struct slice names = BYTES("eth0");
	struct rate rate = {7, 9};
	bool on = true;

	(void)state;
	assert_false(value_switch(slice_of("maybe"), &on));
	assert_true(on);
	assert_false(value_names(slice_of(" , "), &names));
	assert_string_equal(names.at, "eth0");
	assert_false(value_rate(slice_of("5/x"), &rate));
	assert_false(value_rate(slice_of("x/5"), &rate));
	assert_int_equal(rate.per_second, 7);
	assert_int_equal(rate.burst, 9);
}

/* Each is given every beginning of every value, on its own on the heap. */
static void nothing_behind_a_value_is_read(void **state)
{
	static const char *const values[] = {"10.0.0.0/255.0.0.0=192.0.2.1:80",
		"192.0.2.1:80", "any", "false", "500/1000", "eth0,wlan*"};
	struct advertised rule;
	struct network network;
	struct slice out;
	struct rate rate;
	bool on;

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		for (size_t len = 0; len <= strlen(values[i]); len++) {
			struct slice value = exact(
				(struct slice){values[i], len});
			value_advertised(value, &rule);
			value_allowed(value, &network);
			value_switch(value, &on);
			value_rate(value, &rate);
			assert_int_equal(value_names(value, &out), len > 0);
			assert_int_equal(value_service(value, &out), len > 0);
			exact_free(value);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_rule_is_an_address_alone_or_behind_a_network),
		cmocka_unit_test(a_rule_is_nothing_else),
		cmocka_unit_test(
			an_allowed_network_is_whole_whatever_was_there),
		cmocka_unit_test(what_is_refused_leaves_the_value_alone),
		cmocka_unit_test(nothing_behind_a_value_is_read),
	};

	return RUN(tests);
}
