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

static void a_copy_is_added_or_nothing(void **state)
{
	const struct item item = {{1, 2, 3, 4, 5, 6, 7}};
	struct items items = {NULL, 0};

	(void)state;
	memory_left = 0;
	assert_false(list_add(&items.at, &items.count, &item, sizeof item));
	memory_restore();
	assert_int_equal(items.count, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_true(
			list_add(&items.at, &items.count, &item, sizeof item));
		assert_int_equal(items.count, i + 1);
		assert_memory_equal(&items.at[i], &item, sizeof item);
	}
	free(items.at);
}

/* Of a size that is swapped as words and bytes. */
struct pair {
	uint64_t key;
	char rest[5];
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* The order of all lists of up to 8 items is right, and none is lost. */
static void sort_shuffled(size_t count, unsigned seed)
{
	struct pair at[8];
	unsigned seen = 0;

	for (size_t i = 0; i < count; i++) {
		seed = seed * 1103515245 + 12345;
		at[i].key = (seed >> 16) % 5;
		memset(at[i].rest, (int)(i + 1), sizeof at[i].rest);
	}
	list_sort(at, count, sizeof *at, compare_pairs);
	for (size_t i = 0; i < count; i++) {
		assert_true(i == 0 || at[i - 1].key <= at[i].key);
		for (size_t k = 1; k < sizeof at[i].rest; k++)
			assert_int_equal(at[i].rest[k], at[i].rest[0]);
		seen |= 1u << at[i].rest[0];
	}
	assert_int_equal(seen, ((1u << count) - 1) << 1);
}

static void lists_are_sorted(void **state)
{
	(void)state;
	list_sort(NULL, 0, sizeof(struct pair), compare_pairs);
	for (size_t count = 1; count <= 8; count++)
		for (unsigned seed = 0; seed < 500; seed++)
			sort_shuffled(count, seed);
}

static int compare_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 3);
}

static void long_lists_are_sorted_as_by_qsort(void **state)
{
	enum { LONG = 3000 };
	static char mine[LONG][3], theirs[LONG][3];
	unsigned seed = 1;

	(void)state;
	for (size_t i = 0; i < LONG; i++)
		for (size_t k = 0; k < 3; k++) {
			seed = seed * 1103515245 + 12345;
			mine[i][k] = theirs[i][k] = (char)(seed >> 16);
		}
	list_sort(mine, LONG, sizeof *mine, compare_bytes);
	qsort(theirs, LONG, sizeof *theirs, compare_bytes);
	assert_memory_equal(mine, theirs, sizeof mine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_sorted),
		cmocka_unit_test(long_lists_are_sorted_as_by_qsort),
		cmocka_unit_test(items_stay_where_they_were_put),
		cmocka_unit_test(an_item_begins_as_zeros),
		cmocka_unit_test(a_copy_is_added_or_nothing),
		cmocka_unit_test(a_list_that_was_cut_short_grows_again),
		cmocka_unit_test(without_memory_a_list_stays_as_it_was),
	};

	return RUN(tests);
}
