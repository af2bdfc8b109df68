#ifndef ENGINE_DISCOVER_LOOP_H
#define ENGINE_DISCOVER_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "core/discovery.h"

/* What the loop tells as it goes. */
struct discover_observer {
	void *context;
	/* A probe to TARGET went out (ERROR 0) or did not (an errno). */
	void (*sent)(void *context, const struct discovery_target *target,
		int error);
	/* A datagram came. */
	void (*received)(void *context, const struct datagram *datagram,
		enum discovery_verdict verdict);
	/* A server was found; a few are told of at a time, the rest at the end.
	 * False ends the run. */
	bool (*found)(void *context, const struct result *result);
};

/* How it ended. */
struct discover_end {
	int signal; /* that ended it, or 0 */
	uint32_t dropped; /* datagrams that the kernel dropped */
};

/* Runs DISCOVERY, whose targets are set, to its end, from its own socket.
 * 0; -1 with errno where it could not run. */
int discover_loop(struct discovery *discovery,
	const struct discover_observer *observer, struct discover_end *end);

#endif
