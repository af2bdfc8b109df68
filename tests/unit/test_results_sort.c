#include "unit.h"

#include "core/results.h"
#include "tables.h"

static const struct siphash_key key = {{1, 2}};

/* In the order in which they are sorted; what is larger comes first elsewhere. */
static const struct {
	struct endpoint server;
	const char *fields;
} sorted[] = {
	{{IPV4(9, 255, 0, 0), 9999}, "Z:1\n"},
	{{IPV4(10, 0, 0, 1), 1}, "Z:1\n"},
	{{IPV4(10, 0, 0, 1), 2}, "A:1\n"},
	{{IPV4(10, 0, 0, 1), 2}, "B:1\n"},
	{{IPV4(10, 0, 0, 1), 3}, ""},
	{{IPV4(10, 0, 0, 1), 3}, "A:1\n"},
	{{IPV4(10, 0, 0, 2), 1}, ""},
	{{IPV4(240, 0, 0, 1), 1}, ""},
};

static void add(struct results *results, size_t i)
{
	const struct result found = {.server = sorted[i].server,
		.fields = slice_of(sorted[i].fields)};
	const struct result_path path = {1, 7, 1};
	const struct result *at;

	assert_int_equal(results_add(results, &found, &path, &at), RESULTS_NEW);
}

/* Each rotation of them. */
static void by_address_then_port_then_fields(void **state)
{
	(void)state;
	for (size_t first = 0; first < COUNT(sorted); first++) {
		struct results results;
		results_init(&results, key);
		for (size_t i = 0; i < COUNT(sorted); i++)
			add(&results, (first + i * 3) % COUNT(sorted));
		results_sort(&results);
		for (size_t i = 0; i < COUNT(sorted); i++) {
			const struct result *r = &results.at[i];
			assert_int_equal(r->server.addr, sorted[i].server.addr);
			assert_int_equal(r->server.port, sorted[i].server.port);
			assert_true(slice_equal(
				r->fields, slice_of(sorted[i].fields)));
		}
		results_release(&results);
	}
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
		cmocka_unit_test(by_address_then_port_then_fields),
		cmocka_unit_test(a_byte_is_a_copy_too),
	};

	return RUN(tests);
}
