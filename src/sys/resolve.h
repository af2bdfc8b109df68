#ifndef SYS_RESOLVE_H
#define SYS_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

enum { RESOLVE_MAX = 48 };

/* The IPv4 addresses of a host by /etc/hosts and DNS, RESOLVE_MAX at most. How
 * many; 0 where there is none or it can't be told, and *REASON says why. */
size_t resolve(
	const char *name, uint32_t addresses[RESOLVE_MAX], const char **reason);

#endif
