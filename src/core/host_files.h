#ifndef CORE_HOST_FILES_H
#define CORE_HOST_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "core/dns.h"

/* The texts of hosts(5) and resolv.conf(5). */

/* Adds the IPv4 addresses of all lines of /etc/hosts that have NAME, in any
 * case; a dot at the end of NAME is passed over. */
void hosts_find(
	struct slice text, struct slice name, struct dns_addresses *found);
/* Whether it is localhost, or ends in .localhost, which is 127.0.0.1 and asked
 * of no server (RFC 6761, 6.3). */
bool host_is_local(struct slice name);

enum { RESOLV_SERVERS_MAX = 3 };

struct resolv_server {
	bool is_ipv6;
	uint32_t addr; /* of IPv4 */
	unsigned char addr6[16]; /* in the order of the network */
	struct slice zone; /* the interface of fe80::1%eth0; may be empty */
};

enum resolv_option {
	RESOLV_NDOTS, /* 0 to 15 */
	RESOLV_TIMEOUT_S, /* 1 to 30 */
	RESOLV_ATTEMPTS, /* 1 to 5 */
	RESOLV_OPTION_COUNT,
};

/* Slices point into the text. */
struct resolv_conf {
	size_t server_count; /* never 0: 127.0.0.1 where there is none */
	unsigned char options[RESOLV_OPTION_COUNT];
	struct slice search; /* domains, with white space between them */
	struct resolv_server servers[RESOLV_SERVERS_MAX];
};

/* The text of /etc/resolv.conf, which may be empty; the last search or domain
 * counts, and what is wrong or unknown is passed over. */
void resolv_conf_read(struct resolv_conf *conf, struct slice text);
/* The domains to look for NAME in before it is looked for as it is: none where
 * it has ndots dots, or one at its end. slice_cut_word takes them off. */
struct slice resolv_conf_domains(
	const struct resolv_conf *conf, struct slice name);

#endif
