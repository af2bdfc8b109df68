#include "unit.h"

#include "base/json.h"

static void cjson_neither_prints_nor_scans(void **state)
{
	char text[] = "before";
	double value = 77;

	(void)state;
	assert_true(json_print_nothing(text, "%1.15g", 0.5) < 0);
	assert_string_equal(text, "before");
	assert_int_equal(json_scan_nothing("0.5", "%lg", &value), 0);
	assert_true(value == 77);
	assert_null(json_grow_nothing(text, sizeof text + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cjson_neither_prints_nor_scans),
	};

	return RUN(tests);
}
