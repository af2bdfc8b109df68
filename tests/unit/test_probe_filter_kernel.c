#include "unit.h"
#include "filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tables.h"

/* What the kernel itself makes of the program: on 127.0.0.1 it passes just the
 * datagrams that the rule in user space takes for probes. */

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

/* So many are sent before it is looked what came; a receive buffer of the usual
 * size holds several times as many. */
enum { BATCH = 32, BATCHES = 8 };

static const uint64_t first_seed = 20260131;

struct wire {
	int to; /* has the filter */
	int from;
	int marker_from; /* what comes from here ends a batch */
	struct sockaddr_in addr;
	struct slice message;
	size_t compared;
	uint64_t seed, random;
	size_t sent, passed;
	/* What was sent since the last look. */
	char bytes[BATCH][FILTER_DATAGRAM_MAX];
	size_t lens[BATCH];
	size_t count;
};

static struct wire wire;

static _Noreturn void give_up(const char *what, size_t i)
{
	fail_msg(
		"seed %ju, message of %zu bytes, datagram %zu of %zu bytes: %s",
		(uintmax_t)wire.seed, wire.message.len, i, wire.lens[i], what);
	abort();
}

static int open_socket(void)
{
	const struct timeval patience = {.tv_sec = 10};
	const struct sockaddr_in any = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_return_code(fd, errno);
	assert_return_code(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				   sizeof patience),
		errno);
	assert_return_code(
		bind(fd, (const struct sockaddr *)&any, sizeof any), errno);
	return fd;
}

static bool attach(int fd)
{
	struct probe_filter filter;

	probe_filter_make(&filter, wire.message, wire.compared);
	const struct sock_fprog program = {
		filter.count, (struct sock_filter *)filter.steps};
	int rc = setsockopt(
		fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
	if (rc != 0 && errno != ENOMEM)
		fail_msg("%zu of %zu bytes: SO_ATTACH_FILTER: %s",
			wire.compared, wire.message.len, strerror(errno));
	return rc == 0;
}

static void wire_end(void)
{
	close(wire.to);
	close(wire.from);
	close(wire.marker_from);
}

/* False where the kernel finds the program too long (net.core.optmem_max). */
static bool wire_begin(
	enum filter_content content, size_t len, size_t compared, uint64_t seed)
{
	static char storage[SERVER_IP_MESSAGE_MAX];
	socklen_t size = sizeof wire.addr;

	memset(&wire, 0, sizeof wire);
	wire.seed = wire.random = seed;
	wire.message = filter_message(&wire.random, content, len, storage);
	wire.compared = compared;
	wire.to = open_socket();
	wire.from = open_socket();
	wire.marker_from = open_socket();
	assert_return_code(
		getsockname(wire.to, (struct sockaddr *)&wire.addr, &size),
		errno);
	bool attached = attach(wire.to);
	if (!attached)
		wire_end();
	return attached;
}

static void send_from(int fd, struct slice datagram)
{
	ssize_t n = sendto(fd, datagram.at, datagram.len, 0,
		(const struct sockaddr *)&wire.addr, sizeof wire.addr);

	assert_int_equal(n, datagram.len);
}

/* Takes one; false where it is the marker. */
static bool receive(char *bytes, size_t *len)
{
	struct sockaddr_in from = {0}, marker = {0};
	socklen_t from_size = sizeof from, marker_size = sizeof marker;
	ssize_t n = recvfrom(wire.to, bytes, FILTER_DATAGRAM_MAX, MSG_TRUNC,
		(struct sockaddr *)&from, &from_size);

	if (n < 0)
		give_up("the marker did not come", 0);
	assert_return_code(getsockname(wire.marker_from,
				   (struct sockaddr *)&marker, &marker_size),
		errno);
	*len = (size_t)n;
	return from.sin_port != marker.sin_port;
}

static bool is_to_pass(struct slice datagram)
{
	if (wire.compared == wire.message.len)
		return server_ip_is_probe(datagram, wire.message);
	return datagram.len == wire.message.len &&
	       memcmp(datagram.at, wire.message.at, wire.compared) == 0;
}

/* Compares what came with what was to come, byte for byte and in its order. */
static void look(void)
{
	char bytes[FILTER_DATAGRAM_MAX];
	size_t len;

	send_from(wire.marker_from, wire.message);
	for (size_t i = 0; i < wire.count; i++) {
		struct slice sent = {wire.bytes[i], wire.lens[i]};
		if (!is_to_pass(sent))
			continue;
		if (!receive(bytes, &len))
			give_up("it was dropped", i);
		if (!slice_equal(sent, (struct slice){bytes, len}))
			give_up("another one came", i);
		wire.passed++;
	}
	if (receive(bytes, &len))
		fail_msg("seed %ju, message of %zu bytes: junk of %zu passed",
			(uintmax_t)wire.seed, wire.message.len, len);
	wire.count = 0;
}

static void try(struct slice datagram)
{
	memcpy(wire.bytes[wire.count], datagram.at, datagram.len);
	wire.lens[wire.count++] = datagram.len;
	wire.sent++;
	send_from(wire.from, datagram);
	if (wire.count == BATCH)
		look();
}

/* What it dropped is counted, so that it can be told. */
static void check_drops(void)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof info;

	assert_return_code(
		getsockopt(wire.to, SOL_SOCKET, SO_MEMINFO, info, &size),
		errno);
#ifndef UNDER_QEMU /* which hands on the first number alone */
	assert_int_equal(info[SK_MEMINFO_DROPS], wire.sent - wire.passed);
#endif
}

static void try_random(void)
{
	char storage[FILTER_DATAGRAM_MAX];

	for (int i = 0; i < BATCH * BATCHES; i++)
		try(filter_datagram(&wire.random, wire.message, storage));
	look();
	assert_in_range(wire.passed, BATCHES, wire.sent - BATCHES);
	check_drops();
}

/* Every byte of it in turn is another. */
static void try_flipped(void)
{
	char bytes[FILTER_DATAGRAM_MAX];

	for (size_t i = 0; i < wire.message.len; i++) {
		memcpy(bytes, wire.message.at, wire.message.len);
		bytes[i] = (char)(bytes[i] ^
				  1 << filter_below(&wire.random, 8));
		try((struct slice){bytes, wire.message.len});
	}
	look();
	check_drops();
}

/* The ones that every kernel takes. */
static void short_messages_pass_as_the_rule_says(void **state)
{
	static const size_t lengths[] = {1, 2, 3, 4, 5, 6, 7, 15, 64, 127, 254};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths) * CONTENTS; i++) {
		size_t len = lengths[i / CONTENTS];
		assert_true(wire_begin(i % CONTENTS, len, len, first_seed + i));
		try_random();
		try_flipped();
		wire_end();
	}
}

static void the_usual_message_passes(void **state)
{
	static const struct slice others[] = {BYTES("DISCOVER_SERVER\0"),
		BYTES("DISCOVER_SERVER\n"), BYTES("DISCOVER_SERVE"),
		BYTES("discover_server"), BYTES("ISCOVER_SERVERD"), BYTES(""),
		BYTES("\x02\0\0\x01 TP-Link"), BYTES("DISCOVER_SERVER?")};

	(void)state;
	assert_true(wire_begin(CONTENT_LETTERS, 15, 15, first_seed));
	wire.message = slice_of("DISCOVER_SERVER");
	assert_true(attach(wire.to)); /* in place of the other */
	for (size_t i = 0; i < COUNT(others); i++) {
		try(others[i]);
		try(wire.message);
	}
	look();
	assert_int_equal(wire.passed, COUNT(others));
	check_drops();
	wire_end();
}

static void skip_long(size_t compared)
{
	print_message("a program for %zu bytes is over net.core.optmem_max\n",
		compared);
	skip();
}

static void long_messages_pass_as_the_rule_says(void **state)
{
	static const size_t lengths[] = {255, 256, 600, 1022, 1023, 1024};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths) * 2; i++) {
		size_t len = lengths[i / 2];
		if (!wire_begin(i % 2 ? CONTENT_NOISE : CONTENT_HIGH, len, len,
			    first_seed + i))
			skip_long(len);
		try_random();
		try_flipped();
		wire_end();
	}
}

/* What is left of such a program where that is over it. */
static void a_part_passes_what_has_the_length_and_the_front(void **state)
{
	static const size_t parts[] = {512, 256, 128, 64, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		if (!wire_begin(CONTENT_NOISE, 1024, parts[i], first_seed + i))
			skip_long(parts[i]);
		try_random();
		size_t passed = wire.passed;
		try_flipped();
		assert_int_equal(wire.passed - passed, 1024 - parts[i]);
		wire_end();
	}
}

/* What is sent on one processor arrives in its order. */
static int stay_on_this_processor(void **state)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	(void)state;
	CPU_ZERO(&set);
	CPU_SET((size_t)(cpu < 0 ? 0 : cpu), &set);
	sched_setaffinity(0, sizeof set, &set);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_message_passes),
		cmocka_unit_test(short_messages_pass_as_the_rule_says),
		cmocka_unit_test(long_messages_pass_as_the_rule_says),
		cmocka_unit_test(
			a_part_passes_what_has_the_length_and_the_front),
	};

	return cmocka_run_group_tests(tests, stay_on_this_processor, NULL);
}
