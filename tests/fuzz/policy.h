#ifndef POLICY_H
#define POLICY_H

#include "network.h"

#include "core/responder.h"

/* A policy of the responder out of the input, and datagrams that come to it. */

enum { RULES_MAX = 4 };

static const char policy_json[] =
	"{\"SQL\": {\"HOST\": \"test\", \"PORT\": 3306}, \"A\": {},"
	" \"auto\": {\"IP\": \"auto\", \"X\": true}}";

/* A policy and what it points to. */
struct policy_given {
	struct responder_policy policy;
	struct advertised advertise[RULES_MAX];
	struct network allow[RULES_MAX];
};

static inline const struct services *policy_services(void)
{
	static struct services services;
	struct str fault = STR_EMPTY;

	if (!services.count) {
		services_init(&services, false);
		expect(services_add(
			&services, "", slice_of(policy_json), &fault));
		services_finish(&services, NULL, 0);
	}
	return &services;
}

static inline void policy_take_rules(
	struct slice *in, struct policy_given *given)
{
	struct responder_policy *policy = &given->policy;

	policy->advertise_count = fuzz_number(in, RULES_MAX);
	for (size_t i = 0; i < policy->advertise_count; i++) {
		struct advertised *rule = &given->advertise[i];
		rule->askers = network_take(in);
		rule->server.addr = (uint32_t)fuzz_number(in, UINT32_MAX) | 1;
		rule->server.port = (uint16_t)fuzz_number(in, UINT16_MAX);
	}
	policy->advertise = given->advertise;
	policy->allow_count = fuzz_number(in, RULES_MAX);
	for (size_t i = 0; i < policy->allow_count; i++)
		given->allow[i] = network_take(in);
	if (policy->allow_count)
		policy->allow = given->allow;
}

/* The message can't begin with the prefix: serve refuses that. */
static inline void policy_take(struct slice *in, struct policy_given *given)
{
	static char longest[SERVER_IP_PREFIX_MAX];
	uint8_t form = (uint8_t)fuzz_number(in, 255);
	struct slice white = fuzz_until(in, '\n'), black = fuzz_until(in, '\n');
	uint16_t port = (uint16_t)fuzz_number(in, UINT16_MAX);

	memset(longest, 'x', sizeof longest);
	*given = (struct policy_given){
		.policy = {.message = slice_of("DISCOVER_SERVER"),
			.response_prefix = slice_of("SERVER_IP:"),
			.ports = {form & 1 ? port : 9999, form & 2 ? 0 : 4745},
			.advertise_port = form & 4 ? port : 0,
			.services = policy_services(),
			.compact = form & 8,
			.invalid_to_unicast = form & 16,
			.rate = {(unsigned)fuzz_number(in, 255) >> 4,
				1 + form / 64u},
			.key = {{5, 6}}}};
	if (form >= 224)
		given->policy.response_prefix = (struct slice){
			longest, sizeof longest};
	if (form & 32)
		given->policy.lists.whitelist = white;
	if (black.len)
		given->policy.lists.blacklist = black;
	policy_take_rules(in, given);
}

/* A probe or a request, or nearly so, or anything: a byte says which. */
static inline struct slice policy_take_data(struct slice *in)
{
	static const char *const examples[] = {"DISCOVER_SERVER",
		"TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n",
		"TGED DISCOVERY 1.0\r\nRQ:auto\r\n\r\n",
		"TGED DISCOVERY 1.0\nRQ: A ", "TGED DISCOVERY 1.0\n\n",
		"TGED DISCOVERY 1.0\r\nRQ:none\r\n\r\n", "SERVER_IP:10.0.0.1"};
	uint8_t form = (uint8_t)fuzz_number(in, 255);

	return form < 248 ? slice_of(examples[form % COUNT(examples)])
			  : fuzz_take(in, fuzz_number(in, 255));
}

static inline struct datagram policy_take_datagram(
	struct slice *in, const struct netif_table *table)
{
	static const uint16_t ports[] = {0, 9999, 4745, 40000};
	uint8_t form = (uint8_t)fuzz_number(in, 255);
	struct datagram datagram = {
		.truncated = (form & 31) == 31,
		.interface = form >> 5,
	};

	datagram.source.addr = network_take_address(in, table);
	datagram.destination = network_take_address(in, table);
	datagram.source.port = form & 16
				       ? ports[form & 3]
				       : (uint16_t)fuzz_number(in, UINT16_MAX);
	datagram.own_address = form & 8 ? datagram.destination
					: network_take_address(in, table);
	if (datagram.interface == 0 && form & 4)
		datagram.own_address = 0;
	datagram.data = fuzz_alone(policy_take_data(in));
	return datagram;
}

#endif
