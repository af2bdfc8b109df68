#ifndef CORE_PROTOCOL_H
#define CORE_PROTOCOL_H

/* What we speak, each on a port of its own. */
enum protocol {
	PROTOCOL_SERVER_IP, /* core/server_ip.h */
	PROTOCOL_TGED, /* core/tged.h */
	PROTOCOLS,
};

#endif
