#include "core/rounds.h"

int64_t rounds_due_ns(int64_t timeout_ns, unsigned retries, unsigned k)
{
	/* T is below 2^60 and the factor below 2^17: divide first. */
	int64_t unit = timeout_ns >> (retries + 1);
	int64_t rest = timeout_ns - (unit << (retries + 1));
	int64_t factor = ((int64_t)1 << k) - 1;

	return unit * factor + (rest * factor >> (retries + 1));
}
