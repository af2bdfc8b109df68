#include "discovering.h"

#include "core/watch.h"

#include "memory.h"
#include "tables.h"

static const struct siphash_key key = {{3, 4}};
static const uint32_t peer = IPV4(10, 0, 0, 9);

/* A watch, the answers of the round that it is in, and who went down at the end
 * of the latest: "10.0.0.9:80 ". */
static struct watch watch;
static struct results answered;
static struct str downs = STR_EMPTY;

static void open_watch(void)
{
	watch_init(&watch, key);
	results_init(&answered, (struct siphash_key){{5, 6}});
}

static void close_watch(void)
{
	watch_release(&watch);
	results_release(&answered);
	str_release(&downs);
}

static struct result server_at(uint32_t addr, uint16_t port, const char *fields)
{
	return (struct result){.server = {addr, port},
		.fields = slice_of(fields),
		.raw = slice_of("reply")};
}

static void answer_with(uint32_t addr, uint16_t port, const char *fields)
{
	const struct result found = server_at(addr, port, fields);
	const struct result_path path = {.interface = ETH0, .name = "eth0"};
	const struct result *at;

	assert_int_equal(
		results_add(&answered, &found, &path, &at), RESULTS_NEW);
}

static void answer(uint8_t last, uint16_t port)
{
	answer_with(IPV4(10, 0, 0, last), port, "");
}

static bool is_known(uint8_t last, uint16_t port)
{
	const struct result server = server_at(IPV4(10, 0, 0, last), port, "");

	return watch_knows(&watch, &server);
}

static void on_down(void *context, const struct result *result)
{
	struct str *out = context;

	str_addf(out, "%s:%u ", ipv4_text(result->server.addr).at,
		result->server.port);
}

static const char *end_round(void)
{
	str_release(&downs);
	watch_end_round(&watch, &answered, on_down, &downs);
	assert_int_equal(answered.count, 0);
	return str_text(&downs);
}

static void a_server_is_down_after_the_third_round_without_it(void **state)
{
	(void)state;
	open_watch();
	assert_false(is_known(9, 80));
	answer(9, 80);
	assert_false(is_known(9, 80)); /* it is up once the round is over */
	assert_string_equal(end_round(), "");
	for (int misses = 0; misses < 2; misses++) {
		assert_true(is_known(9, 80));
		assert_string_equal(end_round(), "");
	}
	assert_true(is_known(9, 80));
	assert_string_equal(end_round(), "10.0.0.9:80 ");
	for (int round = 0; round < 5; round++) {
		assert_false(is_known(9, 80));
		assert_string_equal(end_round(), "");
	}
	answer(9, 80);
	end_round();
	assert_true(is_known(9, 80));
	close_watch();
}

static void who_comes_back_after_two_misses_was_never_down(void **state)
{
	(void)state;
	open_watch();
	for (int times = 0; times < 5; times++) {
		answer(9, 80);
		for (int round = 0; round < 3; round++)
			assert_string_equal(end_round(), "");
		assert_true(is_known(9, 80));
	}
	assert_string_equal(end_round(), "10.0.0.9:80 ");
	close_watch();
}

static void who_is_down_is_told_by_address_and_port(void **state)
{
	static const struct {
		uint8_t last;
		uint16_t port;
	} rows[] = {{200, 1}, {9, 90}, {10, 8000}, {9, 80}, {255, 0}, {9, 100}};

	(void)state;
	open_watch();
	for (size_t i = 0; i < COUNT(rows); i++)
		answer(rows[i].last, rows[i].port);
	end_round();
	answer(10, 8000); /* it goes down a round later than the others */
	end_round();
	end_round();
	assert_string_equal(end_round(),
		"10.0.0.9:80 10.0.0.9:90 10.0.0.9:100 10.0.0.200:1 "
		"10.0.0.255:0 ");
	assert_string_equal(end_round(), "10.0.0.10:8000 ");
	close_watch();
}

static void another_port_is_another_server(void **state)
{
	(void)state;
	open_watch();
	answer(9, 80);
	end_round();
	assert_false(is_known(9, 81));
	assert_false(is_known(8, 80));
	for (int round = 0; round < 2; round++) {
		answer(9, 81);
		assert_string_equal(end_round(), "");
	}
	answer(9, 81);
	assert_string_equal(end_round(), "10.0.0.9:80 ");
	close_watch();
}

static bool knows_fields(const char *fields)
{
	const struct result server = server_at(peer, 3306, fields);

	return watch_knows(&watch, &server);
}

static void tell_fields(void *context, const struct result *result)
{
	str_add(context, result->fields);
}

static void other_fields_are_another_server(void **state)
{
	struct str gone = STR_EMPTY;

	(void)state;
	open_watch();
	answer_with(peer, 3306, "HOST:one\n");
	end_round();
	assert_true(knows_fields("HOST:one\n"));
	assert_false(knows_fields("HOST:two\n"));
	assert_false(knows_fields(""));
	for (int round = 0; round < 3; round++) {
		assert_text(&gone, "");
		assert_true(knows_fields("HOST:one\n"));
		answer_with(peer, 3306, "HOST:two\n");
		watch_end_round(&watch, &answered, tell_fields, &gone);
	}
	assert_text(&gone, "HOST:one\n");
	assert_false(knows_fields("HOST:one\n"));
	assert_true(knows_fields("HOST:two\n"));
	str_release(&gone);
	close_watch();
}

static void count_down(void *context, const struct result *result)
{
	(void)result;
	++*(size_t *)context;
}

/* Ends the round and COUNT silent ones; how many went down. */
static size_t end_rounds(size_t count)
{
	size_t gone = 0;

	for (size_t round = 0; round <= count; round++)
		watch_end_round(&watch, &answered, count_down, &gone);
	return gone;
}

/* Each of COUNT servers at OFFSET answers. */
static void answer_many(uint32_t offset, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		answer_with(IPV4(10, 0, 0, 0) + offset + i, 80, "");
}

static void who_there_is_no_room_for_goes_down(void **state)
{
	const struct result kept = server_at(IPV4(10, 0, 0, 3), 80, "");
	const struct result left_out = server_at(IPV4(10, 0, 0, 4), 80, "");

	(void)state;
	open_watch();
	answer_many(0, 10);
	assert_int_equal(end_rounds(0), 0);
	answer_many(10, RESULTS_MAX - 4);
	assert_int_equal(end_rounds(0), 6);
	assert_int_equal(watch.up.count, RESULTS_MAX);
	assert_true(watch_knows(&watch, &kept));
	assert_false(watch_knows(&watch, &left_out));
	/* The 4 that were kept miss their third round before the others do. */
	assert_int_equal(end_rounds(1), 4);
	assert_int_equal(end_rounds(0), RESULTS_MAX - 4);
	assert_int_equal(end_rounds(3), 0);
	close_watch();
}

static void who_there_are_too_many_bytes_for_goes_down(void **state)
{
	static char text[RESULTS_RAW_MAX / 2 + 1];
	const struct result_path path = {.interface = ETH0};
	const struct result *at;

	(void)state;
	open_watch();
	for (uint16_t port = 1; port <= 2; port++) {
		struct result large = server_at(peer, port, "");
		large.raw = (struct slice){text, sizeof text};
		assert_int_equal(results_add(&answered, &large, &path, &at),
			RESULTS_NEW);
		answer((uint8_t)(10 + port), 80);
		assert_string_equal(
			end_round(), port == 1 ? "" : "10.0.0.9:1 ");
	}
	assert_int_equal(end_rounds(3), 3);
	close_watch();
}

/* 20 servers come up, and 5 of them answer in a round at whose end memory is gone
 * after LEFT more calls. How many go down at once. */
static size_t lose_memory(long left)
{
	size_t gone;

	open_watch();
	answer_many(0, 20);
	assert_int_equal(end_rounds(0), 0);
	answer_many(0, 5);
	memory_left = left;
	gone = end_rounds(0);
	memory_restore();
	for (uint8_t last = 0; last < 20; last++)
		assert_int_equal(
			is_known(last, 80), last < 5 || watch.up.count > last);
	assert_int_equal(watch.up.count, 20 - gone);
	assert_int_equal(gone + end_rounds(3), 20);
	close_watch();
	return gone;
}

/* From 8 to 16 servers, and from 16 to 32, it takes two pieces of memory each. */
static void who_there_is_no_memory_for_goes_down(void **state)
{
	(void)state;
	assert_int_equal(lose_memory(0), 12);
	assert_int_equal(lose_memory(1), 12);
	assert_int_equal(lose_memory(2), 4);
	assert_int_equal(lose_memory(3), 4);
	assert_int_equal(lose_memory(4), 0);
}

static void it_goes_down_as_it_was_last_seen(void **state)
{
	static const char *const said[] = {
		"SERVER_IP:10.0.0.9", "SERVER_IP:10.0.0.9:8000"};
	struct str gone = STR_EMPTY;
	struct discovery d;

	(void)state;
	open_watch();
	for (size_t i = 0; i < COUNT(said); i++) {
		begin(&d, MS(100), 0);
		assert_int_equal(
			hear_at(&d, start, said[i], peer, ETH0), DISCOVERY_NEW);
		watch_end_round(&watch, &d.results, on_down, &gone);
		discovery_release(&d);
	}
	assert_true(slice_equal(watch.up.at[0].raw, slice_of(said[1])));
	assert_int_equal(watch.up.at[0].claimed.port, 8000);
	close_watch();
	assert_text(&gone, "");
}

static void tell_path(void *context, const struct result *result)
{
	const struct result_path *path = &result->paths[0];

	str_addf(context, "%s %s", path->name, ipv4_text(path->source).at);
}

/* Though the table of interfaces is gone with the round that it was read for. */
static void the_name_of_its_interface_goes_with_it(void **state)
{
	struct netif *link = malloc(sizeof *link);
	const struct netif_table network = {link, 1, NULL, 0};
	struct str gone = STR_EMPTY;
	struct discovery d;

	(void)state;
	assert_non_null(link);
	*link = (struct netif){.index = 7, .name = "wlan0", .up = true};
	open_watch();
	begin(&d, MS(100), 0);
	d.config.network = &network;
	hear_at(&d, start, "SERVER_IP:10.0.0.1", peer, 7);
	watch_end_round(&watch, &d.results, tell_path, &gone);
	discovery_release(&d);
	free(link);
	for (int round = 0; round < 3; round++) {
		assert_text(&gone, "");
		watch_end_round(&watch, &answered, tell_path, &gone);
	}
	assert_text(&gone, "wlan0 10.0.0.9");
	str_release(&gone);
	close_watch();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_server_is_down_after_the_third_round_without_it),
		cmocka_unit_test(
			who_comes_back_after_two_misses_was_never_down),
		cmocka_unit_test(who_is_down_is_told_by_address_and_port),
		cmocka_unit_test(another_port_is_another_server),
		cmocka_unit_test(other_fields_are_another_server),
		cmocka_unit_test(who_there_is_no_room_for_goes_down),
		cmocka_unit_test(who_there_are_too_many_bytes_for_goes_down),
		cmocka_unit_test(who_there_is_no_memory_for_goes_down),
		cmocka_unit_test(it_goes_down_as_it_was_last_seen),
		cmocka_unit_test(the_name_of_its_interface_goes_with_it),
	};

	return RUN(tests);
}
