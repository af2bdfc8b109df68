#include "cmd/command.h"

#include "base/log.h"
#include "cmd/network.h"
#include "cmd/output.h"

/* One address of one interface, as it is shown. */
struct row {
	const struct netif *link;
	const struct netif_address *address;
	struct ipv4_text ip, netmask, broadcast;
	bool has_broadcast;
	enum netif_reason verdict;
};

static struct row make_row(const struct netif *link,
	const struct netif_address *address, const struct netif_lists *lists)
{
	uint32_t broadcast = netif_broadcast(link, address);

	return (struct row){link, address, ipv4_text(address->network.addr),
		ipv4_text(ipv4_mask(address->network.prefix)),
		ipv4_text(broadcast), broadcast != 0,
		netif_verdict(link, address, lists)};
}

static void add_text(struct str *rows, const struct row *row)
{
	const char *reason = netif_reason_text(row->verdict);

	output_add_cell(rows, row->link->name);
	str_addf(rows, "\t%s\t%s\t%u\t%s\t%s\t%s\n", row->ip.at,
		row->netmask.at, row->address->network.prefix,
		row->has_broadcast ? row->broadcast.at : "-",
		reason ? "no" : "yes", reason ? reason : "-");
}

static void add_mac(struct str *out, const struct netif *link)
{
	struct str mac = STR_EMPTY;

	for (size_t i = 0; i < link->mac_len; i++)
		str_addf(&mac, "%s%02x", i ? ":" : "", link->mac[i]);
	if (link->mac_len)
		json_str(out, "mac", &mac);
	else
		json_null(out, "mac");
	str_release(&mac);
}

static void add_json(struct str *out, const struct row *row,
	const struct netif_table *network)
{
	output_begin_item(out);
	json_text(out, "name", slice_of(row->link->name));
	json_number(out, "index", row->link->index);
	json_text(out, "ip", slice_of(row->ip.at));
	json_text(out, "netmask", slice_of(row->netmask.at));
	json_number(out, "prefix", row->address->network.prefix);
	json_text_or_null(out, "broadcast",
		row->has_broadcast ? row->broadcast.at : NULL);
	json_bool(out, "selected", row->verdict == NETIF_SELECTED);
	json_text_or_null(out, "reason", netif_reason_text(row->verdict));
	add_mac(out, row->link);
	json_number(out, "mtu", row->link->mtu);
	json_bool(out, "virtual", netif_is_virtual(network, row->link));
	json_end_object(out);
}

/* Adds a row for each address; how many are selected. */
static size_t collect(const struct netif_table *network,
	const struct config *config, struct str *out)
{
	size_t selected = 0;

	for (size_t i = 0; i < network->address_count; i++) {
		const struct netif_address *a = &network->addresses[i];
		const struct netif *link = netif_find(network, a->index);
		if (!link)
			continue;
		struct row row = make_row(link, a, &config->lists);
		selected += row.verdict == NETIF_SELECTED;
		if (config->json)
			add_json(out, &row, network);
		else
			add_text(out, &row);
	}
	return selected;
}

int command_ifaces(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;
	struct netif_table network;
	struct str out = STR_EMPTY;

	if (!network_load(&network))
		return EXIT_CANNOT;
	network_check_lists(&network, &config->lists);
	size_t selected = collect(&network, config, &out);
	if (config->json)
		output_array(&out);
	else if (!config->quiet)
		output_table("NAME\tADDRESS\tNETMASK\tPREFIX\tBROADCAST\t"
			     "USED\tREASON",
			&out);
	if (!selected && output_works())
		log_at(LOG_ERROR, "no interface is selected: discover would "
				  "have nowhere to broadcast");
	str_release(&out);
	netif_table_release(&network);
	return selected ? EXIT_DONE : EXIT_FEWER;
}
