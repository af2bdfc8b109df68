#ifndef CORE_BROADCASTS_H
#define CORE_BROADCASTS_H

#include "core/netif.h"
#include "core/schedule.h"

/* Adds the broadcast address of each address of NETWORK that LISTS select and,
 * with LIMITED, 255.255.255.255 on each of their interfaces. False without
 * memory. */
bool broadcasts_add(struct schedule *schedule,
	const struct netif_table *network, const struct netif_lists *lists,
	bool limited);

#endif
