#ifndef CORE_WATCH_H
#define CORE_WATCH_H

#include <stdbool.h>

#include "core/results.h"

/* Which servers are up, round by round. It holds no more than the servers of
 * the latest rounds, whatever came before. */

/* A server is down that did not answer in so many rounds in a row. */
enum { WATCH_MISSES = 3 };

struct watch {
	struct results up;
};

/* KEY must be random and secret. */
void watch_init(struct watch *watch, struct siphash_key key);
void watch_release(struct watch *watch);

/* Whether that server is up by the rounds before. */
bool watch_knows(const struct watch *watch, const struct result *result);

/*
 * A round is over. ANSWERED, which was not sorted, is taken over and is empty
 * afterwards. DOWN is told, by address and port, of each server that is up no
 * more; of one that there is no room or memory for, too, so that each that came
 * up goes down.
 */
void watch_end_round(struct watch *watch, struct results *answered,
	void (*down)(void *context, const struct result *result),
	void *context);

#endif
