#ifndef CLIENT_H
#define CLIENT_H

#include <errno.h>

#include "network.h"

#include "base/num.h"
#include "core/asked.h"
#include "core/discovery.h"

/* A client in virtual time, and what it sent, to be held against naive rules. */

enum {
	TARGETS_MAX = 12,
	NETWORKS_MAX = 4,
	HOSTS_MAX = 512 + NETWORKS_MAX * 32,
	PROBES_MAX = 4096,
	STEPS_MAX = 30000,
	PORT = 9999,
};

static const int64_t client_start = 1000000007;

/* A probe that the kernel took. */
struct probe {
	int64_t when_ns;
	struct endpoint to;
	int interface;
	bool swept;
};

/* A host that a sweep, or with an interface the scan, is to ask. */
struct host {
	uint32_t addr;
	int interface;
	unsigned tried, sent;
};

static struct client {
	struct discovery discovery;
	struct network_host net;
	int64_t now_ns;
	bool quiet; /* the kernel took each probe so far, and had room */
	bool stuck; /* the kernel takes nothing, ever */
	bool restarted; /* a late proxy was found: all is asked again */
	unsigned tried[TARGETS_MAX * 3]; /* of each single target */
	unsigned round_of[TARGETS_MAX * 3]; /* its latest probe */
	bool answered[TARGETS_MAX * 3];
	struct host hosts[HOSTS_MAX];
	size_t host_count;
	struct probe probes[PROBES_MAX];
	size_t probe_count;
	unsigned round; /* as it was seen */
	int64_t round_ns;
} client;

static inline int64_t client_timeout(void)
{
	return client.discovery.config.schedule.timeout_ns;
}

static inline bool client_is_host(uint32_t addr, int interface, size_t *at)
{
	for (*at = 0; *at < client.host_count; ++*at)
		if (client.hosts[*at].addr == addr &&
			client.hosts[*at].interface == interface)
			return true;
	return false;
}

/* Those but the first and the last, where there are more than two. */
static inline void client_want(struct network network, int interface)
{
	uint32_t size = (uint32_t)1 << (32 - network.prefix);
	uint32_t first = network.addr / size * size;
	size_t at;

	for (uint32_t i = 0; i < size; i++) {
		bool edge = size > 2 && (i == 0 || i == size - 1);
		if (!edge && !client_is_host(first + i, interface, &at) &&
			client.host_count < HOSTS_MAX)
			client.hosts[client.host_count++] = (struct host){
				first + i, interface};
	}
}

static inline void client_take_config(
	struct slice *in, const struct netif_table *table)
{
	static const int64_t timeouts[] = {1, NS_PER_MS, 120 * NS_PER_MS,
		NS_PER_S, 5 * (int64_t)NS_PER_S, 3600 * (int64_t)NS_PER_S};
	static const unsigned rates[] = {1, 20, 1000, 1000000};
	uint8_t form = (uint8_t)fuzz_number(in, 255);
	uint8_t more = (uint8_t)fuzz_number(in, 255);
	unsigned retries = (unsigned)fuzz_number(in, SCHEDULE_RETRIES_MAX);
	struct discovery_config config = {
		.probe = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
		.schedule = {.timeout_ns = timeouts[form % COUNT(timeouts)],
			.retries = retries,
			.rate = rates[form >> 6],
			.port = PORT,
			.length = 15,
			.network = table},
		.count = more >> 6,
		.expected = more >> 4 & 3,
		.ignore_local = more & 8,
		.network = table,
		.key = {{1, 2}},
	};

	/* Each 5 ms it is tried again. */
	client.stuck = more & 4 && config.schedule.timeout_ns <= NS_PER_S;
	if (form & 16)
		config.service = slice_of("SQL");
	discovery_init(&client.discovery, &config);
}

static inline void client_take_single(
	struct slice *in, const struct netif_table *table)
{
	uint8_t form = (uint8_t)fuzz_number(in, 255);
	struct endpoint to = {
		network_take_address(in, table), form & 3 ? PORT : 8000};
	int interface = form & 4 ? 1 + (form >> 6) : 0;

	expect(schedule_add_target(&client.discovery.schedule, to, interface));
}

/* For a sweep or a scan; mostly a small one, or one that is not in one /24. */
static inline void client_take_network(struct slice *in)
{
	struct schedule *schedule = &client.discovery.schedule;
	uint8_t form = (uint8_t)fuzz_number(in, 255);
	struct network network = network_take(in);
	int interface = form & 4 ? 1 + (form >> 6) : 0;
	size_t before = client.host_count;

	if (form == 255 && before == 0)
		network.prefix = 23;
	else if (network.prefix < 27)
		network.prefix = form & 8 ? 27 : 30;
	client_want(network, interface);
	expect(before || sweep_hosts(network) == client.host_count);
	expect(interface ? schedule_add_scan(schedule, network, interface)
			 : schedule_add_network(schedule, network));
	struct sweep *sweep = interface ? &schedule->scan : &schedule->sweep;
	sweep_join(sweep);
	expect(sweep_covers(sweep, network, interface));
}

/* Single targets, broadcasts, networks and scans. */
static inline void client_take_targets(
	struct slice *in, const struct netif_table *table)
{
	struct schedule *schedule = &client.discovery.schedule;
	size_t singles = fuzz_number(in, TARGETS_MAX);
	size_t networks = fuzz_number(in, NETWORKS_MAX);

	for (size_t i = 0; i < singles; i++)
		client_take_single(in, table);
	for (size_t i = 0; i < networks; i++)
		client_take_network(in);
	expect(schedule_prepare(schedule));
	expect(schedule_is_empty(schedule) == (!singles && !networks));
}

static inline void client_begin(struct slice *in)
{
	size_t hosts = client.host_count;

	/* What was used the last time; all of it is large. */
	memset(client.hosts, 0, hosts * sizeof *client.hosts);
	memset(client.tried, 0, sizeof client.tried);
	memset(client.round_of, 0, sizeof client.round_of);
	memset(client.answered, 0, sizeof client.answered);
	client.host_count = client.probe_count = 0;
	client.round = 0;
	client.quiet = true;
	client.restarted = false;
	client.now_ns = client_start;
	const struct netif_table *table = network_take_host(in, &client.net);
	client_take_config(in, table);
	client_take_targets(in, table);
	schedule_start(&client.discovery.schedule, client.now_ns);
}

/* Round K, from 0, begins at T(2^k-1)/2^(N+1) at the earliest, and 50 ms behind
 * the one before. */
static inline void client_check_round(void)
{
	const struct schedule *schedule = &client.discovery.schedule;
	unsigned retries = client.discovery.config.schedule.retries;

	if (schedule->round == client.round)
		return;
	expect(schedule->round == client.round + 1);
	expect(schedule->round <= retries + 1);
	int64_t due = client_timeout() * (((int64_t)1 << client.round) - 1) >>
		      (retries + 1);
	expect(client.now_ns - client_start >= due);
	if (client.round > 0) {
		expect(client.now_ns - client.round_ns >= 50 * NS_PER_MS);
		expect(!client.quiet ||
			client.now_ns - client_start < client_timeout());
	}
	/* The one before asked all that did not answer. */
	for (size_t i = 0; client.quiet && i < schedule->targets.count; i++)
		expect(client.answered[i] || client.tried[i] >= client.round);
	client.round = schedule->round;
	client.round_ns = client.now_ns;
}

/* A single target: once a round, and no more when it answered. */
static inline void client_check_single(const struct target *target, int error)
{
	const struct schedule *schedule = &client.discovery.schedule;
	size_t i = (size_t)(target - schedule->targets.at);

	expect(i < schedule->targets.count);
	expect(!client.answered[i]);
	client.tried[i]++;
	if (error)
		return;
	expect(client.round_of[i] < schedule->round || client.restarted);
	client.round_of[i] = schedule->round;
}

/* Of a sweep: hosts only, each once, at its pace but for what it makes up. */
static inline void client_check_swept(const struct target *target, int error)
{
	const unsigned rate = client.discovery.config.schedule.rate;
	int64_t gap_ns = NS_PER_S / rate, late_ns = 10 * NS_PER_MS;
	size_t i, behind = 0;

	expect(client_is_host(target->to.addr, target->interface, &i));
	expect(target->to.port == PORT);
	client.hosts[i].tried++;
	if (error)
		return;
	expect(++client.hosts[i].sent == 1 || client.restarted);
	for (size_t p = client.probe_count; p-- > 0 && behind < 64;)
		if (client.probes[p].swept)
			expect(client.now_ns - client.probes[p].when_ns >=
				(int64_t)++behind * gap_ns - late_ns - gap_ns);
}

static inline void client_send(struct target *target, int error)
{
	struct schedule *schedule = &client.discovery.schedule;
	bool swept = target == &schedule->swept;
	struct probe probe = {
		client.now_ns, target->to, target->interface, swept};

	if (error == EAGAIN || error == ENOBUFS)
		client.quiet = false;
	if (swept)
		client_check_swept(target, error);
	else
		client_check_single(target, error);
	if (!error && client.probe_count < PROBES_MAX)
		client.probes[client.probe_count++] = probe;
	schedule_sent(schedule, target, client.now_ns, error);
	client.now_ns += 10000;
}

static inline void client_look(const struct pace_table *table)
{
	struct schedule *schedule = &client.discovery.schedule;

	if (!table || pace_room(table, 15) < 512)
		client.quiet = false;
	schedule_looked(schedule, client.now_ns, table);
	client.restarted |= schedule->pace.slow;
	if (client.restarted)
		client.quiet = false;
	client.now_ns += 10000;
}

/* The latest probe that FITS the datagram; 0: none. */
static inline int64_t client_latest(const struct datagram *datagram,
	bool (*fits)(const struct probe *probe, const struct datagram *d))
{
	for (size_t i = client.probe_count; i-- > 0;)
		if (fits(&client.probes[i], datagram))
			return client.probes[i].when_ns;
	return 0;
}

static inline bool client_is_exact(
	const struct probe *p, const struct datagram *d)
{
	return p->to.addr == d->source.addr && p->to.port == d->source.port &&
	       (!p->interface || (p->swept && p->interface == d->interface));
}

static inline bool client_is_there(
	const struct probe *p, const struct datagram *d)
{
	return p->to.addr == d->source.addr &&
	       (!p->interface || (p->swept && p->interface == d->interface));
}

static inline bool client_is_on_interface(
	const struct probe *p, const struct datagram *d)
{
	return !p->swept && p->interface && p->interface == d->interface;
}

static inline bool client_is_any(
	const struct probe *p, const struct datagram *d)
{
	return p && d;
}

static inline void client_check_asked(const struct datagram *datagram)
{
	static bool (*const rules[])(const struct probe *p,
		const struct datagram *d) = {client_is_exact, client_is_there,
		client_is_on_interface, client_is_any};
	int64_t sent_ns = 0;

	for (size_t i = 0; !sent_ns && i < COUNT(rules); i++)
		sent_ns = client_latest(datagram, rules[i]);
	struct asked asked = asked_by(&client.discovery.schedule, datagram);
	expect(client.probe_count == PROBES_MAX || asked.sent_ns == sent_ns);
	expect((asked.round > 0) == (sent_ns > 0));
	expect(asked.round <= client.discovery.config.schedule.retries + 1);
	size_t host;
	expect(sweep_holds(&client.discovery.schedule.sweep,
		       datagram->source.addr,
		       0) == client_is_host(datagram->source.addr, 0, &host));
	expect(asked_at(&client.discovery.schedule, datagram->source.addr) <=
		client.now_ns);
}

/* Whether a single target, of its own sweep or not, is asked there. */
static inline bool client_asks(struct endpoint to, int interface)
{
	const struct targets *targets = &client.discovery.schedule.targets;
	size_t at;

	for (size_t i = 0; i < targets->count; i++)
		if (!targets->at[i].interface &&
			targets->at[i].to.addr == to.addr &&
			targets->at[i].to.port == to.port)
			return true;
	return interface && client_is_host(to.addr, 0, &at);
}

#endif
