#ifndef SYS_NEIGHBOURS_H
#define SYS_NEIGHBOURS_H

#include "core/pace.h"

/* The kernel's table of IPv4 neighbours (arp(7)), asked by rtnetlink(7). */
struct neighbours {
	int fd; /* -1: not open yet */
	size_t size;
};

#define NEIGHBOURS_CLOSED                                                      \
	{                                                                      \
		-1, 0                                                          \
	}

/* Fills TABLE with what there is now, all but QUEUED. 0, or -1 with errno.
 * neighbours_close is due in any case. */
int neighbours_look(struct neighbours *neighbours, struct pace_table *table);
void neighbours_close(struct neighbours *neighbours);

#endif
