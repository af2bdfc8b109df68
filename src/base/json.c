#include "base/json.h"

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* What is written as it is: json_decimal made the numbers. */
static const char *word_of(const cJSON *item)
{
	switch (item->type) {
	case cJSON_Raw:
		return item->valuestring;
	case cJSON_NULL:
		return "null";
	default:
		return item->type == cJSON_True ? "true" : "false";
	}
}

/* How much of it needs no escape. */
static size_t plain_length(const char *text)
{
	size_t len = 0;

	while ((unsigned char)text[len] >= 0x20 && text[len] != '"' &&
		text[len] != '\\')
		len++;
	return len;
}

/* In quotes, with what RFC 8259 (7) wants escaped. */
static void print_text(struct str *out, const char *text)
{
	static const char escaped[] = "\"\\\b\f\n\r\t";

	str_addf(out, "\"");
	while (*text) {
		size_t plain = plain_length(text);
		str_add(out, (struct slice){text, plain});
		text += plain;
		const char *at = *text ? strchr(escaped, *text) : NULL;
		if (at)
			str_addf(out, "\\%c", "\"\\bfnrt"[at - escaped]);
		else if (*text)
			str_addf(out, "\\u%04x", (unsigned)*text);
		text += *text != '\0';
	}
	str_addf(out, "\"");
}

static void print(struct str *out, const cJSON *item)
{
	bool object = item->type == cJSON_Object;

	if (item->type == cJSON_String) {
		print_text(out, item->valuestring);
	} else if (!object && item->type != cJSON_Array) {
		str_addf(out, "%s", word_of(item));
	} else {
		str_addf(out, object ? "{" : "[");
		for (const cJSON *i = item->child; i; i = i->next) {
			if (i != item->child)
				str_addf(out, ",");
			if (object) {
				print_text(out, i->string);
				str_addf(out, ":");
			}
			print(out, i);
		}
		str_addf(out, object ? "}" : "]");
	}
}

bool json_print(struct json *doc, struct str *out)
{
	size_t before = out->len;

	if (doc->failed)
		return false;
	print(out, doc->root);
	if (out->failed && out->at) {
		out->len = before;
		out->at[before] = '\0';
	}
	return !out->failed;
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

int json_print_nothing(char *to, const char *format, ...)
{
	(void)to;
	(void)format;
	return -1;
}

int json_scan_nothing(const char *text, const char *format, ...)
{
	(void)text;
	(void)format;
	return 0;
}

void *json_grow_nothing(void *at, size_t size)
{
	(void)at;
	(void)size;
	return NULL;
}
