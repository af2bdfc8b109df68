/* Whatever a datagram says to the responder: only a probe or a request gets a
 * reply, the one that it asks for, of 1024 bytes at most; the client reads it,
 * and no responder takes it for a request. */
#include "fuzz.h"

#include "core/responder.h"

#define REPLY "TGED REPLY 1.0\r\n"

static const char json[] =
	"{\"SQL\": {\"HOST\": \"test\", \"PORT\": 3306}, \"A\": {},"
	" \"a b\": {\"IP\": \"auto\"}}";

static const struct {
	const char *name, *reply;
} replies[] = {
	{"SQL", REPLY "HOST: test\r\nPORT: 3306\r\n\r\n"},
	{"A", REPLY "\r\n"},
	{"a b", REPLY "IP: 10.0.0.1\r\n\r\n"},
};

static struct responder *make_responder(void)
{
	static struct services services;
	static struct responder responder;
	const struct responder_policy policy = {
		.message = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
		.ports = {9999, 4745},
		.services = &services,
	};
	struct str fault = STR_EMPTY;

	if (!services.count) {
		services_init(&services, false);
		expect(services_add(&services, "", slice_of(json), &fault));
		services_finish(&services, NULL, 0);
		responder_init(&responder, &policy);
	}
	return &responder;
}

static enum responder_verdict decide(struct slice bytes, enum protocol protocol,
	struct responder_reply *reply)
{
	static const struct netif_table network;
	struct datagram datagram = {.data = bytes,
		.source = {IPV4(10, 0, 0, 7), 40000},
		.destination = IPV4(10, 0, 0, 1),
		.own_address = IPV4(10, 0, 0, 1),
		.interface = 2};

	return responder_decide(
		make_responder(), protocol, &datagram, 1, &network, reply);
}

/* The length of the line at the front, and of its end. */
static size_t line_length(struct slice text, size_t *end)
{
	size_t length = 0;

	while (length < text.len && text.at[length] != '\n')
		length++;
	*end = length < text.len;
	if (*end && length > 0 && text.at[length - 1] == '\r') {
		length--;
		++*end;
	}
	return length;
}

/* What is asked for, told in another way than the responder tells it; at is
 * NULL where it is no request. */
static struct slice asked(struct slice text)
{
	struct slice header = slice_of("TGED DISCOVERY 1.0"), none = {NULL, 0};
	size_t length, end;

	if (text.len > 4096)
		return none;
	for (bool first = true; text.len > 0; first = false) {
		struct slice line = {text.at, line_length(text, &end)};
		length = line.len + end;
		text.at += length;
		text.len -= length;
		if (first && !slice_equal(line, header))
			return none;
		if (line.len == 0)
			return slice_of("");
		if (slice_starts(line, slice_of("RQ:")))
			return slice_trim(
				(struct slice){line.at + 3, line.len - 3});
		none = slice_of("");
	}
	return none;
}

static const char *expected_reply(struct slice name)
{
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++)
		if (slice_equal(name, slice_of(replies[i].name)))
			return replies[i].reply;
	return "TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n";
}

static void check_tged(struct slice bytes)
{
	struct slice name = asked(bytes);
	struct responder_reply reply, again;
	struct str fields = STR_EMPTY;

	enum responder_verdict verdict = decide(bytes, PROTOCOL_TGED, &reply);
	expect(verdict == (name.at ? RESPONDER_REPLY : RESPONDER_FOREIGN));
	if (!name.at)
		return;
	struct slice text = str_slice(&reply.text);
	expect(!reply.text.failed && text.len <= TGED_REPLY_MAX);
	expect(slice_equal(text, slice_of(expected_reply(name))));
	enum tged_kind kind = tged_parse_reply(text, &fields);
	expect(kind == (slice_starts(text, slice_of(REPLY)) ? TGED_REPLY
							    : TGED_INVALID));
	str_release(&fields);
	for (enum protocol p = 0; p < PROTOCOLS; p++)
		expect(decide(text, p, &again) == RESPONDER_FOREIGN);
}

/* What the client asks for is what is read. */
static void check_own(struct slice name)
{
	struct str request = STR_EMPTY;
	struct slice read;

	tged_format_request(&request, name);
	expect(!request.failed);
	bool fits = name.len <= TGED_SERVICE_MAX;
	expect((request.len <= TGED_REQUEST_MAX) == fits);
	expect(tged_parse_request(str_slice(&request), &read) == fits);
	if (fits && tged_is_service_name(name))
		expect(slice_equal(read, name));
	str_release(&request);
}

static void check_server_ip(struct slice bytes)
{
	bool probe = slice_equal(bytes, slice_of("DISCOVER_SERVER"));
	struct responder_reply reply;

	enum responder_verdict verdict = decide(
		bytes, PROTOCOL_SERVER_IP, &reply);
	expect(verdict == (probe ? RESPONDER_REPLY : RESPONDER_FOREIGN));
	expect(!probe || slice_equal(str_slice(&reply.text),
				 slice_of("SERVER_IP:10.0.0.1")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = fuzz_input(data, size);

	check_tged(bytes);
	check_server_ip(bytes);
	check_own(bytes);
	return 0;
}
