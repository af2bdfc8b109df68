#include "core/subnet.h"

/* RFC 1918's two large blocks; 192.168/16 is taken for a home network. */
static bool is_corporate(uint32_t addr)
{
	return ipv4_contains((struct network){IPV4(10, 0, 0, 0), 8}, addr) ||
	       ipv4_contains((struct network){IPV4(172, 16, 0, 0), 12}, addr);
}

struct subnet_verdict subnet_judge(struct network network, uint32_t broadcast)
{
	struct network domain = {network.addr, 24};
	struct subnet_verdict verdict = {
		.broadcast = broadcast ? broadcast : ipv4_last(network),
		.likely_broadcast = ipv4_last(domain),
		.total_hosts = (uint64_t)1 << (32 - network.prefix),
		.segments = network.prefix < 24
				    ? (uint64_t)1 << (24 - network.prefix)
				    : 1,
	};

	verdict.segmented = network.prefix < 24 && is_corporate(network.addr) &&
			    verdict.broadcast != verdict.likely_broadcast;
	return verdict;
}
