#include "base/json.h"

#include <cJSON.h>
#include <math.h>

#include "base/num.h"

void json_release(struct json *doc)
{
	cJSON_Delete(doc->root);
	doc->root = NULL;
}

bool json_parse(struct json *doc, struct slice text, struct json_fault *fault)
{
	doc->root = NULL;
	*fault = (struct json_fault){0, 0, "out of memory"};
	if (json_strict_check(text, fault))
		doc->root = cJSON_ParseWithLength(text.at, text.len);
	return doc->root != NULL;
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
