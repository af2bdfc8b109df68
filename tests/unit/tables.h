#ifndef TABLES_H
#define TABLES_H

#include "unit.h"

#include "base/num.h"

/* What rows are made of. */

#define MS(n) ((int64_t)(n)*NS_PER_MS)
#define SECONDS(n) ((int64_t)(n)*NS_PER_S)

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* The slice of every byte of a literal, NULs too, less the one at its end. */
#define BYTES(text)                                                            \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

/* The bytes of S alone on the heap, so that ASan sees whoever reads on;
 * NULL stays NULL. */
static inline struct slice exact(struct slice s)
{
	char *copy;

	if (!s.at)
		return s;
	copy = malloc(s.len ? s.len : 1);
	assert_non_null(copy);
	memcpy(copy, s.at, s.len);
	return (struct slice){copy, s.len};
}

static inline void exact_free(struct slice s)
{
	free((void *)(uintptr_t)s.at);
}

#endif
