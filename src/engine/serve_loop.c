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

static const int64_t count_gap_ns = 3600LL * NS_PER_S;

/* So long nothing is asked that has just failed. */
static const int64_t rest_ns = 10LL * NS_PER_MS;

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

/* A descriptor, or -1 with errno. */
static int take_socket(const struct serve_setup *setup, enum protocol protocol)
{
	struct slice message = {NULL, 0};
	int fd = setup->inherited[protocol];

	if (protocol == PROTOCOL_SERVER_IP && !setup->unfiltered)
		message = setup->policy->message;
	if (fd < 0)
		return udp_open(setup->policy->ports[protocol], message);
	return udp_adopt(fd, message) == 0 ? fd : -1;
}

static int open_sockets(
	struct serve *serve, const struct serve_setup *setup, uint16_t *refused)
{
	for (int i = 0; i < PROTOCOLS; i++) {
		uint16_t port = setup->policy->ports[i];
		if (!port)
			continue;
		serve->udp_fds[i] = take_socket(setup, (enum protocol)i);
		if (serve->udp_fds[i] < 0) {
			*refused = port;
			return -1;
		}
		serve->dropped[i] = udp_dropped(serve->udp_fds[i]);
	}
	return 0;
}

bool serve_is_filtered(const struct serve *serve)
{
	return udp_is_filtered(serve->udp_fds[PROTOCOL_SERVER_IP]);
}

int serve_open(struct serve *serve, const struct serve_setup *setup,
	const struct serve_observer *observer, uint16_t *refused)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

	*serve = (struct serve){.udp_fds = {-1, -1}, .watch_fd = -1};
	*refused = 0;
	responder_init(&serve->responder, setup->policy);
	if (event_open_signals(&serve->signals, signals,
		    sizeof signals / sizeof *signals) != 0)
		return -1;
	if (open_sockets(serve, setup, refused) != 0) {
		int error = errno;
		close_sockets(serve);
		event_close_signals(&serve->signals);
		errno = error;
		return -1;
	}
	open_network(serve, observer);
	serve->start_ns = event_now_ns();
	serve->end_ns = setup->duration_ns
				? serve->start_ns + setup->duration_ns
				: INT64_MAX;
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
	const struct datagram *datagram, int64_t now_ns,
	const struct serve_observer *observer)
{
	struct responder_reply reply;
	int error = 0;
	enum responder_verdict verdict = responder_decide(&serve->responder,
		protocol, datagram, now_ns, &serve->network, &reply);

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
	int64_t now_ns = event_now_ns(); /* near enough for all of them */

	for (int i = 0; i < BATCH; i++) {
		struct datagram datagram;
		int got = udp_receive(serve->udp_fds[protocol], buffer,
			sizeof buffer, &datagram);
		if (got < 0)
			serve->deaf = errno;
		if (got <= 0)
			return;
		answer(serve, protocol, &datagram, now_ns, observer);
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

/* The kernel counts with 32 bits, which a flood fills in days. */
static void count_dropped(struct serve *serve)
{
	for (int i = 0; i < PROTOCOLS; i++) {
		if (serve->udp_fds[i] < 0)
			continue;
		uint32_t dropped = udp_dropped(serve->udp_fds[i]);
		serve->stats.dropped += (uint32_t)(dropped - serve->dropped[i]);
		serve->dropped[i] = dropped;
	}
	serve->dropped_ns = event_now_ns() + count_gap_ns;
}

static void update_stats(struct serve *serve)
{
	count_dropped(serve);
	serve->stats.uptime_ns = event_now_ns() - serve->start_ns;
}

/* False where it is a signal to stop. */
static bool take_signals(
	struct serve *serve, const struct serve_observer *observer)
{
	bool reload = false;
	int signal;

	while ((signal = event_next_signal(&serve->signals)) > 0) {
		if (signal == SIGTERM || signal == SIGINT)
			return false;
		reload = reload || signal == SIGHUP;
		if (signal == SIGHUP && serve->services)
			continue;
		update_stats(serve);
		observer->signalled(observer->context, signal, &serve->stats);
	}
	if (signal < 0)
		serve->deaf = errno;
	/* Once for many: a storm of them must not keep out what ends it. */
	if (reload) {
		observer->reloading(observer->context, false);
		update_services(serve, true, observer);
		observer->reloading(observer->context, true);
	}
	return true;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_time(const struct serve *serve)
{
	int64_t next_ns = earlier(
		serve->due_ns, earlier(serve->end_ns, serve->network_ns));

	next_ns = earlier(next_ns, serve->dropped_ns);
	return serve->services ? earlier(next_ns, serve->services_ns) : next_ns;
}

/* The places of what is polled; a socket stands at that of its protocol. */
enum { POLL_SIGNALS = PROTOCOLS, POLL_WATCH, POLLED };

/* Whether the network is to be loaded again. */
static bool watch_network(struct serve *serve, bool readable)
{
	int changed = readable ? netdev_changed(serve->watch_fd) : 0;

	if (changed < 0)
		serve->deaf = errno;
	return changed || event_now_ns() >= serve->network_ns;
}

/* Does what the descriptors say; false where it is to stop. */
static bool handle(struct serve *serve, const struct pollfd fds[POLLED],
	const struct serve_observer *observer)
{
	if (fds[POLL_SIGNALS].revents && !take_signals(serve, observer))
		return false;
	if (watch_network(serve, fds[POLL_WATCH].revents))
		load_network(serve, observer);
	update_services(serve, false, observer);
	for (int i = 0; i < PROTOCOLS; i++)
		if (fds[i].revents)
			take_datagrams(serve, (enum protocol)i, observer);
	if (event_now_ns() >= serve->dropped_ns)
		count_dropped(serve);
	serve->due_ns = observer->due(observer->context, event_now_ns());
	return true;
}

/* What cannot be received stays readable: it must not be asked in a spin. */
static void rest(struct serve *serve, const struct serve_observer *observer)
{
	observer->deaf(observer->context, serve->deaf);
	serve->deaf = 0;
	event_wait(NULL, 0, event_now_ns() + rest_ns);
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
		if (serve->deaf)
			rest(serve, observer);
	}
	int error = errno;
	update_stats(serve);
	errno = error;
	return rc;
}
