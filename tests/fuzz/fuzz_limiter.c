/* Whoever asks at whatever times: the limiter lets him have what his bucket holds,
 * as naive buckets of tokens say; all together, no more than the one of all; chance
 * denies only after that one was empty, and until it is fuller. Repeats of errors
 * are told of once in ten minutes, and each is counted. */
#include "fuzz.h"

#include "base/num.h"
#include "core/limiter.h"
#include "core/repeats.h"

enum { ASKERS = 256, KINDS = 40 };

/* What is in it, in the time that it takes to fill. */
struct bucket {
	int64_t full_ns, gap_ns, left_ns, then_ns;
};

static struct model {
	struct bucket askers[ASKERS], all;
	bool strained;
} model;

static void begin(struct bucket *bucket, int64_t full_ns, int64_t gap_ns)
{
	*bucket = (struct bucket){full_ns, gap_ns, full_ns, 0};
}

static void fill(struct bucket *bucket, int64_t now_ns)
{
	bucket->left_ns += now_ns - bucket->then_ns;
	if (bucket->left_ns > bucket->full_ns)
		bucket->left_ns = bucket->full_ns;
	bucket->then_ns = now_ns;
}

static void begin_model(struct rate rate)
{
	int64_t gap_ns = rate.per_second ? NS_PER_S / rate.per_second : 0;
	int64_t full_ns = gap_ns * rate.burst;

	for (size_t i = 0; i < ASKERS; i++)
		begin(&model.askers[i], full_ns, gap_ns);
	begin(&model.all, full_ns, gap_ns / LIMITER_ALL_FACTOR);
	model.strained = false;
}

static void check_take(bool taken, size_t asker, int64_t now_ns)
{
	struct bucket *own = &model.askers[asker], *all = &model.all;

	fill(own, now_ns);
	fill(all, now_ns);
	if (own->left_ns < own->gap_ns) {
		expect(!taken);
		return;
	}
	/* Chance begins when it is empty, and ends when a tenth is left. */
	int64_t left_ns = all->left_ns - all->gap_ns;
	if (left_ns < 0)
		model.strained = true;
	else if (left_ns >= all->full_ns / LIMITER_CHANCE_PART)
		model.strained = false;
	expect(taken ? left_ns >= 0 : model.strained);
	if (!taken)
		return;
	own->left_ns -= own->gap_ns;
	all->left_ns -= all->gap_ns;
}

/* A run of askers, at a pace. */
static void ask(struct limiter *limiter, struct slice *in, int64_t *now_ns)
{
	size_t first = fuzz_number(in, 255), many = fuzz_number(in, 255);
	int step = (int)fuzz_number(in, 3);
	uint8_t scale = (uint8_t)fuzz_number(in, 255);
	int64_t gap_ns = ((int64_t)scale & 15) << ((scale >> 4) * 2);

	for (size_t i = 0; i < many; i++, *now_ns += gap_ns) {
		size_t asker = (first + i * (size_t)step) % ASKERS;
		uint32_t addr = 0x0a000001 + (uint32_t)asker;
		bool taken = limiter_take(limiter, addr, *now_ns);
		if (limiter->gap_ns)
			check_take(taken, asker, *now_ns);
		else
			expect(taken);
	}
}

static void check_limiter(struct slice in)
{
	static struct limiter limiter;
	const struct siphash_key key = {{3, 4}};
	uint64_t most = fuzz_flag(&in) ? LIMITER_RATE_MAX : 100;
	struct rate rate = {.per_second = (unsigned)fuzz_number(&in, most)};
	int64_t now_ns = 1 + (int64_t)fuzz_number(&in, UINT32_MAX);

	rate.burst = 1 + (unsigned)fuzz_number(&in, most * 2 - 1);
	limiter_init(&limiter, rate, key);
	begin_model(rate);
	for (int turns = 0; in.len > 0 && turns < 16; turns++)
		ask(&limiter, &in, &now_ns);
}

/* One error as it should be told of. */
static struct {
	int64_t told_ns;
	uint64_t held;
	bool known;
} kinds[KINDS];

static void check_due(struct repeats *repeats, int64_t now_ns)
{
	const int64_t gap_ns = REPEATS_GAP_S * (int64_t)NS_PER_S;
	struct repeat repeat;

	while (repeats_due(repeats, now_ns, &repeat)) {
		expect(repeat.held && repeat.what < KINDS);
		expect(repeat.held == kinds[repeat.what].held);
		expect(now_ns - kinds[repeat.what].told_ns >= gap_ns);
		kinds[repeat.what].held = 0;
		kinds[repeat.what].told_ns = now_ns;
	}
	for (size_t i = 0; i < KINDS; i++) {
		if (!kinds[i].known || now_ns - kinds[i].told_ns < gap_ns)
			continue;
		expect(!kinds[i].held);
		kinds[i].known = false;
	}
}

static void check_repeats(struct slice in)
{
	struct repeats repeats = {.count = 0};
	int64_t now_ns = 1;
	size_t known = 0;

	memset(kinds, 0, sizeof kinds);
	while (in.len > 0) {
		unsigned what = (unsigned)fuzz_number(&in, KINDS - 1);
		now_ns += (int64_t)fuzz_number(&in, 255) * NS_PER_S * 3;
		check_due(&repeats, now_ns);
		expect(repeats_next(&repeats) > now_ns);
		known = 0;
		for (size_t i = 0; i < KINDS; i++)
			known += kinds[i].known;
		expect(known == repeats.count);
		bool fresh = !kinds[what].known && known < REPEATS_MAX;
		expect(repeats_note(&repeats, what, -(int)what, now_ns) ==
			fresh);
		kinds[what].held += kinds[what].known;
		if (fresh) {
			kinds[what].known = true;
			kinds[what].held = 0;
			kinds[what].told_ns = now_ns;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);

	if (fuzz_flag(&in))
		check_repeats(in);
	else
		check_limiter(in);
	return 0;
}
