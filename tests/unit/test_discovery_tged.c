#include "unit.h"
#include "host.h"

#include "core/discovery.h"
#include "core/tged.h"

#include "memory.h"
#include "tables.h"

#define REPLY "TGED REPLY 1.0\r\n"
#define INVALID "TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n"
static const int64_t start = 1000000007;
static const uint32_t peer = IPV4(10, 0, 0, 9);

static void begin(struct discovery *d)
{
	const struct discovery_config config = {
		.probe = slice_of("TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n"),
		.service = slice_of("SQL"),
		.schedule = {.timeout_ns = MS(1000),
			.retries = 1,
			.rate = 1000,
			.port = 4745,
			.network = &host},
		.network = &host,
		.key = {{1, 2}},
	};

	discovery_init(d, &config);
	assert_int_equal(discovery_protocol(d), PROTOCOL_TGED);
}

/* A datagram from port 4745 that comes in on eth0; what it is kept as. */
static enum discovery_verdict hear_result(struct discovery *d, const char *text,
	uint32_t source, const struct result **result)
{
	struct slice data = exact(slice_of(text));
	struct datagram datagram = {
		.data = data, .source = {source, 4745}, .interface = ETH0};
	enum discovery_verdict verdict = discovery_receive(
		d, &datagram, start + MS(5), result);

	exact_free(data);
	return verdict;
}

static enum discovery_verdict hear(
	struct discovery *d, const char *text, uint32_t source)
{
	const struct result *result;
	enum discovery_verdict verdict = hear_result(d, text, source, &result);

	assert_int_equal(result != NULL,
		verdict == DISCOVERY_NEW || verdict == DISCOVERY_KNOWN);
	return verdict;
}

static void assert_field(struct slice *rest, const char *key, const char *value)
{
	struct tged_field field;

	assert_true(tged_next_field(rest, &field));
	assert_true(slice_equal(field.key, slice_of(key)));
	assert_true(slice_equal(field.value, slice_of(value)));
}

static void a_reply_is_a_server_with_its_fields(void **state)
{
	static const char text[] = REPLY "HOST: test\r\nIP: 10.0.0.5\r\n"
					 "PORT: 3306\r\n\r\n";
	const struct result *found;
	struct tged_field field;
	struct discovery d;

	(void)state;
	begin(&d);
	assert_int_equal(hear_result(&d, text, peer, &found), DISCOVERY_NEW);
	assert_int_equal(found->server.addr, IPV4(10, 0, 0, 5));
	assert_int_equal(found->server.port, 3306);
	assert_true(found->has_claimed_addr);
	assert_int_equal(found->claimed.addr, IPV4(10, 0, 0, 5));
	assert_int_equal(found->claimed.port, 3306);
	assert_int_equal(found->source_port, 4745);
	assert_int_equal(found->paths[0].source, peer);
	assert_int_equal(found->paths[0].interface, ETH0);
	assert_true(slice_equal(found->raw, slice_of(text)));
	struct slice rest = found->fields;
	assert_field(&rest, "HOST", "test");
	assert_field(&rest, "IP", "10.0.0.5");
	assert_field(&rest, "PORT", "3306");
	assert_false(tged_next_field(&rest, &field));
	discovery_release(&d);
}

static void servers_differ_by_address_port_and_fields(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d);
	assert_int_equal(hear(&d, REPLY "A: 1\r\n\r\n", peer), DISCOVERY_NEW);
	assert_int_equal(hear(&d, REPLY "A: 2\r\n\r\n", peer), DISCOVERY_NEW);
	assert_int_equal(
		hear(&d, REPLY "A: 1\r\nB: 1\r\n\r\n", peer), DISCOVERY_NEW);
	assert_int_equal(
		hear(&d, REPLY "B: 1\r\nA: 1\r\n\r\n", peer), DISCOVERY_NEW);
	assert_int_equal(hear(&d, REPLY "\r\n", peer), DISCOVERY_NEW);
	assert_int_equal(
		hear(&d, REPLY "A: 1\r\n\r\n", peer + 1), DISCOVERY_NEW);
	assert_int_equal(
		hear(&d, REPLY "PORT: 1\r\n\r\n", peer), DISCOVERY_NEW);
	assert_int_equal(
		hear(&d, REPLY "PORT: 2\r\n\r\n", peer), DISCOVERY_NEW);
	/* What is read the same is the same, however it was written. */
	assert_int_equal(hear(&d, REPLY "A:1\n\n", peer), DISCOVERY_KNOWN);
	assert_int_equal(hear(&d, REPLY, peer), DISCOVERY_KNOWN);
	assert_int_equal(hear(&d, REPLY "A: 9\r\n A : 2 \r\n\r\n", peer),
		DISCOVERY_KNOWN);
	assert_int_equal(d.results.count, 8);
	discovery_release(&d);
}

static void one_server_by_two_ways_is_one(void **state)
{
	static const char text[] = REPLY "IP: 10.0.0.5\r\n\r\n";
	struct discovery d;

	(void)state;
	begin(&d);
	assert_int_equal(hear(&d, text, peer), DISCOVERY_NEW);
	assert_int_equal(hear(&d, text, peer + 1), DISCOVERY_KNOWN);
	assert_int_equal(d.results.count, 1);
	assert_int_equal(d.results.at[0].path_count, 2);
	discovery_release(&d);
}

static void ip_is_what_can_be_reached(void **state)
{
	static const struct {
		const char *ip;
		uint32_t source;
		bool claims;
		uint32_t claimed, addr;
	} rows[] = {
		{"8.8.8.8", peer, true, IPV4(8, 8, 8, 8), IPV4(8, 8, 8, 8)},
		{"127.0.0.1", peer, true, IPV4(127, 0, 0, 1), peer},
		{"127.0.0.1", IPV4(10, 0, 0, 1), true, IPV4(127, 0, 0, 1),
			IPV4(127, 0, 0, 1)},
		{"0.0.0.0", peer, true, 0, peer},
		{"0.1.2.3", peer, true, IPV4(0, 1, 2, 3), peer},
		{"224.0.0.1", peer, true, IPV4(224, 0, 0, 1), peer},
		{"255.255.255.255", peer, true, IPV4_ALL_HOSTS, peer},
		{"10.0.0.255", peer, true, IPV4(10, 0, 0, 255), peer},
		{"db.example.com", peer, false, 0, peer},
		{"", peer, false, 0, peer},
		{"10.0.0.5:80", peer, false, 0, peer},
		{"10.0.0.05", peer, false, 0, peer},
		{"auto", peer, false, 0, peer},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct result *found;
		struct discovery d;
		char text[128];
		begin(&d);
		snprintf(text, sizeof text, REPLY "IP: %s\r\n\r\n", rows[i].ip);
		hear_result(&d, text, rows[i].source, &found);
		assert_non_null(found);
		if (found->server.addr != rows[i].addr ||
			found->has_claimed_addr != rows[i].claims)
			fail_msg("IP %s", rows[i].ip);
		assert_int_equal(found->claimed.addr, rows[i].claimed);
		assert_int_equal(found->server.port, 0);
		discovery_release(&d);
	}
}

static void port_is_one_or_none(void **state)
{
	static const struct {
		const char *port;
		uint16_t value;
	} rows[] = {{"1", 1}, {"65535", 65535}, {"3306", 3306}, {"00080", 80},
		{"0", 0}, {"65536", 0}, {"000080", 0}, {"", 0}, {"x", 0},
		{"+80", 0}, {"-1", 0}, {"8_0", 0}, {"80 80", 0},
		{"\xd9\xa1", 0}, {"99999999999999999999", 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct result *found;
		struct discovery d;
		char text[128];
		begin(&d);
		snprintf(text, sizeof text, REPLY "PORT: %s\r\n\r\n",
			rows[i].port);
		hear_result(&d, text, peer, &found);
		assert_non_null(found);
		if (found->server.port != rows[i].value ||
			found->claimed.port != rows[i].value)
			fail_msg("PORT %s", rows[i].port);
		assert_int_equal(found->server.addr, peer);
		discovery_release(&d);
	}
}

static void servers_without_the_service_are_counted_by_source(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d);
	assert_int_equal(hear(&d, INVALID, peer), DISCOVERY_INVALID);
	assert_int_equal(hear(&d, INVALID, peer), DISCOVERY_INVALID);
	assert_int_equal(hear(&d, "TGED INVALID 1.0\nIP:1.2.3.4\n\n", peer),
		DISCOVERY_INVALID);
	assert_int_equal(hear(&d, INVALID, peer + 1), DISCOVERY_INVALID);
	assert_int_equal(d.without.count, 2);
	assert_int_equal(d.without.at[0].server.addr, peer);
	assert_int_equal(d.without.at[1].server.addr, peer + 1);
	assert_int_equal(d.results.count, 0);
	assert_int_equal(d.foreign, 0);
	discovery_release(&d);
}

static void invalid_hides_no_reply(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d);
	d.config.count = 1;
	schedule_add_target(&d.schedule,
		(struct endpoint){IPV4(10, 0, 0, 255), 4745}, ETH0);
	schedule_start(&d.schedule, start);
	discovery_next(&d, start);
	schedule_sent(&d.schedule, &d.schedule.targets.at[0], start, 0);
	hear(&d, INVALID, peer);
	hear(&d, INVALID, peer + 1);
	assert_false(discovery_is_enough(&d));
	assert_int_equal(discovery_next(&d, start + MS(5)).action, STEP_WAIT);
	/* From another, and from the same, which was told meanwhile. */
	assert_int_equal(hear(&d, REPLY "A:1\r\n\r\n", peer), DISCOVERY_NEW);
	assert_true(discovery_is_enough(&d));
	assert_int_equal(
		hear(&d, REPLY "A:1\r\n\r\n", peer + 2), DISCOVERY_NEW);
	assert_int_equal(hear(&d, INVALID, peer + 2), DISCOVERY_INVALID);
	assert_int_equal(d.results.count, 2);
	discovery_release(&d);
}

/* Sends a first round to two hosts, hears TEXT from the first; whether it is
 * asked again. */
static bool is_asked_again(const char *text)
{
	struct discovery d;
	bool again = false;

	begin(&d);
	schedule_add_target(&d.schedule, (struct endpoint){peer, 4745}, 0);
	schedule_add_target(&d.schedule, (struct endpoint){peer + 1, 4745}, 0);
	schedule_start(&d.schedule, start);
	for (size_t i = 0; i < 2; i++) {
		assert_ptr_equal(discovery_next(&d, start).target,
			&d.schedule.targets.at[i]);
		schedule_sent(&d.schedule, &d.schedule.targets.at[i], start, 0);
	}
	hear(&d, text, peer);
	struct step step = discovery_next(&d, start + MS(300));
	assert_int_equal(step.action, STEP_SEND);
	again = step.target == &d.schedule.targets.at[0];
	discovery_release(&d);
	return again;
}

static void a_target_that_answered_is_not_asked_again(void **state)
{
	(void)state;
	assert_false(is_asked_again(REPLY "A: 1\r\n\r\n"));
	assert_false(is_asked_again(INVALID));
	assert_true(is_asked_again("junk"));
	assert_true(is_asked_again("SERVER_IP:10.0.0.9"));
}

static void own_servers_can_be_left_out(void **state)
{
	struct discovery d;

	(void)state;
	begin(&d);
	d.config.ignore_local = true;
	assert_int_equal(
		hear(&d, REPLY "\r\n", IPV4(10, 0, 0, 1)), DISCOVERY_LOCAL);
	assert_int_equal(
		hear(&d, INVALID, IPV4(172, 16, 5, 1)), DISCOVERY_LOCAL);
	assert_int_equal(hear(&d, REPLY "\r\n", peer), DISCOVERY_NEW);
	assert_int_equal(d.ignored, 2);
	assert_int_equal(d.without.count, 0);
	assert_int_equal(d.results.count, 1);
	assert_false(d.results.at[0].local);
	discovery_release(&d);
}

static void what_is_no_reply_is_foreign(void **state)
{
	static const char *const texts[] = {"", "junk", "SERVER_IP:10.0.0.9",
		"TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n",
		"TGED REPLY 2.0\r\nA: 1\r\n\r\n", "tged reply 1.0\r\n\r\n"};
	struct discovery d;

	(void)state;
	begin(&d);
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(hear(&d, texts[i], peer), DISCOVERY_FOREIGN);
	assert_int_equal(d.foreign, COUNT(texts));
	d.config.service.at = NULL;
	d.config.response_prefix = slice_of("SERVER_IP:");
	assert_int_equal(discovery_protocol(&d), PROTOCOL_SERVER_IP);
	assert_int_equal(
		hear(&d, REPLY "A: 1\r\n\r\n", peer), DISCOVERY_FOREIGN);
	assert_int_equal(hear(&d, INVALID, peer), DISCOVERY_FOREIGN);
	assert_int_equal(d.results.count + d.without.count, 0);
	discovery_release(&d);
}

static void without_memory_a_reply_is_counted_as_lost(void **state)
{
	const struct result *result;
	struct datagram datagram = {.data = slice_of(REPLY "A: 1\r\n\r\n"),
		.source = {peer, 4745},
		.interface = ETH0};
	enum discovery_verdict verdict;
	struct discovery d;
	size_t lost = 0;

	(void)state;
	begin(&d);
	for (;;) {
		memory_left = (long)lost;
		verdict = discovery_receive(&d, &datagram, start, &result);
		memory_restore();
		if (verdict == DISCOVERY_NEW)
			break;
		assert_int_equal(verdict, DISCOVERY_OVERFLOW);
		assert_null(result);
		assert_int_equal(d.overflow, ++lost);
	}
	assert_true(lost > 1);
	discovery_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_is_a_server_with_its_fields),
		cmocka_unit_test(servers_differ_by_address_port_and_fields),
		cmocka_unit_test(one_server_by_two_ways_is_one),
		cmocka_unit_test(ip_is_what_can_be_reached),
		cmocka_unit_test(port_is_one_or_none),
		cmocka_unit_test(
			servers_without_the_service_are_counted_by_source),
		cmocka_unit_test(invalid_hides_no_reply),
		cmocka_unit_test(a_target_that_answered_is_not_asked_again),
		cmocka_unit_test(own_servers_can_be_left_out),
		cmocka_unit_test(what_is_no_reply_is_foreign),
		cmocka_unit_test(without_memory_a_reply_is_counted_as_lost),
	};

	return RUN(tests);
}
