#include "cmd/settings.h"

#include "base/json.h"
#include "base/log.h"
#include "base/num.h"
#include "cmd/options.h"
#include "cmd/output.h"

/* The rows that are settings: not those that act, stand for another, or only
 * say how to show this. */
static bool is_shown(const struct invocation *invocation, size_t row)
{
	const struct option *o = &options[row];

	return (o->commands & invocation->command->bit) && o->name[0] &&
	       o->action == OPTION_SET &&
	       o->setting.offset != offsetof(struct config, check) &&
	       !options_exclude(invocation, o);
}

/* All values of a list with commas between; "-" where it is unset. */
static void add_value(
	const struct invocation *invocation, size_t row, struct str *out)
{
	const struct setting *setting = &options[row].setting;
	size_t count = setting_count(setting, &invocation->config);

	for (size_t i = 0; i < count; i++) {
		if (i)
			str_add(out, slice_of(","));
		setting_print(setting, &invocation->config, i, out);
	}
	if (count == 0)
		str_add(out, slice_of("-"));
}

static void add_line(
	const struct invocation *invocation, size_t row, struct str *out)
{
	struct str value = STR_EMPTY;

	add_value(invocation, row, &value);
	out->failed = out->failed || value.failed;
	output_add_cell(out, options[row].name);
	output_add_cell(out, str_text(&value));
	str_add(out, slice_of("\t"));
	options_add_origin(invocation, row, out);
	str_release(&value);
}

static void write_text(const struct invocation *invocation)
{
	struct str rows = STR_EMPTY;

	for (size_t row = 0; row < options_count; row++) {
		if (!is_shown(invocation, row))
			continue;
		add_line(invocation, row, &rows);
		str_add(&rows, slice_of("\n"));
	}
	output_table("NAME\tVALUE\tORIGIN", &rows);
	str_release(&rows);
}

/* A number, true or false, or text. KEY is NULL in an array. */
static void add_json_value(const struct invocation *invocation, size_t row,
	size_t index, struct json *doc, struct cJSON *to, const char *key)
{
	const struct setting *setting = &options[row].setting;
	struct str value = STR_EMPTY;
	uint64_t number;
	int64_t ns;

	setting_print(setting, &invocation->config, index, &value);
	struct slice text = str_slice(&value);
	doc->failed = doc->failed || value.failed;
	if (setting->kind == SETTING_FLAG || setting->kind == SETTING_SWITCH)
		json_bool(doc, to, key, slice_equal(text, slice_of("yes")));
	else if (setting->kind == SETTING_SECONDS &&
		 num_parse_seconds(text, &ns))
		json_decimal(doc, to, key, ns, 9);
	else if (setting_is_number(setting) &&
		 num_digits(text, 0, UINT32_MAX, &number))
		json_number(doc, to, key, (int64_t)number);
	else
		json_text(doc, to, key, text);
	str_release(&value);
}

static void add_json(
	const struct invocation *invocation, size_t row, struct json *doc)
{
	const struct option *option = &options[row];
	struct str origin = STR_EMPTY;
	size_t count = setting_count(&option->setting, &invocation->config);
	struct cJSON *entry = json_object(doc, doc->root, option->name);

	if (count == 0) {
		json_null(doc, entry, "value");
	} else if (setting_is_list(&option->setting)) {
		struct cJSON *list = json_array(doc, entry, "value");
		for (size_t i = 0; i < count; i++)
			add_json_value(invocation, row, i, doc, list, NULL);
	} else {
		add_json_value(invocation, row, 0, doc, entry, "value");
	}
	options_add_origin(invocation, row, &origin);
	json_str(doc, entry, "origin", &origin);
	str_release(&origin);
}

static void write_json(const struct invocation *invocation)
{
	struct json doc;

	json_init(&doc);
	for (size_t row = 0; row < options_count; row++)
		if (is_shown(invocation, row))
			add_json(invocation, row, &doc);
	output_json(&doc);
	json_release(&doc);
}

void settings_write(const struct invocation *invocation)
{
	if (invocation->config.json)
		write_json(invocation);
	else
		write_text(invocation);
}

void settings_log(const struct invocation *invocation)
{
	if (!log_shows(LOG_DEBUG))
		return;
	for (size_t row = 0; row < options_count; row++) {
		struct str line = STR_EMPTY, value = STR_EMPTY;
		if (!is_shown(invocation, row))
			continue;
		add_value(invocation, row, &value);
		line.failed = value.failed;
		str_addf(&line, "%s: ", options[row].name);
		str_add_printable(&line, str_slice(&value));
		str_addf(&line, " (");
		options_add_origin(invocation, row, &line);
		str_addf(&line, ")");
		log_lines(LOG_DEBUG, &line);
		str_release(&value);
		str_release(&line);
	}
}
