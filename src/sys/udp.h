#ifndef SYS_UDP_H
#define SYS_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/datagram.h"

/* More than any datagram of IPv4 holds. */
enum { UDP_BUFFER_SIZE = 65536 };

/*
 * A socket bound to 0.0.0.0 and PORT (0: any), since one that is bound to an
 * address hears no broadcast; tells where datagrams came in (IP_PKTINFO, ip(7));
 * never blocks. Its buffers are as large as the kernel lets them be, 4 MiB at
 * most: the one to receive holds a burst, the one to send what waits for
 * neighbours that never answer ARP (832 bytes each, for 3 s) and would keep
 * replies from all others. No SO_REUSEADDR: a taken port is EADDRINUSE. The kernel
 * drops what is not MESSAGE, whose at may be NULL, as far as it can:
 * core/probe_filter.h. A descriptor, or -1 with errno.
 */
int udp_open(uint16_t port, struct slice message);
/* Makes a socket that was passed to us the same, but for where it is bound. 0, or
 * -1 with errno. */
int udp_adopt(int fd, struct slice message);
/* Where a UDP socket of IPv4 is bound. 0, or -1 with errno: EAFNOSUPPORT where it
 * is anything else. */
int udp_bound_to(int fd, struct endpoint *local);
/* Whether the kernel drops what is not the message. */
bool udp_is_filtered(int fd);
/* The same for one that asks: it may send broadcasts, and a send that the kernel
 * drops fails with ENOBUFS (IP_RECVERR, ip(7)), in place of being lost. */
int udp_open_client(uint16_t port);

/* One datagram to TO. INTERFACE pins it to that one (0: as routing says), FROM
 * is its source address (0: the kernel's choice). 0, or -1 with errno. */
int udp_send(int fd, struct slice data, struct endpoint to, int interface,
	uint32_t from);

/* The same from such a client, to whose next call the kernel tells what became
 * of an earlier datagram: that is passed over. */
int udp_ask(int fd, struct slice data, struct endpoint to, int interface);
/* Passes over what the kernel has to tell of earlier datagrams, which it keeps
 * in the receive buffer. Whether there was any. */
bool udp_drain_errors(int fd);
/* Bytes that wait in the send buffer; 0 where that can't be told. */
size_t udp_queued(int fd);

/* The next datagram, into BUFFER of SIZE bytes, which DATAGRAM points into. 1;
 * 0 where there is none now; -1 with errno. */
int udp_receive(int fd, char *buffer, size_t size, struct datagram *datagram);

/* How many datagrams the kernel dropped, for want of room or by the filter
 * (SO_MEMINFO), since the socket was made; before Linux 4.12 it can't tell. */
#define UDP_DROPPED_UNKNOWN UINT32_MAX
uint32_t udp_dropped(int fd);

#endif
