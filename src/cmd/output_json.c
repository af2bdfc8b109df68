#include "cmd/output.h"
#include "core/tged.h"

/* Milliseconds with three decimals. */
static void add_rtt(struct json *doc, struct cJSON *to, int64_t ns)
{
	json_decimal(doc, to, "rtt_ms", (ns + 500) / 1000, 3);
}

static void add_interface(
	struct json *doc, struct cJSON *to, const struct result_path *path)
{
	json_text_or_null(
		doc, to, "interface", path->name[0] ? path->name : NULL);
}

static void add_paths(struct json *doc, struct cJSON *extra,
	const struct result *result, size_t most)
{
	struct cJSON *list = json_array(doc, extra, "seen_on");

	for (size_t i = 0; i < result->path_count && i < most; i++) {
		const struct result_path *path = &result->paths[i];
		struct cJSON *item = json_object(doc, list, NULL);
		add_interface(doc, item, path);
		output_add_addr(doc, item, "source_address", path->source);
		add_rtt(doc, item, path->rtt_ns);
	}
}

/* A port, or null where there is none. */
static void add_port(
	struct json *doc, struct cJSON *to, const char *key, uint16_t port)
{
	if (port)
		json_number(doc, to, key, port);
	else
		json_null(doc, to, key);
}

static void add_field(
	struct json *doc, struct cJSON *to, const struct tged_field *field)
{
	struct str key = STR_EMPTY;

	str_add(&key, field->key);
	doc->failed = doc->failed || key.failed;
	json_text(doc, to, str_text(&key), field->value);
	str_release(&key);
}

static void add_service(struct json *doc, struct cJSON *extra,
	const struct result *result, struct slice service)
{
	struct slice fields = result->fields;
	struct tged_field field;

	if (!service.at) {
		json_null(doc, extra, "service");
		json_null(doc, extra, "fields");
		return;
	}
	json_text(doc, extra, "service", service);
	struct cJSON *object = json_object(doc, extra, "fields");
	while (tged_next_field(&fields, &field))
		add_field(doc, object, &field);
}

void output_result(struct json *doc, struct cJSON *to,
	const struct result *result, const struct discovery *discovery,
	size_t paths)
{
	const struct result_path *path = &result->paths[0];

	output_add_addr(doc, to, "ip", result->server.addr);
	add_port(doc, to, "port", result->server.port);
	json_text(doc, to, "raw_response", result->raw);
	struct cJSON *extra = json_object(doc, to, "extra");
	output_add_addr(doc, extra, "source_address", path->source);
	json_number(doc, extra, "source_port", result->source_port);
	add_interface(doc, extra, path);
	add_rtt(doc, extra, path->rtt_ns);
	json_number(doc, extra, "attempt", result->attempt);
	json_bool(doc, extra, "local", result->local);
	if (result->has_claimed_addr)
		output_add_addr(doc, extra, "claimed_ip", result->claimed.addr);
	else
		json_null(doc, extra, "claimed_ip");
	add_port(doc, extra, "claimed_port", result->claimed.port);
	add_service(doc, extra, result, discovery->config.service);
	add_paths(doc, extra, result, paths);
}

static void write_one(const struct discovery *discovery)
{
	const struct results *results = &discovery->results;
	struct json doc;

	if (results->count == 0) {
		output_write(slice_of("null\n"));
		return;
	}
	json_init(&doc);
	output_result(
		&doc, doc.root, &results->at[0], discovery, RESULT_PATHS_MAX);
	output_json(&doc);
	json_release(&doc);
}

static void write_all(const struct discovery *discovery, bool single)
{
	const struct results *results = &discovery->results;
	struct str array = STR_EMPTY;

	if (single) {
		write_one(discovery);
		return;
	}
	for (size_t i = 0; i < results->count; i++) {
		struct json doc;
		json_init(&doc);
		output_result(&doc, doc.root, &results->at[i], discovery,
			RESULT_PATHS_MAX);
		output_add_item(&array, &doc);
		json_release(&doc);
	}
	output_array(&array);
}

const struct output_writer output_json_writer = {.all = write_all};
