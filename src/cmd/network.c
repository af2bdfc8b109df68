#include "cmd/network.h"

#include <errno.h>

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

/* Whether LIST holds NAME before the place where NAME itself stands. */
static bool is_named_before(struct slice list, struct slice name)
{
	struct slice other;

	while (pattern_next(&list, &other) && other.at != name.at)
		if (slice_equal(other, name))
			return true;
	return false;
}

/* EARLIER is the list whose names were told of already. */
static void check_list(const struct netif_table *network, struct slice list,
	struct slice earlier)
{
	struct slice rest = list, name;

	while (pattern_next(&rest, &name)) {
		if (pattern_is_glob(name) || netif_any_matches(network, name) ||
			is_named_before(earlier, name) ||
			is_named_before(list, name))
			continue;
		log_at(LOG_WARNING, "no interface is named '%.*s'",
			(int)name.len, name.at);
	}
}

void network_check_lists(
	const struct netif_table *network, const struct netif_lists *lists)
{
	check_list(network, lists->whitelist, (struct slice){NULL, 0});
	check_list(network, lists->blacklist, lists->whitelist);
}

const char *network_port_hint(int error, unsigned port)
{
	if (error == EADDRINUSE)
		return "; 'ss -lunp' shows who has it";
	if (error == EACCES && port < 1024)
		return "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
	return "";
}
