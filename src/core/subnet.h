#ifndef CORE_SUBNET_H
#define CORE_SUBNET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ipv4.h"

/*
 * Whether a network is likely to be many /24 broadcast domains behind one
 * large mask, so that a broadcast reaches few of its hosts: the heuristic of
 * django-udp-discovery-client.
 */
struct subnet_verdict {
	bool segmented;
	uint32_t broadcast; /* of the network */
	uint32_t likely_broadcast; /* of the /24 that holds the address */
	uint64_t total_hosts; /* all addresses, the first and last included */
	uint64_t segments; /* how many /24 networks it holds */
};

/* BROADCAST is the kernel's, or 0 for the computed one. */
struct subnet_verdict subnet_judge(struct network network, uint32_t broadcast);

#endif
