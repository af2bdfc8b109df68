#ifndef NETWORK_H
#define NETWORK_H

#include "fuzz.h"

#include "core/netif.h"

/* A host out of the input: what its kernel could tell, and addresses that mean
 * something to it. */

enum { LINKS_MAX = 4, ADDRESSES_MAX = 6 };

struct network_host {
	struct netif_table table;
	struct netif links[LINKS_MAX];
	struct netif_address addresses[ADDRESSES_MAX];
};

static const char *const network_names[] = {
	"lo", "eth0", "eth1", "wlan0", "br-lan", "virbr0", "Docker0", "a[b"};
static const char *const network_kinds[] = {"", "bridge", "veth", "tun"};

static const struct network network_examples[] = {
	{IPV4(10, 0, 0, 1), 24},
	{IPV4(192, 0, 2, 1), 24},
	{IPV4(172, 16, 5, 1), 16},
	{IPV4(10, 0, 0, 129), 25},
	{IPV4(198, 51, 100, 0), 31},
	{IPV4(203, 0, 113, 9), 32},
	{IPV4(127, 0, 0, 1), 8},
	{IPV4(192, 168, 7, 70), 26},
};

static const uint32_t network_specials[] = {0, IPV4_ALL_HOSTS,
	IPV4(127, 0, 0, 1), IPV4(127, 9, 9, 9), IPV4(224, 0, 0, 251),
	IPV4(239, 1, 2, 3), IPV4(240, 0, 0, 1), IPV4(0, 1, 2, 3),
	IPV4(100, 64, 0, 9), IPV4(169, 254, 1, 1), IPV4(8, 8, 8, 8),
	IPV4(10, 0, 0, 9), IPV4(10, 0, 0, 255), IPV4(192, 0, 2, 7),
	IPV4(172, 16, 255, 255), IPV4(172, 31, 0, 1),
	/* Beside what is private. */
	IPV4(9, 255, 255, 255), IPV4(11, 0, 0, 0), IPV4(172, 15, 255, 255),
	IPV4(172, 32, 0, 0), IPV4(192, 167, 255, 255), IPV4(192, 169, 0, 0),
	IPV4(100, 63, 255, 255), IPV4(100, 128, 0, 0), IPV4(169, 253, 255, 255),
	IPV4(169, 255, 0, 0)};

static inline struct network network_take(struct slice *in)
{
	uint8_t form = (uint8_t)fuzz_number(in, 255);

	if (form < 192)
		return network_examples[form % COUNT(network_examples)];
	uint32_t addr = (uint32_t)fuzz_number(in, UINT32_MAX);
	return (struct network){addr, (unsigned)fuzz_number(in, 32)};
}

/* One that the host has, or near it, or special, or any. */
static inline uint32_t network_take_address(
	struct slice *in, const struct netif_table *table)
{
	uint8_t form = (uint8_t)fuzz_number(in, 255);
	size_t i = form >> 2;

	if (form % 4 == 0 || !table->address_count)
		return network_specials[i % COUNT(network_specials)];
	const struct netif_address *a =
		&table->addresses[i % table->address_count];
	if (form % 4 == 1)
		return a->network.addr;
	if (form % 4 == 2)
		return i & 8 ? a->broadcast : ipv4_last(a->network);
	if (form > 128)
		return a->network.addr ^ (uint32_t)fuzz_number(in, 255);
	return (uint32_t)fuzz_number(in, UINT32_MAX);
}

static inline void network_take_link(struct slice *in, struct netif *link)
{
	uint8_t form = (uint8_t)fuzz_number(in, 255);
	const char *name = network_names[form % COUNT(network_names)];
	const char *kind = network_kinds[form >> 3 & 3];
	uint8_t flags = (uint8_t)fuzz_number(in, 255);

	*link = (struct netif){.index = 1 + (form >> 5) % 4,
		.master = flags >> 6,
		.up = !(flags & 1),
		.loopback = flags & 2,
		.broadcast = !(flags & 4),
		.point_to_point = flags & 8};
	memcpy(link->name, name, strlen(name));
	memcpy(link->kind, kind, strlen(kind));
}

/* A fresh host in HOST. */
static inline const struct netif_table *network_take_host(
	struct slice *in, struct network_host *host)
{
	*host = (struct network_host){
		.table = {.links = host->links, .addresses = host->addresses}};
	host->table.link_count = fuzz_number(in, LINKS_MAX);
	host->table.address_count = fuzz_number(in, ADDRESSES_MAX);
	for (size_t i = 0; i < host->table.link_count; i++)
		network_take_link(in, &host->links[i]);
	for (size_t i = 0; i < host->table.address_count; i++) {
		uint8_t form = (uint8_t)fuzz_number(in, 255);
		struct netif_address *a = &host->addresses[i];
		a->index = 1 + form % 5;
		a->network = network_take(in);
		if (form & 64)
			a->broadcast = ipv4_last(a->network);
		else if (form & 128)
			a->broadcast = (uint32_t)fuzz_number(in, UINT32_MAX);
		if ((form & 56) == 56)
			a->peer = (uint32_t)fuzz_number(in, UINT32_MAX);
	}
	return &host->table;
}

/* What follows is told in another way than core/netif.h tells it. */

static inline const struct netif *network_link(
	const struct netif_table *table, int index)
{
	const struct netif *found = NULL;

	for (size_t i = table->link_count; i-- > 0;)
		if (table->links[i].index == index)
			found = &table->links[i];
	return found;
}

static inline bool network_same(uint32_t a, uint32_t b, unsigned prefix)
{
	return (uint64_t)a >> (32 - prefix) == (uint64_t)b >> (32 - prefix);
}

static inline bool network_is_local(
	const struct netif_table *table, uint32_t addr)
{
	bool own = addr >= IPV4(127, 0, 0, 0) && addr < IPV4(128, 0, 0, 0);

	for (size_t i = 0; i < table->address_count; i++)
		own |= table->addresses[i].network.addr == addr;
	return own;
}

/* By an address of interface INDEX; with 0, of any. */
static inline bool network_is_on_link(
	const struct netif_table *table, int index, uint32_t addr)
{
	bool on_link = false;

	for (size_t i = 0; i < table->address_count; i++) {
		const struct netif_address *a = &table->addresses[i];
		uint32_t base = a->peer ? a->peer : a->network.addr;
		if (index == 0 || index == a->index)
			on_link |= addr == a->network.addr ||
				   network_same(addr, base, a->network.prefix);
	}
	return on_link;
}

/* The address that a network's broadcasts are sent to; 0 where it has none. */
static inline uint32_t network_broadcast(
	const struct netif *link, const struct netif_address *a)
{
	uint64_t hosts = (uint64_t)1 << (32 - a->network.prefix);
	uint64_t last = a->network.addr / hosts * hosts + hosts - 1;

	if (hosts < 4 || a->peer || link->point_to_point)
		return 0;
	return a->broadcast && a->broadcast != IPV4_ALL_HOSTS ? a->broadcast
							      : (uint32_t)last;
}

static inline bool network_is_broadcast(
	const struct netif_table *table, uint32_t addr)
{
	bool found = addr == IPV4_ALL_HOSTS;

	for (size_t i = 0; i < table->address_count && addr; i++) {
		const struct netif_address *a = &table->addresses[i];
		const struct netif *link = network_link(table, a->index);
		found |= link && network_broadcast(link, a) == addr;
	}
	return found;
}

#endif
