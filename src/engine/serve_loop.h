#ifndef ENGINE_SERVE_LOOP_H
#define ENGINE_SERVE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/responder.h"
#include "engine/live_services.h"
#include "sys/event.h"

struct serve_stats {
	uint64_t replies; /* that went out */
	uint64_t failed; /* that could not be sent */
	uint64_t dropped; /* by the kernel: no room, or no probe */
	int64_t uptime_ns;
};

/* What the loop tells as it goes. */
struct serve_observer {
	void *context;
	/* A datagram to the port of PROTOCOL was judged; with RESPONDER_REPLY,
	 * ERROR is 0 or the errno of the send. */
	void (*judged)(void *context, enum protocol protocol,
		const struct datagram *datagram, enum responder_verdict verdict,
		const struct responder_reply *reply, int error);
	/* SIGUSR1 came, or SIGHUP where there are no services to reload. */
	void (*signalled)(
		void *context, int signal, const struct serve_stats *stats);
	/* The interfaces changed; ERROR is 0, or errno where that can't be
	 * followed: the table that was there stays. */
	void (*network)(
		void *context, const struct netif_table *network, int error);
	/* The services were loaded again, or could not be. */
	void (*services)(void *context, const struct live_services *services,
		enum live_outcome outcome);
	/* SIGHUP came, and then: all that it asks for was done. */
	void (*reloading)(void *context, bool done);
	/* Datagrams or signals cannot be received now: errno. */
	void (*deaf)(void *context, int error);
	/* Called whenever something was done, first of all, and when the time is
	 * come that it gave back (INT64_MAX: never), of event_now_ns. */
	int64_t (*due)(void *context, int64_t now_ns);
};

struct serve_setup {
	const struct responder_policy *policy;
	int64_t duration_ns; /* 0: for ever */
	bool unfiltered; /* all junk is seen here and judged */
	int inherited[PROTOCOLS]; /* open sockets of the ports, or -1 */
};

struct serve {
	struct responder responder;
	struct netif_table network;
	struct serve_stats stats;
	struct live_services *services; /* kept current; NULL as it is opened */
	int udp_fds[PROTOCOLS]; /* -1 where that one is not spoken */
	int watch_fd;
	struct event_signals signals;
	int64_t start_ns;
	int64_t network_ns; /* when a load of it that failed is tried again */
	int64_t services_ns; /* when the services are looked at, asked for or not */
	int64_t due_ns; /* of the observer */
	int64_t end_ns; /* INT64_MAX: never */
	uint32_t dropped[PROTOCOLS]; /* as the kernel counted them last */
	int64_t dropped_ns; /* when they are counted again */
	int deaf; /* errno of what could not be received, or 0 */
};

/* Takes the ports, the signals and the table of interfaces. 0; -1 with errno,
 * nothing held, and *REFUSED the port that can't be had, or 0. A table that can't
 * be kept is told to OBSERVER and not fatal. */
int serve_open(struct serve *serve, const struct serve_setup *setup,
	const struct serve_observer *observer, uint16_t *refused);
/* Whether the kernel drops the junk of the port of SERVER_IP. */
bool serve_is_filtered(const struct serve *serve);
/* Answers until SIGTERM, SIGINT or the end of the duration. 0, or -1 with
 * errno. */
int serve_loop(struct serve *serve, const struct serve_observer *observer);
void serve_close(struct serve *serve);

#endif
