#include "base/list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *list_resize(void *items, size_t old, size_t count, size_t size)
{
	void *longer = calloc(count, size);

	if (longer && items)
		memcpy(longer, items, old * size);
	if (longer)
		free(items);
	return longer;
}

void *list_append(void *list, size_t *count, size_t size)
{
	size_t n = *count;
	char *at;

	memcpy(&at, list, sizeof at);
	if ((n & (n - 1)) == 0) {
		char *longer = list_resize(at, n, n ? n * 2 : 1, size);
		if (!longer)
			return NULL;
		at = longer;
		memcpy(list, &at, sizeof at);
	}
	++*count;
	return memset(at + n * size, 0, size);
}

bool list_add(void *list, size_t *count, const void *item, size_t size)
{
	void *at = list_append(list, count, size);

	if (at)
		memcpy(at, item, size);
	return at;
}

static void swap(char *a, char *b, size_t size)
{
	uint64_t x, y;

	for (; size >= sizeof x;
		size -= sizeof x, a += sizeof x, b += sizeof x) {
		memcpy(&x, a, sizeof x);
		memcpy(&y, b, sizeof y);
		memcpy(a, &y, sizeof y);
		memcpy(b, &x, sizeof x);
	}
	for (; size > 0; size--, a++, b++) {
		char c = *a;
		*a = *b;
		*b = c;
	}
}

/* Lets item I of a heap sink to its place. */
static void sink(char *at, size_t i, size_t count, size_t size,
	int (*compare)(const void *a, const void *b))
{
	for (size_t child; (child = 2 * i + 1) < count; i = child) {
		if (child + 1 < count &&
			compare(at + child * size, at + (child + 1) * size) < 0)
			child++;
		if (compare(at + i * size, at + child * size) >= 0)
			return;
		swap(at + i * size, at + child * size, size);
	}
}

/* A heap sort: never slower than n log n, and without memory. */
void list_sort(void *items, size_t count, size_t size,
	int (*compare)(const void *a, const void *b))
{
	for (size_t i = count / 2; i-- > 0;)
		sink(items, i, count, size, compare);
	for (size_t end = count; end-- > 1;) {
		swap(items, (char *)items + end * size, size);
		sink(items, 0, end, size, compare);
	}
}
