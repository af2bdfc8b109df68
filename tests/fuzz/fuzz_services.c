/* Whatever a file of services holds: what is bad is told on one printable line,
 * and what is taken holds no control byte; then each service is found, its reply
 * is of 1024 bytes at most, and the client reads its fields back. A NUL parts two
 * files, of which the other one counts where both have a service. */
#include "fuzz.h"

#include "core/ipv4.h"
#include "core/services.h"
#include "core/tged.h"

enum { FILES_MAX = 2 };

static void check_fault(const struct str *fault)
{
	expect_line(fault);
	expect(slice_starts(str_slice(fault), slice_of("f.json:")));
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
 * those the client keeps the last. None is quite the same. */
static bool is_replaced(const cJSON *member)
{
	bool replaced = false;

	for (const cJSON *at = member->next; at; at = at->next) {
		expect(strcmp(at->string, member->string) != 0);
		replaced |= slice_equal(key_of(at), key_of(member));
	}
	return replaced;
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

/* Whose service of that name counts: the last file's. */
static const cJSON *find_object(cJSON *const roots[], const char *name)
{
	const cJSON *object = NULL;

	for (size_t i = 0; i < FILES_MAX; i++) {
		const cJSON *at = cJSON_GetObjectItemCaseSensitive(
			roots[i], name);
		object = at ? at : object;
	}
	return object;
}

/* Each is told of, up to as many as are asked for. */
static void check_doubles(struct services *services, cJSON *const roots[])
{
	struct services_double doubles[2];
	const cJSON *object;
	size_t both = 0;

	cJSON_ArrayForEach(object, roots[0])
		both += find_object(roots, object->string) != object;
	expect(services_finish(services, doubles, COUNT(doubles)) == both);
	for (size_t i = 0; i < both && i < COUNT(doubles); i++) {
		struct slice name = services->at[doubles[i].at].name;
		char *copy = fuzz_string(name);
		expect(doubles[i].file == 0 && doubles[i].by == 1);
		expect(cJSON_GetObjectItemCaseSensitive(roots[0], copy));
		expect(cJSON_GetObjectItemCaseSensitive(roots[1], copy));
		free(copy);
	}
}

static void check_all(struct services *services, const struct slice files[],
	size_t files_count)
{
	cJSON *roots[FILES_MAX] = {NULL, NULL};
	const cJSON *object;
	size_t count = 0;

	expect(services->files == files_count);
	for (size_t i = 0; i < files_count; i++) {
		check_bytes(files[i]);
		roots[i] = cJSON_ParseWithLength(files[i].at, files[i].len);
		expect(cJSON_IsObject(roots[i]));
	}
	check_doubles(services, roots);
	for (size_t i = 0; i < files_count; i++)
		cJSON_ArrayForEach(object, roots[i])
		{
			if (find_object(roots, object->string) != object)
				continue;
			check_service(services, object);
			count++;
		}
	expect(count == services->count);
	for (size_t i = 0; i < FILES_MAX; i++)
		cJSON_Delete(roots[i]);
}

static void check(const struct slice files[], size_t count, bool compact)
{
	struct str fault = STR_EMPTY;
	struct services services;
	bool good = true;

	services_init(&services, compact);
	for (size_t i = 0; i < count && good; i++)
		good = services_add(&services, "f.json", files[i], &fault);
	if (good)
		check_all(&services, files, count);
	else
		check_fault(&fault);
	services_release(&services);
	str_release(&fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	struct slice first = fuzz_until(&in, '\0');
	const struct slice files[FILES_MAX] = {first, in};
	size_t count = in.len > 0 ? 2 : 1;

	check(files, count, false);
	check(files, count, true);
	return 0;
}
