#include "cmd/command.h"

#include <errno.h>
#include <inttypes.h>

#include "base/log.h"
#include "cmd/network.h"
#include "cmd/output.h"
#include "core/segmented.h"

static void add_row(struct str *rows, const struct segmented *found)
{
	const struct subnet_verdict *verdict = &found->verdict;

	output_add_cell(rows, found->link ? found->link->name : "-");
	str_addf(rows, "\t%s", ipv4_text(found->network.addr).at);
	str_add(rows, slice_of("\t"));
	segmented_add_network(rows, found);
	str_addf(rows, "\t%s\t%s\t%" PRIu64 "\t%s\n",
		ipv4_text(verdict->broadcast).at,
		ipv4_text(verdict->likely_broadcast).at, verdict->segments,
		found->is_virtual ? "yes" : "no");
}

static void write_text(const struct segmented_list *list)
{
	struct str rows = STR_EMPTY;

	for (size_t i = 0; i < list->count; i++)
		add_row(&rows, &list->at[i]);
	output_table("INTERFACE\tADDRESS\tNETWORK\tBROADCAST\tREACHES\t"
		     "SEGMENTS\tVIRTUAL",
		&rows);
	str_release(&rows);
}

static void add_object(struct str *out, const struct segmented *found)
{
	const struct subnet_verdict *verdict = &found->verdict;
	struct str network = STR_EMPTY;

	segmented_add_network(&network, found);
	json_object(out, NULL);
	json_text_or_null(
		out, "interface", found->link ? found->link->name : NULL);
	output_add_addr(out, "ip", found->network.addr);
	json_str(out, "network", &network);
	json_number(out, "prefix", found->network.prefix);
	json_number(out, "total_hosts", (int64_t)verdict->total_hosts);
	output_add_addr(out, "calculated_broadcast", verdict->broadcast);
	output_add_addr(
		out, "likely_broadcast_domain", verdict->likely_broadcast);
	json_bool(out, "is_corporate", true);
	json_number(out, "segments", (int64_t)verdict->segments);
	json_bool(out, "virtual", found->is_virtual);
	json_end_object(out);
	str_release(&network);
}

static void write_json(const struct segmented_list *list)
{
	struct str line = STR_EMPTY;

	json_begin(&line);
	json_bool(&line, "segmented", list->counting > 0);
	json_array(&line, "networks");
	for (size_t i = 0; i < list->count; i++)
		add_object(&line, &list->at[i]);
	json_end_array(&line);
	json_end_object(&line);
	output_json(&line);
}

/* The one line of -q. */
static void say_counting(const struct segmented_list *list)
{
	struct str line = STR_EMPTY;
	size_t told = 0;

	str_addf(&line, "segmented network detected: ");
	for (size_t i = 0; i < list->count; i++) {
		const struct segmented *found = &list->at[i];
		if (found->is_virtual)
			continue;
		str_addf(&line, told++ ? ", " : "");
		segmented_add_network(&line, found);
		if (found->link)
			str_addf(&line, " on %s", found->link->name);
	}
	log_lines(LOG_ERROR, &line);
	str_release(&line);
}

static int show(const struct config *config, const struct segmented_list *list)
{
	if (config->json)
		write_json(list);
	else if (!config->quiet)
		write_text(list);
	if (list->counting == 0) {
		log_at(output_is_terminal() ? LOG_INFO : LOG_DEBUG,
			list->count ? "no segmented network but virtual ones, "
				      "which do not count"
				    : "no segmented network");
		return EXIT_DONE;
	}
	if (config->quiet)
		say_counting(list);
	return EXIT_FEWER;
}

static int judge_addresses(const struct config *config)
{
	struct segmented_list list = {0};

	for (size_t i = 0; i < config->addresses.count; i++)
		if (!segmented_judge(
			    &list, NULL, NULL, config->addresses.at[i], 0))
			output_failed(ENOMEM);
	int status = show(config, &list);
	segmented_release(&list);
	return status;
}

static int judge_host(const struct config *config)
{
	struct segmented_list list = {0};
	struct netif_table network;
	int status = EXIT_CANNOT;

	if (!network_load(&network))
		return EXIT_CANNOT;
	network_check_lists(&network, &config->lists);
	if (!segmented_judge_all(&list, &network, &config->lists))
		output_failed(ENOMEM);
	if (list.selected)
		status = show(config, &list);
	else
		log_at(LOG_ERROR, "no interface is selected; 'udpdisc ifaces' "
				  "with the same lists says why");
	segmented_release(&list);
	netif_table_release(&network);
	return status;
}

int command_check_segmented(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;

	return config->addresses.count ? judge_addresses(config)
				       : judge_host(config);
}
