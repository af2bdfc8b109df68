#ifndef MEMORY_WHOLE_H
#define MEMORY_WHOLE_H

#include "memory.h"

/* All memory that runs out: what stands in a piece of malloc's, too, as a server
 * of the results does, a service, and each value of cJSON. */

/* Its own body would be a leak to those who read it. */
#ifndef ANALYZED
void *malloc(size_t size)
{
	static void *(*real)(size_t);

	if (!real) {
		void *found = dlsym(RTLD_NEXT, "malloc");
		memcpy(&real, &found, sizeof real);
	}
	return memory_take() ? real(size) : NULL;
}
#endif

#endif
