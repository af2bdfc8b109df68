#include "base/list.h"

#include <stdlib.h>
#include <string.h>

void *list_append(void *list, size_t *count, size_t size)
{
	size_t n = *count;
	char *at;

	memcpy(&at, list, sizeof at);
	if ((n & (n - 1)) == 0) {
		char *longer = realloc(at, (n ? n * 2 : 1) * size);
		if (!longer)
			return NULL;
		at = longer;
		memcpy(list, &at, sizeof at);
	}
	++*count;
	return memset(at + n * size, 0, size);
}
