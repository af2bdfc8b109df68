#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stddef.h>

/*
 * Lists on the heap: a pointer to the items, NULL at first, and their count. They
 * grow in steps of powers of two and may be cut short by a smaller count.
 */

/* One more item of SIZE bytes, all zero, at the end; LIST points to the pointer.
 * NULL without memory, and the list as it was. */
void *list_append(void *list, size_t *count, size_t size);

#endif
