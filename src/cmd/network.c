#include "cmd/network.h"

#include "base/log.h"
#include "core/pattern.h"
#include "sys/netdev.h"

bool network_load(struct netif_table *network)
{
	*network = (struct netif_table){0};
	if (netdev_load(network) == 0)
		return true;
	log_errno(LOG_ERROR,
		"cannot ask the kernel for the interfaces (rtnetlink)");
	return false;
}

static void check_list(const struct netif_table *network, struct slice list)
{
	struct slice name;

	while (pattern_next(&list, &name))
		if (!pattern_is_glob(name) && !netif_any_matches(network, name))
			log_at(LOG_WARNING, "no interface is named '%.*s'",
				(int)name.len, name.at);
}

void network_check_lists(
	const struct netif_table *network, const struct netif_lists *lists)
{
	check_list(network, lists->whitelist);
	check_list(network, lists->blacklist);
}
