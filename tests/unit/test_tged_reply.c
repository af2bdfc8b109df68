#include "unit.h"

#include "core/tged.h"

#include "memory.h"
#include "tables.h"

#define REPLY "TGED REPLY 1.0\r\n"
#define FFFD "\xef\xbf\xbd"

/* The fields as "KEY=VALUE|KEY=VALUE|". */
static void show(struct slice fields, struct str *shown)
{
	struct tged_field field;

	while (tged_next_field(&fields, &field)) {
		str_add(shown, field.key);
		str_addf(shown, "=");
		str_add(shown, field.value);
		str_addf(shown, "|");
	}
	assert_false(tged_next_field(&fields, &field));
}

static void check_reply(
	struct slice bytes, enum tged_kind kind, const char *expected)
{
	struct slice datagram = exact(bytes);
	struct str fields = STR_EMPTY, shown = STR_EMPTY;
	enum tged_kind found = tged_parse_reply(datagram, &fields);

	exact_free(datagram);
	show(str_slice(&fields), &shown);
	if (found != kind)
		fail_msg("'%.*s': %d", (int)bytes.len, bytes.at, (int)found);
	assert_text(&shown, expected);
	assert_false(fields.failed);
	assert_true(kind == TGED_REPLY || fields.len == 0);
	str_release(&shown);
	str_release(&fields);
}

static enum tged_kind kind_of(const char *word)
{
	if (!strcmp(word, "reply"))
		return TGED_REPLY;
	if (!strcmp(word, "invalid"))
		return TGED_INVALID;
	assert_string_equal(word, "none");
	return TGED_NONE;
}

static void check_reply_vector(const cJSON *item)
{
	static char bytes[8192];
	const cJSON *fields = cJSON_GetObjectItem(item, "fields"), *field;
	const char *kind = cJSON_GetStringValue(
		cJSON_GetObjectItem(item, "kind"));
	struct str expected = STR_EMPTY;

	assert_non_null(kind);
	cJSON_ArrayForEach(field, fields) str_addf(&expected, "%s=%s|",
		cJSON_GetArrayItem(field, 0)->valuestring,
		cJSON_GetArrayItem(field, 1)->valuestring);
	check_reply(unit_hex(item, "datagram_hex", bytes, sizeof bytes),
		kind_of(kind), str_text(&expected));
	str_release(&expected);
}

static void replies_are_judged_as_the_vectors_say(void **state)
{
	cJSON *table = unit_load("tged_replies.json");
	const cJSON *item;

	(void)state;
	assert_true(cJSON_GetArraySize(table) >= 16);
	cJSON_ArrayForEach(item, table) check_reply_vector(item);
	cJSON_Delete(table);
}

static void odd_replies_are_read_for_what_they_hold(void **state)
{
	static const struct {
		struct slice datagram;
		const char *fields;
	} rows[] = {
		{BYTES("TGED REPLY 1.0"), ""},
		{BYTES("TGED REPLY 1.0\n"), ""},
		{BYTES(REPLY " \tA\v :\f v w \t\r\n\r\n"), "A=v w|"},
		{BYTES(REPLY ":v\r\nA:\r\n:\r\n\r\n"), "=|A=|"},
		{BYTES(REPLY "A:1\nB: 2\r\n\n"), "A=1|B=2|"},
		{BYTES(REPLY "A:x\ry\r\n\r\n"), "A=x\ry|"},
		{BYTES(REPLY "a:1\r\nA:2\r\n\r\n"), "a=1|A=2|"},
		{BYTES(REPLY "A :1\r\nB:2\r\n A:3\r\n\r\n"), "A=3|B=2|"},
		{BYTES(REPLY "A:1\r\nA:2\r\nA:\r\n\r\n"), "A=|"},
		{BYTES(REPLY "A:1\n\nA:2\n\n"), "A=1|"},
		{BYTES(REPLY "A:1\r\nTGED REPLY 1.0\r\nB:2"), "A=1|B=2|"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_reply(rows[i].datagram, TGED_REPLY, rows[i].fields);
}

static void keys_and_values_are_made_utf8(void **state)
{
	static const struct {
		struct slice datagram;
		const char *fields;
	} rows[] = {
		{BYTES(REPLY "gr\xc3\xbc:\xf0\x9f\x96\xa7"),
			"gr\xc3\xbc=\xf0\x9f\x96\xa7|"},
		{BYTES(REPLY "A:\xff"), "A=" FFFD "|"},
		{BYTES(REPLY "A:\xc3\r\nB:1"), "A=" FFFD "|B=1|"},
		{BYTES(REPLY "A:\xed\xa0\x80"), "A=" FFFD FFFD FFFD "|"},
		{BYTES(REPLY "A:\xc0\xaf"), "A=" FFFD FFFD "|"},
		{BYTES(REPLY "A\0B:c\0d\r\n\r\n"), "A" FFFD "B=c" FFFD "d|"},
		{BYTES(REPLY "\xff:1\r\n\xfe:2\r\n\0:3\r\n\r\n"), FFFD "=3|"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_reply(rows[i].datagram, TGED_REPLY, rows[i].fields);
}

static void what_does_not_begin_as_a_reply_is_none(void **state)
{
	static const struct slice none[] = {{NULL, 0}, BYTES("\r\n"),
		BYTES("TGED REPLY 1."), BYTES("TGED REPLY 1.0 \r\n\r\n"),
		BYTES("TGED REPLY 1.00\r\n\r\n"), BYTES("\r\n" REPLY "A:1"),
		BYTES("TGED REPLY 1.0\0\r\n\r\n"),
		BYTES("TGED INVALID 1.0 \r\n\r\n"),
		BYTES("TGED invalid 1.0\r\n\r\n"),
		BYTES("\xef\xbb\xbf" REPLY "A:1")};

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		check_reply(none[i], TGED_NONE, "");
	check_reply((struct slice)BYTES("TGED INVALID 1.0"), TGED_INVALID, "");
	check_reply((struct slice)BYTES("TGED INVALID 1.0\nA:1\n\n"),
		TGED_INVALID, "");
}

/* A reply of COUNT keys, each there TIMES times: of its lines so many as are read
 * give EXPECTED fields, and the last of them LAST. */
static void check_many(int count, int times, int expected, int last)
{
	struct str reply = STR_EMPTY, fields = STR_EMPTY;
	struct slice rest;
	struct tged_field field;
	char text[16];
	int found = 0;

	tged_begin_reply(&reply);
	for (int i = 0; i < times * count; i++)
		str_addf(&reply, "K%d: %d\r\n", i % count, i);
	tged_end_line(&reply);
	assert_int_equal(
		tged_parse_reply(str_slice(&reply), &fields), TGED_REPLY);
	rest = str_slice(&fields);
	while (tged_next_field(&rest, &field)) {
		snprintf(text, sizeof text, "K%d", found++);
		assert_true(slice_equal(field.key, slice_of(text)));
	}
	assert_int_equal(found, expected);
	snprintf(text, sizeof text, "%d", last);
	assert_true(slice_equal(field.value, slice_of(text)));
	str_release(&fields);
	str_release(&reply);
}

static void the_first_1024_lines_of_a_reply_are_read(void **state)
{
	(void)state;
	check_many(1, 1, 1, 0);
	check_many(TGED_LINES_MAX, 1, TGED_LINES_MAX, TGED_LINES_MAX - 1);
	check_many(TGED_LINES_MAX + 1, 1, TGED_LINES_MAX, TGED_LINES_MAX - 1);
	check_many(256, 4, 256, TGED_LINES_MAX - 1);
	check_many(256, 9, 256, TGED_LINES_MAX - 1);
	check_many(1, 5000, 1, TGED_LINES_MAX - 1);
}

static void fields_follow_what_is_there(void **state)
{
	struct str fields = STR_EMPTY, shown = STR_EMPTY;

	(void)state;
	tged_parse_reply(slice_of(REPLY "A: 1\r\n\r\n"), &fields);
	tged_parse_reply(slice_of(REPLY "B: 2\r\n\r\n"), &fields);
	show(str_slice(&fields), &shown);
	assert_text(&shown, "A=1|B=2|");
	str_release(&shown);
	str_release(&fields);
}

/* Whoever asks for fields is never left to think that there are none. */
static void without_memory_the_fields_fail(void **state)
{
	struct slice datagram = slice_of(REPLY "HOST: test\r\nA: 1\r\n\r\n");
	struct str fields = STR_EMPTY;
	long failures = -1;

	(void)state;
	do {
		str_release(&fields);
		memory_left = ++failures;
		enum tged_kind kind = tged_parse_reply(datagram, &fields);
		memory_restore();
		assert_int_equal(kind, TGED_REPLY);
	} while (fields.failed);
	assert_true(failures > 1);
	str_release(&fields);
}

static void a_claim_is_an_address_and_a_port(void **state)
{
	static const struct {
		const char *lines;
		bool has_addr;
		struct endpoint claim;
	} rows[] = {
		{"IP: 10.0.0.9\r\nPORT: 3306", true, {IPV4(10, 0, 0, 9), 3306}},
		{"PORT:65535\r\nX:1\r\nIP:0.0.0.0", true, {0, 65535}},
		{"IP: 255.255.255.255\r\nPORT: 1", true, {IPV4_ALL_HOSTS, 1}},
		{"PORT: 1", false, {0, 1}},
		{"IP: 10.0.0.9", true, {IPV4(10, 0, 0, 9), 0}},
		{"IP: 10.0.0.9\r\nIP: db", false, {0, 0}},
		{"PORT: 80\r\nPORT: x", false, {0, 0}},
		{"ip: 10.0.0.9\r\nport: 80", false, {0, 0}},
		{"IP: 10.0.0.09\r\nPORT: 0", false, {0, 0}},
		{"IP: 10.0.0.256\r\nPORT: 65536", false, {0, 0}},
		{"IP: 10.0.0.9:80\r\nPORT: 000080", false, {0, 0}},
		{"IP: 10.0.0.9/24\r\nPORT: +80", false, {0, 0}},
		{"IP:\r\nPORT:", false, {0, 0}},
		{"HOST: 10.0.0.9\r\nIPX: 10.0.0.9\r\nPORTS: 80", false, {0, 0}},
		{"", false, {0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str reply = STR_EMPTY, fields = STR_EMPTY;
		bool has_addr = !rows[i].has_addr;
		str_addf(&reply, REPLY "%s\r\n\r\n", rows[i].lines);
		tged_parse_reply(str_slice(&reply), &fields);
		struct slice all = exact(str_slice(&fields));
		struct endpoint claim = tged_claim(all, &has_addr);
		exact_free(all);
		if (has_addr != rows[i].has_addr ||
			claim.addr != rows[i].claim.addr ||
			claim.port != rows[i].claim.port)
			fail_msg("row %zu: %d %s:%u", i, has_addr,
				ipv4_text(claim.addr).at, claim.port);
		str_release(&fields);
		str_release(&reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_are_judged_as_the_vectors_say),
		cmocka_unit_test(odd_replies_are_read_for_what_they_hold),
		cmocka_unit_test(keys_and_values_are_made_utf8),
		cmocka_unit_test(what_does_not_begin_as_a_reply_is_none),
		cmocka_unit_test(the_first_1024_lines_of_a_reply_are_read),
		cmocka_unit_test(fields_follow_what_is_there),
		cmocka_unit_test(without_memory_the_fields_fail),
		cmocka_unit_test(a_claim_is_an_address_and_a_port),
	};

	return RUN(tests);
}
