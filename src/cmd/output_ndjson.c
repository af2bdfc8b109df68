#include "cmd/output.h"

#include "base/log.h"

/* Each line comes before all ways are known, so it has the first one only. */
static void write_found(
	const struct result *result, const struct discovery *discovery)
{
	struct json doc;

	json_init(&doc);
	output_result(&doc, doc.root, result, discovery, 1);
	output_json(&doc);
	json_release(&doc);
}

static void write_event(const char *event, const struct result *result,
	const struct discovery *discovery)
{
	struct str time = STR_EMPTY;
	struct json doc;

	json_init(&doc);
	log_add_time(&time);
	json_text(&doc, doc.root, "event", slice_of(event));
	json_str(&doc, doc.root, "time", &time);
	output_result(&doc, json_object(&doc, doc.root, "server"), result,
		discovery, 1);
	output_json(&doc);
	json_release(&doc);
	str_release(&time);
}

const struct output_writer output_ndjson_writer = {
	.found = write_found, .event = write_event};
