#include "cmd/output.h"

#include "base/log.h"

/* Each line comes before all ways are known, so it has the first one only. */
static void write_found(
	const struct result *result, const struct discovery *discovery)
{
	struct str line = STR_EMPTY;

	json_begin(&line);
	output_result(&line, result, discovery, 1);
	json_end_object(&line);
	output_json(&line);
}

static void write_event(const char *event, const struct result *result,
	const struct discovery *discovery)
{
	struct str time = STR_EMPTY, line = STR_EMPTY;

	log_add_time(&time);
	json_begin(&line);
	json_text(&line, "event", slice_of(event));
	json_str(&line, "time", &time);
	json_object(&line, "server");
	output_result(&line, result, discovery, 1);
	json_end_object(&line);
	json_end_object(&line);
	output_json(&line);
	str_release(&time);
}

const struct output_writer output_ndjson_writer = {
	.found = write_found, .event = write_event};
