#include "responding.h"

/* What askers are told where there are rules of --advertise. */

static const struct advertised rules[] = {
	{{IPV4(10, 0, 0, 7), 32}, {IPV4(198, 51, 100, 1), 1}},
	{{IPV4(10, 0, 0, 99), 24}, {IPV4(198, 51, 100, 2), 0}},
	{{IPV4(10, 0, 0, 0), 8}, {IPV4(198, 51, 100, 3), 65535}},
	{{IPV4(10, 0, 0, 8), 32}, {IPV4(198, 51, 100, 4), 4}},
};
static const struct advertised for_all = {{0, 0}, {IPV4(203, 0, 113, 9), 80}};

static void begin(
	struct bench *b, const struct advertised *advertise, size_t count)
{
	bench_begin(b, no_limit);
	b->responder.policy.advertise = advertise;
	b->responder.policy.advertise_count = count;
}

/* A probe from ASKER, and a request for the service with "auto". */
static void check_told(
	struct bench *b, uint32_t asker, const char *told, const char *addr)
{
	struct datagram d = request("DISCOVER_SERVER");
	struct str expected = STR_EMPTY;

	d.source.addr = asker;
	d.destination = d.own_address;
	assert_int_equal(decide(b, PROTOCOL_SERVER_IP, &d), RESPONDER_REPLY);
	str_addf(&expected, "SERVER_IP:%s", told);
	assert_text(&b->reply.text, str_text(&expected));
	str_release(&expected);
	str_addf(&expected, "TGED REPLY 1.0\r\nIP: %s\r\nX: 1\r\n\r\n", addr);
	d.data = slice_of(here);
	assert_answered(b, &d, str_text(&expected));
	str_release(&expected);
}

struct row {
	uint32_t asker;
	const char *told;
	const char *addr;
};

static void check_rows(struct bench *b, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_told(b, rows[i].asker, rows[i].told, rows[i].addr);
}

static void the_first_rule_that_fits_the_asker_is_told(void **state)
{
	static const struct row rows[] = {
		{IPV4(10, 0, 0, 7), "198.51.100.1:1", "198.51.100.1"},
		{IPV4(10, 0, 0, 8), "198.51.100.2", "198.51.100.2"},
		{IPV4(10, 0, 0, 254), "198.51.100.2", "198.51.100.2"},
		{IPV4(10, 0, 1, 7), "198.51.100.3:65535", "198.51.100.3"},
		{IPV4(10, 255, 255, 254), "198.51.100.3:65535",
			"198.51.100.3"}};
	struct bench b;

	(void)state;
	begin(&b, rules, COUNT(rules));
	check_rows(&b, rows, COUNT(rows));
	bench_end(&b);
}

static void where_none_fits_it_is_automatic(void **state)
{
	static const struct network any = {0, 0};
	static const struct row rows[] = {
		{IPV4(192, 168, 9, 7), "10.0.0.1", "10.0.0.1"},
		{IPV4(172, 16, 0, 7), "10.0.0.1", "10.0.0.1"},
		{IPV4(9, 255, 255, 255), "10.0.0.1", "10.0.0.1"},
		{IPV4(11, 0, 0, 0), "10.0.0.1", "10.0.0.1"},
		{IPV4(10, 0, 0, 8), "198.51.100.2", "198.51.100.2"}};
	struct bench b;

	(void)state;
	begin(&b, rules, COUNT(rules));
	b.responder.policy.allow = &any;
	b.responder.policy.allow_count = 1;
	check_rows(&b, rows, COUNT(rows));
	/* No more than the count says. */
	b.responder.policy.advertise_count = 0;
	check_told(&b, IPV4(10, 0, 0, 7), "10.0.0.1", "10.0.0.1");
	bench_end(&b);
}

/* It is the port of the automatic address and of no other. */
static void the_advertised_port_is_not_that_of_a_rule(void **state)
{
	static const struct row rows[] = {
		{IPV4(10, 0, 0, 7), "198.51.100.1:1", "198.51.100.1"},
		{IPV4(10, 0, 0, 8), "198.51.100.2", "198.51.100.2"},
		{IPV4(192, 168, 9, 7), "10.0.0.1:8080", "10.0.0.1"}};
	struct bench b;

	(void)state;
	begin(&b, rules, COUNT(rules));
	b.responder.policy.advertise_port = 8080;
	check_rows(&b, rows, COUNT(rows));
	bench_end(&b);
}

static void a_rule_for_all_is_for_the_rest(void **state)
{
	static const struct row rows[] = {
		{IPV4(10, 0, 0, 7), "198.51.100.1:1", "198.51.100.1"},
		{IPV4(192, 168, 9, 7), "203.0.113.9:80", "203.0.113.9"},
		{IPV4(100, 64, 0, 1), "203.0.113.9:80", "203.0.113.9"}};
	struct advertised list[] = {rules[0], for_all, rules[1]};
	struct bench b;

	(void)state;
	begin(&b, list, COUNT(list));
	check_rows(&b, rows, COUNT(rows));
	/* What stands behind it is dead. */
	check_told(&b, IPV4(10, 0, 0, 8), "203.0.113.9:80", "203.0.113.9");
	bench_end(&b);
}

/* The asker is who asks, and not whom he asks or where the probe came in. */
static void neither_destination_nor_interface_choose_the_rule(void **state)
{
	static const struct advertised own[] = {
		{{IPV4(10, 0, 0, 1), 32}, {IPV4(198, 51, 100, 1), 1}},
		{{IPV4(10, 0, 0, 255), 32}, {IPV4(198, 51, 100, 2), 2}},
		{{IPV4(192, 168, 0, 0), 16}, {IPV4(198, 51, 100, 3), 3}}};
	struct datagram d = request("DISCOVER_SERVER");
	struct bench b;

	(void)state;
	begin(&b, own, COUNT(own));
	assert_int_equal(decide(&b, PROTOCOL_SERVER_IP, &d), RESPONDER_REPLY);
	assert_text(&b.reply.text, "SERVER_IP:10.0.0.1");
	d.source.addr = IPV4(192, 168, 9, 7);
	assert_int_equal(decide(&b, PROTOCOL_SERVER_IP, &d), RESPONDER_REPLY);
	assert_text(&b.reply.text, "SERVER_IP:198.51.100.3:3");
	bench_end(&b);
}

/* The reply leaves as it does without: from where the asker asked. */
static void a_rule_is_the_text_and_not_the_way(void **state)
{
	struct datagram d = request("DISCOVER_SERVER");
	struct bench b;

	(void)state;
	begin(&b, &for_all, 1);
	for (int i = 0; i < 2; i++) {
		enum protocol protocol = i ? PROTOCOL_TGED : PROTOCOL_SERVER_IP;
		d = request(i ? here : "DISCOVER_SERVER");
		assert_int_equal(decide(&b, protocol, &d), RESPONDER_REPLY);
		assert_int_equal(b.reply.from, IPV4(10, 0, 0, 1));
		assert_int_equal(b.reply.interface, ETH0);
		d.source.addr = IPV4(192, 168, 9, 7);
		d.destination = d.own_address;
		assert_int_equal(decide(&b, protocol, &d), RESPONDER_REPLY);
		assert_int_equal(b.reply.from, IPV4(10, 0, 0, 1));
		assert_int_equal(b.reply.interface, 0);
	}
	bench_end(&b);
}

/* A host that has no address yet can send on who fits a rule. */
static void without_an_address_only_rules_answer(void **state)
{
	struct datagram d = request("DISCOVER_SERVER");
	struct bench b;

	(void)state;
	begin(&b, rules, 1);
	d.own_address = 0;
	d.interface = 77;
	assert_int_equal(decide(&b, PROTOCOL_SERVER_IP, &d), RESPONDER_REPLY);
	assert_text(&b.reply.text, "SERVER_IP:198.51.100.1:1");
	d.data = slice_of(here);
	assert_answered(
		&b, &d, "TGED REPLY 1.0\r\nIP: 198.51.100.1\r\nX: 1\r\n\r\n");
	d.source.addr = IPV4(10, 0, 0, 8);
	assert_int_equal(ask(&b, &d), RESPONDER_NO_ADDRESS);
	d.data = slice_of(sql);
	assert_answered(&b, &d, sql_reply);
	d.data = slice_of("DISCOVER_SERVER");
	assert_int_equal(
		decide(&b, PROTOCOL_SERVER_IP, &d), RESPONDER_NO_ADDRESS);
	bench_end(&b);
}

static void what_is_fixed_is_told_to_all(void **state)
{
	struct datagram d = request(sql);
	struct bench b;

	(void)state;
	begin(&b, &for_all, 1);
	assert_answered(&b, &d, sql_reply);
	d = request(other);
	assert_answered(&b, &d, invalid_reply);
	bench_end(&b);
}

static void a_rule_admits_nobody(void **state)
{
	static const struct advertised stranger = {
		{IPV4(8, 8, 8, 0), 24}, {IPV4(198, 51, 100, 1), 1}};
	struct datagram d = request("DISCOVER_SERVER");
	struct bench b;

	(void)state;
	begin(&b, &stranger, 1);
	d.source.addr = IPV4(8, 8, 8, 8);
	d.destination = d.own_address;
	assert_int_equal(decide(&b, PROTOCOL_SERVER_IP, &d), RESPONDER_REFUSED);
	assert_true(b.reply.first_refusal);
	d.data = slice_of(here);
	assert_int_equal(ask(&b, &d), RESPONDER_REFUSED);
	assert_int_equal(b.responder.counts[RESPONDER_REPLY], 0);
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_rule_that_fits_the_asker_is_told),
		cmocka_unit_test(where_none_fits_it_is_automatic),
		cmocka_unit_test(the_advertised_port_is_not_that_of_a_rule),
		cmocka_unit_test(a_rule_for_all_is_for_the_rest),
		cmocka_unit_test(
			neither_destination_nor_interface_choose_the_rule),
		cmocka_unit_test(a_rule_is_the_text_and_not_the_way),
		cmocka_unit_test(without_an_address_only_rules_answer),
		cmocka_unit_test(what_is_fixed_is_told_to_all),
		cmocka_unit_test(a_rule_admits_nobody),
	};

	return RUN(tests);
}
