#ifndef CORE_IPV4_H
#define CORE_IPV4_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Addresses are in host byte order everywhere but in sys. */

/* An address and a prefix length; host bits are allowed. */
struct network {
	uint32_t addr;
	unsigned prefix;
};

/* An address and a port; port 0 stands for none given. */
struct endpoint {
	uint32_t addr;
	uint16_t port;
};

/* Four octets of one to three digits, 0 to 255, without leading zeros. */
bool ipv4_parse(struct slice text, uint32_t *addr);
/* ADDR/PREFIX or ADDR/NETMASK; the netmask is contiguous. */
bool ipv4_parse_network(struct slice text, struct network *network);
/* One to five digits, 1 to 65535, with white space around them. */
bool ipv4_parse_port(struct slice text, uint16_t *port);
/* ADDR or ADDR:PORT. */
bool ipv4_parse_endpoint(struct slice text, struct endpoint *endpoint);

/* Whether TEXT looks like an address of IPv6, in brackets or not. */
bool ipv4_is_ipv6(struct slice text);

struct ipv4_text {
	char at[sizeof "255.255.255.255"];
};

struct ipv4_text ipv4_text(uint32_t addr);
/* Adds ADDR/PREFIX, host bits as they are. */
void ipv4_add_network(struct str *out, struct network network);
/* Adds ADDR:PORT, or ADDR where it has no port; ":PORT", or nothing. */
void ipv4_add_endpoint(struct str *out, struct endpoint endpoint);
void ipv4_add_port(struct str *out, uint16_t port);

uint32_t ipv4_mask(unsigned prefix);
/* The first and the last address of the network. */
uint32_t ipv4_first(struct network network);
uint32_t ipv4_last(struct network network);
bool ipv4_contains(struct network network, uint32_t addr);

/* RFC 6890: 127/8, 0/8 and 224/4. */
bool ipv4_is_loopback(uint32_t addr);
bool ipv4_is_this_network(uint32_t addr);
bool ipv4_is_multicast(uint32_t addr);

#define IPV4(a, b, c, d)                                                       \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 |      \
		(uint32_t)(d))
#define IPV4_ALL_HOSTS IPV4(255, 255, 255, 255)

#endif
