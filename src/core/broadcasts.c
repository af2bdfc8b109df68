#include "core/broadcasts.h"

bool broadcasts_add(struct schedule *schedule,
	const struct netif_table *network, const struct netif_lists *lists,
	bool limited)
{
	uint16_t port = schedule->config.port;

	for (size_t i = 0; i < network->address_count; i++) {
		const struct netif_address *a = &network->addresses[i];
		const struct netif *link = netif_find(network, a->index);
		if (!link || netif_verdict(link, a, lists) != NETIF_SELECTED)
			continue;
		struct endpoint to = {netif_directed_broadcast(link, a), port};
		if (!schedule_add_target(schedule, to, link->index))
			return false;
		to.addr = IPV4_ALL_HOSTS;
		if (limited && !schedule_add_target(schedule, to, link->index))
			return false;
	}
	return true;
}
