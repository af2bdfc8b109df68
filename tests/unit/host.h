#ifndef HOST_H
#define HOST_H

#include "core/netif.h"

/* A host as tests want one: lo; eth0 with 10.0.0.1/24 and, as a secondary,
 * 192.0.2.1/24; eth1 with 172.16.5.1/16; eth2, which is down. */
static struct netif host_links[] = {
	{.index = 1, .name = "lo", .up = true, .loopback = true},
	{.index = 2, .name = "eth0", .up = true, .broadcast = true},
	{.index = 3, .name = "eth1", .up = true, .broadcast = true},
	{.index = 4, .name = "eth2", .broadcast = true},
};

static struct netif_address host_addresses[] = {
	{.index = 1, .network = {IPV4(127, 0, 0, 1), 8}},
	{.index = 2, .network = {IPV4(10, 0, 0, 1), 24}},
	{.index = 2, .network = {IPV4(192, 0, 2, 1), 24}},
	{.index = 3, .network = {IPV4(172, 16, 5, 1), 16}},
	{.index = 4, .network = {IPV4(10, 9, 0, 1), 24}},
};

enum { LO = 1, ETH0 = 2, ETH1 = 3, ETH2 = 4 };

static const struct netif_table host = {host_links,
	sizeof host_links / sizeof *host_links, host_addresses,
	sizeof host_addresses / sizeof *host_addresses};

#endif
