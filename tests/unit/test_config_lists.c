#include "unit.h"

#include "core/config.h"

#include "memory.h"
#include "settings.h"
#include "tables.h"

#define PLAIN_ADVERTISED                                                       \
	"ADDR[:PORT] or NETWORK=ADDR[:PORT], with the address of a host (no "  \
	"name, 0.0.0.0 or multicast) and a network like 10.0.0.5/32"
#define PLAIN_TARGET                                                           \
	"ADDR[:PORT], NETWORK or HOST[:PORT], like 10.0.0.5, 10.1.0.0/24 or "  \
	"db1.example.com (not 0.0.0.0 or multicast)"
#define PLAIN_NETWORK "a network, ADDR/PREFIX or ADDR/NETMASK"
#define NOT_IPV6 "; IPv6 is not supported"

static void a_target_is_an_address_that_one_host_may_have(void **state)
{
	static const struct slice bad[] = {BYTES(""), BYTES("0.0.0.0"),
		BYTES("0.0.0.0:80"), BYTES("224.0.0.0"), BYTES("224.0.0.251"),
		BYTES("239.255.255.255:80"), BYTES("10.0.0.1:0"),
		BYTES("10.0.0.1:65536"), BYTES("10.0.0.1:"),
		BYTES("10.0.0.0/33"), BYTES("10.0.0.256")};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_bad(&targets, &config, bad[i], PLAIN_TARGET);
		assert_bad(&advertised, &config, bad[i], PLAIN_ADVERTISED);
	}
	assert_int_equal(config.targets.count, 0);
	assert_int_equal(config.advertise.count, 0);
	assert_null(config.targets.at);
	assert_null(config.advertise.at);
}

static void a_broadcast_address_is_asked_but_not_advertised(void **state)
{
	struct config config = {0};

	(void)state;
	assert_good(&targets, &config, slice_of("255.255.255.255:80"), 0,
		"255.255.255.255:80");
	assert_bad(&advertised, &config, slice_of("255.255.255.255"),
		PLAIN_ADVERTISED);
	assert_bad(&advertised, &config, slice_of("255.255.255.255:80"),
		PLAIN_ADVERTISED);
	config_release(&config);
}

static void endpoints_accumulate(void **state)
{
	static const struct {
		const char *value, *printed;
	} rows[] = {{"10.0.0.1", "10.0.0.1"}, {"10.0.0.1:1", "10.0.0.1:1"},
		{" 10.0.0.1:65535 ", "10.0.0.1:65535"}, {"0.0.0.1", "0.0.0.1"},
		{"223.255.255.255", "223.255.255.255"},
		{"240.0.0.0", "240.0.0.0"}, {"127.0.0.1", "127.0.0.1"}};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice value = slice_of(rows[i].value);
		assert_good(&targets, &config, value, i, rows[i].printed);
		assert_good(&advertised, &config, value, i, rows[i].printed);
		assert_int_equal(setting_count(&targets, &config), i + 1);
		assert_int_equal(setting_count(&advertised, &config), i + 1);
	}
	assert_int_equal(config.targets.at[0].to.addr, IPV4(10, 0, 0, 1));
	assert_int_equal(config.targets.at[0].to.port, 0);
	assert_int_equal(config.advertise.at[2].server.port, 65535);
	config_release(&config);
}

/* What is for all is printed so, and what is printed is read back. */
static void rules_accumulate_as_they_were_given(void **state)
{
	static const struct {
		const char *value, *printed;
	} rows[] = {{"10.0.0.0/8=192.0.2.1", "10.0.0.0/8=192.0.2.1"},
		{"10.1.2.3/8=192.0.2.1:80", "10.1.2.3/8=192.0.2.1:80"},
		{" 10.1.2.3/255.255.0.0 = 192.0.2.1 ", "10.1.2.3/16=192.0.2.1"},
		{"10.1.2.3/32=192.0.2.1:65535", "10.1.2.3/32=192.0.2.1:65535"},
		{"10.1.2.3/1=192.0.2.1", "10.1.2.3/1=192.0.2.1"},
		{"0.0.0.0/0=192.0.2.1:80", "192.0.2.1:80"},
		{"10.1.2.3/0=192.0.2.1", "192.0.2.1"}};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *printed = rows[i].printed;
		assert_good(&advertised, &config, slice_of(rows[i].value),
			2 * i, printed);
		assert_good(&advertised, &config, slice_of(printed), 2 * i + 1,
			printed);
	}
	assert_int_equal(setting_count(&advertised, &config), 2 * COUNT(rows));
	assert_int_equal(config.advertise.at[2].askers.addr, IPV4(10, 1, 2, 3));
	assert_int_equal(config.advertise.at[2].askers.prefix, 8);
	assert_int_equal(config.advertise.at[2].server.port, 80);
	config_release(&config);
}

static void a_rule_needs_a_network_and_a_host(void **state)
{
	struct config config = {0};

	(void)state;
	assert_bad(&advertised, &config, slice_of("10.0.0.1=192.0.2.1"),
		PLAIN_ADVERTISED);
	assert_bad(&advertised, &config, slice_of("10.0.0.0/8=web"),
		PLAIN_ADVERTISED);
	assert_bad(&advertised, &config, slice_of("2001:db8::/32=192.0.2.1"),
		PLAIN_ADVERTISED NOT_IPV6);
	assert_int_equal(setting_count(&advertised, &config), 0);
	assert_null(config.advertise.at);
}

static void targets_are_networks_and_names_too(void **state)
{
	static const struct {
		const char *value, *printed;
		enum target_kind kind;
	} rows[] = {{"10.1.0.0/24", "10.1.0.0/24", TARGET_NETWORK},
		{" 10.1.2.3/255.255.0.0\n", "10.1.2.3/16", TARGET_NETWORK},
		{"10.1.2.3/31", "10.1.2.3/31", TARGET_NETWORK},
		{"db1.example.com", "db1.example.com", TARGET_NAME},
		{" localhost:80 ", "localhost:80", TARGET_NAME},
		{"10.0.0.5:81", "10.0.0.5:81", TARGET_ADDRESS}};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice value = slice_of(rows[i].value);
		assert_good(&targets, &config, value, i, rows[i].printed);
		assert_int_equal(config.targets.at[i].kind, rows[i].kind);
		assert_int_equal(setting_count(&targets, &config), i + 1);
	}
	config_release(&config);
}

static void a_network_or_name_that_is_bad_is_no_target(void **state)
{
	static const struct slice bad[] = {BYTES("0.0.0.0/24"),
		BYTES("10.0.0.0/0"), BYTES("224.0.0.0/24"),
		BYTES("192.0.0.0/2"), BYTES("10.0.0.0/24:80"), BYTES("a b"),
		BYTES("web:0"), BYTES("web:65536"), BYTES("a..b"),
		BYTES("10.0.0"), BYTES("web/24"), BYTES("web,db")};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad(&targets, &config, bad[i], PLAIN_TARGET);
	assert_int_equal(config.targets.count, 0);
}

/* As they are: white space is part of a path. */
static void paths_accumulate(void **state)
{
	static const char *const values[] = {
		"-", "a", " b ", "/c/d.e", "a", "\t"};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		assert_good(&paths, &config, slice_of(values[i]), i, values[i]);
		assert_int_equal(setting_count(&paths, &config), i + 1);
	}
	assert_bad(&paths, &config, slice_of(""), "1 to 6 bytes");
	assert_bad(&paths, &config, slice_of("1234567"), "1 to 6 bytes");
	assert_int_equal(setting_count(&paths, &config), COUNT(values));
	config_release(&config);
}

static void networks_accumulate(void **state)
{
	static const struct {
		const char *value, *printed;
	} rows[] = {{"10.0.0.0/8", "10.0.0.0/8"}, {"10.1.2.3/8", "10.1.2.3/8"},
		{" 10.1.2.3/255.255.255.0 ", "10.1.2.3/24"},
		{"0.0.0.0/0", "0.0.0.0/0"}, {"1.2.3.4/32", "1.2.3.4/32"}};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice value = slice_of(rows[i].value);
		assert_good(&networks, &config, value, i, rows[i].printed);
		assert_good(&allowed, &config, value, i, rows[i].printed);
		assert_int_equal(setting_count(&networks, &config), i + 1);
		assert_int_equal(setting_count(&allowed, &config), i + 1);
	}
	assert_int_equal(config.addresses.at[1].addr, IPV4(10, 1, 2, 3));
	assert_int_equal(config.allow.at[2].prefix, 24);
	config_release(&config);
}

static void an_address_or_any_may_be_allowed_but_is_no_network(void **state)
{
	static const struct {
		const char *value, *printed;
	} rows[] = {{"any", "0.0.0.0/0"}, {" any\n", "0.0.0.0/0"},
		{"10.0.0.7", "10.0.0.7/32"}, {" 10.0.0.7 ", "10.0.0.7/32"},
		{"0.0.0.0", "0.0.0.0/32"}};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice value = slice_of(rows[i].value);
		assert_good(&allowed, &config, value, i, rows[i].printed);
		assert_bad(&networks, &config, value, PLAIN_NETWORK);
	}
	assert_int_equal(config.allow.count, COUNT(rows));
	assert_int_equal(config.addresses.count, 0);
	config_release(&config);
}

static void what_is_no_network_is_refused(void **state)
{
	static const struct slice bad[] = {BYTES(""), BYTES("ANY"),
		BYTES("anyone"), BYTES("an"), BYTES("10.0.0.0/33"),
		BYTES("10.0.0.0/"), BYTES("10.0.0/8"),
		BYTES("10.0.0.0/0.0.0.255"), BYTES("10.0.0.1:80"),
		BYTES("10.0.0.256"), BYTES("/8")};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_bad(&networks, &config, bad[i], PLAIN_NETWORK);
		assert_bad(&allowed, &config, bad[i],
			PLAIN_NETWORK ", ADDR or any");
	}
	assert_null(config.allow.at);
	assert_null(config.addresses.at);
	assert_false(config.out_of_memory);
}

static void ipv6_is_said_to_be_none(void **state)
{
	static const struct slice v6[] = {BYTES("::"), BYTES("::1"),
		BYTES("fe80::1%eth0"), BYTES("[::1]:80"), BYTES("[fe80::1]"),
		BYTES("2001:db8::/32"), BYTES("::ffff:10.0.0.1")};
	struct config config = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(v6); i++) {
		assert_bad(&targets, &config, v6[i], PLAIN_TARGET NOT_IPV6);
		assert_bad(
			&advertised, &config, v6[i], PLAIN_ADVERTISED NOT_IPV6);
		assert_bad(&networks, &config, v6[i], PLAIN_NETWORK NOT_IPV6);
		assert_bad(&allowed, &config, v6[i],
			PLAIN_NETWORK ", ADDR or any" NOT_IPV6);
	}
}

static void two_ports_are_not_taken_for_ipv6(void **state)
{
	struct config config = {0};

	(void)state;
	assert_bad(&targets, &config, slice_of("10.0.0.1:80:81"), PLAIN_TARGET);
	assert_bad(&networks, &config, slice_of("10.0.0.0:1:2"), PLAIN_NETWORK);
	assert_bad(&targets, &config, slice_of(":"), PLAIN_TARGET);
}

static void without_memory_a_list_stays_as_it_was(void **state)
{
	static const struct {
		const struct setting *setting;
		const char *value;
	} rows[] = {{&targets, "10.0.0.1"}, {&targets, "10.0.0.0/8"},
		{&targets, "web:80"}, {&paths, "-"}, {&advertised, "10.0.0.1"},
		{&advertised, "10.0.0.0/8=10.0.0.1"}, {&networks, "10.0.0.0/8"},
		{&allowed, "10.0.0.0/8"}, {&allowed, "10.0.0.1"},
		{&allowed, "any"}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct setting *setting = rows[i].setting;
		struct slice value = slice_of(rows[i].value);
		struct config config = {0};
		struct str expected = STR_EMPTY;
		assert_true(setting_parse(setting, value, &config, &expected));
		assert_false(config.out_of_memory);
		memory_left = 0;
		bool ok = setting_parse(setting, value, &config, &expected);
		memory_restore();
		assert_false(ok);
		assert_true(config.out_of_memory);
		assert_int_equal(setting_count(setting, &config), 1);
		config_release(&config);
		str_release(&expected);
	}
}

static void what_is_released_is_empty(void **state)
{
	static const struct config empty;
	struct config config = {.port = 1, .broadcast = true};

	(void)state;
	assert_good(&targets, &config, slice_of("10.0.0.1"), 0, "10.0.0.1");
	assert_good(&advertised, &config, slice_of("10.0.0.2"), 0, "10.0.0.2");
	assert_good(&networks, &config, slice_of("1.0.0.0/8"), 0, "1.0.0.0/8");
	assert_good(&allowed, &config, slice_of("2.0.0.0/8"), 0, "2.0.0.0/8");
	assert_good(&paths, &config, slice_of("-"), 0, "-");
	config_release(&config);
	assert_int_equal(config.port, 0);
	assert_false(config.broadcast);
	assert_memory_equal(
		&config.targets, &empty.targets, sizeof empty.targets);
	assert_memory_equal(&config.targets_files, &empty.targets_files,
		sizeof empty.targets_files);
	assert_memory_equal(
		&config.advertise, &empty.advertise, sizeof empty.advertise);
	assert_memory_equal(&config.allow, &empty.allow, sizeof empty.allow);
	assert_memory_equal(
		&config.addresses, &empty.addresses, sizeof empty.addresses);
	config_release(&config);
}

/* What stands beside a value does not matter. */
static void a_value_is_printed_alone(void **state)
{
	struct config config;
	struct str out = STR_EMPTY;

	(void)state;
	memset(&config, 1, sizeof config);
	config.timeout_ns = 5000000000;
	setting_print(&seconds, &config, 0, &out);
	assert_text(&out, "5");
	str_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_an_address_that_one_host_may_have),
		cmocka_unit_test(
			a_broadcast_address_is_asked_but_not_advertised),
		cmocka_unit_test(endpoints_accumulate),
		cmocka_unit_test(rules_accumulate_as_they_were_given),
		cmocka_unit_test(a_rule_needs_a_network_and_a_host),
		cmocka_unit_test(targets_are_networks_and_names_too),
		cmocka_unit_test(a_network_or_name_that_is_bad_is_no_target),
		cmocka_unit_test(paths_accumulate),
		cmocka_unit_test(networks_accumulate),
		cmocka_unit_test(
			an_address_or_any_may_be_allowed_but_is_no_network),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(ipv6_is_said_to_be_none),
		cmocka_unit_test(two_ports_are_not_taken_for_ipv6),
		cmocka_unit_test(without_memory_a_list_stays_as_it_was),
		cmocka_unit_test(what_is_released_is_empty),
		cmocka_unit_test(a_value_is_printed_alone),
	};

	return RUN(tests);
}
