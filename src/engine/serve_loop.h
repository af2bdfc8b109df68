#ifndef ENGINE_SERVE_LOOP_H
#define ENGINE_SERVE_LOOP_H

#include <stdint.h>

#include "core/responder.h"
#include "sys/event.h"

struct serve_stats {
	uint64_t replies; /* that went out */
	uint64_t failed; /* that could not be sent */
	uint32_t dropped; /* datagrams that the kernel dropped */
	int64_t uptime_ns;
};

/* What the loop tells as it goes. */
struct serve_observer {
	void *context;
	/* A datagram was judged; with RESPONDER_REPLY, ERROR is 0 or the errno
	 * of the send. */
	void (*judged)(void *context, const struct datagram *datagram,
		enum responder_verdict verdict,
		const struct responder_reply *reply, int error);
	/* SIGUSR1 or SIGHUP came. */
	void (*signalled)(
		void *context, int signal, const struct serve_stats *stats);
	/* The interfaces changed; ERROR is 0, or errno where that can't be
	 * followed: the table that was there stays. */
	void (*network)(
		void *context, const struct netif_table *network, int error);
};

struct serve {
	struct responder responder;
	struct netif_table network;
	struct serve_stats stats;
	int udp_fd;
	int watch_fd;
	struct event_signals signals;
	int64_t start_ns;
	int64_t reload_ns; /* when a load that failed is tried again */
	int64_t end_ns; /* INT64_MAX: never */
};

/* Takes the port, the signals and the table of interfaces; DURATION_NS 0 is
 * for ever. 0; -1 with errno and nothing held where the port can't be had. A
 * table that can't be kept is told to OBSERVER and not fatal. */
int serve_open(struct serve *serve, const struct responder_policy *policy,
	int64_t duration_ns, const struct serve_observer *observer);
/* Answers until SIGTERM, SIGINT or the end of the duration. 0, or -1 with
 * errno. */
int serve_loop(struct serve *serve, const struct serve_observer *observer);
void serve_close(struct serve *serve);

#endif
