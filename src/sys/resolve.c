#include "sys/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

/* gethostbyname2 brings half of what getaddrinfo does into a static binary, and
 * knows A records, which is all that is wanted. */
size_t resolve(
	const char *name, uint32_t addresses[RESOLVE_MAX], const char **reason)
{
	struct hostent host, *found = NULL;
	char buffer[8192];
	int error = 0;
	size_t count = 0;

	if (gethostbyname2_r(name, AF_INET, &host, buffer, sizeof buffer,
		    &found, &error) != 0 ||
		!found) {
		*reason = hstrerror(error);
		return 0;
	}
	for (char **at = found->h_addr_list; *at && count < RESOLVE_MAX; at++) {
		uint32_t address;
		memcpy(&address, *at, sizeof address);
		addresses[count++] = ntohl(address);
	}
	return count;
}
