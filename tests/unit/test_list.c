#include "unit.h"

#include "base/list.h"

#include "memory.h"

/* Of a size that is no power of two. */
struct item {
	char bytes[7];
};

struct items {
	struct item *at;
	size_t count;
};

static struct item *add(struct items *items)
{
	return list_append(&items->at, &items->count, sizeof *items->at);
}

/* Fills COUNT items, each with its number. */
static void fill(struct items *items, size_t count)
{
	while (items->count < count) {
		struct item *item = add(items);
		assert_ptr_equal(item, &items->at[items->count - 1]);
		memset(item, (int)items->count, sizeof *item);
	}
}

static void assert_filled(const struct items *items, size_t count)
{
	assert_int_equal(items->count, count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < sizeof items->at->bytes; k++)
			if (items->at[i].bytes[k] != (char)(i + 1))
				fail_msg("item %zu, byte %zu", i, k);
}

static void items_stay_where_they_were_put(void **state)
{
	struct items items = {NULL, 0};

	(void)state;
	for (size_t count = 1; count <= 300; count++) {
		fill(&items, count);
		assert_filled(&items, count);
	}
	free(items.at);
}

static void an_item_begins_as_zeros(void **state)
{
	static const struct item zeros;
	struct items items = {NULL, 0};

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		struct item *item = add(&items);
		assert_memory_equal(item, &zeros, sizeof zeros);
		memset(item, 0xff, sizeof *item);
	}
	/* What was there before it was cut short is gone. */
	items.count = 50;
	assert_memory_equal(add(&items), &zeros, sizeof zeros);
	free(items.at);
}

/* ASan sees whoever writes past the end. */
static void a_list_that_was_cut_short_grows_again(void **state)
{
	(void)state;
	for (size_t count = 0; count <= 33; count++) {
		for (size_t left = 0; left <= count; left++) {
			struct items items = {NULL, 0};
			fill(&items, count);
			items.count = left;
			assert_filled(&items, left);
			fill(&items, 40);
			assert_filled(&items, 40);
			free(items.at);
		}
	}
}

static void without_memory_a_list_stays_as_it_was(void **state)
{
	size_t refused = 0;
	struct items items = {NULL, 0};

	(void)state;
	while (items.count < 40) {
		size_t count = items.count;
		struct item *at = items.at;
		memory_left = 0;
		struct item *item = add(&items);
		memory_restore();
		if (!item) {
			refused++;
			assert_ptr_equal(items.at, at);
			assert_filled(&items, count);
			item = add(&items);
		}
		memset(item, (int)items.count, sizeof *item);
		assert_filled(&items, count + 1);
	}
	/* It takes memory at 0, 1, 2, 4, 8, 16 and 32 items. */
	assert_int_equal(refused, 7);
	free(items.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_stay_where_they_were_put),
		cmocka_unit_test(an_item_begins_as_zeros),
		cmocka_unit_test(a_list_that_was_cut_short_grows_again),
		cmocka_unit_test(without_memory_a_list_stays_as_it_was),
	};

	return RUN(tests);
}
