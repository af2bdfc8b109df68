#ifndef SYS_RESOLVE_H
#define SYS_RESOLVE_H

#include "core/dns.h"

/*
 * The IPv4 addresses of a host: by /etc/hosts, else by the name servers of
 * /etc/resolv.conf, over UDP. NULL, or why there is none, and then FOUND is
 * empty. Takes as long as resolv.conf(5) lets one attempt take, 5 s unless it
 * says otherwise.
 */
const char *resolve(struct slice name, struct dns_addresses *found);

#endif
