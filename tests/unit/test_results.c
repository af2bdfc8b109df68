#include "unit.h"

#include "core/results.h"

#include "memory.h"
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
	const struct result_path paths[] = {{2, 8, 10}, {1, 8, 20}, {2, 7, 30},
		{3, 8, 40}, {2, 9, 50}, {2, 8, 60}, {1, 8, 70}, {2, 9, 80}};

	(void)state;
	results_init(&results, key);
	for (size_t i = 0; i < COUNT(paths); i++)
		add(&results, 1, 1, paths[i]);
	assert_int_equal(results.count, 1);
	assert_int_equal(results.at[0].path_count, 5);
	for (size_t i = 0; i < 5; i++)
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

static void it_holds_the_same_server_and_no_other(void **state)
{
	const struct result others[] = {server(1, 2), server(2, 1),
		{.server = {1, 1}, .fields = slice_of("A:1\n")}};
	struct result same = {.server = {1, 1}}; /* whatever else it says */
	struct results results;

	(void)state;
	results_init(&results, key);
	assert_false(results_hold(&results, &same));
	add(&results, 1, 1, (struct result_path){1, 7, 1});
	assert_true(results_hold(&results, &same));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(results_hold(&results, &others[i]));
	results_release(&results);
	assert_false(results_hold(&results, &same));
}

/* Servers at the address 9, with ports from 1 on, in a table of their own. */
static void fill(struct results *results, uint16_t count)
{
	results_init(results, (struct siphash_key){{11, 12}});
	for (uint16_t port = 1; port <= count; port++)
		add(results, 9, port, (struct result_path){1, 7, port});
}

static void a_server_moves_with_all_that_it_holds(void **state)
{
	struct results from, to;
	const struct result *at;

	(void)state;
	fill(&from, 3);
	add(&from, 9, 2, (struct result_path){5, 7, 50});
	from.at[1].missed = 2;
	const struct result before = from.at[1];
	fill(&to, 0);
	add(&to, 8, 2, (struct result_path){1, 7, 1});
	assert_true(results_move(&to, &from.at[1]));
	assert_int_equal(to.count, 2);
	assert_memory_equal(&to.at[1], &before, sizeof before);
	assert_true(results_hold(&to, &before));
	/* It is another's to release, and is known where it is now. */
	assert_null(from.at[1].raw.at);
	assert_null(from.at[1].paths);
	assert_int_equal(from.at[1].raw.len, 0);
	assert_int_equal(from.at[1].path_count, 0);
	results_release(&from);
	struct result again = server(9, 2);
	assert_int_equal(
		results_add(&to, &again, &(struct result_path){6, 7, 60}, &at),
		RESULTS_KNOWN);
	assert_ptr_equal(at, &to.at[1]);
	assert_int_equal(at->path_count, 3);
	assert_true(slice_equal(at->raw, slice_of("SERVER_IP:x")));
	results_release(&to);
}

static void as_many_move_as_one_table_holds(void **state)
{
	struct results from, to;

	(void)state;
	fill(&from, 2);
	fill(&to, 0);
	for (uint32_t i = 1; i < RESULTS_MAX; i++)
		add(&to, i, 80, (struct result_path){1, 7, 1});
	assert_true(results_move(&to, &from.at[0]));
	const struct result before = from.at[1];
	assert_false(results_move(&to, &from.at[1]));
	assert_memory_equal(&from.at[1], &before, sizeof before);
	assert_int_equal(to.count, RESULTS_MAX);
	assert_false(results_hold(&to, &before));
	results_release(&from);
	results_release(&to);
}

static void bytes_that_moved_are_bounded(void **state)
{
	static char raw[RESULTS_RAW_MAX / 4];
	struct results from, to;
	struct result large = server(1, 1);
	const struct result *at;

	(void)state;
	large.raw = (struct slice){raw, sizeof raw};
	fill(&to, 0);
	for (uint16_t port = 1; port <= 5; port++) {
		fill(&from, 0);
		large.server.port = port;
		results_add(&from, &large, &(struct result_path){1}, &at);
		assert_int_equal(results_move(&to, &from.at[0]), port <= 4);
		results_release(&from);
	}
	assert_int_equal(to.raw_total, RESULTS_RAW_MAX);
	assert_int_equal(add(&to, 2, 2, (struct result_path){1}), RESULTS_FULL);
	results_release(&to);
}

static void without_memory_nothing_moves(void **state)
{
	struct results from, to;

	(void)state;
	fill(&from, 20);
	fill(&to, 0);
	for (size_t i = 0; i < from.count; i++) {
		const struct result before = from.at[i];
		bool full = to.count == to.slot_count / 2;
		for (long left = 0; full && left < 2; left++) {
			memory_left = left;
			assert_false(results_move(&to, &from.at[i]));
			assert_memory_equal(
				&from.at[i], &before, sizeof before);
			assert_false(results_hold(&to, &before));
		}
		memory_restore();
		assert_true(results_move(&to, &from.at[i]));
		assert_true(results_hold(&to, &before));
	}
	assert_int_equal(to.count, 20);
	results_release(&from);
	results_release(&to);
}

/* Even a single byte is kept when what was found is gone. */
static void a_byte_is_a_copy_too(void **state)
{
	char raw = 'r', fields = 'f';
	const struct result found = {.raw = {&raw, 1}, .fields = {&fields, 1}};
	const struct result_path path = {1, 7, 1};
	const struct result *at;
	struct results results;

	(void)state;
	results_init(&results, key);
	assert_int_equal(
		results_add(&results, &found, &path, &at), RESULTS_NEW);
	raw = fields = 'x';
	assert_true(slice_equal(at->raw, slice_of("r")));
	assert_true(slice_equal(at->fields, slice_of("f")));
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
		cmocka_unit_test(servers_differ_by_their_fields),
		cmocka_unit_test(no_fields_are_none_or_an_empty_text),
		cmocka_unit_test(kept_bytes_of_fields_are_bounded),
		cmocka_unit_test(it_holds_the_same_server_and_no_other),
		cmocka_unit_test(a_server_moves_with_all_that_it_holds),
		cmocka_unit_test(as_many_move_as_one_table_holds),
		cmocka_unit_test(bytes_that_moved_are_bounded),
		cmocka_unit_test(without_memory_nothing_moves),
		cmocka_unit_test(a_byte_is_a_copy_too),
	};

	return RUN(tests);
}
