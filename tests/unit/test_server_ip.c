#include "unit.h"

#include "core/server_ip.h"
#include "tables.h"

static const char prefix[] = "SERVER_IP:";

static void check_vector(const cJSON *item)
{
	static char bytes[8192];
	struct slice datagram = unit_hex(
		item, "datagram_hex", bytes, sizeof bytes);
	const cJSON *verdict = cJSON_GetObjectItem(item, "verdict");
	struct server_ip_claim claim;
	bool ok = server_ip_parse(datagram, slice_of(prefix), &claim);

	if (ok != cJSON_IsObject(verdict))
		fail_msg("%.*s", (int)datagram.len, datagram.at);
	if (!ok)
		return;
	assert_string_equal(ipv4_text(claim.server.addr).at,
		cJSON_GetObjectItem(verdict, "ip")->valuestring);
	assert_int_equal(claim.server.port,
		cJSON_GetObjectItem(verdict, "port")->valueint);
	assert_int_equal(claim.port_assumed,
		cJSON_IsTrue(cJSON_GetObjectItem(verdict, "port_assumed")));
}

static void replies_are_judged_as_the_vectors_say(void **state)
{
	cJSON *table = unit_load("server_ip_replies.json");
	const cJSON *item;

	(void)state;
	assert_true(cJSON_GetArraySize(table) >= 45);
	cJSON_ArrayForEach(item, table) check_vector(item);
	cJSON_Delete(table);
}

static void without_the_prefix_an_address_is_no_reply(void **state)
{
	struct server_ip_claim claim;

	(void)state;
	assert_false(server_ip_parse(
		slice_of("10.0.0.1:80"), slice_of(prefix), &claim));
}

static void another_prefix(void **state)
{
	struct server_ip_claim claim;

	(void)state;
	assert_true(server_ip_parse(
		slice_of("HERE 10.0.0.1"), slice_of("HERE"), &claim));
	assert_int_equal(claim.server.addr, IPV4(10, 0, 0, 1));
	assert_false(server_ip_parse(
		slice_of("SERVER_IP:10.0.0.1"), slice_of("HERE"), &claim));
	assert_false(server_ip_parse(
		slice_of("THERE10.0.0.1"), slice_of("HERE "), &claim));
}

static void a_claim_is_left_alone_by_what_is_no_reply(void **state)
{
	struct server_ip_claim claim = {{1, 2}, true};

	(void)state;
	assert_false(server_ip_parse(
		slice_of("SERVER_IP:10.0.0.1:x"), slice_of(prefix), &claim));
	assert_int_equal(claim.server.addr, 1);
	assert_int_equal(claim.server.port, 2);
	assert_true(claim.port_assumed);
}

static void a_probe_is_the_message_and_nothing_else(void **state)
{
	static const struct slice no[] = {{"DISCOVER_SERVE", 14},
		{"DISCOVER_SERVER\n", 16}, {"DISCOVER_SERVER\0", 16},
		{"discover_server", 15},
		{"\xef\xbb\xbf"
		 "DISCOVER_SERVER",
			18},
		{"DISCOVER_SERVEX", 15}, {"", 0}};
	struct slice message = slice_of("DISCOVER_SERVER");

	(void)state;
	assert_true(server_ip_is_probe(slice_of("DISCOVER_SERVER"), message));
	for (size_t i = 0; i < COUNT(no); i++)
		assert_false(server_ip_is_probe(no[i], message));
}

static void replies_are_written_to_the_byte(void **state)
{
	struct str reply = STR_EMPTY;

	(void)state;
	server_ip_format(&reply, slice_of(prefix),
		(struct endpoint){IPV4(192, 168, 1, 100), 0});
	assert_text(&reply, "SERVER_IP:192.168.1.100");
	str_release(&reply);
	server_ip_format(&reply, slice_of(prefix),
		(struct endpoint){IPV4(192, 168, 1, 100), 65535});
	assert_text(&reply, "SERVER_IP:192.168.1.100:65535");
	str_release(&reply);
}

static void what_is_written_is_read_back(void **state)
{
	static const struct endpoint servers[] = {{IPV4(1, 2, 3, 4), 1},
		{IPV4(255, 255, 255, 255), 65535}, {IPV4(10, 0, 0, 200), 8080}};
	struct server_ip_claim claim;

	(void)state;
	for (size_t i = 0; i < COUNT(servers); i++) {
		struct str reply = STR_EMPTY;
		server_ip_format(&reply, slice_of(prefix), servers[i]);
		assert_true(server_ip_parse(
			str_slice(&reply), slice_of(prefix), &claim));
		assert_int_equal(claim.server.addr, servers[i].addr);
		assert_int_equal(claim.server.port, servers[i].port);
		str_release(&reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_are_judged_as_the_vectors_say),
		cmocka_unit_test(without_the_prefix_an_address_is_no_reply),
		cmocka_unit_test(another_prefix),
		cmocka_unit_test(a_claim_is_left_alone_by_what_is_no_reply),
		cmocka_unit_test(a_probe_is_the_message_and_nothing_else),
		cmocka_unit_test(replies_are_written_to_the_byte),
		cmocka_unit_test(what_is_written_is_read_back),
	};

	return RUN(tests);
}
