/* sink PORT: counts datagrams until SIGTERM. Prints then how many came, and the
 * nanoseconds from the first to the last. */
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#include "bench.h"

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = end};
	const struct timeval look = {.tv_usec = 100000};
	const int size = 8 << 20;
	int64_t first_ns = 0, last_ns = 0;
	long count = 0;

	if (argc != 2)
		errx(2, "usage: sink PORT");
	int fd = bound(argv[1]);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look);
	sigaction(SIGTERM, &action, NULL);
	while (!ended) {
		char text[2048];
		if (recv(fd, text, sizeof text, 0) < 0)
			continue;
		last_ns = now_ns();
		first_ns = first_ns ? first_ns : last_ns;
		count++;
	}
	printf("%ld %lld\n", count, (long long)(last_ns - first_ns));
}
