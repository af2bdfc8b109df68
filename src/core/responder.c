#include "core/responder.h"

#include "core/pattern.h"

/* Who is answered without --allow: RFC 1918, RFC 3927 and RFC 6598, and
 * besides them the networks that this host is on. */
static const struct network default_allow[] = {
	{IPV4(127, 0, 0, 0), 8},
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
	if (datagram->source.port == policy->port)
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
	int interface = datagram->interface;
	bool unicast = datagram->own_address == datagram->destination;

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

enum responder_verdict responder_decide(struct responder *responder,
	const struct datagram *datagram, const struct netif_table *network,
	struct responder_reply *reply)
{
	const struct responder_policy *policy = &responder->policy;
	enum responder_verdict verdict = RESPONDER_FOREIGN;

	if (!datagram->truncated &&
		server_ip_is_probe(datagram->data, policy->message))
		verdict = admit(responder, datagram, network, reply);
	if (verdict == RESPONDER_REPLY) {
		struct endpoint server = policy->advertise;
		find_way(datagram, network, reply);
		if (!server.addr)
			server = (struct endpoint){
				reply->from, policy->advertise_port};
		if (!server.addr)
			verdict = RESPONDER_NO_ADDRESS;
		str_init_fixed(
			&reply->text, reply->storage, sizeof reply->storage);
		server_ip_format(&reply->text, policy->response_prefix, server);
	}
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
	static const char *const texts[RESPONDER_VERDICTS] = {"answered",
		"foreign", "bad_source", "own_port", "interface", "refused",
		"no_address"};

	return texts[verdict];
}
