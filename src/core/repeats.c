#include "core/repeats.h"

#include "base/num.h"

static const int64_t gap_ns = (int64_t)REPEATS_GAP_S * NS_PER_S;

bool repeats_note(
	struct repeats *repeats, unsigned what, int error, int64_t now_ns)
{
	for (size_t i = 0; i < repeats->count; i++) {
		struct repeat *r = &repeats->at[i];
		if (r->what == what && r->error == error) {
			r->held++;
			return false;
		}
	}
	if (repeats->count == REPEATS_MAX)
		return false;
	repeats->at[repeats->count++] = (struct repeat){what, error, 0, now_ns};
	return true;
}

bool repeats_due(struct repeats *repeats, int64_t now_ns, struct repeat *repeat)
{
	for (size_t i = 0; i < repeats->count;) {
		struct repeat *r = &repeats->at[i];
		if (now_ns - r->told_ns < gap_ns) {
			i++;
			continue;
		}
		*repeat = *r;
		if (r->held) {
			r->held = 0;
			r->told_ns = now_ns;
			return true;
		}
		*r = repeats->at[--repeats->count];
	}
	return false;
}

int64_t repeats_next(const struct repeats *repeats)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < repeats->count; i++)
		if (repeats->at[i].told_ns + gap_ns < next_ns)
			next_ns = repeats->at[i].told_ns + gap_ns;
	return next_ns;
}
