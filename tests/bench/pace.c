/* pace ADDR PORT MILLISECONDS RATE [SERVICES]: asks so many times a second, each
 * time from another port; with SERVICES it asks TGED for S0000, S0001... up to that
 * number. Prints how many probes it sent, how many were not answered within a
 * second, the longest time that an answer took and the longest in which none came,
 * in nanoseconds. */
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "bench.h"

enum { SOCKETS_MAX = 10000, EVENTS_MAX = 64 };

static const int64_t late_ns = 1000000000;

struct probe {
	int fd;
	int64_t sent_ns; /* 0: answered, or never asked */
};

struct pace {
	struct probe *probes;
	long count; /* of these */
	long services;
	int epoll_fd;
	long sent, answered;
	int64_t heard_ns, longest_ns, gap_ns;
};

static void open_sockets(struct pace *pace, struct sockaddr_in to)
{
	pace->epoll_fd = epoll_create1(0);
	pace->probes = calloc((size_t)pace->count, sizeof *pace->probes);
	if (pace->epoll_fd < 0 || !pace->probes)
		err(3, "epoll");
	for (long i = 0; i < pace->count; i++) {
		struct epoll_event event = {EPOLLIN, {.u64 = (uint64_t)i}};
		pace->probes[i].fd = connected(to);
		if (epoll_ctl(pace->epoll_fd, EPOLL_CTL_ADD, pace->probes[i].fd,
			    &event) != 0)
			err(3, "epoll");
	}
}

static void ask(struct pace *pace)
{
	struct probe *probe = &pace->probes[pace->sent % pace->count];
	char text[64] = PROBE;
	size_t len = sizeof PROBE - 1;

	if (pace->services)
		len = (size_t)snprintf(text, sizeof text,
			"TGED DISCOVERY 1.0\r\nRQ:S%04ld\r\n\r\n",
			pace->sent % pace->services);
	probe->sent_ns = now_ns();
	if (send(probe->fd, text, len, 0) < 0)
		err(3, "send");
	pace->sent++;
}

static void take(struct pace *pace, struct probe *probe)
{
	char text[2048];
	int64_t at_ns = now_ns();

	ssize_t n = recv(probe->fd, text, sizeof text, 0);
	if (n < 0)
		err(3, "receive");
	check_reply(text, (size_t)n, pace->services > 0);
	/* One that comes too late is taken for that of the next probe, whose own
	 * has no place then: none is lost or found by that. */
	if (!probe->sent_ns)
		return;
	if (at_ns - probe->sent_ns > pace->longest_ns)
		pace->longest_ns = at_ns - probe->sent_ns;
	if (pace->heard_ns && at_ns - pace->heard_ns > pace->gap_ns)
		pace->gap_ns = at_ns - pace->heard_ns;
	pace->heard_ns = at_ns;
	pace->answered += at_ns - probe->sent_ns < late_ns;
	probe->sent_ns = 0;
}

static void take_until(struct pace *pace, int64_t until_ns)
{
	struct pollfd readable = {.fd = pace->epoll_fd, .events = POLLIN};

	for (;;) {
		struct epoll_event events[EVENTS_MAX];
		int64_t left_ns = until_ns - now_ns();
		struct timespec left = {0};
		if (left_ns > 0)
			left = (struct timespec){
				left_ns / 1000000000, left_ns % 1000000000};
		if (ppoll(&readable, 1, &left, NULL) <= 0)
			return;
		int n = epoll_wait(pace->epoll_fd, events, EVENTS_MAX, 0);
		for (int i = 0; i < n; i++)
			take(pace, &pace->probes[events[i].data.u64]);
		if (left_ns <= 0)
			return;
	}
}

int main(int argc, char **argv)
{
	struct pace pace = {0};

	if (argc != 5 && argc != 6)
		errx(2, "usage: pace ADDR PORT MILLISECONDS RATE [SERVICES]");
	int64_t length_ns = number(argv[3], 1, 600000) * 1000000;
	pace.count = (long)number(argv[4], 1, SOCKETS_MAX);
	pace.services = argc == 6 ? (long)number(argv[5], 1, 10000) : 0;
	open_sockets(&pace, endpoint(argv[1], argv[2]));
	int64_t gap_ns = 1000000000 / pace.count, due_ns = now_ns();
	int64_t end_ns = due_ns + length_ns;
	for (; due_ns < end_ns; due_ns += gap_ns) {
		take_until(&pace, due_ns);
		ask(&pace);
	}
	while (pace.answered < pace.sent && now_ns() < end_ns + late_ns)
		take_until(&pace, now_ns() + late_ns / 10);
	printf("%ld %ld %lld %lld\n", pace.sent, pace.sent - pace.answered,
		(long long)pace.longest_ns, (long long)pace.gap_ns);
}
