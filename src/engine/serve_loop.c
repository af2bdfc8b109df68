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

/* So often services are looked at that nobody asks for, and a load of the network
 * that failed is tried again. */
static const int64_t look_gap_ns = NS_PER_S;

static void load_network(
	struct serve *serve, const struct serve_observer *observer)
{
	int error = netdev_load(&serve->network) == 0 ? 0 : errno;

	serve->network_ns = error ? event_now_ns() + look_gap_ns : INT64_MAX;
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

static void close_sockets(struct serve *serve)
{
	for (int i = 0; i < PROTOCOLS; i++)
		if (serve->udp_fds[i] >= 0)
			close(serve->udp_fds[i]);
}

static int open_sockets(
	struct serve *serve, const uint16_t *ports, uint16_t *refused)
{
	for (int i = 0; i < PROTOCOLS; i++) {
		serve->udp_fds[i] = ports[i] ? udp_open(ports[i]) : -1;
		if (ports[i] && serve->udp_fds[i] < 0) {
			*refused = ports[i];
			return -1;
		}
	}
	return 0;
}

int serve_open(struct serve *serve, const struct responder_policy *policy,
	int64_t duration_ns, const struct serve_observer *observer,
	uint16_t *refused)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

	*serve = (struct serve){.udp_fds = {-1, -1}, .watch_fd = -1};
	*refused = 0;
	responder_init(&serve->responder, policy);
	if (event_open_signals(&serve->signals, signals,
		    sizeof signals / sizeof *signals) != 0)
		return -1;
	if (open_sockets(serve, policy->ports, refused) != 0) {
		int error = errno;
		close_sockets(serve);
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
	close_sockets(serve);
	if (serve->watch_fd >= 0)
		close(serve->watch_fd);
	/* The signals stay blocked: one more must not end what ends well. */
	close(serve->signals.fd);
	netif_table_release(&serve->network);
}

static void answer(struct serve *serve, enum protocol protocol,
	const struct datagram *datagram, const struct serve_observer *observer)
{
	struct responder_reply reply;
	int error = 0;
	enum responder_verdict verdict = responder_decide(&serve->responder,
		protocol, datagram, event_now_ns(), &serve->network, &reply);

	if (verdict == RESPONDER_REPLY) {
		int rc = udp_send(serve->udp_fds[protocol],
			str_slice(&reply.text), datagram->source,
			reply.interface, reply.from);
		error = rc == 0 ? 0 : errno;
		serve->stats.replies += rc == 0;
		serve->stats.failed += rc != 0;
	}
	observer->judged(
		observer->context, protocol, datagram, verdict, &reply, error);
}

/* What is longer than any probe is judged by its length alone. */
enum { BUFFER_SIZE = TGED_REQUEST_MAX + 1 };

_Static_assert((int)BUFFER_SIZE > (int)SERVER_IP_MESSAGE_MAX,
	"a message that fills the buffer is none");

static void take_datagrams(struct serve *serve, enum protocol protocol,
	const struct serve_observer *observer)
{
	char buffer[BUFFER_SIZE];

	for (int i = 0; i < BATCH; i++) {
		struct datagram datagram;
		int got = udp_receive(serve->udp_fds[protocol], buffer,
			sizeof buffer, &datagram);
		/* An error here is no end: poll tells when there is more. */
		if (got <= 0)
			return;
		answer(serve, protocol, &datagram, observer);
	}
}

/* Puts services that changed in place; AT_ONCE also those that did not. */
static void update_services(struct serve *serve, bool at_once,
	const struct serve_observer *observer)
{
	struct live_services *services = serve->services;

	if (!services)
		return;
	int64_t now_ns = event_now_ns();
	enum live_outcome outcome = at_once ? live_services_load(
						      services, now_ns)
					    : live_services_refresh(
						      services, now_ns);
	serve->services_ns = now_ns + look_gap_ns;
	if (outcome != LIVE_SAME)
		observer->services(observer->context, services, outcome);
}

static void update_stats(struct serve *serve)
{
	serve->stats.dropped = 0;
	for (int i = 0; i < PROTOCOLS; i++)
		if (serve->udp_fds[i] >= 0)
			serve->stats.dropped += udp_dropped(serve->udp_fds[i]);
	serve->stats.uptime_ns = event_now_ns() - serve->start_ns;
}

/* False where it is a signal to stop. */
static bool take_signals(
	struct serve *serve, const struct serve_observer *observer)
{
	bool reload = false;
	int signal;

	while ((signal = event_next_signal(&serve->signals)) != 0) {
		if (signal == SIGTERM || signal == SIGINT)
			return false;
		if (signal == SIGHUP && serve->services) {
			reload = true;
			continue;
		}
		update_stats(serve);
		observer->signalled(observer->context, signal, &serve->stats);
	}
	/* Once for many: a storm of them must not keep out what ends it. */
	if (reload)
		update_services(serve, true, observer);
	return true;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_time(const struct serve *serve)
{
	int64_t next_ns = earlier(serve->end_ns, serve->network_ns);

	return serve->services ? earlier(next_ns, serve->services_ns) : next_ns;
}

/* The places of what is polled; a socket stands at that of its protocol. */
enum { POLL_SIGNALS = PROTOCOLS, POLL_WATCH, POLLED };

/* Does what the descriptors say; false where it is to stop. */
static bool handle(struct serve *serve, const struct pollfd fds[POLLED],
	const struct serve_observer *observer)
{
	if (fds[POLL_SIGNALS].revents && !take_signals(serve, observer))
		return false;
	if ((fds[POLL_WATCH].revents && netdev_changed(serve->watch_fd)) ||
		event_now_ns() >= serve->network_ns)
		load_network(serve, observer);
	update_services(serve, false, observer);
	for (int i = 0; i < PROTOCOLS; i++)
		if (fds[i].revents)
			take_datagrams(serve, (enum protocol)i, observer);
	return true;
}

int serve_loop(struct serve *serve, const struct serve_observer *observer)
{
	struct pollfd fds[POLLED] = {
		[POLL_SIGNALS] = {.fd = serve->signals.fd, .events = POLLIN},
		[POLL_WATCH] = {.fd = serve->watch_fd, .events = POLLIN}};
	int rc = 0;

	for (int i = 0; i < PROTOCOLS; i++)
		fds[i] = (struct pollfd){
			.fd = serve->udp_fds[i], .events = POLLIN};
	while (event_now_ns() < serve->end_ns) {
		rc = event_wait(fds, POLLED, next_time(serve));
		if (rc < 0)
			break;
		rc = 0;
		if (!handle(serve, fds, observer))
			break;
	}
	int error = errno;
	update_stats(serve);
	errno = error;
	return rc;
}
