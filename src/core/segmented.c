#include "core/segmented.h"

#include <stdlib.h>

#include "base/list.h"

bool segmented_judge(struct segmented_list *list,
	const struct netif_table *table, const struct netif *link,
	struct network network, uint32_t broadcast)
{
	struct segmented found = {link, network,
		subnet_judge(network, broadcast),
		link && netif_is_virtual(table, link)};

	if (!found.verdict.segmented)
		return true;
	if (!list_add(&list->at, &list->count, &found, sizeof found))
		return false;
	list->counting += !found.is_virtual;
	return true;
}

bool segmented_judge_all(struct segmented_list *list,
	const struct netif_table *table, const struct netif_lists *lists)
{
	for (size_t i = 0; i < table->address_count; i++) {
		const struct netif_address *a = &table->addresses[i];
		const struct netif *link = netif_find(table, a->index);
		if (!link || netif_verdict(link, a, lists) != NETIF_SELECTED)
			continue;
		list->selected++;
		if (!segmented_judge(list, table, link, a->network,
			    netif_directed_broadcast(link, a)))
			return false;
	}
	return true;
}

void segmented_add_network(struct str *out, const struct segmented *segmented)
{
	struct network network = segmented->network;

	network.addr = ipv4_first(network);
	ipv4_add_network(out, network);
}

void segmented_release(struct segmented_list *list)
{
	free(list->at);
	*list = (struct segmented_list){0};
}
