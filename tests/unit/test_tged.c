#include "unit.h"

#include "core/tged.h"

#include "tables.h"

#define REQUEST "TGED DISCOVERY 1.0\r\n"
#define REPLY "TGED REPLY 1.0\r\n"

/* Whether a datagram asks, and for what, "" where it names nothing. */
static void check_request(struct slice bytes, bool asks, struct slice expected)
{
	struct slice datagram = exact(bytes), service = {"x", 1};
	bool ok = tged_parse_request(datagram, &service);

	if (ok != asks || (ok && !slice_equal(service, expected)))
		fail_msg("'%.*s': %d", (int)bytes.len, bytes.at, ok);
	if (ok && service.len > 0)
		assert_true(
			service.at > datagram.at &&
			service.at + service.len <= datagram.at + datagram.len);
	exact_free(datagram);
}

static void check_request_vector(const cJSON *item)
{
	static char bytes[8192];
	const cJSON *verdict = cJSON_GetObjectItem(item, "verdict");
	const char *asks = cJSON_GetStringValue(
		cJSON_GetObjectItem(verdict, "asks"));

	assert_non_null(verdict);
	check_request(unit_hex(item, "datagram_hex", bytes, sizeof bytes),
		cJSON_IsObject(verdict), slice_of(asks ? asks : ""));
}

static void requests_are_judged_as_the_vectors_say(void **state)
{
	cJSON *table = unit_load("tged_requests.json");
	const cJSON *item;

	(void)state;
	assert_true(cJSON_GetArraySize(table) >= 24);
	cJSON_ArrayForEach(item, table) check_request_vector(item);
	cJSON_Delete(table);
}

static void a_request_is_read_to_its_first_name(void **state)
{
	static const struct {
		struct slice datagram, service;
	} rows[] = {
		{BYTES(REQUEST "RQ:a b\r\n\r\n"), BYTES("a b")},
		{BYTES(REQUEST "RQ:\t a b \v\f\r\n\r\n"), BYTES("a b")},
		{BYTES(REQUEST "RQ:a:b\r\n\r\n"), BYTES("a:b")},
		{BYTES(REQUEST "RQ:SQL\r"), BYTES("SQL")},
		{BYTES(REQUEST "RQ:a\0b\r\n\r\n"), BYTES("a\0b")},
		{BYTES(REQUEST "RQ:a\0\n\n"), BYTES("a\0")},
		{BYTES(REQUEST "RQ:a\0\r\n\r\n"), BYTES("a\0")},
		{BYTES(REQUEST "RQ:\xff\r\n\r\n"), BYTES("\xff")},
		{BYTES(REQUEST "RQ:A\r\n\r\nRQ:B\r\n\r\n"), BYTES("A")},
		{BYTES(REQUEST "RQ:\r\nRQ:A\r\n\r\n"), BYTES("")},
		{BYTES(REQUEST "RQ\r\n\r\n"), BYTES("")},
		{BYTES(REQUEST "RQ :A\r\n\r\n"), BYTES("")},
		{BYTES(REQUEST "XRQ:A\r\n\r\n"), BYTES("")},
		{BYTES(REQUEST ":A\r\nRQ:B"), BYTES("B")},
		{BYTES(REQUEST "\nRQ:A\r\n\r\n"), BYTES("")},
		{BYTES("TGED DISCOVERY 1.0\nX:1\r\nRQ:A\n\r\n"), BYTES("A")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_request(rows[i].datagram, true, rows[i].service);
}

static void anything_else_asks_for_nothing(void **state)
{
	static const struct slice rows[] = {{NULL, 0}, BYTES(""),
		BYTES("\r\n" REQUEST "RQ:A\r\n\r\n"),
		BYTES("\xef\xbb\xbf" REQUEST "RQ:A\r\n\r\n"),
		BYTES("TGED DISCOVERY 1."), BYTES("TGED DISCOVERY 1.00\r\n"),
		BYTES("TGED DISCOVERY 1.0\0\r\nRQ:A\r\n\r\n"),
		BYTES("TGED  DISCOVERY 1.0\r\nRQ:A\r\n\r\n"),
		BYTES("TGED DISCOVERY 1.0\r"),
		BYTES("TGED DISCOVERY 1.0\r\r\nRQ:A\r\n\r\n"),
		BYTES("TGED DISCOVERY 1.0RQ:A\r\n\r\n")};
	struct slice none = {"", 0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_request(rows[i], false, none);
}

static void texts_are_written_to_the_byte(void **state)
{
	struct str s = STR_EMPTY;

	(void)state;
	tged_format_request(&s, slice_of("SQL"));
	assert_text(&s, "TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n");
	str_release(&s);
	tged_begin_reply(&s);
	tged_add_key(&s, slice_of("HOST"), false);
	str_addf(&s, "test");
	tged_end_line(&s);
	tged_add_key(&s, slice_of("PORT"), true);
	str_addf(&s, "3306");
	tged_end_line(&s);
	tged_end_line(&s);
	assert_text(&s, REPLY "HOST: test\r\nPORT:3306\r\n\r\n");
	str_release(&s);
	tged_format_invalid(&s, false);
	assert_text(&s, "TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n");
	str_release(&s);
	tged_format_invalid(&s, true);
	assert_text(&s, "TGED INVALID 1.0\r\nRP:INVALID\r\n\r\n");
	str_release(&s);
}

static void the_longest_name_makes_the_longest_request(void **state)
{
	static char name[TGED_SERVICE_MAX + 1];
	struct str request = STR_EMPTY;
	struct slice service;

	(void)state;
	memset(name, 'x', sizeof name);
	tged_format_request(&request, (struct slice){name, TGED_SERVICE_MAX});
	assert_int_equal(request.len, TGED_REQUEST_MAX);
	assert_true(tged_parse_request(str_slice(&request), &service));
	assert_int_equal(service.len, TGED_SERVICE_MAX);
	str_release(&request);
	tged_format_request(&request, (struct slice){name, sizeof name});
	assert_false(tged_parse_request(str_slice(&request), &service));
	str_release(&request);
}

static void a_name_is_what_a_request_can_carry(void **state)
{
	static const struct slice good[] = {BYTES("SQL"), BYTES("x"),
		BYTES("a b"), BYTES("a:b"), BYTES("gr\xc3\xbc"), BYTES(":"),
		BYTES("a\tb"), BYTES("\xc2\xa0")};
	static const struct slice bad[] = {BYTES(""), {NULL, 0}, BYTES(" "),
		BYTES(" a"), BYTES("a "), BYTES("\ta"), BYTES("a\v"),
		BYTES("a\f"), BYTES("a\rb"), BYTES("a\nb"), BYTES("a\r\nb"),
		BYTES("a\n"), BYTES("\ra")};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct str request = STR_EMPTY;
		struct slice name = exact(good[i]);
		assert_true(tged_is_service_name(name));
		tged_format_request(&request, name);
		check_request(str_slice(&request), true, name);
		str_release(&request);
		exact_free(name);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct slice name = exact(bad[i]);
		if (tged_is_service_name(name))
			fail_msg("row %zu", i);
		exact_free(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_judged_as_the_vectors_say),
		cmocka_unit_test(a_request_is_read_to_its_first_name),
		cmocka_unit_test(anything_else_asks_for_nothing),
		cmocka_unit_test(texts_are_written_to_the_byte),
		cmocka_unit_test(the_longest_name_makes_the_longest_request),
		cmocka_unit_test(a_name_is_what_a_request_can_carry),
	};

	return RUN(tests);
}
