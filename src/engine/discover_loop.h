#ifndef ENGINE_DISCOVER_LOOP_H
#define ENGINE_DISCOVER_LOOP_H

#include <stdint.h>

#include "core/discovery.h"

/* What the loop tells as it goes. */
struct discover_observer {
	void *context;
	/* Its socket is open. */
	void (*opened)(void *context);
	/* A step is about to be taken, at NOW_NS of event_now_ns. */
	void (*stepping)(void *context, int64_t now_ns);
	/* A probe to TARGET went out (ERROR 0) or did not (an errno). */
	void (*sent)(void *context, const struct target *target, int error);
	/* The neighbour table can't be looked at, an errno says why: told once. */
	void (*blind)(void *context, int error);
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
	uint32_t dropped; /* by the kernel, as udp_dropped tells */
};

/* Runs DISCOVERY, which is prepared, to its end, from its own socket on
 * SOURCE_PORT (0: any). 0; -1 with errno where it could not run. */
int discover_loop(struct discovery *discovery, uint16_t source_port,
	const struct discover_observer *observer, struct discover_end *end);

#endif
