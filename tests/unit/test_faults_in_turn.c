#include "faults.h"
#include "host.h"

#include "base/json.h"
#include "base/json_write.h"
#include "core/account.h"
#include "core/dns.h"
#include "core/host_files.h"
#include "core/probe_filter.h"
#include "core/responder.h"
#include "core/segmented.h"
#include "tables.h"

#include "capture.h"

/* --- services ----------------------------------------------------------------- */

#define REPLY "TGED REPLY 1.0\r\n"

static const char first_file[] =
	"{\"SQL\": {\"HOST\": \"test\", \"IP\": \"auto\", \"PORT\": 3306},"
	" \"WEB\": {\"ON\": true}}";
static const char second_file[] =
	"{\"A\": {}, \"B\": {\"K\": \"1\"}, \"C\": {\"K\": 2}, \"D\": {},"
	" \"E\": {}, \"F\": {}, \"G\": {}, \"SQL\": {\"K\": \"a longer value than"
	" the others are, so that its buffer has to grow more often\"}}";
static const char bad_file[] = "{\"A\": {\"K\": 1.5}}";

static bool add_services(
	struct services *services, const char *json, struct str *fault)
{
	return services_add(services, "f", slice_of(json), fault);
}

static void assert_service(
	const struct services *services, const char *name, const char *expected)
{
	const struct service *service = services_find(services, slice_of(name));
	struct str reply = STR_EMPTY;

	assert_non_null(service);
	bool struck = FAULTY(
		service_add_reply(service, IPV4(10, 0, 0, 1), &reply));
	assert_text_or_told(&reply, struck, expected);
	str_release(&reply);
	service_add_reply(service, IPV4(10, 0, 0, 1), &reply);
	assert_text(&reply, expected);
	str_release(&reply);
}

/* What was loaded first is there, unless what came later has the name, too. */
static void assert_first_services(const struct services *services, bool whole)
{
	assert_service(services, "WEB", REPLY "ON: true\r\n\r\n");
	if (whole)
		assert_service(services, "SQL",
			REPLY
			"HOST: test\r\nIP: 10.0.0.1\r\nPORT: 3306\r\n\r\n");
}

static void try_bad_services(struct services *services)
{
	static const char said[] = "f: service 'A', key 'K': ";
	struct str fault = STR_EMPTY;
	bool good = true;
	bool struck = FAULTY(good = add_services(services, bad_file, &fault));

	assert_false(good);
	assert_true(struck || (!services->out_of_memory && !fault.failed));
	if (!services->out_of_memory && !fault.failed)
		assert_true(slice_starts(str_slice(&fault), slice_of(said)));
	str_release(&fault);
	services->out_of_memory = false;
	assert_false(add_services(services, bad_file, &fault));
	assert_true(slice_starts(str_slice(&fault), slice_of(said)));
	assert_false(services->out_of_memory);
	str_release(&fault);
}

/* Adds a file; where there is no memory for it, that is told. */
static bool try_services(struct services *services, const char *json)
{
	struct str fault = STR_EMPTY;
	bool good = false;
	bool struck = FAULTY(good = add_services(services, json, &fault));

	assert_int_equal(good, !struck);
	assert_int_equal(services->out_of_memory, struck);
	assert_int_equal(fault.failed || fault.len, struck);
	if (struck && !fault.failed)
		assert_non_null(strstr(str_text(&fault), "out of memory"));
	str_release(&fault);
	services->out_of_memory = false;
	return good;
}

static void load_services(void)
{
	struct services services;
	struct str fault = STR_EMPTY;

	services_init(&services, false);
	if (!try_services(&services, first_file))
		assert_true(add_services(&services, first_file, &fault));
	bool good = try_services(&services, second_file);
	services_finish(&services, NULL, 0);
	assert_first_services(&services, !good);

	assert_true(add_services(&services, second_file, &fault));
	try_bad_services(&services);
	services_finish(&services, NULL, 0);
	assert_int_equal(services.count, 9);
	assert_first_services(&services, false);
	assert_service(&services, "B", REPLY "K: 1\r\n\r\n");
	services_release(&services);
}

static void services_are_loaded(void **state)
{
	(void)state;
	faults_in_turn(load_services);
}

/* --- JSON --------------------------------------------------------------------- */

static void write_document(struct str *out)
{
	json_begin(out);
	json_array(out, "servers");
	for (int i = 0; i < 3; i++) {
		json_object(out, NULL);
		json_text(out, "address", slice_of("10.0.0.9"));
		json_number(out, "port", 8000 + i);
		json_decimal(out, "rtt_ms", 1250, 3);
		json_bool(out, "local", i == 1);
		json_text_or_null(out, "fields", i ? "a\nb" : NULL);
		json_end_object(out);
	}
	json_end_array(out);
	json_end_object(out);
}

#define SERVER(port, local, fields)                                            \
	"{\"address\":\"10.0.0.9\",\"port\":" port                             \
	",\"rtt_ms\":1.25,\"local\":" local ",\"fields\":" fields "}"
#define DOCUMENT                                                               \
	"{\"servers\":[" SERVER("8000", "false", "null") "," SERVER("8001",    \
		"true",                                                        \
		"\"a\\nb\"") "," SERVER("8002", "false", "\"a\\nb\"") "]}"

static void write_json(void)
{
	struct str out = STR_EMPTY;

	str_addf(&out, "before ");
	bool struck = FAULTY(write_document(&out));
	assert_text_or_told(&out, struck, "before " DOCUMENT);
	str_release(&out);
	write_document(&out);
	assert_text(&out, DOCUMENT);
	str_release(&out);
}

static void json_is_written(void **state)
{
	(void)state;
	faults_in_turn(write_json);
}

static void parse_json(void)
{
	struct json_fault fault;
	struct json doc;
	bool good = false;
	bool struck = FAULTY(
		good = json_parse(&doc, slice_of(DOCUMENT), &fault));

	assert_int_equal(good, !struck);
	if (struck)
		assert_int_equal(fault.line, 0);
	json_release(&doc);
	assert_true(json_parse(&doc, slice_of(DOCUMENT), &fault));
	assert_string_equal(json_value(json_first(doc.root)).key.at, "servers");
	json_release(&doc);
}

static void json_is_parsed(void **state)
{
	(void)state;
	faults_in_turn(parse_json);
}

/* --- the log ------------------------------------------------------------------ */

enum { WIDTH = 300 }; /* of a message, so that its buffers grow */

static void keep_an_error(void)
{
	struct str first = STR_EMPTY, expected = STR_EMPTY;

	str_addf(&expected, "%0*d", WIDTH, 7);
	log_keep(&first);
	bool struck = FAULTY(log_at(LOG_ERROR, "%0*d", WIDTH, 7));
	assert_text_or_told(&first, struck, str_text(&expected));
	str_release(&first);
	log_at(LOG_ERROR, "%0*d", WIDTH, 7);
	assert_text(&first, str_text(&expected));
	log_keep(NULL);
	str_release(&first);
	str_release(&expected);
}

static void the_log_is_kept_in_a_buffer(void **state)
{
	(void)state;
	faults_in_turn(keep_an_error);
}

static bool log_is_json;

/* What is missing is told: each line is the message, or that there is no memory. */
static void write_a_warning(void)
{
	const struct log_field fields[] = {{"port", NULL, 9}, {"name", "x", 0}};
	char right[WIDTH + 1];

	snprintf(right, sizeof right, "%0*d", WIDTH, 7);
	for (int again = 0; again < 2; again++) {
		bool struck = false;
		log_init(LOG_TRACE, log_is_json, true);
		capture_start();
		if (again)
			log_fields(LOG_WARNING, fields, 2, "%0*d", WIDTH, 7);
		else
			struck = FAULTY(log_fields(
				LOG_WARNING, fields, 2, "%0*d", WIDTH, 7));
		const char *line = capture_stop();
		assert_non_null(strstr(line, struck ? "out of memory" : right));
		assert_int_equal(line[strlen(line) - 1], '\n');
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	}
}

static void messages_are_written(void **state)
{
	(void)state;
	log_is_json = false;
	faults_in_turn(write_a_warning);
	log_is_json = true;
	faults_in_turn(write_a_warning);
}

/* --- networks that broadcast may not reach ------------------------------------ */

static void judge_networks(void)
{
	const struct netif_lists all = {.whitelist = {NULL, 0}};
	struct segmented_list list = {0};
	bool good = false;
	bool struck = FAULTY(good = segmented_judge_all(&list, &host, &all));

	assert_int_equal(good, !struck);
	assert_in_range(list.count, 0, struck ? 0 : 1);
	segmented_release(&list);
	assert_true(segmented_judge_all(&list, &host, &all));
	assert_int_equal(list.selected, 3);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.at[0].network.addr, IPV4(172, 16, 5, 1));
	segmented_release(&list);
}

static void networks_are_judged(void **state)
{
	(void)state;
	faults_in_turn(judge_networks);
}

/* --- what takes no memory ----------------------------------------------------- */

static struct services services_of(const char *json)
{
	struct str fault = STR_EMPTY;
	struct services services;

	services_init(&services, false);
	assert_true(add_services(&services, json, &fault));
	services_finish(&services, NULL, 0);
	return services;
}

/* Whatever askers send, a responder needs nothing that could run out. */
static void deciding_takes_no_memory(void **state)
{
	static const struct {
		enum protocol protocol;
		struct slice data;
		enum responder_verdict verdict;
	} asked[] = {
		{PROTOCOL_SERVER_IP, BYTES("DISCOVER_SERVER"), RESPONDER_REPLY},
		{PROTOCOL_SERVER_IP, BYTES("junk"), RESPONDER_FOREIGN},
		{PROTOCOL_TGED, BYTES("TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n"),
			RESPONDER_REPLY},
		{PROTOCOL_TGED, BYTES("TGED DISCOVERY 1.0\r\nRQ:X\r\n\r\n"),
			RESPONDER_REPLY},
		{PROTOCOL_TGED, BYTES("\0\xff"), RESPONDER_FOREIGN},
	};
	static struct responder responder;
	struct services services = services_of(first_file);
	const struct responder_policy policy = {
		.message = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
		.ports = {9999, 4745},
		.services = &services,
		.rate = {10, 20},
	};
	struct datagram datagram = {.source = {IPV4(10, 0, 0, 7), 40000},
		.destination = IPV4(10, 0, 0, 255),
		.own_address = IPV4(10, 0, 0, 1),
		.interface = ETH0};
	struct responder_reply reply;

	(void)state;
	memory_restore();
	memory_left = 0;
	responder_init(&responder, &policy);
	for (size_t i = 0; i < COUNT(asked); i++) {
		datagram.data = asked[i].data;
		assert_int_equal(responder_decide(&responder, asked[i].protocol,
					 &datagram, 1, &host, &reply),
			asked[i].verdict);
	}
	assert_int_equal(memory_refused, 0);
	memory_restore();
	services_release(&services);
}

static void reading_takes_no_memory(void **state)
{
	static struct probe_filter filter;
	struct dns_addresses found = {0}, answered = {0};
	struct resolv_conf conf;
	struct dns_query query;
	struct account account;

	(void)state;
	memory_restore();
	memory_left = 0;
	hosts_find(slice_of("10.0.0.9 db1\n"), slice_of("DB1"), &found);
	resolv_conf_read(&conf, slice_of("nameserver 10.0.0.1\nsearch a b\n"));
	bool asks = dns_query_init(&query, slice_of("db1"), slice_of("a"), 1);
	enum dns_outcome outcome = dns_read(
		&query, (struct slice){query.at, query.len}, &answered);
	enum account_fault fault = account_find(slice_of("nobody"),
		slice_of("nobody:x:65534:65534::/:/bin/false\n"), slice_of(""),
		&account);
	probe_filter_make(&filter, slice_of("DISCOVER_SERVER"), 15);
	assert_int_equal(memory_refused, 0);
	memory_restore();
	assert_int_equal(found.count, 1);
	assert_int_equal(conf.server_count, 1);
	assert_true(asks);
	assert_int_equal(outcome, DNS_FOREIGN);
	assert_int_equal(fault, ACCOUNT_FOUND);
	assert_true(filter.count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULTS_TEST(services_are_loaded),
		FAULTS_TEST(json_is_written),
		FAULTS_TEST(json_is_parsed),
		FAULTS_TEST(the_log_is_kept_in_a_buffer),
		FAULTS_TEST(messages_are_written),
		FAULTS_TEST(networks_are_judged),
		FAULTS_TEST(deciding_takes_no_memory),
		FAULTS_TEST(reading_takes_no_memory),
	};

	return RUN_FAULTS(tests);
}
