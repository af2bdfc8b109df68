#ifndef SYS_UDP_H
#define SYS_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/datagram.h"

/* A datagram of the greatest size, and one byte to see that there is none
 * longer. */
enum { UDP_BUFFER_SIZE = 65536 };

/*
 * A socket bound to 0.0.0.0 and PORT (0: any), since one that is bound to an
 * address hears no broadcast; may send some where BROADCAST says so; tells
 * where datagrams came in (IP_PKTINFO, ip(7)); never blocks. Its buffers are as
 * large as the kernel lets them be, 4 MiB at most: the one to receive holds a
 * burst, the one to send what waits for neighbours that never answer ARP (832
 * bytes each, for 3 s) and would keep replies from all others. No SO_REUSEADDR:
 * a taken port is EADDRINUSE. A descriptor, or -1 with errno.
 */
int udp_open(uint16_t port, bool broadcast);

/* One datagram to TO. INTERFACE pins it to that one (0: as routing says), FROM
 * is its source address (0: the kernel's choice). 0, or -1 with errno. */
int udp_send(int fd, struct slice data, struct endpoint to, int interface,
	uint32_t from);

/* The next datagram, into BUFFER of SIZE bytes, which DATAGRAM points into. 1;
 * 0 where there is none now; -1 with errno. */
int udp_receive(int fd, char *buffer, size_t size, struct datagram *datagram);

/* How many datagrams the kernel dropped for want of room (SO_MEMINFO); 0 where
 * it can't tell. */
uint32_t udp_dropped(int fd);

#endif
