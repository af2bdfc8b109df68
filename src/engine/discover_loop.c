#include "engine/discover_loop.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/num.h"
#include "core/asked.h"
#include "sys/event.h"
#include "sys/neighbours.h"
#include "sys/udp.h"

/* Datagrams taken before signals and the clock are looked at again. */
enum { BATCH = 256, LAST_BATCH = 16 * BATCH };

/* So many failures in a row tell of no earlier datagrams, but that nothing can be
 * received: then nothing is asked for so long. */
enum { FAILED_MAX = 16 };
static const int64_t rest_ns = 10LL * NS_PER_MS;

/* Servers told of before the socket is looked at again: far fewer, so that slow
 * output loses no replies. */
enum { TOLD_AT_ONCE = 2 };

struct loop {
	struct discovery *discovery;
	const struct discover_observer *observer;
	int udp_fd;
	struct event_signals signals;
	struct neighbours neighbours;
	bool blind; /* the observer knows that they can't be looked at */
	size_t told; /* servers that the observer knows of */
	bool unwanted; /* it wants no more */
	int deaf; /* the errno of what could not be received at last, or 0 */
	char *buffer; /* UDP_BUFFER_SIZE bytes */
};

static void send_probe(struct loop *loop, struct target *target)
{
	struct discovery *d = loop->discovery;
	/* Taken before the send, since the answer can be there after it. */
	int64_t now_ns = event_now_ns();
	int rc = udp_ask(
		loop->udp_fd, d->config.probe, target->to, target->interface);
	int error = rc == 0 ? 0 : errno;

	schedule_sent(&d->schedule, target, now_ns, error);
	loop->observer->sent(loop->observer->context, target, error);
}

static int64_t asked(const void *context, uint32_t addr)
{
	return asked_at(context, addr);
}

static void look(struct loop *loop)
{
	struct schedule *schedule = &loop->discovery->schedule;
	struct pace_table table;
	int rc = neighbours_look(&loop->neighbours, &table,
		schedule->pace.crowded,
		(struct neighbours_asked){asked, schedule});

	if (rc != 0 && !loop->blind) {
		loop->blind = true;
		loop->observer->blind(loop->observer->context, errno);
	}
	if (rc == 0)
		table.queued = udp_queued(loop->udp_fd);
	schedule_looked(schedule, event_now_ns(), rc == 0 ? &table : NULL);
}

/* Takes what has arrived, until it is over or there is no more for now. At the
 * END that is what came while this host was too busy to look; how much is
 * bounded, since it may never stop. */
static void take_datagrams(struct loop *loop, bool end)
{
	struct discovery *d = loop->discovery;
	int left = end ? LAST_BATCH : BATCH, failed = 0;

	loop->deaf = 0;
	for (; left > 0 && !discovery_is_enough(d); left--) {
		struct datagram datagram;
		const struct result *result;
		if (!end && event_now_ns() >= d->schedule.deadline_ns)
			return;
		int rc = udp_receive(
			loop->udp_fd, loop->buffer, UDP_BUFFER_SIZE, &datagram);
		if (rc == 0)
			return;
		/* It tells of an earlier datagram; there may be more behind. */
		if (rc < 0 && ++failed == FAILED_MAX) {
			loop->deaf = errno;
			event_wait(NULL, 0, event_now_ns() + rest_ns);
			return;
		}
		if (rc < 0)
			continue;
		failed = 0;
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

/* Does what is due; until when to wait then: 0 for not at all. */
static int64_t take_step(struct loop *loop, const struct step *step)
{
	if (step->action == STEP_SEND)
		send_probe(loop, step->target);
	else if (step->action == STEP_LOOK)
		look(loop);
	else if (loop->told == loop->discovery->results.count)
		return step->until_ns;
	return 0;
}

/* Waits for what comes, and takes it. 0, or -1 with errno. */
static int wait_until(
	struct loop *loop, int64_t until_ns, struct discover_end *end)
{
	struct pollfd fds[] = {{.fd = loop->udp_fd, .events = POLLIN},
		{.fd = loop->signals.fd, .events = POLLIN}};

	if (event_wait(fds, 2, until_ns) < 0)
		return -1;
	if (fds[1].revents) {
		int signal = event_next_signal(&loop->signals);
		end->signal = signal > 0 ? signal : 0;
		if (signal != 0)
			return signal > 0 ? 0 : -1;
	}
	if (fds[0].revents & POLLERR)
		udp_drain_errors(loop->udp_fd);
	if (fds[0].revents)
		take_datagrams(loop, false);
	tell_found(loop, TOLD_AT_ONCE);
	return 0;
}

/* That nobody answered is no finding where answers were lost here. */
static int check_heard(const struct loop *loop)
{
	const struct discovery *d = loop->discovery;

	errno = d->overflow ? ENOMEM : loop->deaf;
	return errno && d->results.count == 0 ? -1 : 0;
}

static int run(struct loop *loop, struct discover_end *end)
{
	schedule_start(&loop->discovery->schedule, event_now_ns());
	while (!loop->unwanted && !end->signal) {
		int64_t now_ns = event_now_ns();
		struct step step = discovery_next(loop->discovery, now_ns);
		loop->observer->stepping(loop->observer->context, now_ns);
		if (step.action == STEP_END) {
			take_datagrams(loop, true);
			break;
		}
		/* After each probe, since an answer's time is when it is read. */
		int64_t until_ns = take_step(loop, &step);
		if (wait_until(loop, until_ns, end) != 0)
			return -1;
	}
	tell_found(loop, SIZE_MAX);
	return end->signal ? 0 : check_heard(loop);
}

int discover_loop(struct discovery *discovery, uint16_t source_port,
	const struct discover_observer *observer, struct discover_end *end)
{
	int signals[2];
	size_t count = 0;
	char buffer[UDP_BUFFER_SIZE]; /* no byte of it is touched in vain */
	struct loop loop = {.discovery = discovery,
		.observer = observer,
		.buffer = buffer,
		.udp_fd = -1,
		.neighbours = NEIGHBOURS_CLOSED};
	int rc = -1;

	*end = (struct discover_end){0};
	if (!event_is_ignored(SIGINT))
		signals[count++] = SIGINT;
	if (!event_is_ignored(SIGTERM))
		signals[count++] = SIGTERM;
	if (event_open_signals(&loop.signals, signals, count) == 0)
		loop.udp_fd = udp_open_client(source_port);
	if (loop.udp_fd >= 0) {
		observer->opened(observer->context);
		rc = run(&loop, end);
	}
	int error = errno;
	if (loop.udp_fd >= 0) {
		end->dropped = udp_dropped(loop.udp_fd);
		close(loop.udp_fd);
	}
	neighbours_close(&loop.neighbours);
	event_close_signals(&loop.signals);
	errno = error;
	return rc;
}
