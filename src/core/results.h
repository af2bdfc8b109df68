#ifndef CORE_RESULTS_H
#define CORE_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "base/str.h"
#include "core/ipv4.h"
#include "core/netif.h"

enum {
	RESULTS_MAX = 65536,
	RESULTS_RAW_MAX = 64 << 20, /* bytes of replies and fields kept */
	RESULT_PATHS_MAX = 16,
};

/* One way by which a server's reply came. */
struct result_path {
	int interface; /* index */
	uint32_t source;
	int64_t rtt_ns;
	char name[NETIF_NAME_SIZE]; /* of the interface, or empty */
};

/* A server that answered. */
struct result {
	struct endpoint server; /* with FIELDS what makes it different */
	struct slice fields; /* of TGED, for tged_next_field */
	struct endpoint claimed; /* what the reply says; port 0 for none */
	bool has_claimed_addr;
	uint16_t source_port;
	unsigned attempt; /* the round of the probe it answered, from 1 */
	bool local;
	struct slice raw;
	struct result_path *paths; /* the first one is the first reply's */
	size_t path_count;
	unsigned missed; /* rounds of a watch in a row without an answer */
};

/* Servers in the order in which they came, found by a keyed hash. */
struct results {
	struct result *at;
	size_t count;
	size_t raw_total; /* bytes that all of them keep */
	uint32_t *slots; /* 1 + position in AT, or 0 */
	size_t slot_count; /* a power of two, or 0; AT has room for half as many */
	struct siphash_key key;
};

enum results_outcome {
	RESULTS_NEW,
	RESULTS_KNOWN,
	RESULTS_FULL, /* a bound is reached, or memory is: not kept */
};

/* KEY must be random and secret. */
void results_init(struct results *results, struct siphash_key key);
void results_release(struct results *results);

/* Adds a copy of FOUND, whose one path is PATH, or adds that path to the same
 * server's. *AT is the server in the table, NULL where it was not kept; it is
 * good until the next call. */
enum results_outcome results_add(struct results *results,
	const struct result *found, const struct result_path *path,
	const struct result **at);

/* Moves FROM, a server of another table that is not in this one, with all that it
 * holds. False, and FROM as it was, where it can't be kept. */
bool results_move(struct results *results, struct result *from);
/* Whether the table holds the same server. */
bool results_hold(const struct results *results, const struct result *result);

/* Orders the table by address, port, then fields; nothing can be added
 * or found afterwards. */
void results_sort(struct results *results);

#endif
