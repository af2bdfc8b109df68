#include "responding.h"

static const struct network tests_net = {IPV4(203, 0, 113, 0), 24};

static void begin(struct responder *r)
{
	const struct responder_policy policy = {
		.message = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
		.ports = {9999},
	};

	responder_init(r, &policy);
}

/* A probe by broadcast. */
static struct datagram probe(void)
{
	return request("DISCOVER_SERVER");
}

static enum responder_verdict judge(
	struct responder *r, const struct datagram *datagram)
{
	struct responder_reply reply;

	return responder_decide(
		r, PROTOCOL_SERVER_IP, datagram, 1, &host, &reply);
}

static void a_probe_gets_the_reply(void **state)
{
	struct responder r;
	struct responder_reply reply;
	struct datagram d = probe();

	(void)state;
	begin(&r);
	assert_int_equal(
		responder_decide(&r, PROTOCOL_SERVER_IP, &d, 1, &host, &reply),
		RESPONDER_REPLY);
	assert_text(&reply.text, "SERVER_IP:10.0.0.1");
	assert_int_equal(reply.from, IPV4(10, 0, 0, 1));
	assert_int_equal(reply.interface, ETH0);
	assert_int_equal(r.counts[RESPONDER_REPLY], 1);
}

static void anything_else_is_foreign(void **state)
{
	static const struct slice others[] = {{"", 0}, {"DISCOVER_SERVE", 14},
		{"DISCOVER_SERVER\n", 16}, {"SERVER_IP:10.0.0.7", 18}};
	struct responder r;
	struct datagram d = probe();

	(void)state;
	begin(&r);
	for (size_t i = 0; i < COUNT(others); i++) {
		d.data = others[i];
		assert_int_equal(judge(&r, &d), RESPONDER_FOREIGN);
	}
	d = probe();
	d.truncated = true;
	assert_int_equal(judge(&r, &d), RESPONDER_FOREIGN);
	assert_int_equal(r.counts[RESPONDER_FOREIGN], 5);
	assert_int_equal(responder_probes(&r), 0);
}

static void bad_sources_get_nothing_whatever_is_allowed(void **state)
{
	static const struct endpoint bad[] = {{IPV4(10, 0, 0, 7), 0},
		{0, 40000}, {IPV4(0, 1, 2, 3), 40000},
		{IPV4(224, 0, 0, 1), 40000}, {IPV4(239, 255, 255, 255), 40000},
		{IPV4(127, 0, 0, 1), 40000}, {IPV4_ALL_HOSTS, 40000},
		{IPV4(10, 0, 0, 255), 40000}, {IPV4(172, 16, 255, 255), 40000}};
	static const struct network any = {0, 0};
	struct responder r;
	struct datagram d = probe();

	(void)state;
	begin(&r);
	r.policy.allow = &any;
	r.policy.allow_count = 1;
	assert_int_equal(judge(&r, &d), RESPONDER_REPLY);
	for (size_t i = 0; i < COUNT(bad); i++) {
		d.source = bad[i];
		assert_int_equal(judge(&r, &d), RESPONDER_BAD_SOURCE);
	}
}

static void two_responders_never_talk(void **state)
{
	struct responder r;
	struct datagram d = probe();

	(void)state;
	begin(&r);
	d.source.port = 9999;
	assert_int_equal(judge(&r, &d), RESPONDER_OWN_PORT);
	d.source.port = 9998;
	assert_int_equal(judge(&r, &d), RESPONDER_REPLY);
	d.source.port = 10000;
	assert_int_equal(judge(&r, &d), RESPONDER_REPLY);
	d.source.port = 9999;
	r.policy.ports[PROTOCOL_SERVER_IP] = 9998;
	assert_int_equal(judge(&r, &d), RESPONDER_REPLY);
}

static void check_allowed(const struct network *allow, size_t count,
	uint32_t source, enum responder_verdict expected)
{
	struct responder r;
	struct datagram d = probe();

	begin(&r);
	r.policy.allow = allow;
	r.policy.allow_count = count;
	d.source.addr = source;
	d.destination = IPV4(10, 0, 0, 1);
	assert_int_equal(judge(&r, &d), expected);
}

static void the_default_list_is_private_networks_and_our_own(void **state)
{
	static const uint32_t in[] = {IPV4(10, 255, 255, 254),
		IPV4(172, 16, 0, 1), IPV4(172, 31, 255, 254),
		IPV4(192, 168, 0, 1), IPV4(192, 168, 255, 254),
		IPV4(169, 254, 0, 1), IPV4(169, 254, 255, 254),
		IPV4(100, 64, 0, 1), IPV4(100, 127, 255, 254),
		IPV4(192, 0, 2, 200)};
	static const uint32_t out[] = {IPV4(9, 255, 255, 255),
		IPV4(11, 0, 0, 0), IPV4(172, 15, 255, 255), IPV4(172, 32, 0, 1),
		IPV4(192, 167, 255, 255), IPV4(192, 169, 0, 1),
		IPV4(169, 253, 0, 1), IPV4(169, 255, 0, 1),
		IPV4(100, 63, 255, 255), IPV4(100, 128, 0, 1),
		IPV4(192, 0, 3, 1), IPV4(8, 8, 8, 8)};

	(void)state;
	for (size_t i = 0; i < COUNT(in); i++)
		check_allowed(NULL, 0, in[i], RESPONDER_REPLY);
	for (size_t i = 0; i < COUNT(out); i++)
		check_allowed(NULL, 0, out[i], RESPONDER_REFUSED);
}

static void a_list_replaces_the_default(void **state)
{
	static const struct network two[] = {
		{IPV4(8, 8, 8, 0), 24}, {IPV4(9, 9, 9, 9), 32}};

	(void)state;
	check_allowed(two, 2, IPV4(8, 8, 8, 8), RESPONDER_REPLY);
	check_allowed(two, 2, IPV4(9, 9, 9, 9), RESPONDER_REPLY);
	check_allowed(two, 2, IPV4(9, 9, 9, 8), RESPONDER_REFUSED);
	check_allowed(two, 2, IPV4(10, 0, 0, 7), RESPONDER_REFUSED);
	check_allowed(&tests_net, 0, IPV4(10, 0, 0, 7), RESPONDER_REFUSED);
}

static void a_refusal_is_told_once_an_asker(void **state)
{
	struct responder r;
	struct responder_reply reply;
	struct datagram d = probe();

	(void)state;
	begin(&r);
	for (uint32_t i = 0; i < RESPONDER_TOLD_MAX + 10; i++) {
		d.source.addr = IPV4(8, 8, 0, 0) + i;
		for (int again = 0; again < 2; again++) {
			assert_int_equal(
				responder_decide(&r, PROTOCOL_SERVER_IP, &d, 1,
					&host, &reply),
				RESPONDER_REFUSED);
			assert_int_equal(reply.first_refusal,
				!again && i < RESPONDER_TOLD_MAX);
		}
	}
}

static void check_listed(const char *whitelist, const char *blacklist,
	int interface, enum responder_verdict expected)
{
	struct responder r;
	struct datagram d = probe();

	begin(&r);
	if (whitelist)
		r.policy.lists.whitelist = slice_of(whitelist);
	if (blacklist)
		r.policy.lists.blacklist = slice_of(blacklist);
	d.interface = interface;
	if (interface == LO) {
		d.source.addr = IPV4(127, 0, 0, 1);
		d.destination = d.own_address = IPV4(127, 0, 0, 1);
	}
	assert_int_equal(judge(&r, &d), expected);
}

static void only_listed_interfaces_answer_and_loopback_always(void **state)
{
	(void)state;
	check_listed("eth0", NULL, ETH0, RESPONDER_REPLY);
	check_listed("eth1,lo", NULL, ETH0, RESPONDER_INTERFACE);
	check_listed(NULL, "eth*", ETH0, RESPONDER_INTERFACE);
	check_listed("eth0", "eth0", ETH0, RESPONDER_INTERFACE);
	check_listed(NULL, "eth1", ETH0, RESPONDER_REPLY);
	check_listed("eth0", NULL, LO, RESPONDER_REPLY);
	check_listed(NULL, "lo", LO, RESPONDER_INTERFACE);
	check_listed("eth0", "lo", LO, RESPONDER_INTERFACE);
	check_listed("lo", "lo", LO, RESPONDER_INTERFACE);
	/* One that the table does not know yet. */
	check_listed(NULL, NULL, 77, RESPONDER_REPLY);
	check_listed("eth0", NULL, 77, RESPONDER_INTERFACE);
	check_listed(NULL, "eth0", 77, RESPONDER_INTERFACE);
}

static void loopback_is_answered_whatever_is_allowed(void **state)
{
	struct responder r;
	struct datagram d = probe();

	(void)state;
	begin(&r);
	r.policy.allow = &tests_net;
	r.policy.allow_count = 1;
	assert_int_equal(judge(&r, &d), RESPONDER_REFUSED);
	d.interface = LO;
	d.source.addr = d.destination = d.own_address = IPV4(127, 0, 0, 1);
	assert_int_equal(judge(&r, &d), RESPONDER_REPLY);
	/* Before the table is there. */
	d.interface = 77;
	assert_int_equal(judge(&r, &d), RESPONDER_REPLY);
}

struct way {
	uint32_t source, destination, own_address;
	int interface;
	uint32_t from;
	int pinned;
};

static void check_way(const struct way *way)
{
	struct responder r;
	struct responder_reply reply;
	struct datagram d = probe();

	begin(&r);
	d.source.addr = way->source;
	d.destination = way->destination;
	d.own_address = way->own_address;
	d.interface = way->interface;
	assert_int_equal(
		responder_decide(&r, PROTOCOL_SERVER_IP, &d, 1, &host, &reply),
		RESPONDER_REPLY);
	assert_int_equal(reply.from, way->from);
	assert_int_equal(reply.interface, way->pinned);
}

static void the_way_back_is_the_way_the_probe_came(void **state)
{
	static const struct way ways[] = {
		/* Broadcast, to the second network of eth0. */
		{IPV4(192, 0, 2, 7), IPV4(192, 0, 2, 255), IPV4(192, 0, 2, 1),
			ETH0, IPV4(192, 0, 2, 1), ETH0},
		/* Broadcast from a foreign subnet, whose route back leaves by
		 * eth1: the primary address of where it came in. */
		{IPV4(192, 168, 9, 7), IPV4_ALL_HOSTS, IPV4(172, 16, 5, 1),
			ETH0, IPV4(10, 0, 0, 1), ETH0},
		/* By the broadcast of that subnet. */
		{IPV4(192, 168, 9, 7), IPV4(10, 0, 0, 255), IPV4(172, 16, 5, 1),
			ETH0, IPV4(10, 0, 0, 1), ETH0},
		/* The same on an interface without an address. */
		{IPV4(192, 168, 9, 7), IPV4_ALL_HOSTS, IPV4(172, 16, 5, 1), 77,
			IPV4(172, 16, 5, 1), 77},
		/* Unicast from a neighbour. */
		{IPV4(10, 0, 0, 7), IPV4(10, 0, 0, 1), IPV4(10, 0, 0, 1), ETH0,
			IPV4(10, 0, 0, 1), ETH0},
		/* Unicast from behind a router: routing knows the way. */
		{IPV4(192, 168, 9, 7), IPV4(10, 0, 0, 1), IPV4(10, 0, 0, 1),
			ETH0, IPV4(10, 0, 0, 1), 0},
		/* Unicast to the address of another interface. */
		{IPV4(10, 0, 0, 7), IPV4(172, 16, 5, 1), IPV4(172, 16, 5, 1),
			ETH0, IPV4(172, 16, 5, 1), ETH0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++)
		check_way(&ways[i]);
}

static void a_port_can_stand_behind_the_automatic_address(void **state)
{
	struct responder r;
	struct responder_reply reply;
	struct datagram d = probe();

	(void)state;
	begin(&r);
	r.policy.advertise_port = 8080;
	responder_decide(&r, PROTOCOL_SERVER_IP, &d, 1, &host, &reply);
	assert_text(&reply.text, "SERVER_IP:10.0.0.1:8080");
}

static void without_an_address_there_is_nothing_to_say(void **state)
{
	struct responder r;
	struct datagram d = probe();

	(void)state;
	begin(&r);
	d.own_address = 0;
	d.interface = 77;
	assert_int_equal(judge(&r, &d), RESPONDER_NO_ADDRESS);
}

static void the_longest_reply_fits(void **state)
{
	static const struct advertised longest = {
		{0, 0}, {IPV4(255, 255, 255, 254), 65535}};
	static char prefix[SERVER_IP_PREFIX_MAX];
	struct responder r;
	struct responder_reply reply;
	struct datagram d = probe();

	(void)state;
	memset(prefix, 'x', sizeof prefix);
	begin(&r);
	r.policy.response_prefix = (struct slice){prefix, sizeof prefix};
	r.policy.advertise = &longest;
	r.policy.advertise_count = 1;
	assert_int_equal(
		responder_decide(&r, PROTOCOL_SERVER_IP, &d, 1, &host, &reply),
		RESPONDER_REPLY);
	assert_false(reply.text.failed);
	assert_int_equal(reply.text.len, SERVER_IP_PREFIX_MAX + 21);
	assert_true(reply.text.len <= SERVER_IP_REPLY_MAX);
}

static void each_verdict_has_a_word_and_probes_are_counted(void **state)
{
	static const char *const words[] = {[RESPONDER_REPLY] = "answered",
		[RESPONDER_FOREIGN] = "foreign",
		[RESPONDER_BAD_SOURCE] = "bad_source",
		[RESPONDER_OWN_PORT] = "own_port",
		[RESPONDER_INTERFACE] = "interface",
		[RESPONDER_REFUSED] = "refused",
		[RESPONDER_NO_ADDRESS] = "no_address",
		[RESPONDER_UNKNOWN] = "unknown",
		[RESPONDER_LIMITED] = "limited"};
	struct responder r;
	struct datagram d = probe();

	(void)state;
	begin(&r);
	judge(&r, &d);
	d.source.port = 0;
	judge(&r, &d);
	d.data = slice_of("junk");
	judge(&r, &d);
	assert_int_equal(responder_probes(&r), 2);
	for (enum responder_verdict v = 0; v < RESPONDER_VERDICTS; v++)
		assert_string_equal(responder_verdict_text(v), words[v]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_probe_gets_the_reply),
		cmocka_unit_test(anything_else_is_foreign),
		cmocka_unit_test(bad_sources_get_nothing_whatever_is_allowed),
		cmocka_unit_test(two_responders_never_talk),
		cmocka_unit_test(
			the_default_list_is_private_networks_and_our_own),
		cmocka_unit_test(a_list_replaces_the_default),
		cmocka_unit_test(a_refusal_is_told_once_an_asker),
		cmocka_unit_test(
			only_listed_interfaces_answer_and_loopback_always),
		cmocka_unit_test(loopback_is_answered_whatever_is_allowed),
		cmocka_unit_test(the_way_back_is_the_way_the_probe_came),
		cmocka_unit_test(a_port_can_stand_behind_the_automatic_address),
		cmocka_unit_test(without_an_address_there_is_nothing_to_say),
		cmocka_unit_test(the_longest_reply_fits),
		cmocka_unit_test(
			each_verdict_has_a_word_and_probes_are_counted),
	};

	return RUN(tests);
}
