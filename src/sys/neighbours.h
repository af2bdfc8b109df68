#ifndef SYS_NEIGHBOURS_H
#define SYS_NEIGHBOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pace.h"

/* The kernel's table of IPv4 neighbours (arp(7)), asked by rtnetlink(7). */
struct neighbours {
	int fd; /* -1: not open yet */
	size_t size;
	size_t queue; /* the least of all interfaces */
	size_t entries; /* of all network namespaces, which are told by number */
};

#define NEIGHBOURS_CLOSED                                                      \
	{                                                                      \
		-1, 0, 0, 0                                                    \
	}

/* When an address was asked, by event_now_ns; 0: it was not. */
struct neighbours_asked {
	int64_t (*at)(const void *context, uint32_t addr);
	const void *context;
};

/* Fills TABLE with what there is now, all but QUEUED, and OTHERS on demand only.
 * 0, or -1 with errno. neighbours_close is due in any case. */
int neighbours_look(struct neighbours *neighbours, struct pace_table *table,
	bool others, struct neighbours_asked asked);
/* errno stays as it is. */
void neighbours_close(struct neighbours *neighbours);

#endif
