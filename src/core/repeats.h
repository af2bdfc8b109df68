#ifndef CORE_REPEATS_H
#define CORE_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which errors are told, so that one that comes again and again fills no log: the
 * first at once, and then every ten minutes how many there were. One that stays
 * away for ten minutes is new when it comes again. Times are nanoseconds of a
 * clock that never runs backwards.
 */
enum { REPEATS_MAX = 32, REPEATS_GAP_S = 600 };

struct repeat {
	unsigned what; /* of the caller: with ERROR it is one kind of error */
	int error;
	uint64_t held; /* how many came since it was told of */
	int64_t told_ns;
};

/* All zero at first. */
struct repeats {
	struct repeat at[REPEATS_MAX];
	size_t count;
};

/* Whether this one is to be told; else it is counted. Where there are more kinds
 * than REPEATS_MAX the rest is neither. */
bool repeats_note(
	struct repeats *repeats, unsigned what, int error, int64_t now_ns);
/* Takes one whose count is due at NOW_NS; false where none is. */
bool repeats_due(
	struct repeats *repeats, int64_t now_ns, struct repeat *repeat);
/* When to look for one, INT64_MAX: never. */
int64_t repeats_next(const struct repeats *repeats);

#endif
