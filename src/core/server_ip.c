#include "core/server_ip.h"

bool server_ip_is_probe(struct slice datagram, struct slice message)
{
	return slice_equal(datagram, message);
}

bool server_ip_parse(struct slice datagram, struct slice prefix,
	struct server_ip_claim *claim)
{
	struct server_ip_claim found = {
		{0, SERVER_IP_DEFAULT_PORT}, .port_assumed = true};
	struct slice rest = datagram, addr;

	if (!slice_cut_prefix(&rest, prefix))
		return false;
	slice_cut(&rest, ':', &addr);
	if (!ipv4_parse(slice_trim(addr), &found.server.addr))
		return false;
	if (rest.at) {
		found.port_assumed = false;
		if (!ipv4_parse_port(rest, &found.server.port))
			return false;
	}
	*claim = found;
	return true;
}

void server_ip_format(
	struct str *reply, struct slice prefix, struct endpoint server)
{
	str_add(reply, prefix);
	ipv4_add_endpoint(reply, server);
}
