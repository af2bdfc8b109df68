#include "cmd/output.h"

#include <inttypes.h>

static void add_row(struct str *rows, const struct result *result,
	const struct netif_table *network)
{
	const struct result_path *path = &result->paths[0];
	const char *interface = output_interface(network, path->interface);
	int64_t us = (path->rtt_ns + 500) / 1000;

	str_addf(rows, "%s\t%u", ipv4_text(result->server.addr).at,
		result->server.port);
	output_add_cell(rows, interface ? interface : "-");
	str_addf(rows, "\t%s\t%" PRId64 ".%03" PRId64 "\n",
		ipv4_text(path->source).at, us / 1000, us % 1000);
}

static void write_all(const struct results *results,
	const struct netif_table *network, bool single)
{
	struct str rows = STR_EMPTY;
	size_t count = single && results->count ? 1 : results->count;

	for (size_t i = 0; i < count; i++)
		add_row(&rows, &results->at[i], network);
	output_table("ADDRESS\tPORT\tINTERFACE\tSOURCE\tRTT_MS", &rows);
	str_release(&rows);
}

const struct output_writer output_text_writer = {.all = write_all};
