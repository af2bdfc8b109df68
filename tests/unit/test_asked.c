#include "unit.h"
#include "host.h"

#include "core/asked.h"
#include "tables.h"

/* Which probe a datagram answers. */

static const uint32_t server = IPV4(10, 0, 0, 8);

/* When a probe went, and in which round; swept addresses have the first. */
struct sent {
	uint32_t addr;
	uint16_t port; /* 0: it is swept */
	int interface; /* 0 and swept: by the sweep, else by the scan */
	int64_t sent_ns; /* 0: it was not */
	unsigned round;
};

static void add(struct schedule *s, const struct sent *sent)
{
	struct endpoint to = {sent->addr, sent->port};
	struct network alone = {sent->addr, 32};

	if (sent->port)
		assert_true(schedule_add_target(s, to, sent->interface));
	else if (sent->interface)
		assert_true(schedule_add_scan(s, alone, sent->interface));
	else
		assert_true(schedule_add_network(s, alone));
}

static struct target *find(struct schedule *s, const struct sent *sent)
{
	for (size_t i = 0; i < s->targets.count; i++)
		if (s->targets.at[i].to.addr == sent->addr &&
			s->targets.at[i].to.port == sent->port &&
			s->targets.at[i].interface == sent->interface)
			return &s->targets.at[i];
	fail();
	return NULL;
}

static void begin(struct schedule *s, const struct sent *sent, size_t count)
{
	const struct schedule_config config = {.timeout_ns = 1000,
		.retries = 5,
		.rate = 1000,
		.port = 9999,
		.network = &host};

	schedule_init(s, &config);
	for (size_t i = 0; i < count; i++)
		add(s, &sent[i]);
	assert_true(schedule_prepare(s));
	for (size_t i = 0; i < count; i++) {
		s->round = sent[i].round;
		if (!sent[i].sent_ns)
			continue;
		if (sent[i].port)
			schedule_sent(s, find(s, &sent[i]), sent[i].sent_ns, 0);
		else
			*sweep_sent(sent[i].interface ? &s->scan : &s->sweep,
				sent[i].addr,
				sent[i].interface) = sent[i].sent_ns;
	}
}

struct row {
	uint32_t source;
	uint16_t port;
	int interface;
	struct asked expected;
};

static void check(const struct sent *sent, size_t count, const struct row *rows,
	size_t row_count)
{
	struct schedule s;

	begin(&s, sent, count);
	for (size_t i = 0; i < row_count; i++) {
		const struct datagram datagram = {
			.source = {rows[i].source, rows[i].port},
			.interface = rows[i].interface};
		struct asked asked = asked_by(&s, &datagram);
		if (asked.sent_ns != rows[i].expected.sent_ns ||
			asked.round != rows[i].expected.round)
			fail_msg("row %zu: %ld in round %u", i,
				(long)asked.sent_ns, asked.round);
	}
	schedule_release(&s);
}

#define CHECK(sent, rows) check(sent, COUNT(sent), rows, COUNT(rows))

/* The latest to the same port, else to another one of that address. */
static void an_answer_belongs_to_what_was_sent_there(void **state)
{
	static const struct sent sent[] = {{server, 9000, 0, 30, 3},
		{server, 9002, 0, 20, 2}, {server, 9001, 0, 10, 1},
		{server, 9004, 0, 0, 0}, {server + 1, 9001, 0, 99, 4}};
	static const struct row rows[] = {{server, 9000, ETH0, {30, 3}},
		{server, 9001, ETH0, {10, 1}}, {server, 9002, ETH1, {20, 2}},
		{server, 8999, ETH0, {30, 3}}, {server, 9003, 0, {30, 3}},
		{server, 9004, 0, {30, 3}}, {server + 1, 1, 0, {99, 4}}};

	(void)state;
	CHECK(sent, rows);
}

/* What is swept is asked at the port of all. */
static void an_answer_belongs_to_the_sweep_by_its_port(void **state)
{
	static const struct sent sent[] = {{server, 1234, 0, 50, 2},
		{server, 0, 0, 30, 1}, {server + 1, 0, 0, 1, 1},
		{server + 2, 1234, 0, 20, 2}, {server + 2, 0, 0, 40, 1},
		{server + 3, 0, 0, 0, 1}};
	static const struct row rows[] = {{server, 9999, ETH0, {30, 1}},
		{server, 1234, ETH0, {50, 2}}, {server, 9998, ETH0, {50, 2}},
		{server, 10000, ETH0, {50, 2}}, {server + 1, 9999, 0, {1, 1}},
		{server + 1, 9998, 0, {1, 1}}, {server + 2, 1234, 0, {20, 2}},
		{server + 2, 9999, 0, {40, 1}}, {server + 2, 1, 0, {40, 1}},
		/* Of all, the latest target. */
		{server + 3, 9999, 0, {20, 2}}};

	(void)state;
	CHECK(sent, rows);
}

static void an_answer_belongs_to_the_scan_by_its_interface(void **state)
{
	static const struct sent sent[] = {{server, 1234, 0, 50, 2},
		{server, 0, ETH0, 30, 1}, {server, 0, ETH1, 40, 1},
		{server + 1, 1234, 0, 60, 2}, {server + 1, 0, ETH0, 70, 1}};
	static const struct row rows[] = {{server, 9999, ETH0, {30, 1}},
		{server, 9999, ETH1, {40, 1}}, {server, 9999, LO, {50, 2}},
		{server, 1234, ETH0, {50, 2}}, {server, 1, ETH0, {50, 2}},
		{server + 1, 1234, ETH0, {60, 2}},
		{server + 1, 9999, ETH0, {70, 1}},
		{server + 1, 10000, ETH0, {70, 1}}};

	(void)state;
	CHECK(sent, rows);
}

/* Else to a broadcast where it came in, and to the latest of all. */
static void an_answer_to_a_broadcast_belongs_to_its_interface(void **state)
{
	static const struct sent sent[] = {{IPV4_ALL_HOSTS, 9999, ETH1, 50, 2},
		{IPV4(172, 16, 255, 255), 9999, ETH1, 40, 3},
		{IPV4(10, 0, 0, 255), 9999, ETH0, 10, 1},
		{IPV4_ALL_HOSTS, 9999, ETH0, 20, 2},
		{IPV4(9, 9, 9, 9), 9999, 0, 90, 4}};
	static const struct row rows[] = {{server, 9999, ETH0, {20, 2}},
		{server, 9999, ETH1, {50, 2}}, {server, 9999, ETH2, {90, 4}},
		{server, 9999, LO, {90, 4}}, {server, 9999, 0, {90, 4}},
		{IPV4_ALL_HOSTS, 9999, ETH0, {20, 2}},
		{IPV4(10, 0, 0, 255), 9999, ETH1, {50, 2}}};

	(void)state;
	CHECK(sent, rows);
}

static void the_latest_probe_to_an_address_is_known(void **state)
{
	static const struct sent sent[] = {{server, 9000, 0, 30, 3},
		{server, 9001, 0, 10, 1}, {server, 0, 0, 20, 1},
		{server + 1, 9000, 0, 20, 3}, {server + 1, 0, 0, 40, 1},
		{server + 2, 0, 0, 1, 1}, {server + 3, 0, 0, 0, 1},
		{server + 4, 0, ETH1, 70, 1}};
	struct schedule s;

	(void)state;
	begin(&s, sent, COUNT(sent));
	assert_int_equal(asked_at(&s, server), 30);
	assert_int_equal(asked_at(&s, server + 1), 40);
	assert_int_equal(asked_at(&s, server + 2), 1);
	assert_int_equal(asked_at(&s, server + 3), 0);
	assert_int_equal(asked_at(&s, server + 4), 0);
	assert_int_equal(asked_at(&s, server + 9), 0);
	/* The scan is that of the interface which is swept now. */
	s.swept.interface = ETH1;
	assert_int_equal(asked_at(&s, server + 4), 70);
	schedule_release(&s);
}

/* An answer from PORT: which of the targets is answered then, or -1. */
static void check_answered(
	const struct sent *sent, size_t count, uint16_t port, int expected)
{
	struct schedule s;

	begin(&s, sent, count);
	asked_no_more(&s, (struct endpoint){server, port});
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
			find(&s, &sent[i])->answered, (int)i == expected);
	schedule_release(&s);
}

static void the_target_that_answers_is_asked_no_more(void **state)
{
	static const struct sent two[] = {{server, 9000, 0, 30, 3},
		{server, 9002, 0, 20, 2}, {server, 9004, 0, 0, 0}};
	static const struct sent one[] = {{server + 1, 9000, 0, 10, 1},
		{server, 9000, ETH0, 20, 1}, {server, 9001, 0, 30, 1}};

	(void)state;
	check_answered(two, COUNT(two), 9000, 0);
	check_answered(two, COUNT(two), 9002, 1);
	check_answered(two, COUNT(two), 8999, -1);
	check_answered(two, COUNT(two), 9003, -1);
	check_answered(two, COUNT(two), 9004, -1); /* it was not asked */
	check_answered(one, COUNT(one), 9001, 2);
	check_answered(one, COUNT(one), 9000, 2);
	check_answered(one, 2, 9000, -1);
	check_answered(one, 1, 9000, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_belongs_to_what_was_sent_there),
		cmocka_unit_test(an_answer_belongs_to_the_sweep_by_its_port),
		cmocka_unit_test(
			an_answer_belongs_to_the_scan_by_its_interface),
		cmocka_unit_test(
			an_answer_to_a_broadcast_belongs_to_its_interface),
		cmocka_unit_test(the_latest_probe_to_an_address_is_known),
		cmocka_unit_test(the_target_that_answers_is_asked_no_more),
	};

	return RUN(tests);
}
