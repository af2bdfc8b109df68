#include "core/results.h"

#include <stdlib.h>
#include <string.h>

void results_init(struct results *results, struct siphash_key key)
{
	*results = (struct results){.key = key};
}

void results_release(struct results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		free((char *)results->at[i].raw.at);
		free(results->at[i].paths);
	}
	free(results->at);
	free(results->slots);
	results_init(results, results->key);
}

/* The slot that holds SERVER, or the free one where it belongs. */
static uint32_t *find_slot(
	const struct results *results, struct endpoint server)
{
	uint64_t id = (uint64_t)server.addr << 16 | server.port;
	size_t mask = results->slot_count - 1;
	size_t i = (size_t)siphash(&results->key, &id, sizeof id) & mask;

	for (;; i = (i + 1) & mask) {
		uint32_t held = results->slots[i];
		if (!held)
			return &results->slots[i];
		const struct endpoint *other = &results->at[held - 1].server;
		if (other->addr == server.addr && other->port == server.port)
			return &results->slots[i];
	}
}

/* Makes room for one more server; the slots are never more than half full. */
static bool grow(struct results *results)
{
	if (results->count < results->size)
		return true;
	size_t size = results->size ? results->size * 2 : 8;
	uint32_t *slots = calloc(size * 2, sizeof *slots);
	struct result *at = realloc(results->at, size * sizeof *at);
	if (at)
		results->at = at;
	if (!slots || !at) {
		free(slots);
		return false;
	}
	free(results->slots);
	results->slots = slots;
	results->slot_count = size * 2;
	results->size = size;
	for (size_t i = 0; i < results->count; i++)
		*find_slot(results, at[i].server) = (uint32_t)i + 1;
	return true;
}

/* Its own copy of the reply and the list of paths; false without memory. */
static bool copy(struct result *to, const struct result *found,
	const struct result_path *path)
{
	char *raw = malloc(found->raw.len ? found->raw.len : 1);
	struct result_path *paths = malloc(sizeof *paths);

	if (!raw || !paths) {
		free(raw);
		free(paths);
		return false;
	}
	if (found->raw.len)
		memcpy(raw, found->raw.at, found->raw.len);
	*paths = *path;
	*to = *found;
	to->raw.at = raw;
	to->paths = paths;
	to->path_count = 1;
	return true;
}

/* A path is another one by its interface or its source. */
static void add_path(struct result *to, const struct result_path *path)
{
	for (size_t i = 0; i < to->path_count; i++)
		if (to->paths[i].interface == path->interface &&
			to->paths[i].source == path->source)
			return;
	if (to->path_count == RESULT_PATHS_MAX)
		return;
	struct result_path *paths = realloc(
		to->paths, (to->path_count + 1) * sizeof *paths);
	if (!paths)
		return;
	to->paths = paths;
	to->paths[to->path_count++] = *path;
}

enum results_outcome results_add(struct results *results,
	const struct result *found, const struct result_path *path,
	const struct result **at)
{
	uint32_t *slot = NULL;

	*at = NULL;
	if (results->slot_count)
		slot = find_slot(results, found->server);
	if (slot && *slot) {
		struct result *known = &results->at[*slot - 1];
		add_path(known, path);
		*at = known;
		return RESULTS_KNOWN;
	}
	if (results->count == RESULTS_MAX ||
		found->raw.len > RESULTS_RAW_MAX - results->raw_total ||
		!grow(results) ||
		!copy(&results->at[results->count], found, path))
		return RESULTS_FULL;
	results->raw_total += found->raw.len;
	*at = &results->at[results->count++];
	*find_slot(results, found->server) = (uint32_t)results->count;
	return RESULTS_NEW;
}

static int compare(const void *a, const void *b)
{
	const struct endpoint *x = &((const struct result *)a)->server;
	const struct endpoint *y = &((const struct result *)b)->server;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->port > y->port) - (x->port < y->port);
}

void results_sort(struct results *results)
{
	if (results->count)
		qsort(results->at, results->count, sizeof *results->at,
			compare);
}
