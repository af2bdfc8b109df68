#include "unit.h"

#include "core/host_files.h"
#include "core/ipv4.h"

#include "tables.h"

static void check_hosts(
	struct slice text, const char *name, const char *expected)
{
	struct slice copy = exact(text);
	struct dns_addresses found = {0};
	struct str joined = STR_EMPTY;

	hosts_find(copy, slice_of(name), &found);
	for (size_t i = 0; i < found.count; i++)
		str_addf(&joined, "%s%s", i ? " " : "",
			ipv4_text(found.at[i]).at);
	if (strcmp(str_text(&joined), expected) != 0)
		fail_msg("%s: '%s'", name, str_text(&joined));
	str_release(&joined);
	exact_free(copy);
}

static void hosts_have_addresses(void **state)
{
	static const struct slice text = BYTES(
		"# 10.0.0.9 db1\n"
		"127.0.0.1\tlocalhost\n"
		"::1 localhost ip6-localhost db1\n"
		"10.0.0.1 db1.example.com db1 # db2\n"
		"\n"
		"  10.0.0.2\t DB1  other db1\r\n"
		"10.0.0.3 db3#comment\n"
		"10.0.0.256 db3\n"
		"010.0.0.1 db3\n"
		"10.0.0.4\n"
		"db4 10.0.0.5\n"
		"10.0.0.6 10.0.0.7 last");
	static const struct {
		const char *name, *expected;
	} rows[] = {
		{"db1", "10.0.0.1 10.0.0.2"},
		{"dB1", "10.0.0.1 10.0.0.2"},
		{"db1.", "10.0.0.1 10.0.0.2"},
		{"db1.example.com", "10.0.0.1"},
		{"localhost", "127.0.0.1"},
		{"ip6-localhost", ""},
		{"other", "10.0.0.2"},
		{"db2", ""},
		{"db3", "10.0.0.3"},
		{"db", ""},
		{"db11", ""},
		{"db4", ""},
		{"last", "10.0.0.6"},
		{"", ""},
		{".", ""},
		{"#", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_hosts(text, rows[i].name, rows[i].expected);
	check_hosts((struct slice){"", 0}, "db1", "");
}

static void no_more_than_there_is_room_for(void **state)
{
	struct dns_addresses found = {0};
	struct str text = STR_EMPTY;

	(void)state;
	for (int i = 0; i < DNS_ADDRESSES_MAX + 3; i++)
		str_addf(&text, "10.0.0.%d db1\n", i);
	hosts_find(str_slice(&text), slice_of("db1"), &found);
	assert_int_equal(found.count, DNS_ADDRESSES_MAX);
	assert_int_equal(found.at[DNS_ADDRESSES_MAX - 1],
		IPV4(10, 0, 0, DNS_ADDRESSES_MAX - 1));
	str_release(&text);
}

static void some_names_are_local(void **state)
{
	static const char *const local[] = {"localhost", "LocalHost.",
		"db1.localhost", "a.b.LOCALHOST.", ".localhost",
		"a.much.longer.name.localhost"};
	static const char *const other[] = {"localhost1", "alocalhost",
		"localhost.example.com", "localhos", "", ".", "a"};

	(void)state;
	for (size_t i = 0; i < COUNT(local); i++)
		if (!host_is_local(slice_of(local[i])))
			fail_msg("%s", local[i]);
	for (size_t i = 0; i < COUNT(other); i++)
		if (host_is_local(slice_of(other[i])))
			fail_msg("%s", other[i]);
}

/* "10.0.0.1 20010db8...%eth0": the name servers in one text. */
static void print_servers(const struct resolv_conf *conf, struct str *out)
{
	for (size_t i = 0; i < conf->server_count; i++) {
		const struct resolv_server *server = &conf->servers[i];
		str_addf(out, "%s", i ? " " : "");
		for (int b = 0; server->is_ipv6 && b < 16; b++)
			str_addf(out, "%02x", server->addr6[b]);
		if (!server->is_ipv6)
			str_addf(out, "%s", ipv4_text(server->addr).at);
		else if (server->zone.len)
			str_addf(out, "%%%.*s", (int)server->zone.len,
				server->zone.at);
	}
}

static void check_servers(struct slice text, const char *expected)
{
	struct slice copy = exact(text);
	struct str servers = STR_EMPTY;
	struct resolv_conf conf;

	resolv_conf_read(&conf, copy);
	print_servers(&conf, &servers);
	if (strcmp(str_text(&servers), expected) != 0)
		fail_msg("'%.*s': '%s'", (int)text.len, text.at,
			str_text(&servers));
	str_release(&servers);
	exact_free(copy);
}

static void name_servers_are_read(void **state)
{
	static const struct {
		struct slice text;
		const char *expected;
	} rows[] = {
		{BYTES(""), "127.0.0.1"},
		{BYTES("search example.com\n"), "127.0.0.1"},
		{BYTES("nameserver\nnameserver \nnameserver x\n"), "127.0.0.1"},
		{BYTES("#nameserver 10.0.0.1\n;nameserver 10.0.0.1\n"),
			"127.0.0.1"},
		{BYTES("nameserver10.0.0.1\nnameservers 10.0.0.1\n"),
			"127.0.0.1"},
		{BYTES("nameserver 10.0.0.1"), "10.0.0.1"},
		{BYTES("nameserver\t 10.0.0.1 \r\n"), "10.0.0.1"},
		{BYTES("nameserver 10.0.0.1 # one\nnameserver 10.0.0.2;two\n"),
			"10.0.0.1 10.0.0.2"},
		{BYTES("nameserver 1.0.0.1\nnameserver x\nnameserver 1.0.0.2\n"
		       "nameserver 1.0.0.3\nnameserver 1.0.0.4\n"),
			"1.0.0.1 1.0.0.2 1.0.0.3"},
		/* Of what is none nothing stays. */
		{BYTES("nameserver ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:x\n"
		       "nameserver 1::2\n"),
			"00010000000000000000000000000002"},
		{BYTES("nameserver fe80::1%eth0\nnameserver 10.0.0.1\n"),
			"fe800000000000000000000000000001%eth0 10.0.0.1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_servers(rows[i].text, rows[i].expected);
}

static void addresses_of_ipv6_are_read(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"::", "00000000000000000000000000000000"},
		{"::1", "00000000000000000000000000000001"},
		{"1::", "00010000000000000000000000000000"},
		{"2001:DB8::a:b", "20010db8000000000000000000"
				  "0a000b"},
		{"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
		{"1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
		{"::2:3:4:5:6:7:8", "00000002000300040005000600070008"},
		{"1:2:3::5:6:7:8", "00010002000300000005000600070008"},
		{"89ab:cdef:AbCd:EF::9", "89abcdefabcd00ef0000000000000009"},
		{"ffff::FfFf", "ffff000000000000000000000000ffff"},
	};
	static const char *const bad[] = {"", ":", ":::", "1", "1:", ":1",
		"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:9",
		"1:2:3:4:5:6:7:8:", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
		"::1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8:9", "1::2::3",
		"1::2:", "1::@", "1::`", "1::/", "1:::2",
		"12345::", "g::", "1::-1", "::1.2.3", "::ffff:1.2.3.4", "[::1]",
		"::1/64", "%eth0", "1.2.3"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[100];
		snprintf(text, sizeof text, "nameserver %s", rows[i].text);
		check_servers(slice_of(text), rows[i].expected);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[100];
		snprintf(text, sizeof text, "nameserver %s", bad[i]);
		check_servers(slice_of(text), "127.0.0.1");
	}
}

static void options_are_capped(void **state)
{
	static const struct {
		const char *text;
		unsigned char ndots, timeout_s, attempts;
	} rows[] = {
		{"", 1, 5, 2},
		{"options", 1, 5, 2},
		{"options ndots:0 timeout:1 attempts:1", 0, 1, 1},
		{"options ndots:15 timeout:30 attempts:5", 15, 30, 5},
		{"options ndots:16 timeout:31 attempts:6", 15, 30, 5},
		{"options ndots:256 timeout:4294967295 attempts:257", 15, 30,
			5},
		{"options timeout:0 attempts:0", 1, 1, 1},
		{"options rotate ndots:2 edns0\n\toptions timeout:3\n", 2, 3,
			2},
		{"options ndots: timeout:x attempts:-1", 1, 5, 2},
		{"options ndots timeout=1 attempts:2x NDOTS:3", 1, 5, 2},
		{"options ndots:3 ndots:4 # ndots:5", 4, 5, 2},
		{"ndots:3\nsearch ndots:3", 1, 5, 2},
		{"options timeout:99999999999999999999", 1, 5, 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct resolv_conf conf;
		resolv_conf_read(&conf, slice_of(rows[i].text));
		if (conf.options[RESOLV_NDOTS] != rows[i].ndots ||
			conf.options[RESOLV_TIMEOUT_S] != rows[i].timeout_s ||
			conf.options[RESOLV_ATTEMPTS] != rows[i].attempts)
			fail_msg("%s", rows[i].text);
	}
}

static void names_are_looked_for_in_domains(void **state)
{
	static const struct {
		const char *text, *name, *domains;
	} rows[] = {
		{"", "db", ""},
		{"search a.com b.com\n", "db", "a.com|b.com|"},
		{"search\ta.com \t b.com \r\n", "db", "a.com|b.com|"},
		{"search a.com # b.com\n", "db", "a.com|"},
		{"search a.com\nnameserver 10.0.0.1\n", "db", "a.com|"},
		{"search a.com\n", "db.", ""},
		{"search a.com\n", "db.lab", ""},
		{"search a.com\n", "", "a.com|"},
		{"search a.com\n", ".db", ""},
		{"search a.com\n", "d-b", "a.com|"},
		{"search a.com\noptions ndots:2\n", "db.", ""},
		{"search a.com\noptions ndots:2\n", ".", ""},
		{"search a.com\noptions ndots:2\n", "d-b-", "a.com|"},
		{"search a.com\noptions ndots:2\n", "d/b/", "a.com|"},
		{"search a.com\noptions ndots:2\n", "db.lab.x.y", ""},
		{"search a.com\noptions ndots:2\n", "db.lab", "a.com|"},
		{"search a.com\noptions ndots:2\n", "db.lab.", ""},
		{"search a.com\noptions ndots:2\n", "db.lab.x", ""},
		{"search a.com\noptions ndots:0\n", "db", ""},
		{"domain a.com b.com\n", "db", "a.com|"},
		{"domain a.com\nsearch b.com c.com\n", "db", "b.com|c.com|"},
		{"search b.com c.com\ndomain a.com\n", "db", "a.com|"},
		{"search a.com\nsearch\n", "db", "a.com|"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str joined = STR_EMPTY;
		struct resolv_conf conf;
		struct slice name = exact(slice_of(rows[i].name)), domain;
		resolv_conf_read(&conf, slice_of(rows[i].text));
		struct slice rest = resolv_conf_domains(&conf, name);
		exact_free(name);
		while (slice_cut_word(&rest, &domain))
			str_addf(&joined, "%.*s|", (int)domain.len, domain.at);
		if (strcmp(str_text(&joined), rows[i].domains) != 0)
			fail_msg("row %zu: %s", i, str_text(&joined));
		str_release(&joined);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_have_addresses),
		cmocka_unit_test(no_more_than_there_is_room_for),
		cmocka_unit_test(some_names_are_local),
		cmocka_unit_test(name_servers_are_read),
		cmocka_unit_test(addresses_of_ipv6_are_read),
		cmocka_unit_test(options_are_capped),
		cmocka_unit_test(names_are_looked_for_in_domains),
	};

	return RUN(tests);
}
