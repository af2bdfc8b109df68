#ifndef DISCOVERING_H
#define DISCOVERING_H

#include "unit.h"
#include "host.h"

#include "base/num.h"
#include "core/discovery.h"

/* A discovery of SERVER_IP, and what it hears. */

/* Time here is virtual: it passes when a test says so. */
#define MS(n) ((int64_t)(n)*NS_PER_MS)
static const int64_t start = 1000000007;

static inline void begin(
	struct discovery *d, int64_t timeout_ns, unsigned retries)
{
	const struct discovery_config config = {
		.probe = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
		.schedule = {.timeout_ns = timeout_ns,
			.retries = retries,
			.rate = 1000,
			.port = 9999,
			.network = &host},
		.network = &host,
		.key = {{1, 2}},
	};

	discovery_init(d, &config);
}

static inline void add_one(struct discovery *d, uint32_t addr, int interface)
{
	assert_true(schedule_add_target(
		&d->schedule, (struct endpoint){addr, 9999}, interface));
}

static inline enum discovery_verdict hear_at(struct discovery *d,
	int64_t now_ns, const char *text, uint32_t source, int interface)
{
	const struct result *result;
	struct datagram datagram = {.data = slice_of(text),
		.source = {source, 9999},
		.interface = interface};

	return discovery_receive(d, &datagram, now_ns, &result);
}

#endif
