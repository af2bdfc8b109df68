#ifndef CORE_DNS_H
#define CORE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * The wire text of DNS (RFC 1035), as far as who asks a recursive server needs
 * it: queries for the IPv4 addresses of a name, and what is said to them.
 */

enum {
	DNS_PORT = 53,
	/* A header, a name of the greatest length, a type and a class (2.3.4,
	 * 4.1.1, 4.1.2), and one byte that struct str wants. */
	DNS_QUERY_SIZE = 12 + 255 + 4 + 1,
	/* Without EDNS nobody may send more than 512 (4.2.1); some do. */
	DNS_ANSWER_SIZE = 4096,
	DNS_ADDRESSES_MAX = 128,
};

/* Those of one name, in the order of the text. Starts as zeros. */
struct dns_addresses {
	size_t count;
	uint32_t at[DNS_ADDRESSES_MAX];
};

/* Adds one; what is beyond DNS_ADDRESSES_MAX is left out. */
void dns_addresses_add(struct dns_addresses *list, uint32_t addr);

/* Without the dot at its end, which says that no domain belongs behind. */
struct slice dns_bare(struct slice name);

struct dns_query {
	size_t len;
	char at[DNS_QUERY_SIZE];
};

/* Asks for the addresses of NAME in DOMAIN, which may be empty; each may end in
 * a dot. False where that is no name: labels are 1 to 63 bytes, and the whole
 * is 255 at most (2.3.4). */
bool dns_query_init(struct dns_query *query, struct slice name,
	struct slice domain, uint16_t id);

/* Later ones say more of a name for which several queries were made. */
enum dns_outcome {
	DNS_FOREIGN, /* no answer to this query */
	DNS_FAILED, /* the server could not tell: another one may */
	DNS_NO_NAME,
	DNS_NO_ADDRESS, /* the name is there and has none of IPv4 */
	DNS_ANSWERED,
};

/*
 * What a datagram says to QUERY. All A records of its answer section count, as
 * a recursive server puts the aliases that lead to them there too (RFC 1034,
 * 4.3.2); only with DNS_ANSWERED FOUND has any. Of an answer that is cut
 * short, by the server (TC) or not, counts what is there.
 */
enum dns_outcome dns_read(const struct dns_query *query, struct slice datagram,
	struct dns_addresses *found);

#endif
