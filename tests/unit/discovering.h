#ifndef DISCOVERING_H
#define DISCOVERING_H

#include "host.h"
#include "tables.h"

#include "core/discovery.h"

/* A discovery of SERVER_IP, and what it hears. */

/* Time here is virtual: it passes when a test says so. */
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

static inline void add_network(struct discovery *d, const char *text)
{
	struct network network;

	assert_true(ipv4_parse_network(slice_of(text), &network));
	assert_true(schedule_add_network(&d->schedule, network));
}

static inline void add_scan(
	struct discovery *d, const char *text, int interface)
{
	struct network network;

	assert_true(ipv4_parse_network(slice_of(text), &network));
	assert_true(schedule_add_scan(&d->schedule, network, interface));
}

static inline void start_now(struct discovery *d)
{
	assert_true(schedule_prepare(&d->schedule));
	schedule_start(&d->schedule, start);
}

/* Runs from NOW_NS in virtual time until END_NS or the end, as if it needed no
 * neighbour; how many probes went out. *NOW_NS is then. */
static inline size_t run_on(
	struct discovery *d, int64_t *now_ns, int64_t end_ns)
{
	static const struct pace_table empty = {.size = 1024};
	size_t sent = 0;

	while (*now_ns < end_ns) {
		struct step step = discovery_next(d, *now_ns);
		if (step.action == STEP_END)
			break;
		if (step.action == STEP_SEND) {
			schedule_sent(&d->schedule, step.target, *now_ns, 0);
			sent++;
		} else if (step.action == STEP_LOOK) {
			schedule_looked(&d->schedule, *now_ns, &empty);
		} else {
			*now_ns = step.until_ns < end_ns ? step.until_ns
							 : end_ns;
		}
	}
	return sent;
}

/* An answer of HOST, from PORT, to be counted from SENT_NS after the start, as
 * that of attempt ATTEMPT. */
static inline void check_answer(struct discovery *d, int64_t now_ns,
	struct endpoint from, int interface, int64_t sent_ns, unsigned attempt)
{
	const struct result *result;
	char text[64];

	snprintf(text, sizeof text, "SERVER_IP:%s:%u", ipv4_text(from.addr).at,
		from.port);
	struct datagram datagram = {
		.data = slice_of(text), .source = from, .interface = interface};
	assert_int_equal(discovery_receive(d, &datagram, now_ns, &result),
		DISCOVERY_NEW);
	assert_int_equal(result->paths[0].rtt_ns, now_ns - (start + sent_ns));
	assert_int_equal(result->attempt, attempt);
}

#endif
