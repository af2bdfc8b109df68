#include "engine/serve_loop.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/num.h"
#include "sys/event.h"
#include "sys/netdev.h"
#include "sys/udp.h"

/* Datagrams taken before signals and the network are looked at again. */
enum { BATCH = 256 };

/* A load that failed is tried again after this. */
static const int64_t reload_gap_ns = NS_PER_S;

static void load_network(
	struct serve *serve, const struct serve_observer *observer)
{
	int error = netdev_load(&serve->network) == 0 ? 0 : errno;

	serve->reload_ns = error ? event_now_ns() + reload_gap_ns : INT64_MAX;
	observer->network(observer->context, &serve->network, error);
}

/* Watched before it is loaded, so that no change falls between. */
static void open_network(
	struct serve *serve, const struct serve_observer *observer)
{
	serve->watch_fd = netdev_watch();
	if (serve->watch_fd < 0)
		observer->network(observer->context, &serve->network, errno);
	load_network(serve, observer);
}

int serve_open(struct serve *serve, const struct responder_policy *policy,
	int64_t duration_ns, const struct serve_observer *observer)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

	*serve = (struct serve){.udp_fd = -1, .watch_fd = -1};
	responder_init(&serve->responder, policy);
	if (event_open_signals(&serve->signals, signals,
		    sizeof signals / sizeof *signals) != 0)
		return -1;
	serve->udp_fd = udp_open(policy->port, false);
	if (serve->udp_fd < 0) {
		int error = errno;
		event_close_signals(&serve->signals);
		errno = error;
		return -1;
	}
	open_network(serve, observer);
	serve->start_ns = event_now_ns();
	serve->end_ns = duration_ns ? serve->start_ns + duration_ns : INT64_MAX;
	return 0;
}

void serve_close(struct serve *serve)
{
	close(serve->udp_fd);
	if (serve->watch_fd >= 0)
		close(serve->watch_fd);
	/* The signals stay blocked: one more must not end what ends well. */
	close(serve->signals.fd);
	netif_table_release(&serve->network);
}

static void answer(struct serve *serve, const struct datagram *datagram,
	const struct serve_observer *observer)
{
	struct responder_reply reply;
	int error = 0;
	enum responder_verdict verdict = responder_decide(
		&serve->responder, datagram, &serve->network, &reply);

	if (verdict == RESPONDER_REPLY) {
		int rc = udp_send(serve->udp_fd, str_slice(&reply.text),
			datagram->source, reply.interface, reply.from);
		error = rc == 0 ? 0 : errno;
		serve->stats.replies += rc == 0;
		serve->stats.failed += rc != 0;
	}
	observer->judged(observer->context, datagram, verdict, &reply, error);
}

static void take_datagrams(
	struct serve *serve, const struct serve_observer *observer)
{
	/* What is longer than any probe is judged by its flag alone. */
	char buffer[SERVER_IP_MESSAGE_MAX + 1];

	for (int i = 0; i < BATCH; i++) {
		struct datagram datagram;
		int got = udp_receive(
			serve->udp_fd, buffer, sizeof buffer, &datagram);
		/* An error here is no end: poll tells when there is more. */
		if (got <= 0)
			return;
		answer(serve, &datagram, observer);
	}
}

static void update_stats(struct serve *serve)
{
	serve->stats.dropped = udp_dropped(serve->udp_fd);
	serve->stats.uptime_ns = event_now_ns() - serve->start_ns;
}

/* False where it is a signal to stop. */
static bool take_signals(
	struct serve *serve, const struct serve_observer *observer)
{
	int signal;

	while ((signal = event_next_signal(&serve->signals)) != 0) {
		if (signal == SIGTERM || signal == SIGINT)
			return false;
		update_stats(serve);
		observer->signalled(observer->context, signal, &serve->stats);
	}
	return true;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int serve_loop(struct serve *serve, const struct serve_observer *observer)
{
	struct pollfd fds[] = {{.fd = serve->udp_fd, .events = POLLIN},
		{.fd = serve->signals.fd, .events = POLLIN},
		{.fd = serve->watch_fd, .events = POLLIN}};
	int rc = 0;

	while (event_now_ns() < serve->end_ns) {
		rc = event_wait(fds, sizeof fds / sizeof *fds,
			earlier(serve->end_ns, serve->reload_ns));
		if (rc < 0)
			break;
		rc = 0;
		if (fds[1].revents && !take_signals(serve, observer))
			break;
		if ((fds[2].revents && netdev_changed(serve->watch_fd)) ||
			event_now_ns() >= serve->reload_ns)
			load_network(serve, observer);
		if (fds[0].revents)
			take_datagrams(serve, observer);
	}
	int error = errno;
	update_stats(serve);
	errno = error;
	return rc;
}
