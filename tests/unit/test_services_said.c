#include "unit.h"

#include "core/services.h"
#include "core/tged.h"
#include "tables.h"

/* What is said of a file that is refused, to the byte. */

#define KEYED(key) "f: service 'A', key '" key "': "
#define X_20 "xxxxxxxxxxxxxxxxxxxx"
#define X_80 X_20 X_20 X_20 X_20

static void each_fault_has_its_words(void **state)
{
	static const struct {
		const char *text, *fault;
	} rows[] = {
		{"[]", "f: expected an object of services, like {\"SQL\": "
		       "{\"HOST\": \"test\"}}"},
		{"{\"A\": 1}", "f: service 'A': expected an object, like "
			       "{\"HOST\": \"test\", \"PORT\": 3306}"},
		{"{\"\": {}}",
			"f: service '': the name may not be empty, hold a line "
			"end or have white space around it"},
		{"{\"A\": {\"K:\": 1}}",
			KEYED("K:") "the key may hold no colon or line end: "
				    "clients split a reply there"},
		{"{\"A\": {\"K\": \"a\\nb\"}}",
			KEYED("K") "the value may hold no colon or line end: "
				   "clients split a reply there"},
		{"{\"A\": {\"K\": null}}",
			KEYED("K") "expected a string, an integer up to "
				   "9007199254740992, true or false"},
		{"{\"A\": {\"K\": 1, \"K\": 1}}",
			KEYED("K") "the key is there twice"},
		{"{\"B\": {\"K\": 1}, \"A\": {}, \"A\": {}}",
			"f: service 'A': it is there twice"},
		{"{\"A\": {}, \"A\": {}, \"B\": {}}",
			"f: service 'A': it is there twice"},
		{"{\"B\": {\"K\": 1}, \"A\": 1}",
			"f: service 'A': expected an object, like "
			"{\"HOST\": \"test\", \"PORT\": 3306}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str fault = STR_EMPTY;
		struct services services;
		services_init(&services, false);
		assert_false(services_add(
			&services, "f", slice_of(rows[i].text), &fault));
		assert_text(&fault, rows[i].fault);
		str_release(&fault);
		services_release(&services);
	}
}

static void of_a_long_name_80_bytes_are_shown(void **state)
{
	static const char *const text = "{\"" X_80 "\": 1}", *const longer =
								     "{\"" X_80
								     "x\": 1}";
	struct str fault = STR_EMPTY, more = STR_EMPTY;
	struct services services;

	(void)state;
	services_init(&services, false);
	services_add(&services, "f", slice_of(text), &fault);
	assert_non_null(strstr(str_text(&fault), "'" X_80 "': "));
	services_add(&services, "f", slice_of(longer), &more);
	assert_non_null(strstr(str_text(&more), "'" X_80 "...': "));
	str_release(&fault);
	str_release(&more);
	services_release(&services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_has_its_words),
		cmocka_unit_test(of_a_long_name_80_bytes_are_shown),
	};

	return RUN(tests);
}
