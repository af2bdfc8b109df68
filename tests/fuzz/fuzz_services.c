/* Whatever a file of services holds: what is bad is told on one printable line,
 * and what is taken holds no control byte; then each service is found, its reply
 * is of 1024 bytes at most, and the client reads its fields back. */
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "core/ipv4.h"
#include "core/services.h"
#include "core/tged.h"

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_fault(const struct str *fault)
{
	expect(!fault->failed);
	expect(slice_starts(str_slice(fault), slice_of("f.json:")));
	for (size_t i = 0; i < fault->len; i++)
		expect((unsigned char)fault->at[i] >= 0x20 &&
			fault->at[i] != 0x7f);
}

static void check_bytes(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		expect((unsigned char)text.at[i] >= 0x20 ||
			(text.at[i] && strchr("\t\n\r", text.at[i])));
}

static struct slice key_of(const cJSON *member)
{
	return slice_trim(slice_of(member->string));
}

/* As it should stand in a reply. */
static void add_value(const cJSON *member, struct str *out)
{
	if (cJSON_IsString(member) && !strcmp(member->string, "IP") &&
		!strcmp(member->valuestring, "auto"))
		str_addf(out, "255.255.255.255");
	else if (cJSON_IsString(member))
		str_addf(out, "%s", member->valuestring);
	else if (cJSON_IsNumber(member))
		str_addf(out, "%lld", (long long)member->valuedouble);
	else
		str_addf(out, cJSON_IsTrue(member) ? "true" : "false");
}

/* Whether one behind it has the same key, but for white space around it: of
 * those the client keeps the last. */
static bool is_replaced(const cJSON *member)
{
	for (const cJSON *at = member->next; at; at = at->next)
		if (slice_equal(key_of(at), key_of(member)))
			return true;
	return false;
}

static bool find(struct slice fields, struct slice key, struct slice *value)
{
	struct tged_field field;

	while (tged_next_field(&fields, &field)) {
		if (slice_equal(field.key, key)) {
			*value = field.value;
			return true;
		}
	}
	return false;
}

/* That the fields are those of the object, each once. */
static void check_fields(const cJSON *object, struct slice fields)
{
	struct tged_field field;
	const cJSON *member;
	int count = 0;

	cJSON_ArrayForEach(member, object)
	{
		struct str expected = STR_EMPTY;
		struct slice value;
		if (is_replaced(member))
			continue;
		add_value(member, &expected);
		expect(find(fields, key_of(member), &value));
		expect(slice_equal(value, slice_trim(str_slice(&expected))));
		str_release(&expected);
		count++;
	}
	while (tged_next_field(&fields, &field))
		count--;
	expect(count == 0);
}

/* Line ends are those behind header, fields and the whole. */
static void check_lines(struct slice reply, int fields)
{
	int lines = 0;

	for (size_t i = 0; i < reply.len; i++) {
		expect((reply.at[i] == '\n') ==
			(i > 0 && reply.at[i - 1] == '\r'));
		lines += reply.at[i] == '\n';
	}
	expect(lines == fields + 2 && reply.at[reply.len - 1] == '\n');
}

static void check_service(const struct services *services, const cJSON *object)
{
	struct slice name = slice_of(object->string);
	const struct service *service = services_find(services, name);
	struct str reply = STR_EMPTY, fields = STR_EMPTY;

	expect(service && slice_equal(service->name, name));
	expect(tged_is_service_name(name));
	service_add_reply(service, IPV4_ALL_HOSTS, &reply);
	expect(!reply.failed && reply.len <= TGED_REPLY_MAX);
	check_lines(str_slice(&reply), cJSON_GetArraySize(object));
	expect(tged_parse_reply(str_slice(&reply), &fields) == TGED_REPLY);
	check_fields(object, str_slice(&fields));
	str_release(&reply);
	str_release(&fields);
}

static void check_all(struct services *services, struct slice text)
{
	cJSON *root = cJSON_ParseWithLength(text.at, text.len);
	const cJSON *object;

	expect(cJSON_IsObject(root));
	check_bytes(text);
	expect(services_finish(services, NULL, 0) == 0);
	expect((size_t)cJSON_GetArraySize(root) == services->count);
	cJSON_ArrayForEach(object, root) check_service(services, object);
	cJSON_Delete(root);
}

static void check(struct slice text, bool compact)
{
	struct str fault = STR_EMPTY;
	struct services services;

	services_init(&services, compact);
	if (services_add(&services, "f.json", text, &fault))
		check_all(&services, text);
	else
		check_fault(&fault);
	services_release(&services);
	str_release(&fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};

	check(text, false);
	check(text, true);
	return 0;
}
