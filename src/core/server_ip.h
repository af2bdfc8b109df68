#ifndef CORE_SERVER_IP_H
#define CORE_SERVER_IP_H

#include <stdbool.h>

#include "base/str.h"
#include "core/ipv4.h"

/*
 * The wire text of SERVER_IP, the protocol of django-udp-discovery on UDP
 * 9999. A probe is the message and nothing else; a reply is the prefix, an
 * address and, if the server says one, ":" and a port.
 */
enum {
	SERVER_IP_MESSAGE_MAX = 1024,
	SERVER_IP_PREFIX_MAX = 1000,
	SERVER_IP_REPLY_MAX =
		1024, /* that we send; what we read may be longer */
	SERVER_IP_DEFAULT_PORT = 8000, /* where a reply says none */
};

/* What a reply claims. */
struct server_ip_claim {
	struct endpoint server;
	bool port_assumed; /* it said none */
};

bool server_ip_is_probe(struct slice datagram, struct slice message);
/* False where the datagram is no reply; CLAIM is then left alone. */
bool server_ip_parse(struct slice datagram, struct slice prefix,
	struct server_ip_claim *claim);
/* Adds a reply; port 0 leaves the port out. */
void server_ip_format(
	struct str *reply, struct slice prefix, struct endpoint server);

#endif
