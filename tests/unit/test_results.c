#include "unit.h"

#include "core/results.h"

#include "tables.h"

static const struct siphash_key key = {{0x0706050403020100, 42}};

static struct result server(uint32_t addr, uint16_t port)
{
	return (struct result){.server = {addr, port},
		.claimed = {addr, port},
		.attempt = 1,
		.raw = slice_of("SERVER_IP:x")};
}

static enum results_outcome add(struct results *results, uint32_t addr,
	uint16_t port, struct result_path path)
{
	struct result found = server(addr, port);
	const struct result *at;

	return results_add(results, &found, &path, &at);
}

static void servers_differ_by_address_and_port(void **state)
{
	struct results results;
	struct result_path path = {1, 7, 1000};

	(void)state;
	results_init(&results, key);
	assert_int_equal(add(&results, 1, 1, path), RESULTS_NEW);
	assert_int_equal(add(&results, 1, 2, path), RESULTS_NEW);
	assert_int_equal(add(&results, 2, 1, path), RESULTS_NEW);
	assert_int_equal(add(&results, 1, 2, path), RESULTS_KNOWN);
	assert_int_equal(results.count, 3);
	results_release(&results);
	assert_int_equal(results.count, 0);
}

static void a_server_is_a_copy_of_what_was_found(void **state)
{
	char raw[] = "SERVER_IP:10.0.0.1";
	struct result found = server(IPV4(10, 0, 0, 1), 8000);
	struct result_path path = {3, 9, 12345};
	const struct result *at;
	struct results results;

	(void)state;
	found.raw = slice_of(raw);
	found.source_port = 9999;
	found.attempt = 2;
	found.local = true;
	results_init(&results, key);
	assert_int_equal(
		results_add(&results, &found, &path, &at), RESULTS_NEW);
	memset(raw, 'x', sizeof raw);
	assert_ptr_equal(at, &results.at[0]);
	assert_true(slice_equal(at->raw, slice_of("SERVER_IP:10.0.0.1")));
	assert_int_equal(at->source_port, 9999);
	assert_int_equal(at->attempt, 2);
	assert_true(at->local);
	assert_int_equal(at->path_count, 1);
	assert_int_equal(at->paths[0].interface, 3);
	assert_int_equal(at->paths[0].source, 9);
	assert_int_equal(at->paths[0].rtt_ns, 12345);
	results_release(&results);
}

static void each_other_path_is_kept_once(void **state)
{
	struct results results;
	const struct result_path paths[] = {
		{1, 7, 10}, {2, 7, 20}, {1, 8, 30}, {1, 7, 40}, {2, 7, 50}};

	(void)state;
	results_init(&results, key);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		add(&results, 1, 1, paths[i]);
	assert_int_equal(results.count, 1);
	assert_int_equal(results.at[0].path_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(
			&results.at[0].paths[i], &paths[i], sizeof paths[i]);
	results_release(&results);
}

static void paths_are_bounded(void **state)
{
	struct results results;

	(void)state;
	results_init(&results, key);
	for (int i = 1; i <= RESULT_PATHS_MAX + 5; i++)
		add(&results, 1, 1, (struct result_path){i, 7, i});
	assert_int_equal(results.at[0].path_count, RESULT_PATHS_MAX);
	assert_int_equal(results.at[0].paths[RESULT_PATHS_MAX - 1].interface,
		RESULT_PATHS_MAX);
	results_release(&results);
}

static void all_of_65536_are_kept_and_no_more(void **state)
{
	struct results results;
	struct result_path path = {1, 7, 1};

	(void)state;
	results_init(&results, key);
	for (uint32_t i = 0; i < RESULTS_MAX; i++)
		assert_int_equal(
			add(&results, i * 7919, 8000, path), RESULTS_NEW);
	assert_int_equal(add(&results, 1, 1, path), RESULTS_FULL);
	for (uint32_t i = 0; i < RESULTS_MAX; i++)
		assert_int_equal(
			add(&results, i * 7919, 8000, path), RESULTS_KNOWN);
	assert_int_equal(results.count, RESULTS_MAX);
	results_release(&results);
}

static void kept_bytes_are_bounded(void **state)
{
	static char raw[60000];
	struct results results;
	struct result_path path = {1, 7, 1};
	const struct result *at;
	enum results_outcome outcome = RESULTS_NEW;
	size_t n = 0;

	(void)state;
	results_init(&results, key);
	while (outcome == RESULTS_NEW) {
		struct result found = server((uint32_t)++n, 1);
		found.raw = (struct slice){raw, sizeof raw};
		outcome = results_add(&results, &found, &path, &at);
	}
	assert_int_equal(outcome, RESULTS_FULL);
	assert_null(at);
	assert_int_equal(results.count, RESULTS_RAW_MAX / sizeof raw);
	assert_int_equal(add(&results, 1, 2, path), RESULTS_NEW);
	results_release(&results);
}

static void sorted_by_address_then_port(void **state)
{
	static const struct endpoint in[] = {{9, 1}, {0xffffffff, 1},
		{9, 65535}, {1, 2}, {9, 0}, {0x80000000, 5}};
	static const struct endpoint out[] = {{1, 2}, {9, 0}, {9, 1},
		{9, 65535}, {0x80000000, 5}, {0xffffffff, 1}};
	struct results results;

	(void)state;
	results_init(&results, key);
	results_sort(&results);
	for (size_t i = 0; i < sizeof in / sizeof *in; i++)
		add(&results, in[i].addr, in[i].port,
			(struct result_path){1, 1, 1});
	results_sort(&results);
	for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
		assert_int_equal(results.at[i].server.addr, out[i].addr);
		assert_int_equal(results.at[i].server.port, out[i].port);
	}
	results_release(&results);
}

/* Adds a server at one address with FIELDS, which are gone afterwards. */
static enum results_outcome add_fields(
	struct results *results, struct slice fields, const struct result **at)
{
	struct result found = server(IPV4(10, 0, 0, 1), 3306);
	struct result_path path = {1, 7, 1000};

	found.fields = exact(fields);
	enum results_outcome outcome = results_add(results, &found, &path, at);
	exact_free(found.fields);
	return outcome;
}

static void servers_differ_by_their_fields(void **state)
{
	static const struct slice others[] = {BYTES("A:1\n"), BYTES("A:2\n"),
		BYTES("A:1\nB:1\n"), BYTES("B:1\nA:1\n"), BYTES("A:1"),
		BYTES("A:1\n\0"), BYTES("A:1\n\1")};
	const struct result *at;
	struct results results;

	(void)state;
	results_init(&results, key);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < COUNT(others); i++) {
			assert_int_equal(add_fields(&results, others[i], &at),
				again ? RESULTS_KNOWN : RESULTS_NEW);
			assert_ptr_equal(at, &results.at[i]);
			assert_true(slice_equal(at->fields, others[i]));
			assert_true(
				slice_equal(at->raw, slice_of("SERVER_IP:x")));
		}
	}
	assert_int_equal(results.count, COUNT(others));
	results_release(&results);
}

/* Though what is shown differs: one has none, the other an empty object. */
static void no_fields_are_none_or_an_empty_text(void **state)
{
	const struct result *at;
	struct results results;

	(void)state;
	results_init(&results, key);
	add_fields(&results, (struct slice){NULL, 0}, &at);
	assert_null(at->fields.at);
	results_release(&results);
	results_init(&results, key);
	add_fields(&results, slice_of(""), &at);
	assert_non_null(at->fields.at);
	assert_int_equal(at->fields.len, 0);
	results_release(&results);
}

static void kept_bytes_of_fields_are_bounded(void **state)
{
	static char bytes[60000];
	const struct result *at;
	struct results results;
	size_t n = 0;

	(void)state;
	results_init(&results, key);
	do
		memcpy(bytes, &n, sizeof n);
	while (++n < 5000 &&
		add_fields(&results, (struct slice){bytes, sizeof bytes},
			&at) == RESULTS_NEW);
	assert_null(at);
	assert_int_equal(results.count,
		RESULTS_RAW_MAX / (sizeof bytes + strlen("SERVER_IP:x")));
	results_release(&results);
}

static void sorted_by_fields_at_last(void **state)
{
	static const char *const in[] = {
		"B:1\n", "A:2\n", "", "A:1\nB:1\n", "A:1\n", "A:1\nA:9\n"};
	static const char *const out[] = {
		"", "A:1\n", "A:1\nA:9\n", "A:1\nB:1\n", "A:2\n", "B:1\n"};
	const struct result *at;
	struct results results;

	(void)state;
	results_init(&results, key);
	for (size_t i = 0; i < COUNT(in); i++)
		add_fields(&results, slice_of(in[i]), &at);
	add(&results, IPV4(10, 0, 0, 1), 3305, (struct result_path){1, 1, 1});
	results_sort(&results);
	assert_int_equal(results.at[0].server.port, 3305);
	for (size_t i = 0; i < COUNT(out); i++)
		assert_true(slice_equal(
			results.at[i + 1].fields, slice_of(out[i])));
	results_release(&results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_differ_by_address_and_port),
		cmocka_unit_test(a_server_is_a_copy_of_what_was_found),
		cmocka_unit_test(each_other_path_is_kept_once),
		cmocka_unit_test(paths_are_bounded),
		cmocka_unit_test(all_of_65536_are_kept_and_no_more),
		cmocka_unit_test(kept_bytes_are_bounded),
		cmocka_unit_test(sorted_by_address_then_port),
		cmocka_unit_test(servers_differ_by_their_fields),
		cmocka_unit_test(no_fields_are_none_or_an_empty_text),
		cmocka_unit_test(kept_bytes_of_fields_are_bounded),
		cmocka_unit_test(sorted_by_fields_at_last),
	};

	return RUN(tests);
}
