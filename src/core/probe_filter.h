#ifndef CORE_PROBE_FILTER_H
#define CORE_PROBE_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "core/server_ip.h"

/*
 * The rule of server_ip_is_probe as a program for the kernel, which then drops
 * what cannot be a probe before it costs this process anything: classic BPF, as
 * of Documentation/networking/filter.rst of Linux and McCanne and Jacobson, 1993.
 * The program of a UDP socket sees the datagram from its UDP header on.
 */

/* As struct sock_filter of linux/filter.h. */
struct probe_filter_step {
	uint16_t code;
	uint8_t if_true, if_false; /* steps to skip */
	uint32_t k;
};

/* Three for the length, three for each four bytes and for the two and the one
 * behind them, and the end. */
enum { PROBE_FILTER_STEPS_MAX = 3 + 3 * (SERVER_IP_MESSAGE_MAX / 4 + 1) + 1 };

struct probe_filter {
	struct probe_filter_step steps[PROBE_FILTER_STEPS_MAX];
	uint16_t count;
};

/*
 * Passes the datagrams that are as long as MESSAGE, of 1 to
 * SERVER_IP_MESSAGE_MAX bytes, and begin with its first COMPARED bytes: with all
 * of them just the probes.
 */
void probe_filter_make(
	struct probe_filter *filter, struct slice message, size_t compared);

#endif
