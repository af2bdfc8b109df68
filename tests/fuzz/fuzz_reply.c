/* Whatever a datagram says to the client: what passes for a reply names an
 * address and a port that can be written and read back, and its bytes become
 * JSON that parses and text that holds no control byte. */
#include <stdlib.h>

#include <cJSON.h>

#include "base/json.h"
#include "core/discovery.h"
#include "core/server_ip.h"

static void expect(bool holds)
{
	if (!holds)
		abort();
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
	struct json doc;

	json_init(&doc);
	json_text(&doc, doc.root, "raw_response", bytes);
	expect(json_print(&doc, &text));
	cJSON *parsed = cJSON_ParseWithOpts(str_text(&text), NULL, true);
	expect(cJSON_IsString(cJSON_GetObjectItem(parsed, "raw_response")));
	cJSON_Delete(parsed);
	json_release(&doc);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = {(const char *)data, size};
	struct server_ip_claim claim;
	bool is_reply = server_ip_parse(bytes, slice_of("SERVER_IP:"), &claim);

	if (is_reply)
		check_round_trip(&claim);
	check_json(bytes);
	check_printable(bytes);
	check_discovery(bytes, is_reply);
	return 0;
}
