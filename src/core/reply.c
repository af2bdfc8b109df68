#include "core/reply.h"

#include "core/server_ip.h"
#include "core/tged.h"

static enum reply_kind read_server_ip(struct reply *reply, struct slice prefix,
	const struct datagram *datagram)
{
	struct server_ip_claim claim;

	if (!slice_starts(datagram->data, prefix))
		return REPLY_FOREIGN;
	if (datagram->truncated ||
		!server_ip_parse(datagram->data, prefix, &claim))
		return REPLY_MALFORMED;
	reply->server = reply->claimed = claim.server;
	reply->has_claimed_addr = true;
	if (claim.port_assumed)
		reply->claimed.port = 0;
	return REPLY_SERVER;
}

static enum reply_kind read_tged(
	struct reply *reply, const struct datagram *datagram)
{
	switch (tged_parse_reply(datagram->data, &reply->fields)) {
	case TGED_NONE:
		return REPLY_FOREIGN;
	case TGED_INVALID:
		return REPLY_INVALID;
	case TGED_REPLY:
		break;
	}
	reply->server = reply->claimed = tged_claim(
		str_slice(&reply->fields), &reply->has_claimed_addr);
	return reply->fields.failed ? REPLY_NO_MEMORY : REPLY_SERVER;
}

enum reply_kind reply_read(struct reply *reply, enum protocol protocol,
	struct slice prefix, const struct datagram *datagram)
{
	*reply = (struct reply){.fields = STR_EMPTY};
	if (protocol == PROTOCOL_TGED)
		return read_tged(reply, datagram);
	return read_server_ip(reply, prefix, datagram);
}

void reply_release(struct reply *reply)
{
	str_release(&reply->fields);
}

/* Whether a claimed address can't lead to its server from here. */
static bool is_unreachable(
	const struct netif_table *network, uint32_t addr, bool local)
{
	return (ipv4_is_loopback(addr) && !local) ||
	       ipv4_is_this_network(addr) || ipv4_is_multicast(addr) ||
	       netif_is_broadcast(network, addr);
}

struct result reply_result(const struct reply *reply,
	const struct datagram *datagram, const struct netif_table *network)
{
	struct result found = {
		.server = reply->server,
		.fields = str_slice(&reply->fields),
		.claimed = reply->claimed,
		.has_claimed_addr = reply->has_claimed_addr,
		.source_port = datagram->source.port,
		.local = netif_is_local(network, datagram->source.addr),
		.raw = datagram->data,
	};

	if (!found.has_claimed_addr ||
		is_unreachable(network, found.server.addr, found.local))
		found.server.addr = datagram->source.addr;
	return found;
}
