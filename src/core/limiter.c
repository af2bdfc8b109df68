#include "core/limiter.h"

#include "base/num.h"

void limiter_init(
	struct limiter *limiter, struct rate rate, struct siphash_key key)
{
	*limiter = (struct limiter){.key = key};
	if (rate.per_second == 0)
		return;
	limiter->gap_ns = NS_PER_S / rate.per_second;
	limiter->all_gap_ns = limiter->gap_ns / LIMITER_ALL_FACTOR;
	/* The burst of all is as many times higher as its gap is shorter. */
	limiter->most_ns = limiter->gap_ns * rate.burst;
}

/* When the bucket is full again if one more token is taken now; each comes back
 * after GAP_NS. */
static int64_t full_after(int64_t full_ns, int64_t gap_ns, int64_t now_ns)
{
	return (full_ns > now_ns ? full_ns : now_ns) + gap_ns;
}

/* The entry of ADDR, or the one in its set that is given up for it: the
 * fullest, whose loss lets nobody have more than he had anyway. So whoever is
 * limited stays known, however many others are made up. */
static struct limiter_entry *find(struct limiter *limiter, uint32_t addr)
{
	size_t set = (size_t)siphash(&limiter->key, &addr, sizeof addr) %
		     LIMITER_SETS;
	struct limiter_entry *entries = limiter->entries[set];
	struct limiter_entry *fullest = &entries[0];

	for (size_t i = 0; i < LIMITER_WAYS; i++) {
		if (entries[i].addr == addr)
			return &entries[i];
		if (entries[i].full_ns < fullest->full_ns)
			fullest = &entries[i];
	}
	*fullest = (struct limiter_entry){0, addr};
	return fullest;
}

/* Whether there is a token of all, with ROOM_NS left when it is taken. */
static bool draw(struct limiter *limiter, int64_t room_ns)
{
	if (room_ns < 0)
		limiter->strained = true;
	if (room_ns < 0 || !limiter->strained)
		return room_ns >= 0;
	int64_t low_ns = limiter->most_ns / LIMITER_CHANCE_PART;
	if (room_ns >= low_ns) {
		limiter->strained = false;
		return true;
	}
	uint64_t n = ++limiter->draws;
	uint64_t chance = siphash(&limiter->key, &n, sizeof n);
	return (int64_t)(chance % (uint64_t)low_ns) < room_ns;
}

bool limiter_take(struct limiter *limiter, uint32_t addr, int64_t now_ns)
{
	if (limiter->gap_ns == 0)
		return true;
	struct limiter_entry *entry = find(limiter, addr);
	int64_t most_ns = limiter->most_ns;
	int64_t full_ns = full_after(entry->full_ns, limiter->gap_ns, now_ns);
	int64_t all_full_ns = full_after(
		limiter->all_full_ns, limiter->all_gap_ns, now_ns);

	if (full_ns - now_ns > most_ns ||
		!draw(limiter, most_ns - (all_full_ns - now_ns)))
		return false;
	entry->full_ns = full_ns;
	limiter->all_full_ns = all_full_ns;
	return true;
}
