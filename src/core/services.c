#include "core/services.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/json.h"
#include "core/ipv4.h"
#include "core/tged.h"

void services_init(struct services *services, bool compact)
{
	*services = (struct services){.compact = compact};
}

void services_release(struct services *services)
{
	for (size_t i = 0; i < services->count; i++)
		free(services->at[i].bytes);
	free(services->at);
	services_init(services, services->compact);
}

/* What is read, for the words of a fault. */
struct place {
	const char *file;
	struct slice service;
	struct slice key; /* at is NULL: the fault is with the whole service */
	struct str *fault;
};

/* So much of a name says which one it is, and leaves room for the reason. */
enum { NAME_SHOWN_MAX = 80 };

static bool bad(const struct place *place, const char *why)
{
	struct str *fault = place->fault;

	str_addf(fault, "%s: service ", place->file);
	str_add_quoted(fault, place->service, NAME_SHOWN_MAX);
	if (place->key.at) {
		str_addf(fault, ", key ");
		str_add_quoted(fault, place->key, NAME_SHOWN_MAX);
	}
	str_addf(fault, ": %s", why);
	return false;
}

#define MAY_NOT_BREAK                                                          \
	"may hold no colon or line end: clients split a reply there"

/* What the stock client can't read, which divides a reply at line ends and
 * each line at its colon. */
static bool is_breaking(struct slice text)
{
	return memchr(text.at, ':', text.len) ||
	       memchr(text.at, '\r', text.len) ||
	       memchr(text.at, '\n', text.len);
}

static bool add_value(struct str *reply, const struct json_value *value)
{
	switch (value->kind) {
	case JSON_TEXT:
		str_add(reply, value->text);
		return true;
	case JSON_INTEGER:
		str_addf(reply, "%" PRId64, value->integer);
		return true;
	case JSON_BOOL:
		str_addf(reply, value->truth ? "true" : "false");
		return true;
	case JSON_OBJECT:
	case JSON_OTHER:
		break;
	}
	return false;
}

/* Whether a member before AT has its key; replies are short, so these are few. */
static bool is_repeated(const struct cJSON *parent, const struct cJSON *at)
{
	struct slice key = json_value(at).key;

	for (const struct cJSON *other = json_first(parent); other != at;
		other = json_next(other))
		if (slice_equal(json_value(other).key, key))
			return true;
	return false;
}

static bool is_auto(const struct json_value *field)
{
	return slice_equal(field->key, slice_of("IP")) &&
	       slice_equal(field->text, slice_of("auto"));
}

static bool add_field(const struct services *services, struct place *place,
	const struct json_value *field, struct str *reply, size_t *auto_at)
{
	place->key = field->key;
	if (is_breaking(field->key))
		return bad(place, "the key " MAY_NOT_BREAK);
	if (field->kind == JSON_TEXT && is_breaking(field->text))
		return bad(place, "the value " MAY_NOT_BREAK);
	tged_add_key(reply, field->key, services->compact);
	if (is_auto(field))
		*auto_at = reply->len;
	else if (!add_value(reply, field))
		return bad(place, "expected a string, an integer up to "
				  "9007199254740992, true or false");
	tged_end_line(reply);
	return true;
}

/* The longest address that can stand for "auto". */
enum { ADDRESS_MAX = sizeof "255.255.255.255" - 1 };

static bool is_too_long(const struct str *reply, size_t auto_at)
{
	size_t more = auto_at == SERVICE_FIXED ? 0 : ADDRESS_MAX;

	return reply->len + more > TGED_REPLY_MAX;
}

static bool make_reply(const struct services *services, struct place *place,
	const struct cJSON *service, struct str *reply, size_t *auto_at)
{
	static const char long_reply[] = "its reply would pass 1024 bytes";

	*auto_at = SERVICE_FIXED;
	tged_begin_reply(reply);
	for (const struct cJSON *at = json_first(service); at;
		at = json_next(at)) {
		struct json_value field = json_value(at);
		if (!add_field(services, place, &field, reply, auto_at))
			return false;
		if (is_repeated(service, at))
			return bad(place, "the key is there twice");
		if (is_too_long(reply, *auto_at))
			return bad(place, long_reply);
	}
	place->key.at = NULL;
	tged_end_line(reply);
	return !is_too_long(reply, *auto_at) || bad(place, long_reply);
}

/* The first bytes, filled up with zeros: two of these are in the order of the names
 * that they begin, unless they are equal. */
static uint64_t start_of(struct slice name)
{
	uint64_t start = 0;

	for (size_t i = 0; i < sizeof start; i++)
		start = start << 8 |
			(i < name.len ? (unsigned char)name.at[i] : 0);
	return start;
}

/* Its own copy of name and reply, in one piece. */
static bool keep(struct services *services, struct slice name,
	const struct str *reply, size_t auto_at)
{
	char *bytes = reply->failed ? NULL : malloc(name.len + reply->len);
	struct service *service = NULL;

	if (bytes)
		service = list_append(
			&services->at, &services->count, sizeof *service);
	if (!service) {
		free(bytes);
		return false;
	}
	memcpy(bytes, name.at, name.len);
	memcpy(bytes + name.len, reply->at, reply->len);
	*service = (struct service){
		.bytes = bytes,
		.name = {bytes, name.len},
		.start = start_of(name),
		.reply = {bytes + name.len, reply->len},
		.auto_at = auto_at,
		.file = services->files,
	};
	return true;
}

static bool add_service(
	struct services *services, struct place *place, const struct cJSON *at)
{
	struct json_value value = json_value(at);
	struct str reply = STR_EMPTY;
	size_t auto_at;

	place->service = value.key;
	if (!tged_is_service_name(value.key))
		return bad(place, "the name may not be empty, hold a line end "
				  "or have white space around it");
	if (value.kind != JSON_OBJECT)
		return bad(place, "expected an object, like {\"HOST\": "
				  "\"test\", \"PORT\": 3306}");
	bool good = make_reply(services, place, at, &reply, &auto_at);
	if (good && !keep(services, value.key, &reply, auto_at)) {
		services->out_of_memory = true;
		good = bad(place, "out of memory");
	}
	str_release(&reply);
	return good;
}

/* By name; the bytes themselves are elsewhere in memory, and seldom needed. */
static int compare_names(const struct service *x, const struct service *y)
{
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return slice_compare(x->name, y->name);
}

/* Then in the order in which the files were added. */
static int compare(const void *a, const void *b)
{
	const struct service *x = a, *y = b;
	int order = compare_names(x, y);

	return order ? order : (x->file > y->file) - (x->file < y->file);
}

static void sort(struct services *services, size_t from)
{
	if (services->count > from)
		list_sort(services->at + from, services->count - from,
			sizeof *services->at, compare);
}

/* Sorted, since a file may hold many thousands. */
static bool check_doubles(
	struct services *services, size_t from, struct place *place)
{
	sort(services, from);
	for (size_t i = from + 1; i < services->count; i++) {
		struct slice name = services->at[i].name;
		if (!slice_equal(services->at[i - 1].name, name))
			continue;
		place->service = name;
		return bad(place, "it is there twice");
	}
	return true;
}

static bool add_all(struct services *services, struct place *place,
	const struct cJSON *root)
{
	size_t from = services->count;

	if (json_value(root).kind != JSON_OBJECT) {
		str_addf(place->fault,
			"%s: expected an object of services, "
			"like {\"SQL\": {\"HOST\": \"test\"}}",
			place->file);
		return false;
	}
	for (const struct cJSON *at = json_first(root); at; at = json_next(at))
		if (!add_service(services, place, at))
			return false;
	return check_doubles(services, from, place);
}

bool services_add(struct services *services, const char *file,
	struct slice text, struct str *fault)
{
	struct place place = {.file = file, .fault = fault};
	struct json_fault syntax;
	struct json doc;
	bool good = false;

	if (json_parse(&doc, text, &syntax)) {
		good = add_all(services, &place, doc.root);
	} else if (syntax.line == 0) {
		services->out_of_memory = true;
		str_addf(fault, "%s: %s", file, syntax.text);
	} else {
		str_addf(fault, "%s:%zu:%zu: %s", file, syntax.line,
			syntax.column, syntax.text);
	}
	json_release(&doc);
	services->files++;
	return good;
}

size_t services_finish(
	struct services *services, struct services_double *doubles, size_t max)
{
	struct service *at = services->at;
	size_t kept = 0, found = 0;

	sort(services, 0);
	for (size_t i = 0; i < services->count; i++) {
		bool same = kept > 0 &&
			    slice_equal(at[kept - 1].name, at[i].name);
		if (same && found++ < max)
			doubles[found - 1] = (struct services_double){
				kept - 1, at[kept - 1].file, at[i].file};
		if (same)
			free(at[--kept].bytes);
		at[kept++] = at[i];
	}
	services->count = kept;
	return found;
}

const struct service *services_find(
	const struct services *services, struct slice name)
{
	const struct service wanted = {.name = name, .start = start_of(name)};
	size_t from = 0, to = services->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = compare_names(&wanted, &services->at[middle]);
		if (order == 0)
			return &services->at[middle];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

void service_add_reply(
	const struct service *service, uint32_t addr, struct str *out)
{
	struct slice before = service->reply, behind = {NULL, 0};

	if (service->auto_at != SERVICE_FIXED) {
		before.len = service->auto_at;
		behind.at = service->reply.at + before.len;
		behind.len = service->reply.len - before.len;
	}
	str_add(out, before);
	if (behind.at)
		str_add(out, slice_of(ipv4_text(addr).at));
	str_add(out, behind);
}
