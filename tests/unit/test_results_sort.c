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
	{{IPV4(10, 0, 0, 1), 0}, "Z:1\n"},
	{{IPV4(10, 0, 0, 1), 1}, "Z:1\n"},
	{{IPV4(10, 0, 0, 1), 2}, "A:1\n"},
	{{IPV4(10, 0, 0, 1), 2}, "A:1\nA:9\n"},
	{{IPV4(10, 0, 0, 1), 2}, "A:1\nB:1\n"},
	{{IPV4(10, 0, 0, 1), 2}, "B:1\n"},
	{{IPV4(10, 0, 0, 1), 3}, ""},
	{{IPV4(10, 0, 0, 1), 3}, "A:1\n"},
	{{IPV4(10, 0, 0, 1), 65535}, ""},
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
		results_sort(&results);
		for (size_t i = 0; i < COUNT(sorted); i++)
			add(&results, (first + i * 5) % COUNT(sorted));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_address_then_port_then_fields),
	};

	return RUN(tests);
}
