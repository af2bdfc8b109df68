/* floor_server PORT: no more than a responder must do, one thread, one datagram
 * after the other: receive it with where it came in, compare, answer from there. */
#include <stdio.h>

#include "bench.h"

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

/* The reply by the address that was asked, written anew where it is another one. */
static struct iovec reply_from(const struct msghdr *message)
{
	static char text[64];
	static struct iovec reply = {text, 0};
	static uint32_t said;
	struct in_pktinfo way;
	char addr[INET_ADDRSTRLEN];

	memcpy(&way, CMSG_DATA(CMSG_FIRSTHDR(message)), sizeof way);
	if (said != way.ipi_spec_dst.s_addr) {
		said = way.ipi_spec_dst.s_addr;
		inet_ntop(AF_INET, &said, addr, sizeof addr);
		reply.iov_len = (size_t)snprintf(
			text, sizeof text, "SERVER_IP:%s", addr);
	}
	return reply;
}

int main(int argc, char **argv)
{
	const int on = 1;

	if (argc != 2)
		errx(2, "usage: floor_server PORT");
	int fd = bound(argv[1]);
	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0)
		err(3, "IP_PKTINFO");
	for (;;) {
		char text[1024];
		struct sockaddr_in peer;
		union control control;
		struct iovec part = {text, sizeof text};
		struct msghdr message = {.msg_name = &peer,
			.msg_namelen = sizeof peer,
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof control};
		ssize_t n = recvmsg(fd, &message, 0);
		if (n != sizeof PROBE - 1 ||
			memcmp(text, PROBE, (size_t)n) != 0)
			continue;
		part = reply_from(&message);
		sendmsg(fd, &message, 0);
	}
}
