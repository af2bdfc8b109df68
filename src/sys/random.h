#ifndef SYS_RANDOM_H
#define SYS_RANDOM_H

#include "base/siphash.h"

/* The 16 random bytes that the kernel gives to each process (AT_RANDOM,
 * getauxval(3)): no system call, and no failure. */
struct siphash_key random_key(void);

#endif
