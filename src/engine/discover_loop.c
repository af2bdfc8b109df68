#include "engine/discover_loop.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "sys/event.h"
#include "sys/udp.h"

/* Datagrams taken before signals and the clock are looked at again. */
enum { BATCH = 256, LAST_BATCH = 16 * BATCH };

/* Servers told of before the socket is looked at again: far fewer, so that slow
 * output loses no replies. */
enum { TOLD_AT_ONCE = 2 };

struct loop {
	struct discovery *discovery;
	const struct discover_observer *observer;
	int udp_fd;
	struct event_signals signals;
	size_t told; /* servers that the observer knows of */
	bool unwanted; /* it wants no more */
	char buffer[UDP_BUFFER_SIZE];
};

static void send_probe(struct loop *loop, size_t index)
{
	struct discovery *d = loop->discovery;
	struct discovery_target *target = &d->targets[index];
	/* Taken before the send, since the answer can be there after it. */
	int64_t now_ns = event_now_ns();
	int rc = udp_send(loop->udp_fd, d->config.probe, target->to,
		target->interface, 0);
	int error = rc == 0 ? 0 : errno;

	discovery_sent(d, index, now_ns, error);
	loop->observer->sent(loop->observer->context, target, error);
}

/* Takes what has arrived, until it is over or there is no more for now. At the
 * END that is what came while this host was too busy to look; how much is
 * bounded, since it may never stop. */
static void take_datagrams(struct loop *loop, bool end)
{
	struct discovery *d = loop->discovery;
	int left = end ? LAST_BATCH : BATCH;

	for (; left > 0 && !discovery_is_enough(d); left--) {
		struct datagram datagram;
		const struct result *result;
		if (!end && event_now_ns() >= d->deadline_ns)
			return;
		/* An error here is no end: poll tells when there is more. */
		if (udp_receive(loop->udp_fd, loop->buffer, sizeof loop->buffer,
			    &datagram) <= 0)
			return;
		enum discovery_verdict verdict = discovery_receive(
			d, &datagram, event_now_ns(), &result);
		loop->observer->received(
			loop->observer->context, &datagram, verdict);
	}
}

/* Tells of AT_MOST servers that were not told of yet. */
static void tell_found(struct loop *loop, size_t at_most)
{
	const struct results *results = &loop->discovery->results;

	for (; loop->told < results->count && at_most && !loop->unwanted;
		at_most--)
		loop->unwanted = !loop->observer->found(
			loop->observer->context, &results->at[loop->told++]);
}

static int64_t wait_end(
	const struct loop *loop, const struct discovery_step *step)
{
	return loop->told < loop->discovery->results.count ? 0 : step->until_ns;
}

static int run(struct loop *loop, struct discover_end *end)
{
	struct pollfd fds[] = {{.fd = loop->udp_fd, .events = POLLIN},
		{.fd = loop->signals.fd, .events = POLLIN}};

	discovery_start(loop->discovery, event_now_ns());
	while (!loop->unwanted) {
		struct discovery_step step = discovery_next(
			loop->discovery, event_now_ns());
		if (step.action == DISCOVERY_END) {
			take_datagrams(loop, true);
			break;
		}
		if (step.action == DISCOVERY_SEND) {
			send_probe(loop, step.target);
			continue;
		}
		if (event_wait(fds, 2, wait_end(loop, &step)) < 0)
			return -1;
		if (fds[1].revents)
			end->signal = event_next_signal(&loop->signals);
		if (end->signal)
			break;
		if (fds[0].revents)
			take_datagrams(loop, false);
		tell_found(loop, TOLD_AT_ONCE);
	}
	tell_found(loop, SIZE_MAX);
	return 0;
}

int discover_loop(struct discovery *discovery,
	const struct discover_observer *observer, struct discover_end *end)
{
	static const int signals[] = {SIGINT, SIGTERM};
	struct loop loop = {
		.discovery = discovery, .observer = observer, .udp_fd = -1};
	int rc = -1;

	*end = (struct discover_end){0};
	if (event_open_signals(&loop.signals, signals, 2) == 0)
		loop.udp_fd = udp_open(0, true);
	if (loop.udp_fd >= 0)
		rc = run(&loop, end);
	int error = errno;
	if (loop.udp_fd >= 0) {
		end->dropped = udp_dropped(loop.udp_fd);
		close(loop.udp_fd);
	}
	event_close_signals(&loop.signals);
	errno = error;
	return rc;
}
