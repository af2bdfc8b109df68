#ifndef BENCH_H
#define BENCH_H

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
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

static inline int64_t number(const char *text, int64_t least, int64_t most)
{
	char *end;
	int64_t n = strtoll(text, &end, 10);

	if (end == text || *end || n < least || n > most)
		errx(2, "'%s' is no number from %lld to %lld", text,
			(long long)least, (long long)most);
	return n;
}

/* What is no answer, or tells of no such service, would make all figures void. */
static inline void check_reply(const char *text, size_t len, bool tged)
{
	const char *start = tged ? "TGED REPLY 1.0\r\n" : "SERVER_IP:";
	size_t least = strlen(start);

	if (len < least || memcmp(text, start, least) != 0)
		errx(3, "a wrong reply: %.*s", (int)len, text);
}

static inline struct sockaddr_in endpoint(const char *addr, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)number(port, 1, 65535))};

	if (inet_pton(AF_INET, addr, &to.sin_addr) != 1)
		errx(2, "'%s' is no IPv4 address", addr);
	return to;
}

/* A number below MOST; the same ones in each run (Knuth's multiplier). */
static inline uint32_t by_chance(uint32_t most)
{
	static uint32_t state;

	state = state * UINT32_C(1664525) + UINT32_C(1013904223);
	return (state >> 8) % most;
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
