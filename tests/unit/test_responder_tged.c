#include "responding.h"

static const struct advertised nine = {{0, 0}, {IPV4(9, 9, 9, 9), 443}};

static void a_request_gets_the_fields_of_its_service(void **state)
{
	struct datagram d = request(sql);
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	assert_answered(&b, &d, sql_reply);
	assert_int_equal(b.reply.from, IPV4(10, 0, 0, 1));
	assert_int_equal(b.reply.interface, ETH0);
	/* Unicast from behind a router: routing knows the way. */
	d.source.addr = IPV4(192, 168, 9, 7);
	d.destination = d.own_address = IPV4(172, 16, 5, 1);
	assert_answered(&b, &d, sql_reply);
	assert_int_equal(b.reply.from, IPV4(172, 16, 5, 1));
	assert_int_equal(b.reply.interface, 0);
	assert_int_equal(b.responder.counts[RESPONDER_REPLY], 2);
	assert_int_equal(responder_probes(&b.responder), 2);
	bench_end(&b);
}

static void what_is_no_service_is_invalid(void **state)
{
	static const char *const texts[] = {other,
		"TGED DISCOVERY 1.0\r\nRQ:sql\r\n\r\n",
		"TGED DISCOVERY 1.0\r\nRQ:SQ\r\n\r\n",
		"TGED DISCOVERY 1.0\r\nRQ:SQLX\r\n\r\n",
		"TGED DISCOVERY 1.0\r\nRQ:\r\n\r\n",
		"TGED DISCOVERY 1.0\r\nrq:SQL\r\n\r\n",
		"TGED DISCOVERY 1.0\r\n\r\n", "TGED DISCOVERY 1.0"};
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct datagram d = request(texts[i]);
		assert_answered(&b, &d, invalid_reply);
	}
	assert_int_equal(b.responder.counts[RESPONDER_REPLY], COUNT(texts));
	bench_end(&b);
}

/* Where several servers are on a network, one's INVALID could be the first
 * datagram that the stock client hears. */
static void invalid_can_be_kept_from_broadcasts(void **state)
{
	struct datagram d = request(other);
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	b.responder.policy.invalid_to_unicast = true;
	assert_int_equal(ask(&b, &d), RESPONDER_UNKNOWN);
	d.destination = IPV4_ALL_HOSTS;
	assert_int_equal(ask(&b, &d), RESPONDER_UNKNOWN);
	d.destination = IPV4(10, 0, 0, 1);
	assert_answered(&b, &d, invalid_reply);
	d = request(sql);
	assert_answered(&b, &d, sql_reply);
	assert_int_equal(b.responder.counts[RESPONDER_UNKNOWN], 2);
	assert_int_equal(responder_probes(&b.responder), 4);
	assert_string_equal(
		responder_verdict_text(RESPONDER_UNKNOWN), "unknown");
	bench_end(&b);
}

static void compact_replies_have_no_space(void **state)
{
	struct datagram d = request(sql);
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	services_release(&b.services);
	bench_load(&b, true);
	b.responder.policy.compact = true;
	assert_answered(
		&b, &d, "TGED REPLY 1.0\r\nHOST:test\r\nPORT:3306\r\n\r\n");
	d = request(here);
	assert_answered(&b, &d, "TGED REPLY 1.0\r\nIP:10.0.0.1\r\nX:1\r\n\r\n");
	d = request(other);
	assert_answered(&b, &d, "TGED INVALID 1.0\r\nRP:INVALID\r\n\r\n");
	bench_end(&b);
}

static void auto_is_the_address_that_the_asker_can_reach(void **state)
{
	struct datagram d = request(here);
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	assert_answered(
		&b, &d, "TGED REPLY 1.0\r\nIP: 10.0.0.1\r\nX: 1\r\n\r\n");
	/* From a foreign subnet, whose route back leaves by eth1. */
	d.source.addr = IPV4(192, 168, 9, 7);
	d.destination = IPV4_ALL_HOSTS;
	d.own_address = IPV4(172, 16, 5, 1);
	assert_answered(
		&b, &d, "TGED REPLY 1.0\r\nIP: 10.0.0.1\r\nX: 1\r\n\r\n");
	d.destination = IPV4(172, 16, 5, 1);
	assert_answered(
		&b, &d, "TGED REPLY 1.0\r\nIP: 172.16.5.1\r\nX: 1\r\n\r\n");
	b.responder.policy.advertise_port = 8080;
	assert_answered(
		&b, &d, "TGED REPLY 1.0\r\nIP: 172.16.5.1\r\nX: 1\r\n\r\n");
	b.responder.policy.advertise = &nine;
	b.responder.policy.advertise_count = 1;
	assert_answered(
		&b, &d, "TGED REPLY 1.0\r\nIP: 9.9.9.9\r\nX: 1\r\n\r\n");
	assert_int_equal(b.reply.from, IPV4(172, 16, 5, 1));
	bench_end(&b);
}

static void without_an_address_there_is_no_auto(void **state)
{
	struct datagram d = request(here);
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	d.own_address = 0;
	d.interface = 77;
	assert_int_equal(ask(&b, &d), RESPONDER_NO_ADDRESS);
	assert_int_equal(b.responder.counts[RESPONDER_NO_ADDRESS], 1);
	d.data = slice_of(sql);
	assert_answered(&b, &d, sql_reply);
	d.data = slice_of(other);
	assert_answered(&b, &d, invalid_reply);
	b.responder.policy.advertise = &nine;
	b.responder.policy.advertise_count = 1;
	d.data = slice_of(here);
	assert_answered(
		&b, &d, "TGED REPLY 1.0\r\nIP: 9.9.9.9\r\nX: 1\r\n\r\n");
	bench_end(&b);
}

/* Whichever of our own ports a datagram comes from and to: a loop. */
static void no_own_port_is_answered(void **state)
{
	static const uint16_t own[] = {9999, 4745};
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	for (size_t i = 0; i < COUNT(own); i++) {
		struct datagram d = request(sql);
		d.source.port = own[i];
		assert_int_equal(ask(&b, &d), RESPONDER_OWN_PORT);
		d.data = slice_of("DISCOVER_SERVER");
		assert_int_equal(
			decide(&b, PROTOCOL_SERVER_IP, &d), RESPONDER_OWN_PORT);
	}
	assert_int_equal(b.responder.counts[RESPONDER_OWN_PORT], 4);
	/* Another program has the port of what we do not speak. */
	struct datagram d = request(sql);
	b.responder.policy.ports[PROTOCOL_SERVER_IP] = 0;
	d.source.port = 9999;
	assert_answered(&b, &d, sql_reply);
	d.source.port = 0;
	assert_int_equal(ask(&b, &d), RESPONDER_BAD_SOURCE);
	bench_end(&b);
}

static void each_port_answers_its_own_protocol(void **state)
{
	static const char *const foreign[] = {"DISCOVER_SERVER", "", "junk",
		sql_reply, invalid_reply, "SERVER_IP:10.0.0.7",
		"TGED DISCOVERY 1.1\r\nRQ:SQL\r\n\r\n"};
	struct datagram d = request(sql);
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	assert_int_equal(decide(&b, PROTOCOL_SERVER_IP, &d), RESPONDER_FOREIGN);
	for (size_t i = 0; i < COUNT(foreign); i++) {
		d = request(foreign[i]);
		assert_int_equal(ask(&b, &d), RESPONDER_FOREIGN);
	}
	d = request(sql);
	d.truncated = true;
	assert_int_equal(ask(&b, &d), RESPONDER_FOREIGN);
	assert_int_equal(
		b.responder.counts[RESPONDER_FOREIGN], COUNT(foreign) + 2);
	assert_int_equal(responder_probes(&b.responder), 0);
	d = request("DISCOVER_SERVER");
	assert_int_equal(decide(&b, PROTOCOL_SERVER_IP, &d), RESPONDER_REPLY);
	assert_text(&b.reply.text, "SERVER_IP:10.0.0.1");
	bench_end(&b);
}

static void a_request_has_4096_bytes_at_most(void **state)
{
	static char bytes[TGED_REQUEST_MAX + 1];
	struct datagram d = request(sql);
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	memset(bytes, 'x', sizeof bytes);
	memcpy(bytes, sql, sizeof sql - 1);
	d.data = (struct slice){bytes, sizeof bytes - 1};
	assert_answered(&b, &d, sql_reply);
	d.data.len++;
	assert_int_equal(ask(&b, &d), RESPONDER_FOREIGN);
	bench_end(&b);
}

static void refusals_are_those_of_the_other_protocol(void **state)
{
	struct datagram d = request(sql);
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	d.source.addr = IPV4(8, 8, 8, 8);
	d.destination = d.own_address;
	assert_int_equal(ask(&b, &d), RESPONDER_REFUSED);
	assert_true(b.reply.first_refusal);
	assert_int_equal(ask(&b, &d), RESPONDER_REFUSED);
	assert_false(b.reply.first_refusal);
	d.source.addr = IPV4(10, 0, 0, 255);
	assert_int_equal(ask(&b, &d), RESPONDER_BAD_SOURCE);
	d = request(other);
	b.responder.policy.lists.blacklist = slice_of("eth0");
	assert_int_equal(ask(&b, &d), RESPONDER_INTERFACE);
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_gets_the_fields_of_its_service),
		cmocka_unit_test(what_is_no_service_is_invalid),
		cmocka_unit_test(invalid_can_be_kept_from_broadcasts),
		cmocka_unit_test(compact_replies_have_no_space),
		cmocka_unit_test(auto_is_the_address_that_the_asker_can_reach),
		cmocka_unit_test(without_an_address_there_is_no_auto),
		cmocka_unit_test(no_own_port_is_answered),
		cmocka_unit_test(each_port_answers_its_own_protocol),
		cmocka_unit_test(a_request_has_4096_bytes_at_most),
		cmocka_unit_test(refusals_are_those_of_the_other_protocol),
	};

	return RUN(tests);
}
