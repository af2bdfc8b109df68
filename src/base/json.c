#include "base/json.h"

#include <cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/num.h"

static struct cJSON *add(
	struct json *doc, struct cJSON *to, const char *key, cJSON *item)
{
	if (item && to &&
		(key ? cJSON_AddItemToObject(to, key, item)
		     : cJSON_AddItemToArray(to, item)))
		return item;
	cJSON_Delete(item);
	doc->failed = true;
	return NULL;
}

void json_init(struct json *doc)
{
	doc->root = cJSON_CreateObject();
	doc->failed = !doc->root;
}

void json_release(struct json *doc)
{
	cJSON_Delete(doc->root);
	doc->root = NULL;
}

struct cJSON *json_object(struct json *doc, struct cJSON *to, const char *key)
{
	return add(doc, to, key, cJSON_CreateObject());
}

struct cJSON *json_array(struct json *doc, struct cJSON *to, const char *key)
{
	return add(doc, to, key, cJSON_CreateArray());
}

void json_null(struct json *doc, struct cJSON *to, const char *key)
{
	add(doc, to, key, cJSON_CreateNull());
}

void json_bool(struct json *doc, struct cJSON *to, const char *key, bool value)
{
	add(doc, to, key, cJSON_CreateBool(value));
}

void json_number(
	struct json *doc, struct cJSON *to, const char *key, int64_t value)
{
	json_decimal(doc, to, key, value, 0);
}

void json_decimal(struct json *doc, struct cJSON *to, const char *key,
	int64_t units, int places)
{
	struct str text = STR_EMPTY;

	num_add_decimal(&text, units, places);
	add(doc, to, key,
		text.failed ? NULL : cJSON_CreateRaw(str_text(&text)));
	str_release(&text);
}

void json_text(
	struct json *doc, struct cJSON *to, const char *key, struct slice value)
{
	struct str text = STR_EMPTY;

	str_add_utf8(&text, value);
	add(doc, to, key,
		text.failed ? NULL : cJSON_CreateString(str_text(&text)));
	str_release(&text);
}

void json_str(struct json *doc, struct cJSON *to, const char *key,
	const struct str *value)
{
	doc->failed = doc->failed || value->failed;
	json_text(doc, to, key, str_slice(value));
}

void json_text_or_null(
	struct json *doc, struct cJSON *to, const char *key, const char *value)
{
	if (value)
		json_text(doc, to, key, slice_of(value));
	else
		json_null(doc, to, key);
}

bool json_print(struct json *doc, struct str *out)
{
	char *text = doc->failed ? NULL : cJSON_PrintUnformatted(doc->root);

	if (!text)
		return false;
	size_t before = out->len;
	str_add(out, slice_of(text));
	cJSON_free(text);
	return out->len > before;
}

bool json_parse(struct json *doc, struct slice text, struct json_fault *fault)
{
	*doc = (struct json){NULL, true};
	*fault = (struct json_fault){0, 0, "out of memory"};
	if (json_strict_check(text, fault))
		doc->root = cJSON_ParseWithLength(text.at, text.len);
	doc->failed = !doc->root;
	return !doc->failed;
}

struct json_value json_value(const struct cJSON *at)
{
	struct json_value value = {.kind = JSON_OTHER};

	if (at->string)
		value.key = slice_of(at->string);
	if (cJSON_IsObject(at)) {
		value.kind = JSON_OBJECT;
	} else if (cJSON_IsString(at)) {
		value.kind = JSON_TEXT;
		value.text = slice_of(at->valuestring);
	} else if (cJSON_IsNumber(at) && isfinite(at->valuedouble)) {
		value.kind = JSON_INTEGER;
		value.integer = (int64_t)at->valuedouble;
	} else if (cJSON_IsBool(at)) {
		value.kind = JSON_BOOL;
		value.truth = cJSON_IsTrue(at);
	}
	return value;
}

const struct cJSON *json_first(const struct cJSON *object)
{
	return object->child;
}

const struct cJSON *json_next(const struct cJSON *at)
{
	return at->next;
}

double json_read_number(const char *text, char **end)
{
	struct slice number = {text, num_json_length(slice_of(text))};
	int64_t integer;

	*end = (char *)text + number.len;
	return num_json_integer(number, &integer) ? (double)integer : HUGE_VAL;
}

int json_print_escape(char *to, const char *format, ...)
{
	va_list arguments;
	struct str text;

	str_init_fixed(&text, to, sizeof "uXXXX");
	va_start(arguments, format);
	str_addv(&text, format, arguments);
	va_end(arguments);
	return text.failed ? -1 : (int)text.len;
}

int json_scan_nothing(const char *text, const char *format, ...)
{
	(void)text;
	(void)format;
	return 0;
}
