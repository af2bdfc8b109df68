/* burst PORT COUNT: answers each probe with that many different replies at once, as
 * so many servers would. */
#include <stdio.h>
#include <string.h>

#include "bench.h"

enum { BATCH = 64, TEXT_SIZE = 64 };

static void send_batch(int fd, struct sockaddr_in *to, long first, long count)
{
	char texts[BATCH][TEXT_SIZE];
	struct mmsghdr messages[BATCH] = {0};
	struct iovec parts[BATCH];

	for (long i = 0; i < count; i++) {
		long n = first + i;
		int len = snprintf(texts[i], TEXT_SIZE,
			"SERVER_IP:10.%ld.%ld.%ld", n >> 16, n >> 8 & 255,
			n & 255);
		parts[i] = (struct iovec){texts[i], (size_t)len};
		messages[i].msg_hdr = (struct msghdr){.msg_name = to,
			.msg_namelen = sizeof *to,
			.msg_iov = &parts[i],
			.msg_iovlen = 1};
	}
	for (long sent = 0; sent < count;) {
		int more = sendmmsg(
			fd, messages + sent, (unsigned)(count - sent), 0);
		if (more < 0)
			err(3, "send");
		sent += more;
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: burst PORT COUNT");
	int fd = bound(argv[1]);
	long count = (long)number(argv[2], 1, 1 << 20);
	for (;;) {
		char text[1024];
		struct sockaddr_in peer;
		socklen_t size = sizeof peer;
		if (recvfrom(fd, text, sizeof text, 0, (struct sockaddr *)&peer,
			    &size) < 0)
			err(3, "receive");
		for (long n = 0; n < count; n += BATCH)
			send_batch(fd, &peer, n,
				count - n < BATCH ? count - n : BATCH);
	}
}
