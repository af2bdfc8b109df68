#include "core/responder.h"

#include "core/pattern.h"

/* Who is answered without --allow: RFC 1918, RFC 3927 and RFC 6598, and
 * besides them the networks that this host is on. */
static const struct network default_allow[] = {
	{IPV4(10, 0, 0, 0), 8},
	{IPV4(172, 16, 0, 0), 12},
	{IPV4(192, 168, 0, 0), 16},
	{IPV4(169, 254, 0, 0), 16},
	{IPV4(100, 64, 0, 0), 10},
};

void responder_init(
	struct responder *responder, const struct responder_policy *policy)
{
	*responder = (struct responder){.policy = *policy};
	limiter_init(&responder->limiter, policy->rate, policy->key);
}

static bool is_bad_source(const struct datagram *datagram,
	const struct netif_table *network, bool loopback)
{
	uint32_t addr = datagram->source.addr;

	return datagram->source.port == 0 || ipv4_is_this_network(addr) ||
	       ipv4_is_multicast(addr) ||
	       (ipv4_is_loopback(addr) && !loopback) ||
	       netif_is_broadcast(network, addr);
}

/* A responder could be behind such a port, and the two would never end. */
static bool is_own_port(const struct responder_policy *policy, uint16_t port)
{
	for (int i = 0; i < PROTOCOLS; i++)
		if (policy->ports[i] == port)
			return true;
	return false;
}

static bool contains(const struct network *list, size_t count, uint32_t addr)
{
	for (size_t i = 0; i < count; i++)
		if (ipv4_contains(list[i], addr))
			return true;
	return false;
}

static bool is_allowed(const struct responder_policy *policy,
	const struct netif_table *network, uint32_t addr)
{
	if (policy->allow)
		return contains(policy->allow, policy->allow_count, addr);
	return contains(default_allow,
		       sizeof default_allow / sizeof *default_allow, addr) ||
	       netif_on_link(network, 0, addr);
}

/* Whether this asker is refused for the first time, as far as remembered. */
static bool remember(struct responder *responder, uint32_t addr)
{
	for (size_t i = 0; i < responder->told_count; i++)
		if (responder->told[i] == addr)
			return false;
	if (responder->told_count == RESPONDER_TOLD_MAX)
		return false;
	responder->told[responder->told_count++] = addr;
	return true;
}

/* Loopback answers though no whitelist names it. LINK is NULL for an interface
 * that the table does not know: no list can vouch for that one. */
static bool answers_on(const struct responder_policy *policy,
	const struct netif *link, bool loopback)
{
	const struct netif_lists *lists = &policy->lists;

	if (!link)
		return loopback ||
		       (!lists->whitelist.at && !lists->blacklist.at);
	if (lists->blacklist.at &&
		pattern_list_matches(lists->blacklist, link->name))
		return false;
	return loopback || !lists->whitelist.at ||
	       pattern_list_matches(lists->whitelist, link->name);
}

static enum responder_verdict admit(struct responder *responder,
	const struct datagram *datagram, const struct netif_table *network,
	struct responder_reply *reply)
{
	const struct responder_policy *policy = &responder->policy;
	const struct netif *link = netif_find(network, datagram->interface);
	bool loopback = link ? link->loopback
			     : ipv4_is_loopback(datagram->destination);

	if (is_bad_source(datagram, network, loopback))
		return RESPONDER_BAD_SOURCE;
	if (is_own_port(policy, datagram->source.port))
		return RESPONDER_OWN_PORT;
	if (!answers_on(policy, link, loopback))
		return RESPONDER_INTERFACE;
	if (!loopback && !is_allowed(policy, network, datagram->source.addr)) {
		reply->first_refusal = remember(
			responder, datagram->source.addr);
		return RESPONDER_REFUSED;
	}
	return RESPONDER_REPLY;
}

static bool is_unicast(const struct datagram *datagram)
{
	return datagram->own_address == datagram->destination;
}

/* What came before the socket told how it comes: to a service manager that then
 * started us. */
static struct datagram guess(
	const struct datagram *datagram, const struct netif_table *network)
{
	struct datagram guessed = *datagram;
	const struct netif_address *towards = netif_towards(
		network, 0, datagram->source.addr);

	if (netif_is_local(network, datagram->destination)) {
		guessed.own_address = datagram->destination;
	} else if (towards) {
		guessed.own_address = towards->network.addr;
		guessed.interface = towards->index;
	}
	return guessed;
}

/*
 * The address of ours that the asker can reach, and the way back. For unicast
 * it is the address that was asked. For a broadcast from a foreign subnet
 * ipi_spec_dst is the source of the route back, which can be an address of
 * another interface: then it is the primary one of where the probe came in.
 * A reply pinned to an interface from which the asker is not on-link is lost,
 * so only those are pinned that must be.
 */
static void find_way(const struct datagram *datagram,
	const struct netif_table *network, struct responder_reply *reply)
{
	struct datagram guessed;

	if (!datagram->interface && !datagram->own_address) {
		guessed = guess(datagram, network);
		datagram = &guessed;
	}
	int interface = datagram->interface;
	bool unicast = is_unicast(datagram);

	reply->from = datagram->own_address;
	if (!unicast && !netif_holder(network, interface, reply->from)) {
		uint32_t primary = netif_primary(network, interface);
		if (primary)
			reply->from = primary;
	}
	bool pinned = !unicast ||
		      netif_on_link(network, interface, datagram->source.addr);
	reply->interface = pinned ? interface : 0;
}

/* Whether it asks what PROTOCOL answers; SERVICE is what TGED asks for. */
static bool is_probe(const struct responder_policy *policy,
	enum protocol protocol, const struct datagram *datagram,
	struct slice *service)
{
	if (datagram->truncated)
		return false;
	if (protocol == PROTOCOL_TGED)
		return tged_parse_request(datagram->data, service);
	return server_ip_is_probe(datagram->data, policy->message);
}

/* What ASKER is told; OWN is the automatic address. */
static struct endpoint choose_server(
	const struct responder_policy *policy, uint32_t asker, uint32_t own)
{
	const struct advertised *rule = advertised_find(
		policy->advertise, policy->advertise_count, asker);

	return rule ? rule->server
		    : (struct endpoint){own, policy->advertise_port};
}

static enum responder_verdict add_server_ip(
	const struct responder_policy *policy, struct endpoint server,
	struct responder_reply *reply)
{
	if (!server.addr)
		return RESPONDER_NO_ADDRESS;
	server_ip_format(&reply->text, policy->response_prefix, server);
	return RESPONDER_REPLY;
}

static enum responder_verdict add_tged(const struct responder_policy *policy,
	const struct datagram *datagram, uint32_t addr,
	struct responder_reply *reply)
{
	const struct service *service = services_find(
		policy->services, reply->service);

	if (!service && policy->invalid_to_unicast && !is_unicast(datagram))
		return RESPONDER_UNKNOWN;
	if (service && service->auto_at != SERVICE_FIXED && !addr)
		return RESPONDER_NO_ADDRESS;
	if (service)
		service_add_reply(service, addr, &reply->text);
	else
		tged_format_invalid(&reply->text, policy->compact);
	return RESPONDER_REPLY;
}

static enum responder_verdict add_text(const struct responder_policy *policy,
	enum protocol protocol, const struct datagram *datagram,
	struct responder_reply *reply)
{
	struct endpoint server = choose_server(
		policy, datagram->source.addr, reply->from);

	if (protocol == PROTOCOL_TGED)
		return add_tged(policy, datagram, server.addr, reply);
	return add_server_ip(policy, server, reply);
}

/* Loopback is exempt, by 127/8 or an own address: from outside neither can be
 * forged (the kernel takes no such source from a wire). */
static bool is_within_limit(struct responder *responder,
	const struct datagram *datagram, int64_t now_ns,
	const struct netif_table *network)
{
	return netif_is_local(network, datagram->source.addr) ||
	       limiter_take(&responder->limiter, datagram->source.addr, now_ns);
}

enum responder_verdict responder_decide(struct responder *responder,
	enum protocol protocol, const struct datagram *datagram, int64_t now_ns,
	const struct netif_table *network, struct responder_reply *reply)
{
	const struct responder_policy *policy = &responder->policy;
	enum responder_verdict verdict = RESPONDER_FOREIGN;

	reply->service = (struct slice){NULL, 0};
	if (is_probe(policy, protocol, datagram, &reply->service))
		verdict = admit(responder, datagram, network, reply);
	if (verdict == RESPONDER_REPLY) {
		str_init_fixed(
			&reply->text, reply->storage, sizeof reply->storage);
		find_way(datagram, network, reply);
		verdict = add_text(policy, protocol, datagram, reply);
	}
	if (verdict == RESPONDER_REPLY &&
		!is_within_limit(responder, datagram, now_ns, network))
		verdict = RESPONDER_LIMITED;
	responder->counts[verdict]++;
	return verdict;
}

uint64_t responder_probes(const struct responder *responder)
{
	uint64_t probes = 0;

	for (int i = 0; i < RESPONDER_VERDICTS; i++)
		if (i != RESPONDER_FOREIGN)
			probes += responder->counts[i];
	return probes;
}

const char *responder_verdict_text(enum responder_verdict verdict)
{
	static const char texts[RESPONDER_VERDICTS][11] = {"answered",
		"foreign", "bad_source", "own_port", "interface", "refused",
		"no_address", "unknown", "limited"};

	return texts[verdict];
}
