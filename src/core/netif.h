#ifndef CORE_NETIF_H
#define CORE_NETIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "core/ipv4.h"

/* The interfaces of this host and their IPv4 addresses: plain data, filled by
 * sys/netdev, and what can be told from it. */

enum { NETIF_NAME_SIZE = 16, NETIF_KIND_SIZE = 16, NETIF_MAC_MAX = 32 };

struct netif {
	int index;
	int master; /* index of the bridge or bond it belongs to, or 0 */
	char name[NETIF_NAME_SIZE];
	char kind[NETIF_KIND_SIZE]; /* rtnetlink's IFLA_INFO_KIND, or "" */
	bool up; /* set up, and with carrier */
	bool loopback;
	bool broadcast;
	bool point_to_point;
	unsigned mtu;
	size_t mac_len;
	unsigned char mac[NETIF_MAC_MAX];
};

struct netif_address {
	int index; /* of its interface */
	struct network network; /* with the host bits: the address itself */
	uint32_t broadcast; /* the kernel's, or 0 */
	uint32_t peer; /* whose network it is in, or 0 where it is its own */
};

/* In the kernel's order: the first address of an interface is its primary. */
struct netif_table {
	struct netif *links;
	size_t link_count;
	struct netif_address *addresses;
	size_t address_count;
};

/* The two lists of the configuration. at is NULL where a list is not given. */
struct netif_lists {
	struct slice whitelist;
	struct slice blacklist;
};

enum netif_reason {
	NETIF_SELECTED,
	NETIF_LOOPBACK,
	NETIF_DOWN,
	NETIF_NO_BROADCAST,
	NETIF_NOT_WHITELISTED,
	NETIF_BLACKLISTED,
};

void netif_table_release(struct netif_table *table);

/* NULL where there is none of that index. */
const struct netif *netif_find(const struct netif_table *table, int index);
/* Its name, or NULL. */
const char *netif_name(const struct netif_table *table, int index);
/* Its primary address, or 0. */
uint32_t netif_primary(const struct netif_table *table, int index);
/* The address that equals ADDR, on interface INDEX or, with 0, on any. */
const struct netif_address *netif_holder(
	const struct netif_table *table, int index, uint32_t addr);
/* The address in whose network ADDR lies, or NULL; INDEX as above. */
const struct netif_address *netif_towards(
	const struct netif_table *table, int index, uint32_t addr);
/* Whether ADDR is an address of interface INDEX or lies in a network of it; with
 * 0, of any. */
bool netif_on_link(const struct netif_table *table, int index, uint32_t addr);
/* Whether ADDR is an address of this host; all of 127/8 is. */
bool netif_is_local(const struct netif_table *table, uint32_t addr);
/* Whether ADDR is 255.255.255.255 or the broadcast address of a network here. */
bool netif_is_broadcast(const struct netif_table *table, uint32_t addr);

/* The kernel's broadcast address, else the computed one; 0 for /31, /32 and
 * point-to-point, which have none. */
uint32_t netif_broadcast(
	const struct netif *link, const struct netif_address *address);
/* The one to send to: 255.255.255.255 is no network's own, though the kernel
 * lets it be set as one; then it is the computed one. */
uint32_t netif_directed_broadcast(
	const struct netif *link, const struct netif_address *address);
/* Whether a broadcast goes out by this address, or why not. */
enum netif_reason netif_verdict(const struct netif *link,
	const struct netif_address *address, const struct netif_lists *lists);
const char *netif_reason_text(enum netif_reason reason);
/* Whether it is only a virtual network of this host: by its name, or a bridge
 * without members other than veth and tun ones. */
bool netif_is_virtual(
	const struct netif_table *table, const struct netif *link);
/* Whether some interface has a name that fits PATTERN. */
bool netif_any_matches(const struct netif_table *table, struct slice pattern);

#endif
