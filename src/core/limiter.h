#ifndef CORE_LIMITER_H
#define CORE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/siphash.h"

/*
 * How many replies go to one asker, and to all, so that nobody can make us
 * flood somebody else by forging his address. Buckets of tokens, each told by
 * the one time at which it is full again (GCRA, ITU-T I.371): a fixed table,
 * whatever comes.
 *
 * Once the bucket of all was empty, and until it fills again, chance decides
 * (as in random early detection, Floyd and Jacobson, 1993): a steady flood would
 * take each token as it comes, and somebody who asks now and then would find
 * none.
 */

/* Replies a second, and how many at once; per_second 0 is no limit. */
struct rate {
	unsigned per_second;
	unsigned burst; /* at least 1 */
};

enum {
	LIMITER_RATE_MAX = 1000000,
	LIMITER_BURST_MAX = 2 * LIMITER_RATE_MAX,
	LIMITER_ALL_FACTOR = 100, /* so much more than one may have go to all */
	LIMITER_CHANCE_PART = 10, /* of its burst is full enough again */
	LIMITER_SETS = 512,
	LIMITER_WAYS = 8, /* askers that share a set */
};

struct limiter_entry {
	int64_t full_ns; /* when its bucket is full: what is past is unused */
	uint32_t addr;
};

struct limiter {
	int64_t gap_ns; /* after which a token is there again; 0: no limit */
	int64_t all_gap_ns; /* the same of the bucket of all */
	int64_t most_ns; /* a whole bucket, that of all too */
	struct siphash_key key;
	int64_t all_full_ns;
	bool strained; /* the bucket of all was empty */
	uint64_t draws; /* of chance, so far */
	struct limiter_entry entries[LIMITER_SETS][LIMITER_WAYS];
};

/* KEY must be random and secret: then nobody can choose who shares a set. */
void limiter_init(
	struct limiter *limiter, struct rate rate, struct siphash_key key);

/* Whether a reply may go to ADDR at NOW_NS, a time above 0 of a clock that never
 * runs backwards; if so, it is counted. */
bool limiter_take(struct limiter *limiter, uint32_t addr, int64_t now_ns);

#endif
