#include "cmd/output.h"

static void write_found(
	const struct result *result, const struct discovery *discovery)
{
	struct json doc;

	json_init(&doc);
	output_result(&doc, result, discovery);
	output_json(&doc);
	json_release(&doc);
}

const struct output_writer output_ndjson_writer = {.found = write_found};
