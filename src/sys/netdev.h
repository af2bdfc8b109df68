#ifndef SYS_NETDEV_H
#define SYS_NETDEV_H

#include "core/netif.h"

/* Fills TABLE with the interfaces and IPv4 addresses of this host, asked of
 * the kernel by rtnetlink(7). 0, or -1 with errno and TABLE as it was; what
 * TABLE held is released only on success. */
int netdev_load(struct netif_table *table);

/* A descriptor that is readable when interfaces or addresses changed. -1 with
 * errno. */
int netdev_watch(void);
/* Takes what is readable there. 1 where the table is to be loaded again; 0 where
 * not; -1 with errno where that can't be told. */
int netdev_changed(int watch_fd);

#endif
