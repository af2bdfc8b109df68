#include "core/netif.h"

#include <stdlib.h>
#include <string.h>

#include "core/pattern.h"

void netif_table_release(struct netif_table *table)
{
	free(table->links);
	free(table->addresses);
	*table = (struct netif_table){0};
}

const struct netif *netif_find(const struct netif_table *table, int index)
{
	for (size_t i = 0; i < table->link_count; i++)
		if (table->links[i].index == index)
			return &table->links[i];
	return NULL;
}

const char *netif_name(const struct netif_table *table, int index)
{
	const struct netif *link = netif_find(table, index);

	return link ? link->name : NULL;
}

uint32_t netif_primary(const struct netif_table *table, int index)
{
	for (size_t i = 0; i < table->address_count; i++)
		if (table->addresses[i].index == index)
			return table->addresses[i].network.addr;
	return 0;
}

const struct netif_address *netif_holder(
	const struct netif_table *table, int index, uint32_t addr)
{
	for (size_t i = 0; i < table->address_count; i++) {
		const struct netif_address *a = &table->addresses[i];
		if (a->network.addr == addr && (!index || a->index == index))
			return a;
	}
	return NULL;
}

const struct netif_address *netif_towards(
	const struct netif_table *table, int index, uint32_t addr)
{
	for (size_t i = 0; i < table->address_count; i++) {
		const struct netif_address *a = &table->addresses[i];
		struct network network = a->network;
		if (index && a->index != index)
			continue;
		if (a->peer)
			network.addr = a->peer;
		if (addr == a->network.addr || ipv4_contains(network, addr))
			return a;
	}
	return NULL;
}

bool netif_on_link(const struct netif_table *table, int index, uint32_t addr)
{
	return netif_towards(table, index, addr);
}

bool netif_is_local(const struct netif_table *table, uint32_t addr)
{
	return ipv4_is_loopback(addr) || netif_holder(table, 0, addr);
}

bool netif_is_broadcast(const struct netif_table *table, uint32_t addr)
{
	if (addr == IPV4_ALL_HOSTS)
		return true;
	for (size_t i = 0; i < table->address_count; i++) {
		const struct netif_address *a = &table->addresses[i];
		if (a->broadcast != addr && ipv4_last(a->network) != addr)
			continue;
		const struct netif *link = netif_find(table, a->index);
		if (link && addr && netif_directed_broadcast(link, a) == addr)
			return true;
	}
	return false;
}

uint32_t netif_broadcast(
	const struct netif *link, const struct netif_address *address)
{
	if (address->network.prefix > 30 || address->peer ||
		link->point_to_point)
		return 0;
	return address->broadcast ? address->broadcast
				  : ipv4_last(address->network);
}

uint32_t netif_directed_broadcast(
	const struct netif *link, const struct netif_address *address)
{
	uint32_t broadcast = netif_broadcast(link, address);

	return broadcast == IPV4_ALL_HOSTS ? ipv4_last(address->network)
					   : broadcast;
}

static enum netif_reason judge_lists(
	const struct netif *link, const struct netif_lists *lists)
{
	if (lists->whitelist.at &&
		!pattern_list_matches(lists->whitelist, link->name))
		return NETIF_NOT_WHITELISTED;
	if (lists->blacklist.at &&
		pattern_list_matches(lists->blacklist, link->name))
		return NETIF_BLACKLISTED;
	return NETIF_SELECTED;
}

enum netif_reason netif_verdict(const struct netif *link,
	const struct netif_address *address, const struct netif_lists *lists)
{
	if (link->loopback)
		return NETIF_LOOPBACK;
	if (!link->up)
		return NETIF_DOWN;
	if (!link->broadcast || !netif_broadcast(link, address))
		return NETIF_NO_BROADCAST;
	return judge_lists(link, lists);
}

const char *netif_reason_text(enum netif_reason reason)
{
	static const char texts[][16] = {"", "loopback", "down", "no-broadcast",
		"not-whitelisted", "blacklisted"};

	return reason ? texts[reason] : NULL;
}

static bool holds_word(const char *name, const char *word)
{
	size_t length = strlen(word);

	for (; *name; name++)
		if (slice_equal_folded((struct slice){name, length},
			    (struct slice){word, length}))
			return true;
	return false;
}

static bool has_virtual_name(const char *name)
{
	static const char words[][8] = {
		"docker", "vmware", "virtual", "hyper-v"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (holds_word(name, words[i]))
			return true;
	return !strncmp(name, "virbr", 5);
}

bool netif_is_virtual(const struct netif_table *table, const struct netif *link)
{
	if (has_virtual_name(link->name))
		return true;
	if (strcmp(link->kind, "bridge") != 0)
		return false;
	for (size_t i = 0; i < table->link_count; i++) {
		const struct netif *member = &table->links[i];
		if (member->master == link->index &&
			strcmp(member->kind, "veth") != 0 &&
			strcmp(member->kind, "tun") != 0)
			return false;
	}
	return true;
}

bool netif_any_matches(const struct netif_table *table, struct slice pattern)
{
	for (size_t i = 0; i < table->link_count; i++)
		if (pattern_matches(pattern, table->links[i].name))
			return true;
	return false;
}
