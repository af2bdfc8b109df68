#include "sys/random.h"

#include <string.h>
#include <sys/auxv.h>

struct siphash_key random_key(void)
{
	struct siphash_key key = {{0}};
	const void *bytes = (const void *)getauxval(AT_RANDOM);

	if (bytes)
		memcpy(&key, bytes, sizeof key);
	return key;
}
