#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Lists on the heap: a pointer to the items, NULL at first, and their count. They
 * grow in steps of powers of two and may be cut short by a smaller count.
 */

/* One more item of SIZE bytes, all zero, at the end; LIST points to the pointer.
 * NULL without memory, and the list as it was. */
void *list_append(void *list, size_t *count, size_t size);
/* The same that holds a copy of ITEM; false without memory. */
bool list_add(void *list, size_t *count, const void *item, size_t size);

/* COUNT items of SIZE bytes, no fewer than OLD, in place of the first OLD of them,
 * which are freed; those behind are all zero. NULL without memory, and the items as
 * they were. realloc(3) is twenty times as large in musl. */
void *list_resize(void *items, size_t old, size_t count, size_t size);

/* Orders COUNT items of SIZE bytes in place; equal ones in any order. COMPARE is
 * as of qsort(3), which is five times as large in musl. */
void list_sort(void *items, size_t count, size_t size,
	int (*compare)(const void *a, const void *b));

#endif
