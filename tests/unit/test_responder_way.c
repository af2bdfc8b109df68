#include "unit.h"
#include "host.h"

#include "core/responder.h"
#include "tables.h"

/* How a datagram came: where the socket did not tell, neither interface nor address
 * of ours, and where two things that it tells could mislead. */

struct way {
	uint32_t source, destination;
	enum responder_verdict verdict;
	uint32_t from;
	int pinned;
};

static void check_way(const struct way *way, const struct netif_table *network)
{
	const struct responder_policy policy = {
		.message = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
		.ports = {9999},
	};
	const struct datagram datagram = {
		.data = slice_of("DISCOVER_SERVER"),
		.source = {way->source, 40000},
		.destination = way->destination,
	};
	struct responder_reply reply;
	struct responder r;

	responder_init(&r, &policy);
	assert_int_equal(responder_decide(&r, PROTOCOL_SERVER_IP, &datagram, 1,
				 network, &reply),
		way->verdict);
	assert_int_equal(reply.from, way->from);
	assert_int_equal(reply.interface, way->pinned);
}

static void the_way_is_guessed_by_the_addresses(void **state)
{
	static const struct way ways[] = {
		/* To an address of ours: that one answers. */
		{IPV4(10, 0, 0, 7), IPV4(10, 0, 0, 1), RESPONDER_REPLY,
			IPV4(10, 0, 0, 1), 0},
		{IPV4(192, 168, 9, 7), IPV4(172, 16, 5, 1), RESPONDER_REPLY,
			IPV4(172, 16, 5, 1), 0},
		/* By broadcast: the interface that the asker is on. */
		{IPV4(10, 0, 0, 7), IPV4(10, 0, 0, 255), RESPONDER_REPLY,
			IPV4(10, 0, 0, 1), ETH0},
		{IPV4(192, 0, 2, 7), IPV4_ALL_HOSTS, RESPONDER_REPLY,
			IPV4(192, 0, 2, 1), ETH0},
		{IPV4(172, 16, 9, 7), IPV4_ALL_HOSTS, RESPONDER_REPLY,
			IPV4(172, 16, 5, 1), ETH1},
		/* From a foreign subnet nobody knows. */
		{IPV4(192, 168, 9, 7), IPV4_ALL_HOSTS, RESPONDER_NO_ADDRESS, 0,
			0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++)
		check_way(&ways[i], &host);
}

/* What the socket did tell is not guessed. */
static void either_of_both_is_enough(void **state)
{
	const struct datagram from_eth1 = {
		.data = slice_of("DISCOVER_SERVER"),
		.source = {IPV4(10, 0, 0, 7), 40000},
		.destination = IPV4_ALL_HOSTS,
		.interface = ETH1,
	};
	struct datagram by_address = from_eth1;
	const struct responder_policy policy = {
		.message = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
	};
	struct responder_reply reply;
	struct responder r;

	(void)state;
	responder_init(&r, &policy);
	assert_int_equal(responder_decide(&r, PROTOCOL_SERVER_IP, &from_eth1, 1,
				 &host, &reply),
		RESPONDER_REPLY);
	assert_int_equal(reply.from, IPV4(172, 16, 5, 1));
	assert_int_equal(reply.interface, ETH1);
	by_address.interface = 0;
	by_address.own_address = IPV4(172, 16, 5, 1);
	assert_int_equal(responder_decide(&r, PROTOCOL_SERVER_IP, &by_address,
				 1, &host, &reply),
		RESPONDER_REPLY);
	assert_int_equal(reply.from, IPV4(172, 16, 5, 1));
	assert_int_equal(reply.interface, 0);
}

static const struct responder_policy only_eth1 = {
	.message = {"DISCOVER_SERVER", 15},
	.response_prefix = {"SERVER_IP:", 10},
	.lists.whitelist = {"eth1", 4},
};

/* The interface says what is loopback, where it is known. */
static void loopback_is_told_by_the_interface(void **state)
{
	static const struct {
		uint32_t source, destination;
		int interface;
		enum responder_verdict verdict;
	} rows[] = {{IPV4(10, 0, 0, 1), IPV4(10, 0, 0, 1), LO, RESPONDER_REPLY},
		{IPV4(10, 0, 0, 7), IPV4(127, 0, 0, 1), ETH0,
			RESPONDER_INTERFACE},
		{IPV4(10, 0, 0, 7), IPV4(127, 0, 0, 1), 77, RESPONDER_REPLY},
		{IPV4(10, 0, 0, 7), IPV4(10, 0, 0, 1), 77,
			RESPONDER_INTERFACE}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct datagram datagram = {
			.data = only_eth1.message,
			.source = {rows[i].source, 40000},
			.destination = rows[i].destination,
			.own_address = rows[i].destination,
			.interface = rows[i].interface,
		};
		struct responder_reply reply = {.service = {"old", 3}};
		struct responder r;
		responder_init(&r, &only_eth1);
		assert_int_equal(responder_decide(&r, PROTOCOL_SERVER_IP,
					 &datagram, 1, &host, &reply),
			rows[i].verdict);
		assert_null(reply.service.at);
		assert_int_equal(reply.service.len, 0);
	}
}

/* In whatever order they come. */
static void each_refused_asker_is_told(void **state)
{
	static const uint32_t askers[] = {IPV4(8, 8, 8, 8), IPV4(9, 9, 9, 9),
		IPV4(8, 8, 8, 7), IPV4(1, 1, 1, 1)};
	static const struct responder_policy policy = {
		.message = {"DISCOVER_SERVER", 15}};
	struct responder r;

	(void)state;
	responder_init(&r, &policy);
	for (size_t i = 0; i < 2 * COUNT(askers); i++) {
		const struct datagram datagram = {.data = policy.message,
			.source = {askers[i % COUNT(askers)], 40000},
			.destination = IPV4(10, 0, 0, 1),
			.own_address = IPV4(10, 0, 0, 1),
			.interface = ETH0};
		struct responder_reply reply;
		assert_int_equal(responder_decide(&r, PROTOCOL_SERVER_IP,
					 &datagram, 1, &host, &reply),
			RESPONDER_REFUSED);
		assert_int_equal(reply.first_refusal, i < COUNT(askers));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_is_guessed_by_the_addresses),
		cmocka_unit_test(either_of_both_is_enough),
		cmocka_unit_test(loopback_is_told_by_the_interface),
		cmocka_unit_test(each_refused_asker_is_told),
	};

	return RUN(tests);
}
