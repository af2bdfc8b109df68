/* load ADDR PORT MILLISECONDS IN_FLIGHT JUNK_PERCENT [SERVICES]: asks a responder
 * as fast as it answers, with so many probes unanswered at any time; so many of a
 * hundred datagrams are junk. With SERVICES it asks TGED for S0000, S0001... up
 * to that number, in no order.
 *
 * Prints the replies, the nanoseconds that they took, and how many probes got none. */
#include <poll.h>
#include <stdio.h>

#include "bench.h"

enum { IN_FLIGHT_MAX = 256, TEXT_SIZE = 64, SERVICES_MAX = 5000 };

static const int64_t lost_ns = 1000000000;

struct load {
	int fd;
	struct iovec probes[SERVICES_MAX]; /* one of these by chance */
	long probe_count;
	struct iovec junk;
	bool tged;
	long junk_percent;
	long junk_owed; /* in hundredths of a datagram */
};

static void write_probes(struct load *load, long services)
{
	static char texts[SERVICES_MAX][TEXT_SIZE] = {PROBE};
	static char junk[] = "DISCOVER_PRINTER";

	load->junk = (struct iovec){junk, sizeof junk - 1};
	load->tged = services > 0;
	/* As many texts however few services there are: what it costs to ask is
	 * always the same. */
	load->probe_count = services ? SERVICES_MAX : 1;
	for (long i = 0; services && i < SERVICES_MAX; i++)
		snprintf(texts[i], TEXT_SIZE,
			"TGED DISCOVERY 1.0\r\nRQ:S%04ld\r\n\r\n",
			i % services);
	for (long i = 0; i < load->probe_count; i++)
		load->probes[i] = (struct iovec){texts[i], strlen(texts[i])};
}

/* What goes out next; how many probes that are. */
static int choose(struct load *load, struct iovec *part)
{
	if (load->junk_owed >= 100) {
		load->junk_owed -= 100;
		*part = load->junk;
		return 0;
	}
	load->junk_owed += 100 * load->junk_percent /
			   (100 - load->junk_percent);
	*part = load->probes[by_chance((uint32_t)load->probe_count)];
	return 1;
}

static void send_all(int fd, struct mmsghdr *messages, int count)
{
	for (int sent = 0; sent < count;) {
		int more = sendmmsg(
			fd, messages + sent, (unsigned)(count - sent), 0);
		if (more < 0)
			err(3, "send");
		sent += more;
	}
}

/* So many probes, and the junk that is due between them. */
static void send_probes(struct load *load, int count)
{
	struct mmsghdr messages[IN_FLIGHT_MAX] = {0};
	struct iovec parts[IN_FLIGHT_MAX];

	while (count > 0) {
		int filled = 0;
		while (filled < IN_FLIGHT_MAX && count > 0) {
			count -= choose(load, &parts[filled]);
			messages[filled].msg_hdr = (struct msghdr){
				.msg_iov = &parts[filled], .msg_iovlen = 1};
			filled++;
		}
		send_all(load->fd, messages, filled);
	}
}

/* How many replies are there; it waits for the first until then. */
static int receive(const struct load *load, int64_t until_ns)
{
	static char texts[IN_FLIGHT_MAX][1024];
	struct mmsghdr messages[IN_FLIGHT_MAX] = {0};
	struct iovec parts[IN_FLIGHT_MAX];
	struct pollfd readable = {.fd = load->fd, .events = POLLIN};

	for (int i = 0; i < IN_FLIGHT_MAX; i++) {
		parts[i] = (struct iovec){texts[i], sizeof texts[i]};
		messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	int got = recvmmsg(load->fd, messages, IN_FLIGHT_MAX, 0, NULL);
	for (int i = 0; i < got; i++)
		check_reply(texts[i], messages[i].msg_len, load->tged);
	if (got > 0)
		return got;
	int64_t left_ns = until_ns - now_ns();
	if (left_ns > 0)
		poll(&readable, 1, (int)(left_ns / 1000000) + 1);
	return 0;
}

int main(int argc, char **argv)
{
	static struct load load;
	long replies = 0, lost = 0, flying = 0;

	if (argc != 6 && argc != 7)
		errx(2, "usage: load ADDR PORT MILLISECONDS IN_FLIGHT "
			"JUNK_PERCENT [SERVICES]");
	load.fd = connected(endpoint(argv[1], argv[2]));
	long most = (long)number(argv[4], 1, IN_FLIGHT_MAX);
	load.junk_percent = (long)number(argv[5], 0, 90);
	write_probes(
		&load, argc == 7 ? (long)number(argv[6], 1, SERVICES_MAX) : 0);
	int64_t began_ns = now_ns(), heard_ns = began_ns;
	int64_t end_ns = began_ns + number(argv[3], 1, 600000) * 1000000;
	while (flying || now_ns() < end_ns) {
		if (flying < most && now_ns() < end_ns) {
			send_probes(&load, (int)(most - flying));
			flying = most;
		}
		int got = receive(&load, heard_ns + lost_ns);
		if (got > flying)
			got = (int)flying; /* the others were given up */
		replies += got;
		flying -= got;
		int64_t at_ns = now_ns();
		if (got)
			heard_ns = at_ns;
		if (at_ns - heard_ns < lost_ns)
			continue;
		/* This second is none in which it answered. */
		lost += flying;
		flying = 0;
		began_ns += at_ns - heard_ns;
		heard_ns = at_ns;
	}
	printf("%ld %lld %ld\n", replies, (long long)(heard_ns - began_ns),
		lost);
}
