#include "cmd/output.h"

#include <inttypes.h>

#include "base/log.h"
#include "core/tged.h"

/* "KEY=value" cells. */
static void add_fields(struct str *rows, struct slice fields)
{
	struct tged_field field;

	while (tged_next_field(&fields, &field)) {
		str_add(rows, slice_of("\t"));
		str_add_escaped(rows, field.key);
		str_add(rows, slice_of("="));
		str_add_escaped(rows, field.value);
	}
}

static void add_row(struct str *rows, const struct result *result)
{
	const struct result_path *path = &result->paths[0];
	int64_t us = (path->rtt_ns + 500) / 1000;

	str_addf(rows, "%s", ipv4_text(result->server.addr).at);
	if (result->server.port)
		str_addf(rows, "\t%u", result->server.port);
	else
		output_add_cell(rows, "-");
	output_add_cell(rows, path->name[0] ? path->name : "-");
	str_addf(rows, "\t%s\t%" PRId64 ".%03" PRId64,
		ipv4_text(path->source).at, us / 1000, us % 1000);
	add_fields(rows, result->fields);
	str_add(rows, slice_of("\n"));
}

#define COLUMNS "ADDRESS\tPORT\tINTERFACE\tSOURCE\tRTT_MS"
/* As wide as most are, since what comes later is not known: 80 columns. */
#define EVENT_COLUMNS                                                          \
	"TIME                \tEVENT\tADDRESS     \tPORT\tINTERFACE\t"         \
	"SOURCE      \tRTT_MS"

static void write_all(const struct discovery *discovery, bool single)
{
	const struct results *results = &discovery->results;
	struct str rows = STR_EMPTY;
	size_t count = single && results->count ? 1 : results->count;

	for (size_t i = 0; i < count; i++)
		add_row(&rows, &results->at[i]);
	output_table(
		discovery->config.service.at ? COLUMNS "\tFIELDS" : COLUMNS,
		&rows);
	str_release(&rows);
}

static void write_event(const char *event, const struct result *result,
	const struct discovery *discovery)
{
	static bool headed;
	struct str row = STR_EMPTY;

	log_add_time(&row);
	str_addf(&row, "\t%s\t", event);
	add_row(&row, result);
	output_row(discovery->config.service.at ? EVENT_COLUMNS "\tFIELDS"
						: EVENT_COLUMNS,
		!headed, &row);
	headed = true;
	str_release(&row);
}

const struct output_writer output_text_writer = {
	.all = write_all, .event = write_event};
