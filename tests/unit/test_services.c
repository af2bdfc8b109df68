#include "unit.h"

#include "core/services.h"

#include "core/ipv4.h"
#include "core/tged.h"
#include "tables.h"

#define REPLY "TGED REPLY 1.0\r\n"

/* Adds a file that is good; its text is gone afterwards. */
static void add(struct services *services, const char *file, const char *json)
{
	struct slice text = exact(slice_of(json));
	struct str fault = STR_EMPTY;

	if (!services_add(services, file, text, &fault))
		fail_msg("%s", str_text(&fault));
	assert_text(&fault, "");
	exact_free(text);
}

/* A set of one file; services_release is due. */
static void load(struct services *services, bool compact, const char *json)
{
	services_init(services, compact);
	add(services, "f.json", json);
	assert_int_equal(services_finish(services, NULL, 0), 0);
}

static void assert_reply(const struct services *services, const char *name,
	uint32_t addr, const char *expected)
{
	struct slice key = exact(slice_of(name));
	const struct service *service = services_find(services, key);
	struct str reply = STR_EMPTY;

	exact_free(key);
	if (!service)
		fail_msg("no service '%s'", name);
	assert_true(slice_equal(service->name, slice_of(name)));
	service_add_reply(service, addr, &reply);
	assert_text(&reply, expected);
	str_release(&reply);
}

static void fields_come_in_the_order_of_the_file(void **state)
{
	static const char json[] =
		"{\"SQL\": {\"Z\": \"test\", \"A\": 3306, \"M\": true, "
		"\"B\": false, \"gr\xc3\xbc n\": \"a b\"}}";
	struct services services;

	(void)state;
	load(&services, false, json);
	assert_reply(&services, "SQL", 0,
		REPLY "Z: test\r\nA: 3306\r\nM: true\r\nB: false\r\n"
		      "gr\xc3\xbc n: a b\r\n\r\n");
	services_release(&services);
	load(&services, true, json);
	assert_reply(&services, "SQL", 0,
		REPLY "Z:test\r\nA:3306\r\nM:true\r\nB:false\r\n"
		      "gr\xc3\xbc n:a b\r\n\r\n");
	services_release(&services);
}

static void values_are_strings_integers_and_booleans(void **state)
{
	static const struct {
		const char *json, *text;
	} rows[] = {
		{"\"\"", ""},
		{"\"a b\"", "a b"},
		{"\"\\u00e9\\ud83d\\ude00\"", "\xc3\xa9\xf0\x9f\x98\x80"},
		{"\"\\\"\\\\\\/\"", "\"\\/"},
		{"0", "0"},
		{"-0", "0"},
		{"1.0", "1"},
		{"1e3", "1000"},
		{"10e-1", "1"},
		{"4294967296", "4294967296"},
		{"9007199254740992", "9007199254740992"},
		{"-9007199254740992", "-9007199254740992"},
		{"true", "true"},
		{"false", "false"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct services services;
		char json[128], reply[128];
		snprintf(json, sizeof json, "{\"A\":{\"K\":%s}}", rows[i].json);
		snprintf(reply, sizeof reply, REPLY "K: %s\r\n\r\n",
			rows[i].text);
		load(&services, false, json);
		assert_reply(&services, "A", 0, reply);
		services_release(&services);
	}
}

static void auto_of_the_key_ip_is_the_address(void **state)
{
	struct services services;

	(void)state;
	load(&services, false,
		"{\"A\": {\"X\": 1, \"IP\": \"auto\", \"Y\": \"auto\"}, "
		"\"B\": {\"IP\": \"auto\"}, \"C\": {\"IP\": \"10.0.0.9\"}, "
		"\"D\": {\"IP\": \"Auto\", \"ip\": \"auto\", \"IP \": \"auto\"},"
		"\"E\": {\"I\\u0050\": \"\\u0061uto\"}}");
	assert_reply(&services, "A", IPV4(192, 168, 255, 255),
		REPLY "X: 1\r\nIP: 192.168.255.255\r\nY: auto\r\n\r\n");
	assert_reply(
		&services, "B", IPV4(1, 2, 3, 4), REPLY "IP: 1.2.3.4\r\n\r\n");
	assert_reply(
		&services, "C", IPV4(1, 2, 3, 4), REPLY "IP: 10.0.0.9\r\n\r\n");
	assert_reply(&services, "D", IPV4(1, 2, 3, 4),
		REPLY "IP: Auto\r\nip: auto\r\nIP : auto\r\n\r\n");
	assert_reply(
		&services, "E", IPV4(1, 2, 3, 4), REPLY "IP: 1.2.3.4\r\n\r\n");
	services_release(&services);
	load(&services, true, "{\"A\": {\"IP\": \"auto\"}}");
	assert_reply(
		&services, "A", IPV4(1, 2, 3, 4), REPLY "IP:1.2.3.4\r\n\r\n");
	services_release(&services);
}

/* A service whose value has LENGTH bytes; the length of its reply to an asker
 * with the longest address, 0 where it is refused: the last key is at fault
 * where it is not but the end that is too much. */
static size_t reply_length(bool compact, const char *before, size_t length)
{
	struct str json = STR_EMPTY, fault = STR_EMPTY, reply = STR_EMPTY;
	const char *where = length > TGED_REPLY_MAX
				    ? "f.json: service 'LONG', key 'K': "
				    : "f.json: service 'LONG': ";
	struct services services;

	services_init(&services, compact);
	str_addf(&json, "{\"LONG\": {%s\"K\": \"", before);
	for (size_t i = 0; i < length / 2; i++)
		str_addf(&json, "\xc3\xbc");
	str_addf(&json, "%s\"}}", length % 2 ? "x" : "");
	if (services_add(&services, "f.json", str_slice(&json), &fault)) {
		services_finish(&services, NULL, 0);
		service_add_reply(services_find(&services, slice_of("LONG")),
			IPV4_ALL_HOSTS, &reply);
	} else if (!slice_starts(str_slice(&fault), slice_of(where)) ||
		   !strstr(str_text(&fault), "1024")) {
		fail_msg("%s", str_text(&fault));
	}
	size_t found = reply.len;
	services_release(&services);
	str_release(&json);
	str_release(&fault);
	str_release(&reply);
	return found;
}

static void a_reply_has_1024_bytes_at_most(void **state)
{
	static const char with_auto[] = "\"IP\": \"auto\", ";

	(void)state;
	assert_int_equal(reply_length(false, "", 1001), TGED_REPLY_MAX);
	assert_int_equal(reply_length(false, "", 1002), 0);
	assert_int_equal(reply_length(true, "", 1002), TGED_REPLY_MAX);
	assert_int_equal(reply_length(true, "", 1003), 0);
	assert_int_equal(reply_length(false, "", 500000), 0);
	/* An address has 15 bytes at most, and is counted as that. */
	assert_int_equal(reply_length(false, with_auto, 980), TGED_REPLY_MAX);
	assert_int_equal(reply_length(false, with_auto, 981), 0);
	assert_int_equal(reply_length(true, with_auto, 982), TGED_REPLY_MAX);
	assert_int_equal(reply_length(true, with_auto, 983), 0);
}

static void a_thousand_services_are_found(void **state)
{
	struct str json = STR_EMPTY;
	struct services services;

	(void)state;
	str_addf(&json, "{");
	for (int i = 0; i < 1000; i++)
		str_addf(&json, "%s\"S%d\": {\"N\": %d}", i ? "," : "",
			i * 7919 % 1000, i * 7919 % 1000);
	str_addf(&json, "}");
	load(&services, false, str_text(&json));
	assert_int_equal(services.count, 1000);
	for (int i = 0; i < 1000; i++) {
		char name[16], reply[64];
		snprintf(name, sizeof name, "S%d", i);
		snprintf(reply, sizeof reply, REPLY "N: %d\r\n\r\n", i);
		assert_reply(&services, name, 0, reply);
	}
	assert_null(services_find(&services, slice_of("S")));
	services_release(&services);
	str_release(&json);
}

static void a_name_is_found_to_the_byte(void **state)
{
	static const char *const names[] = {"ABC", "A", "AB", "a", "a b", "A:B",
		"\xc3\xbc", "\xc3\xbc\xc3\xbc", "12345678", "1234567",
		"1234567890", "123456789", "12345678\xc3\xbc", "2", "z2345678",
		"b\xf0\x9f\x96\xa7", "c!", "ca"};
	static const struct slice others[] = {BYTES(""), {NULL, 0},
		BYTES("ABCD"), BYTES("B"), BYTES("ab"), BYTES(" A"),
		BYTES("A "), BYTES("A\0"), BYTES("\xc3"), BYTES("\xff"),
		BYTES("1234567\0"), BYTES("12345678\0"), BYTES("12345679"),
		BYTES("123456780"), BYTES("z234567"), BYTES("z2345679")};
	struct services services;

	(void)state;
	services_init(&services, false);
	assert_int_equal(services_finish(&services, NULL, 0), 0);
	assert_null(services_find(&services, slice_of("A")));
	add(&services, "none.json", "{}");
	for (size_t i = 0; i < COUNT(names); i++) {
		char json[64];
		snprintf(json, sizeof json, "{\"%s\": {\"N\": %zu}}", names[i],
			i);
		add(&services, "f.json", json);
	}
	assert_int_equal(services_finish(&services, NULL, 0), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		char reply[64];
		snprintf(reply, sizeof reply, REPLY "N: %zu\r\n\r\n", i);
		assert_reply(&services, names[i], 0, reply);
	}
	for (size_t i = 1; i < COUNT(names); i++)
		assert_true(slice_compare(services.at[i - 1].name,
				    services.at[i].name) < 0);
	for (size_t i = 0; i < COUNT(others); i++) {
		struct slice name = exact(others[i]);
		assert_null(services_find(&services, name));
		exact_free(name);
	}
	services_release(&services);
}

static void a_name_begins_with_a_number(void **state)
{
	static const struct {
		const char *name;
		uint64_t start;
	} rows[] = {
		{"A", 0x4100000000000000},
		{"\xc3\xbc", 0xc3bc000000000000},
		{"1234567", 0x3132333435363700},
		{"12345678", 0x3132333435363738},
		{"123456789", 0x3132333435363738},
	};
	struct services services;

	(void)state;
	load(&services, false,
		"{\"A\": {}, \"\xc3\xbc\": {}, \"1234567\": {},"
		" \"123456789\": {}, \"12345678\": {}}");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct service *service = services_find(
			&services, slice_of(rows[i].name));
		assert_non_null(service);
		assert_int_equal(service->start, rows[i].start);
	}
	services_release(&services);
}

static void a_service_may_have_no_fields(void **state)
{
	struct services services;

	(void)state;
	load(&services, false, "{\"A\": {}}");
	assert_reply(&services, "A", 0, REPLY "\r\n");
	services_release(&services);
	load(&services, false, "{}");
	assert_int_equal(services.count, 0);
	services_release(&services);
}

static void assert_double(const struct services *services,
	const struct services_double *pair, const char *name, size_t file,
	size_t by)
{
	assert_in_range(pair->at, 0, services->count - 1);
	assert_true(slice_equal(services->at[pair->at].name, slice_of(name)));
	assert_int_equal(pair->file, file);
	assert_int_equal(pair->by, by);
}

static void of_two_files_the_later_wins(void **state)
{
	struct services_double doubles[4];
	struct services services;

	(void)state;
	services_init(&services, false);
	add(&services, "a.json",
		"{\"Y\": {\"N\": 1}, \"X\": {\"N\": 1}, \"W\": {\"N\": 1}}");
	add(&services, "b.json", "{\"V\": {\"N\": 2}}");
	add(&services, "c.json",
		"{\"X\": {\"N\": 3}, \"Z\": {\"N\": 3}, \"Y\": {\"N\": 3}}");
	assert_int_equal(services_finish(&services, doubles, 4), 2);
	assert_double(&services, &doubles[0], "X", 0, 2);
	assert_double(&services, &doubles[1], "Y", 0, 2);
	assert_int_equal(services.count, 5);
	assert_reply(&services, "V", 0, REPLY "N: 2\r\n\r\n");
	assert_reply(&services, "W", 0, REPLY "N: 1\r\n\r\n");
	assert_reply(&services, "X", 0, REPLY "N: 3\r\n\r\n");
	assert_reply(&services, "Y", 0, REPLY "N: 3\r\n\r\n");
	assert_reply(&services, "Z", 0, REPLY "N: 3\r\n\r\n");
	assert_int_equal(services_find(&services, slice_of("W"))->file, 0);
	assert_int_equal(services_find(&services, slice_of("X"))->file, 2);
	services_release(&services);
}

static void no_more_cases_are_told_than_there_is_room_for(void **state)
{
	static const char json[] = "{\"A\": {}, \"B\": {}, \"C\": {}}";
	struct services_double doubles[2] = {{77, 77, 77}, {77, 77, 77}};
	struct services services;

	(void)state;
	services_init(&services, false);
	add(&services, "a.json", json);
	add(&services, "b.json", json);
	assert_int_equal(services_finish(&services, doubles, 1), 3);
	assert_double(&services, &doubles[0], "A", 0, 1);
	assert_int_equal(doubles[1].file, 77);
	assert_int_equal(services.count, 3);
	services_release(&services);
}

static void of_three_files_the_last_wins(void **state)
{
	struct services_double doubles[4];
	struct services services;

	(void)state;
	services_init(&services, false);
	add(&services, "a.json", "{\"SQL\": {\"N\": 1}}");
	add(&services, "b.json", "{\"SQL\": {\"N\": 2}}");
	add(&services, "c.json", "{\"SQL\": {\"N\": 3}}");
	assert_int_equal(services_finish(&services, doubles, 4), 2);
	assert_int_equal(services.count, 1);
	assert_reply(&services, "SQL", 0, REPLY "N: 3\r\n\r\n");
	assert_double(&services, &doubles[1], "SQL", 1, 2);
	assert_double(&services, &doubles[0], "SQL", 0, 1);
	services_release(&services);
}

static void what_was_released_is_as_new(void **state)
{
	struct str fault = STR_EMPTY;
	struct services services;

	(void)state;
	services_init(&services, true);
	assert_true(services_add(
		&services, "f", slice_of("{\"A\": {\"K\": 1}}"), &fault));
	services_release(&services);
	assert_null(services.at);
	assert_int_equal(services.count, 0);
	assert_int_equal(services.files, 0);
	assert_true(services.compact);
	services_release(&services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_in_the_order_of_the_file),
		cmocka_unit_test(values_are_strings_integers_and_booleans),
		cmocka_unit_test(auto_of_the_key_ip_is_the_address),
		cmocka_unit_test(a_reply_has_1024_bytes_at_most),
		cmocka_unit_test(a_thousand_services_are_found),
		cmocka_unit_test(a_name_is_found_to_the_byte),
		cmocka_unit_test(a_name_begins_with_a_number),
		cmocka_unit_test(a_service_may_have_no_fields),
		cmocka_unit_test(of_two_files_the_later_wins),
		cmocka_unit_test(no_more_cases_are_told_than_there_is_room_for),
		cmocka_unit_test(of_three_files_the_last_wins),
		cmocka_unit_test(what_was_released_is_as_new),
	};

	return RUN(tests);
}
