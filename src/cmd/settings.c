#include "cmd/settings.h"

#include "base/json_write.h"
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
	size_t index, struct str *out, const char *key)
{
	const struct setting *setting = &options[row].setting;
	struct str value = STR_EMPTY;
	uint64_t number;
	int64_t ns;

	setting_print(setting, &invocation->config, index, &value);
	struct slice text = str_slice(&value);
	out->failed = out->failed || value.failed;
	if (setting->kind == SETTING_FLAG || setting->kind == SETTING_SWITCH)
		json_bool(out, key, slice_equal(text, slice_of("yes")));
	else if (setting->kind == SETTING_SECONDS &&
		 num_parse_seconds(text, &ns))
		json_decimal(out, key, ns, 9);
	else if (setting_is_number(setting) &&
		 num_digits(text, 0, UINT32_MAX, &number))
		json_number(out, key, (int64_t)number);
	else
		json_text(out, key, text);
	str_release(&value);
}

static void add_json(
	const struct invocation *invocation, size_t row, struct str *out)
{
	const struct option *option = &options[row];
	struct str origin = STR_EMPTY;
	size_t count = setting_count(&option->setting, &invocation->config);

	json_object(out, option->name);
	if (count == 0) {
		json_null(out, "value");
	} else if (setting_is_list(&option->setting)) {
		json_array(out, "value");
		for (size_t i = 0; i < count; i++)
			add_json_value(invocation, row, i, out, NULL);
		json_end_array(out);
	} else {
		add_json_value(invocation, row, 0, out, "value");
	}
	options_add_origin(invocation, row, &origin);
	json_str(out, "origin", &origin);
	json_end_object(out);
	str_release(&origin);
}

static void write_json(const struct invocation *invocation)
{
	struct str line = STR_EMPTY;

	json_begin(&line);
	for (size_t row = 0; row < options_count; row++)
		if (is_shown(invocation, row))
			add_json(invocation, row, &line);
	json_end_object(&line);
	output_json(&line);
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
