#ifndef CMD_NETWORK_H
#define CMD_NETWORK_H

#include <stdbool.h>

#include "core/netif.h"

/* Loads the interfaces of this host. False where they can't be had, which is
 * said. netif_table_release frees it. */
bool network_load(struct netif_table *network);
/* Warns of each exact name in the lists that no interface has. */
void network_check_lists(
	const struct netif_table *network, const struct netif_lists *lists);

/* What to do where UDP port PORT can't be had, behind the errno ERROR: "; ..." or
 * "". */
const char *network_port_hint(int error, unsigned port);

#endif
