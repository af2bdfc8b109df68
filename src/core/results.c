#include "core/results.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"

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

static bool is_same(const struct result *a, const struct result *b)
{
	return a->server.addr == b->server.addr &&
	       a->server.port == b->server.port &&
	       slice_equal(a->fields, b->fields);
}

static size_t hash(const struct results *results, const struct result *result)
{
	uint64_t id = (uint64_t)result->server.addr << 16 | result->server.port;
	uint64_t sum = siphash(&results->key, &id, sizeof id);

	if (result->fields.len > 0)
		sum ^= siphash(
			&results->key, result->fields.at, result->fields.len);
	return (size_t)sum;
}

/* The slot that holds the same server, or the free one where it belongs. */
static uint32_t *find_slot(
	const struct results *results, const struct result *result)
{
	size_t mask = results->slot_count - 1;
	size_t i = hash(results, result) & mask;

	for (;; i = (i + 1) & mask) {
		uint32_t held = results->slots[i];
		if (!held || is_same(&results->at[held - 1], result))
			return &results->slots[i];
	}
}

/* Makes room for one more server; the slots are never more than half full. */
static bool grow(struct results *results)
{
	if (results->count < results->slot_count / 2)
		return true;
	size_t size = results->slot_count ? results->slot_count : 8;
	uint32_t *slots = calloc(size * 2, sizeof *slots);
	struct result *at = list_resize(
		results->at, results->count, size, sizeof *at);
	if (at)
		results->at = at;
	if (!slots || !at) {
		free(slots);
		return false;
	}
	free(results->slots);
	results->slots = slots;
	results->slot_count = size * 2;
	for (size_t i = 0; i < results->count; i++)
		*find_slot(results, &at[i]) = (uint32_t)i + 1;
	return true;
}

/* Bytes that a server keeps. */
static size_t size_of(const struct result *result)
{
	return result->raw.len + result->fields.len;
}

static void move(struct slice *part, char *to)
{
	if (part->len > 0)
		memcpy(to, part->at, part->len);
	if (part->at)
		part->at = to;
}

/* Its own copy of the reply, the fields behind it, and the list of paths; false
 * without memory. */
static bool copy(struct result *to, const struct result *found,
	const struct result_path *path)
{
	char *bytes = malloc(size_of(found) + 1);
	struct result_path *paths = malloc(sizeof *paths);

	if (!bytes || !paths) {
		free(bytes);
		free(paths);
		return false;
	}
	*paths = *path;
	*to = *found;
	move(&to->raw, bytes);
	to->raw.at = bytes; /* which frees both */
	move(&to->fields, bytes + to->raw.len);
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
	struct result_path *paths = list_resize(
		to->paths, to->path_count, to->path_count + 1, sizeof *paths);
	if (!paths)
		return;
	to->paths = paths;
	to->paths[to->path_count++] = *path;
}

/* Makes room for one more that is as large as RESULT. */
static bool make_room(struct results *results, const struct result *result)
{
	return results->count < RESULTS_MAX &&
	       size_of(result) <= RESULTS_RAW_MAX - results->raw_total &&
	       grow(results);
}

/* Counts in the server that stands behind the last one. */
static const struct result *take(struct results *results)
{
	const struct result *at = &results->at[results->count];
	uint32_t *slot = find_slot(results, at);

	results->raw_total += size_of(at);
	*slot = (uint32_t)++results->count;
	return at;
}

bool results_hold(const struct results *results, const struct result *result)
{
	return results->slot_count && *find_slot(results, result);
}

bool results_move(struct results *results, struct result *from)
{
	if (!make_room(results, from))
		return false;
	results->at[results->count] = *from;
	take(results);
	*from = (struct result){.raw = {NULL, 0}};
	return true;
}

enum results_outcome results_add(struct results *results,
	const struct result *found, const struct result_path *path,
	const struct result **at)
{
	uint32_t *slot = NULL;

	*at = NULL;
	if (results->slot_count)
		slot = find_slot(results, found);
	if (slot && *slot) {
		struct result *known = &results->at[*slot - 1];
		add_path(known, path);
		*at = known;
		return RESULTS_KNOWN;
	}
	if (!make_room(results, found) ||
		!copy(&results->at[results->count], found, path))
		return RESULTS_FULL;
	*at = take(results);
	return RESULTS_NEW;
}

static int compare(const void *a, const void *b)
{
	const struct result *x = a, *y = b;

	if (x->server.addr != y->server.addr)
		return x->server.addr < y->server.addr ? -1 : 1;
	if (x->server.port != y->server.port)
		return x->server.port < y->server.port ? -1 : 1;
	return slice_compare(x->fields, y->fields);
}

void results_sort(struct results *results)
{
	list_sort(results->at, results->count, sizeof *results->at, compare);
}
