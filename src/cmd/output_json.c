#include "cmd/output.h"
#include "core/tged.h"

/* Milliseconds with three decimals. */
static void add_rtt(struct str *out, int64_t ns)
{
	json_decimal(out, "rtt_ms", (ns + 500) / 1000, 3);
}

static void add_interface(struct str *out, const struct result_path *path)
{
	json_text_or_null(out, "interface", path->name[0] ? path->name : NULL);
}

static void add_paths(struct str *out, const struct result *result, size_t most)
{
	json_array(out, "seen_on");
	for (size_t i = 0; i < result->path_count && i < most; i++) {
		const struct result_path *path = &result->paths[i];
		json_object(out, NULL);
		add_interface(out, path);
		output_add_addr(out, "source_address", path->source);
		add_rtt(out, path->rtt_ns);
		json_end_object(out);
	}
	json_end_array(out);
}

/* A port, or null where there is none. */
static void add_port(struct str *out, const char *key, uint16_t port)
{
	if (port)
		json_number(out, key, port);
	else
		json_null(out, key);
}

static void add_service(
	struct str *out, const struct result *result, struct slice service)
{
	struct slice fields = result->fields;
	struct tged_field field;

	if (!service.at) {
		json_null(out, "service");
		json_null(out, "fields");
		return;
	}
	json_text(out, "service", service);
	json_object(out, "fields");
	while (tged_next_field(&fields, &field)) {
		json_key(out, field.key);
		json_text(out, NULL, field.value);
	}
	json_end_object(out);
}

void output_result(struct str *out, const struct result *result,
	const struct discovery *discovery, size_t paths)
{
	const struct result_path *path = &result->paths[0];

	output_add_addr(out, "ip", result->server.addr);
	add_port(out, "port", result->server.port);
	json_text(out, "raw_response", result->raw);
	json_object(out, "extra");
	output_add_addr(out, "source_address", path->source);
	json_number(out, "source_port", result->source_port);
	add_interface(out, path);
	add_rtt(out, path->rtt_ns);
	json_number(out, "attempt", result->attempt);
	json_bool(out, "local", result->local);
	if (result->has_claimed_addr)
		output_add_addr(out, "claimed_ip", result->claimed.addr);
	else
		json_null(out, "claimed_ip");
	add_port(out, "claimed_port", result->claimed.port);
	add_service(out, result, discovery->config.service);
	add_paths(out, result, paths);
	json_end_object(out);
}

static void write_one(const struct discovery *discovery)
{
	const struct results *results = &discovery->results;
	struct str line = STR_EMPTY;

	if (results->count == 0) {
		output_write(slice_of("null\n"));
		return;
	}
	json_begin(&line);
	output_result(&line, &results->at[0], discovery, RESULT_PATHS_MAX);
	json_end_object(&line);
	output_json(&line);
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
		output_begin_item(&array);
		output_result(
			&array, &results->at[i], discovery, RESULT_PATHS_MAX);
		json_end_object(&array);
	}
	output_array(&array);
}

const struct output_writer output_json_writer = {.all = write_all};
