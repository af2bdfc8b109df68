#include "responding.h"

/* Asks TIMES times, for this and that and by both protocols; how many replies
 * there were. */
static unsigned flood(struct bench *b, struct datagram d, int times)
{
	static const char *const texts[] = {sql, here, other};
	unsigned replies = 0;

	for (int i = 0; i < times; i++) {
		d.data = slice_of(texts[i % 3]);
		enum protocol protocol = PROTOCOL_TGED;
		if (i % 4 == 3) {
			d.data = slice_of("DISCOVER_SERVER");
			protocol = PROTOCOL_SERVER_IP;
		}
		enum responder_verdict verdict = decide(b, protocol, &d);
		assert_true(verdict == RESPONDER_REPLY ||
			    verdict == RESPONDER_LIMITED);
		replies += verdict == RESPONDER_REPLY;
	}
	return replies;
}

static void replies_of_all_kinds_are_limited_together(void **state)
{
	struct bench b;

	(void)state;
	bench_begin(&b, (struct rate){50, 100});
	assert_int_equal(flood(&b, request(""), 1000), 100);
	assert_int_equal(b.responder.counts[RESPONDER_LIMITED], 900);
	b.now_ns += MS(200);
	assert_int_equal(flood(&b, request(""), 1000), 10);
	b.now_ns += MS(1000000);
	assert_int_equal(flood(&b, request(""), 1000), 100);
	assert_int_equal(b.responder.counts[RESPONDER_REPLY], 210);
	assert_int_equal(responder_probes(&b.responder), 3000);
	assert_string_equal(
		responder_verdict_text(RESPONDER_LIMITED), "limited");
	bench_end(&b);
}

static void without_a_limit_all_are_answered(void **state)
{
	struct bench b;

	(void)state;
	bench_begin(&b, no_limit);
	assert_int_equal(flood(&b, request(""), 50000), 50000);
	bench_end(&b);
}

/* What gets no reply anyway takes nothing from what one may have. */
static void only_replies_count(void **state)
{
	struct datagram d = request("junk");
	struct bench b;

	(void)state;
	bench_begin(&b, (struct rate){1, 1});
	b.responder.policy.invalid_to_unicast = true;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(ask(&b, &d), RESPONDER_FOREIGN);
	d = request(other);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(ask(&b, &d), RESPONDER_UNKNOWN);
	d = request(sql);
	assert_answered(&b, &d, sql_reply);
	assert_int_equal(ask(&b, &d), RESPONDER_LIMITED);
	/* Another asker is another. */
	d.source.addr++;
	assert_answered(&b, &d, sql_reply);
	bench_end(&b);
}

/* Nor does it count in the limit of all, which is 100 times as high. */
static void loopback_is_exempt(void **state)
{
	struct datagram lo = request("");
	struct bench b;

	(void)state;
	bench_begin(&b, (struct rate){1, 1});
	lo.source.addr = IPV4(127, 0, 0, 1);
	lo.destination = lo.own_address = IPV4(127, 0, 0, 1);
	lo.interface = LO;
	assert_int_equal(flood(&b, lo, 10000), 10000);
	lo.source.addr = lo.destination = lo.own_address = IPV4(10, 0, 0, 1);
	assert_int_equal(flood(&b, lo, 10000), 10000);
	assert_int_equal(flood(&b, request(""), 10), 1);
	/* So is the host itself, whose broadcast comes in on that interface. */
	lo.interface = ETH0;
	lo.destination = IPV4(10, 0, 0, 255);
	assert_int_equal(flood(&b, lo, 10000), 10000);
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_of_all_kinds_are_limited_together),
		cmocka_unit_test(without_a_limit_all_are_answered),
		cmocka_unit_test(only_replies_count),
		cmocka_unit_test(loopback_is_exempt),
	};

	return RUN(tests);
}
