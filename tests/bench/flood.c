/* flood ADDR PORT MILLISECONDS: sends what is no probe, as fast as it can. Prints
 * how many datagrams that were, and the nanoseconds. */
#include <stdio.h>

#include "bench.h"

enum { BATCH = 64 };

int main(int argc, char **argv)
{
	static char junk[] = "M-SEARCH * HTTP/1.1";
	struct mmsghdr messages[BATCH] = {0};
	struct iovec part = {junk, sizeof junk - 1};
	long long sent = 0;

	if (argc != 4)
		errx(2, "usage: flood ADDR PORT MILLISECONDS");
	int fd = connected(endpoint(argv[1], argv[2]));
	int64_t began_ns = now_ns();
	int64_t end_ns = began_ns + number(argv[3], 1, 60000) * 1000000;
	for (int i = 0; i < BATCH; i++)
		messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &part, .msg_iovlen = 1};
	while (now_ns() < end_ns) {
		int n = sendmmsg(fd, messages, BATCH, 0);
		if (n < 0)
			err(3, "send");
		sent += n;
	}
	printf("%lld %lld\n", sent, (long long)(now_ns() - began_ns));
}
