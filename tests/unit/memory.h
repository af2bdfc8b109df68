#ifndef MEMORY_H
#define MEMORY_H

#include <cJSON.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Memory that runs out when a test wants it to. */

/* How many more calls get memory; below 0 it never ends. */
static long memory_left = -1;
/* Whether it ends for one call only. */
static bool memory_returns;
/* How many calls got none since memory_restore. */
static long memory_refused;

static inline bool memory_take(void)
{
	bool refused = memory_left == 0;

	memory_refused += refused;
	if (memory_left > 0 || (refused && memory_returns))
		memory_left--;
	return !refused;
}

/* Stands before the one of the C library, and of ASan: every buffer, list and
 * table of base and core grows through it. */
void *calloc(size_t count, size_t size)
{
	static void *(*real)(size_t, size_t);

	if (!real) {
		void *found = dlsym(RTLD_NEXT, "calloc");
		memcpy(&real, &found, sizeof real);
	}
	return memory_take() ? real(count, size) : NULL;
}

static inline void *memory_for_cjson(size_t size)
{
	return memory_take() ? malloc(size) : NULL;
}

/* From now on cJSON takes its memory here, too. */
static inline void memory_limits_cjson(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){memory_for_cjson, free});
}

/* Memory never ends again. */
static inline void memory_restore(void)
{
	memory_left = -1;
	memory_returns = false;
	memory_refused = 0;
	cJSON_InitHooks(NULL);
}

#endif
