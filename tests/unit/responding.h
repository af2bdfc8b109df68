#ifndef RESPONDING_H
#define RESPONDING_H

#include "host.h"
#include "tables.h"

#include "core/responder.h"

/* A responder to both protocols, its services and its latest reply. */
struct bench {
	struct responder responder;
	struct services services;
	struct responder_reply reply;
	int64_t now_ns;
};

static const struct rate no_limit = {0, 1};

/* Requests for its two services, and for one that it has not. */
static const char sql[] = "TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n";
static const char here[] = "TGED DISCOVERY 1.0\r\nRQ:HERE\r\n\r\n";
static const char other[] = "TGED DISCOVERY 1.0\r\nRQ:OTHER\r\n\r\n";

static const char sql_reply[] =
	"TGED REPLY 1.0\r\nHOST: test\r\nPORT: 3306\r\n\r\n";
static const char invalid_reply[] = "TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n";

static inline void bench_load(struct bench *b, bool compact)
{
	static const char json[] =
		"{\"SQL\": {\"HOST\": \"test\", \"PORT\": 3306}, "
		"\"HERE\": {\"IP\": \"auto\", \"X\": 1}}";
	struct str fault = STR_EMPTY;

	services_init(&b->services, compact);
	assert_true(
		services_add(&b->services, "f.json", slice_of(json), &fault));
	services_finish(&b->services, NULL, 0);
}

static inline void bench_begin(struct bench *b, struct rate rate)
{
	const struct responder_policy policy = {
		.message = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
		.ports = {9999, 4745},
		.services = &b->services,
		.rate = rate,
		.key = {{1, 2}},
	};

	bench_load(b, false);
	b->now_ns = 1000000007;
	responder_init(&b->responder, &policy);
}

static inline void bench_end(struct bench *b)
{
	services_release(&b->services);
}

/* What a neighbour on eth0 broadcasts, as the kernel gives it. */
static inline struct datagram request(const char *text)
{
	return (struct datagram){
		.data = slice_of(text),
		.source = {IPV4(10, 0, 0, 7), 40000},
		.destination = IPV4(10, 0, 0, 255),
		.own_address = IPV4(10, 0, 0, 1),
		.interface = ETH0,
	};
}

static inline enum responder_verdict decide(struct bench *b,
	enum protocol protocol, const struct datagram *datagram)
{
	return responder_decide(
		&b->responder, protocol, datagram, b->now_ns, &host, &b->reply);
}

static inline enum responder_verdict ask(
	struct bench *b, const struct datagram *datagram)
{
	return decide(b, PROTOCOL_TGED, datagram);
}

static inline void assert_answered(
	struct bench *b, const struct datagram *datagram, const char *expected)
{
	assert_int_equal(ask(b, datagram), RESPONDER_REPLY);
	assert_text(&b->reply.text, expected);
}

#endif
