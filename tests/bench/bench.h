#ifndef BENCH_H
#define BENCH_H

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

/* What the programs of the benchmark share. Times are nanoseconds of the monotonic
 * clock. What cannot be done ends the program with 3. */

#define PROBE "DISCOVER_SERVER"

static inline int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline long number(const char *text, long least, long most)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < least || n > most)
		errx(2, "'%s' is no number from %ld to %ld", text, least, most);
	return n;
}

static inline struct sockaddr_in endpoint(const char *addr, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)number(port, 1, 65535))};

	if (inet_pton(AF_INET, addr, &to.sin_addr) != 1)
		errx(2, "'%s' is no IPv4 address", addr);
	return to;
}

/* A UDP socket that is connected to TO. */
static inline int connected(struct sockaddr_in to)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		err(3, "socket");
	return fd;
}

/* A UDP socket that is bound to PORT of all addresses. */
static inline int bound(const char *port)
{
	struct sockaddr_in any = endpoint("0.0.0.0", port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) != 0)
		err(3, "port %s", port);
	return fd;
}

#endif
