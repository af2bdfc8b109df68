#include "core/watch.h"

void watch_init(struct watch *watch, struct siphash_key key)
{
	results_init(&watch->up, key);
}

void watch_release(struct watch *watch)
{
	results_release(&watch->up);
}

bool watch_knows(const struct watch *watch, const struct result *result)
{
	return results_hold(&watch->up, result);
}

void watch_end_round(struct watch *watch, struct results *answered,
	void (*down)(void *context, const struct result *result), void *context)
{
	struct results before = watch->up;

	watch->up = *answered;
	results_init(answered, before.key);
	results_sort(&before);
	for (size_t i = 0; i < before.count; i++) {
		struct result *server = &before.at[i];
		if (results_hold(&watch->up, server))
			continue;
		if (++server->missed < WATCH_MISSES &&
			results_move(&watch->up, server))
			continue;
		down(context, server);
	}
	results_release(&before);
}
