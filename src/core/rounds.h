#ifndef CORE_ROUNDS_H
#define CORE_ROUNDS_H

#include <stdint.h>

/*
 * How long after the start round K (the first is 0) is due: T(2^K-1)/2^(N+1)
 * with the timeout T and N retries, so that each wait is twice the one before
 * and the last is the longest.
 */
int64_t rounds_due_ns(int64_t timeout_ns, unsigned retries, unsigned k);

#endif
