/* Whatever a datagram says to the client: what passes for a reply of SERVER_IP
 * names an address and a port, and one of TGED fields, that can be written and
 * read back; they and its bytes become JSON that parses, and its bytes text that
 * holds no control byte. */
#include <arpa/inet.h>

#include "fuzz.h"

#include "core/discovery.h"
#include "core/reply.h"
#include "core/server_ip.h"
#include "core/tged.h"

/* A claim as a look at its text tells it: inet_pton(3) takes what we do. */
static bool is_claim(struct slice text)
{
	struct slice addr = fuzz_until(&text, ':');
	bool has_port = addr.at + addr.len < text.at;
	struct slice port = slice_trim(text);
	char *copy = fuzz_string(slice_trim(addr));
	struct in_addr found;
	long number = 0;
	bool good = strlen(copy) == slice_trim(addr).len &&
		    inet_pton(AF_INET, copy, &found) == 1;

	free(copy);
	for (size_t i = 0; i < port.len; i++) {
		good = good && port.at[i] >= '0' && port.at[i] <= '9';
		if (good && number < 65536)
			number = number * 10 + port.at[i] - '0';
	}
	return good &&
	       (!has_port || (port.len <= 5 && number > 0 && number < 65536));
}

static void check_round_trip(const struct server_ip_claim *claim)
{
	struct slice prefix = slice_of("SERVER_IP:");
	struct server_ip_claim again;
	struct str text = STR_EMPTY;

	expect(claim->server.port != 0);
	expect(!claim->port_assumed ||
		claim->server.port == SERVER_IP_DEFAULT_PORT);
	server_ip_format(&text, prefix, claim->server);
	expect(server_ip_parse(str_slice(&text), prefix, &again));
	expect(again.server.addr == claim->server.addr &&
		again.server.port == claim->server.port);
	str_release(&text);
}

static void check_json(struct slice bytes)
{
	struct str text = STR_EMPTY;

	json_begin(&text);
	json_text(&text, "raw_response", bytes);
	json_key(&text, bytes);
	json_text(&text, NULL, bytes);
	json_end_object(&text);
	cJSON *read = expect_json(&text);
	const cJSON *at = read->child;
	expect_member(&at, slice_of("raw_response"), bytes);
	expect_member(&at, bytes, bytes);
	expect(!at);
	cJSON_Delete(read);
	str_release(&text);
}

static void check_printable(struct slice bytes)
{
	struct str text = STR_EMPTY;

	str_add_printable(&text, bytes);
	expect(!text.failed);
	for (size_t i = 0; i < text.len; i++)
		expect((unsigned char)text.at[i] >= 0x20 && text.at[i] != 0x7f);
	str_release(&text);
}

static void check_discovery(struct slice bytes, bool is_reply)
{
	static const struct netif_table network;
	const struct discovery_config config = {
		.response_prefix = slice_of("SERVER_IP:"),
		.network = &network,
		.schedule = {.rate = 1000},
	};
	struct datagram datagram = {
		.data = bytes, .source = {IPV4(10, 0, 0, 9), 9999}};
	const struct result *result;
	struct discovery discovery;

	discovery_init(&discovery, &config);
	enum discovery_verdict verdict = discovery_receive(
		&discovery, &datagram, 1, &result);
	bool begins = slice_starts(bytes, config.response_prefix);
	expect(verdict == (is_reply        ? DISCOVERY_NEW
				  : begins ? DISCOVERY_MALFORMED
					   : DISCOVERY_FOREIGN));
	expect(!is_reply || slice_equal(result->raw, bytes));
	discovery_release(&discovery);
}

/* Whether the first line is this header. */
static bool has_header(struct slice bytes, const char *header)
{
	struct slice rest = bytes;

	if (!slice_starts(bytes, slice_of(header)))
		return false;
	rest.at += strlen(header);
	rest.len -= strlen(header);
	return rest.len == 0 || slice_starts(rest, slice_of("\n")) ||
	       slice_starts(rest, slice_of("\r\n"));
}

static void check_clean(struct slice text)
{
	struct str utf8 = STR_EMPTY;

	str_add_utf8(&utf8, text);
	expect(slice_equal(str_slice(&utf8), text));
	expect(slice_trim(text).len == text.len);
	str_release(&utf8);
}

/* Each field is clean; as a reply they are read back, so none is there twice. */
static void check_fields(struct slice fields, bool compact)
{
	struct str text = STR_EMPTY, again = STR_EMPTY;
	struct slice rest = fields;
	struct tged_field field;
	size_t count = 0;

	tged_begin_reply(&text);
	while (tged_next_field(&rest, &field)) {
		check_clean(field.key);
		check_clean(field.value);
		tged_add_key(&text, field.key, compact);
		str_add(&text, field.value);
		tged_end_line(&text);
		count++;
	}
	tged_end_line(&text);
	expect(count <= TGED_LINES_MAX);
	expect(tged_parse_reply(str_slice(&text), &again) == TGED_REPLY);
	expect(slice_equal(str_slice(&again), fields));
	str_release(&again);
	str_release(&text);
}

/* The line at the front, without its end. */
static struct slice take_line(struct slice *rest)
{
	bool ends = rest->len && memchr(rest->at, '\n', rest->len);
	struct slice line = fuzz_until(rest, '\n');

	line.len -= ends && line.len > 0 && line.at[line.len - 1] == '\r';
	return line;
}

/* What a look at each line finds: up to the first empty one, each with a colon is
 * a field, in the place of the first with its key. */
static void check_lines(struct slice bytes, struct slice fields)
{
	static struct tged_field found[TGED_LINES_MAX];
	struct str utf8 = STR_EMPTY;
	size_t count = 0, i;

	take_line(&bytes);
	str_add_utf8(&utf8, bytes);
	struct slice rest = str_slice(&utf8), line;
	for (int lines = 0; line = take_line(&rest), line.len > 0;) {
		struct slice key = fuzz_until(&line, ':');
		bool has_colon = key.at + key.len < line.at;
		key = slice_trim(key);
		if (!has_colon || lines++ >= TGED_LINES_MAX)
			continue;
		for (i = 0; i < count && !slice_equal(found[i].key, key);)
			i++;
		found[i].key = key;
		found[i].value = slice_trim(line);
		count += i == count;
	}
	struct tged_field field;
	for (i = 0; tged_next_field(&fields, &field); i++) {
		expect(i < count && slice_equal(field.key, found[i].key));
		expect(slice_equal(field.value, found[i].value));
	}
	expect(i == count);
	str_release(&utf8);
}

static void check_fields_json(struct slice fields)
{
	struct tged_field field;
	struct slice rest = fields;
	struct str text = STR_EMPTY;

	json_begin(&text);
	while (tged_next_field(&rest, &field)) {
		json_key(&text, field.key);
		json_text(&text, NULL, field.value);
	}
	json_end_object(&text);
	cJSON *read = expect_json(&text);
	const cJSON *at = read->child;
	while (tged_next_field(&fields, &field))
		expect_member(&at, field.key, field.value);
	expect(!at);
	cJSON_Delete(read);
	str_release(&text);
}

static void check_claim(const struct reply *reply)
{
	struct slice rest = str_slice(&reply->fields);
	struct tged_field field;
	bool has_addr = false;
	uint32_t addr = 0;
	uint16_t port = 0;

	while (tged_next_field(&rest, &field)) {
		if (slice_equal(field.key, slice_of("IP")))
			has_addr = ipv4_parse(field.value, &addr);
		if (slice_equal(field.key, slice_of("PORT")))
			ipv4_parse_port(field.value, &port);
	}
	expect(reply->has_claimed_addr == has_addr);
	expect(reply->claimed.addr == addr && reply->claimed.port == port);
}

static void check_tged_discovery(const struct datagram *datagram,
	enum reply_kind kind, struct slice fields)
{
	static const struct netif_table network;
	static const enum discovery_verdict verdicts[] = {
		[REPLY_SERVER] = DISCOVERY_NEW,
		[REPLY_INVALID] = DISCOVERY_INVALID,
		[REPLY_FOREIGN] = DISCOVERY_FOREIGN,
	};
	const struct discovery_config config = {.service = slice_of("SQL"),
		.network = &network,
		.schedule = {.rate = 1000}};
	const struct result *result;
	struct discovery discovery;

	discovery_init(&discovery, &config);
	expect(discovery_receive(&discovery, datagram, 1, &result) ==
		verdicts[kind]);
	expect(!result == (kind != REPLY_SERVER));
	expect(!result || (slice_equal(result->raw, datagram->data) &&
				  slice_equal(result->fields, fields)));
	discovery_release(&discovery);
}

static void check_tged(struct slice bytes)
{
	struct datagram datagram = {
		.data = bytes, .source = {IPV4(10, 0, 0, 9), 4745}};
	struct slice none = {NULL, 0};
	struct reply reply;

	enum reply_kind kind = reply_read(
		&reply, PROTOCOL_TGED, none, &datagram);
	struct slice fields = str_slice(&reply.fields);
	expect((kind == REPLY_INVALID) ==
		has_header(bytes, "TGED INVALID 1.0"));
	expect((kind == REPLY_SERVER) == has_header(bytes, "TGED REPLY 1.0"));
	if (kind == REPLY_SERVER) {
		check_fields(fields, bytes.len % 2);
		check_lines(bytes, fields);
		check_fields_json(fields);
		check_claim(&reply);
	}
	check_tged_discovery(&datagram, kind, fields);
	reply_release(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = fuzz_input(data, size);
	struct server_ip_claim claim;
	bool is_reply = server_ip_parse(bytes, slice_of("SERVER_IP:"), &claim);

	if (is_reply)
		check_round_trip(&claim);
	if (slice_starts(bytes, slice_of("SERVER_IP:")))
		expect(is_reply == is_claim((struct slice){
					   bytes.at + 10, bytes.len - 10}));
	check_json(bytes);
	check_printable(bytes);
	check_discovery(bytes, is_reply);
	check_tged(bytes);
	return 0;
}
