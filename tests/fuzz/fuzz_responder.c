/* Whatever the policy, the interfaces, the datagrams, their sources and the times:
 * the responder's verdict is that of its rules, told here one by one; so it answers
 * no forbidden source or port and nobody who is not allowed or has had enough; what
 * it answers is what is due, of 1024 bytes at most, and the client reads it. */
#include "policy.h"

#include "base/num.h"
#include "core/pattern.h"
#include "core/reply.h"

enum { TURNS_MAX = 24 };

/* What is left to an asker, in the time that it takes to be full. */
struct asker {
	uint32_t addr;
	int64_t left_ns, then_ns;
	bool refused;
};

static struct {
	struct asker at[TURNS_MAX];
	size_t count;
} askers;

static bool is_in(struct network network, uint32_t addr)
{
	return network_same(network.addr, addr, network.prefix);
}

/* RFC 1918 and the like, by their bytes. */
static bool is_private(uint32_t addr)
{
	unsigned a = addr >> 24, b = addr >> 16 & 255;

	return a == 10 || a == 127 || (a == 172 && b >= 16 && b < 32) ||
	       (a == 192 && b == 168) || (a == 169 && b == 254) ||
	       (a == 100 && b >= 64 && b < 128);
}

static bool is_allowed(const struct responder_policy *policy,
	const struct netif_table *table, uint32_t addr)
{
	bool allowed = !policy->allow &&
		       (is_private(addr) || network_is_on_link(table, 0, addr));

	for (size_t i = 0; i < policy->allow_count; i++)
		allowed |= is_in(policy->allow[i], addr);
	return allowed;
}

static bool is_forbidden(
	struct endpoint source, bool loopback, const struct netif_table *table)
{
	unsigned first = source.addr >> 24;

	return source.port == 0 || first == 0 || (first == 127 && !loopback) ||
	       (first >= 224 && first < 240) ||
	       network_is_broadcast(table, source.addr);
}

static bool is_listed(struct slice list, const struct netif *link)
{
	return list.at && link && pattern_list_matches(list, link->name);
}

static bool is_answered_on(const struct netif_lists *lists,
	const struct netif *link, bool loopback)
{
	if (!link)
		return loopback ||
		       (!lists->whitelist.at && !lists->blacklist.at);
	return !is_listed(lists->blacklist, link) &&
	       (loopback || !lists->whitelist.at ||
		       is_listed(lists->whitelist, link));
}

/* What the datagram asks for, as reading it tells; what that is, fuzz_request
 * looks at. */
static bool is_asked(const struct datagram *datagram, enum protocol protocol,
	struct slice *service)
{
	bool asks = protocol == PROTOCOL_TGED
			    ? tged_parse_request(datagram->data, service)
			    : slice_equal(datagram->data,
				      slice_of("DISCOVER_SERVER"));

	return asks && !datagram->truncated;
}

static enum responder_verdict judge_source(
	const struct responder_policy *policy, const struct datagram *datagram,
	const struct netif_table *table)
{
	const struct netif *link = network_link(table, datagram->interface);
	struct endpoint source = datagram->source;
	bool loopback = link ? link->loopback
			     : datagram->destination >> 24 == 127;

	if (is_forbidden(source, loopback, table))
		return RESPONDER_BAD_SOURCE;
	if (source.port == policy->ports[0] || source.port == policy->ports[1])
		return RESPONDER_OWN_PORT;
	if (!is_answered_on(&policy->lists, link, loopback))
		return RESPONDER_INTERFACE;
	return loopback || is_allowed(policy, table, source.addr)
		       ? RESPONDER_REPLY
		       : RESPONDER_REFUSED;
}

/* How the datagram came, as far as it was told. */
struct way {
	uint32_t own;
	int interface;
	bool unicast;
};

/* The first address that is, or whose network holds, ADDR. */
static const struct netif_address *find_near(
	const struct netif_table *table, uint32_t addr)
{
	const struct netif_address *near = NULL;

	for (size_t i = table->address_count; i-- > 0;) {
		const struct netif_address *a = &table->addresses[i];
		struct netif_table one = {
			.addresses = table->addresses + i, .address_count = 1};
		if (network_is_on_link(&one, 0, addr))
			near = a;
	}
	return near;
}

static struct way find_way(
	const struct datagram *datagram, const struct netif_table *table)
{
	struct way way = {datagram->own_address, datagram->interface};
	const struct netif_address *near = find_near(
		table, datagram->source.addr);
	bool told = way.own || way.interface;

	if (!told && network_is_local(table, datagram->destination)) {
		way.own = datagram->destination;
	} else if (!told && near) {
		way.own = near->network.addr;
		way.interface = near->index;
	}
	way.unicast = way.own == datagram->destination;
	return way;
}

/* A broadcast is answered from an address of where it came in. */
static void check_way(const struct datagram *datagram,
	const struct netif_table *table, const struct responder_reply *reply)
{
	struct way way = find_way(datagram, table);
	uint32_t primary = 0, from = way.own;
	bool there = false;

	for (size_t i = table->address_count; i-- > 0;) {
		const struct netif_address *a = &table->addresses[i];
		bool here = a->index == way.interface || !way.interface;
		there |= here && a->network.addr == way.own;
		if (a->index == way.interface)
			primary = a->network.addr;
	}
	if (!way.unicast && !there && primary)
		from = primary;
	expect(reply->from == from);
	bool pinned = !way.unicast || network_is_on_link(table, way.interface,
					      datagram->source.addr);
	expect(reply->interface == (pinned ? way.interface : 0));
}

static struct endpoint find_server(const struct responder_policy *policy,
	uint32_t asker, uint32_t automatic)
{
	struct endpoint server = {automatic, policy->advertise_port};

	for (size_t i = policy->advertise_count; i-- > 0;)
		if (is_in(policy->advertise[i].askers, asker))
			server = policy->advertise[i].server;
	return server;
}

/* Up to the limit: what TGED and SERVER_IP have to say. */
static enum responder_verdict expect_text(const struct responder_policy *policy,
	const struct datagram *datagram, struct slice service,
	struct endpoint server, enum protocol protocol, struct str *text)
{
	bool unicast = datagram->destination == datagram->own_address;

	if (protocol == PROTOCOL_SERVER_IP) {
		str_add(text, policy->response_prefix);
		str_addf(text, "%s", ipv4_text(server.addr).at);
		if (server.port)
			str_addf(text, ":%u", server.port);
		return server.addr ? RESPONDER_REPLY : RESPONDER_NO_ADDRESS;
	}
	str_addf(text, "TGED REPLY 1.0\r\n");
	if (slice_equal(service, slice_of("SQL"))) {
		str_addf(text, "HOST: test\r\nPORT: 3306\r\n");
	} else if (slice_equal(service, slice_of("auto"))) {
		str_addf(text, "IP: %s\r\nX: true\r\n",
			ipv4_text(server.addr).at);
		if (!server.addr)
			return RESPONDER_NO_ADDRESS;
	} else if (!slice_equal(service, slice_of("A"))) {
		str_release(text);
		str_addf(text, "TGED INVALID 1.0\r\nRP:%sINVALID\r\n",
			policy->compact ? "" : " ");
		if (policy->invalid_to_unicast && !unicast)
			return RESPONDER_UNKNOWN;
	}
	str_addf(text, "\r\n");
	return RESPONDER_REPLY;
}

/* A rule that is told to be never reached is not. */
static void check_rules(const struct responder_policy *policy)
{
	const struct advertised *rules = policy->advertise;

	for (size_t i = 0; i < policy->advertise_count; i++) {
		struct network network = rules[i].askers;
		uint32_t ends[] = {
			ipv4_first(network), network.addr, ipv4_last(network)};
		const struct advertised *before = advertised_before(rules, i);
		expect(!before || before < &rules[i]);
		for (size_t end = 0; before && end < COUNT(ends); end++)
			expect(advertised_find(rules, i, ends[end]));
		for (size_t other = 0; !before && other < i; other++)
			expect(rules[other].askers.prefix > network.prefix ||
				!is_in(rules[other].askers, network.addr));
	}
}

static struct asker *find_asker(
	const struct responder_policy *policy, uint32_t addr, int64_t now_ns)
{
	size_t i = 0;

	while (i < askers.count && askers.at[i].addr != addr)
		i++;
	struct asker *asker = &askers.at[i];
	int64_t full_ns = policy->rate.per_second
				  ? NS_PER_S / policy->rate.per_second *
					    policy->rate.burst
				  : 0;
	if (i == askers.count) {
		askers.count++;
		*asker = (struct asker){addr, full_ns, now_ns, false};
	}
	asker->left_ns += now_ns - asker->then_ns;
	asker->then_ns = now_ns;
	if (asker->left_ns > full_ns)
		asker->left_ns = full_ns;
	return asker;
}

/* Loopback, and so this host, is exempt. The limit of all is a hundred times as
 * high, and not reached here. */
static enum responder_verdict take_token(const struct responder_policy *policy,
	const struct netif_table *table, struct asker *asker)
{
	int64_t gap_ns = policy->rate.per_second
				 ? NS_PER_S / policy->rate.per_second
				 : 0;

	if (!gap_ns || network_is_local(table, asker->addr))
		return RESPONDER_REPLY;
	if (asker->left_ns < gap_ns)
		return RESPONDER_LIMITED;
	asker->left_ns -= gap_ns;
	return RESPONDER_REPLY;
}

/* The client takes it for what it is. */
static void check_read(
	struct slice text, enum protocol protocol, struct slice prefix)
{
	struct datagram datagram = {.data = text, .source = {1, 1}};
	struct reply reply;

	enum reply_kind kind = reply_read(&reply, protocol, prefix, &datagram);
	expect(kind == REPLY_SERVER ||
		(kind == REPLY_INVALID && protocol == PROTOCOL_TGED));
	reply_release(&reply);
}

static void check_verdict(struct responder *responder, enum protocol protocol,
	const struct datagram *datagram, const struct netif_table *table,
	int64_t now_ns)
{
	const struct responder_policy *policy = &responder->policy;
	enum responder_verdict expected = RESPONDER_FOREIGN, verdict;
	struct slice service = {NULL, 0};
	struct responder_reply reply = {.first_refusal = false};
	struct str text = STR_EMPTY;
	struct asker *asker = find_asker(policy, datagram->source.addr, now_ns);

	verdict = responder_decide(
		responder, protocol, datagram, now_ns, table, &reply);
	if (is_asked(datagram, protocol, &service))
		expected = judge_source(policy, datagram, table);
	if (expected == RESPONDER_REPLY) {
		struct endpoint server = find_server(
			policy, datagram->source.addr, reply.from);
		check_way(datagram, table, &reply);
		expected = expect_text(
			policy, datagram, service, server, protocol, &text);
	}
	if (expected == RESPONDER_REPLY)
		expected = take_token(policy, table, asker);
	expect(verdict == expected);
	expect(reply.first_refusal ==
		(verdict == RESPONDER_REFUSED && !asker->refused));
	asker->refused |= verdict == RESPONDER_REFUSED;
	if (verdict == RESPONDER_REPLY) {
		expect(reply.text.len <= 1024 && !reply.text.failed);
		expect(slice_equal(str_slice(&reply.text), str_slice(&text)));
		check_read(str_slice(&reply.text), protocol,
			policy->response_prefix);
	}
	str_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct responder responder;
	struct slice in = fuzz_input(data, size);
	uint64_t counted = 0, probes = 0;
	struct network_host host;
	struct policy_given given;
	int64_t now_ns = 1;
	uint64_t turns = 0;

	askers.count = 0;
	policy_take(&in, &given);
	responder_init(&responder, &given.policy);
	check_rules(&given.policy);
	const struct netif_table *table = network_take_host(&in, &host);
	for (; in.len > 0 && turns < TURNS_MAX; turns++) {
		uint8_t form = (uint8_t)fuzz_number(&in, 255);
		struct datagram datagram = policy_take_datagram(&in, table);
		now_ns += (int64_t)(form >> 1) * NS_PER_S / 64;
		check_verdict(&responder, form & 1, &datagram, table, now_ns);
		fuzz_free(datagram.data);
	}
	for (int i = 0; i < RESPONDER_VERDICTS; i++) {
		counted += responder.counts[i];
		probes += i == RESPONDER_FOREIGN ? 0 : responder.counts[i];
		expect(*responder_verdict_text((enum responder_verdict)i));
	}
	expect(counted == turns && probes == responder_probes(&responder));
	return 0;
}
