#ifndef CORE_DATAGRAM_H
#define CORE_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "core/ipv4.h"

/* A datagram as it was received. */
struct datagram {
	struct slice data; /* what fitted the buffer */
	bool truncated; /* there was more */
	struct endpoint source;
	uint32_t destination; /* of the IP header: ipi_addr of ip(7) */
	uint32_t own_address; /* ipi_spec_dst of ip(7) */
	int interface; /* the index of the one it came in on */
};

#endif
