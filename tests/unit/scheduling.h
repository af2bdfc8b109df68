#ifndef SCHEDULING_H
#define SCHEDULING_H

#include "host.h"
#include "kernel.h"
#include "tables.h"

/* A schedule, run against a kernel in virtual time, and what it sent. */

/* Targets that are compared address by address are within 10.0.0.0/15: on-link
 * in the first half, by way of the gateway in the other. */
enum { SPAN = 1 << 17, PROBES_MAX = 1 << 17 };
static const uint32_t base = IPV4(10, 0, 0, 0);
static const int64_t start = 1000000007;

/* This host. */
static const uint32_t own_address = IPV4(10, 0, 255, 253);
static struct netif wire_link = {
	.index = 2, .name = "eth0", .up = true, .broadcast = true};
static struct netif_address wire_address = {
	.index = 2, .network = {IPV4(10, 0, 255, 253), 16}};
static const struct netif_table wire = {&wire_link, 1, &wire_address, 1};

struct run {
	struct schedule schedule;
	struct kernel kernel;
	int64_t now_ns;
	int64_t late_ns; /* how much later than it was to be a wait ends */
	int64_t send_ns; /* how long a send takes */
	int64_t until_ns; /* no further than this */
	bool hidden; /* the table can't be looked at */
	bool scan_due;
	/* The errno of attempt I to send, or 0. */
	int (*fault)(size_t i, uint32_t addr);
	/* What is to be asked, and what was. */
	unsigned char wanted[SPAN];
	unsigned asked[SPAN];
	uint32_t addrs[PROBES_MAX]; /* of all probes */
	int64_t times[PROBES_MAX];
	size_t count;
	size_t tries, looks;
	int64_t end_ns; /* 0: it did not come to an end */
};

static struct run run;

static inline void begin(int64_t timeout_ns, unsigned retries, unsigned rate,
	int64_t (*answer_ns)(uint32_t addr))
{
	struct schedule_config config = {.timeout_ns = timeout_ns,
		.retries = retries,
		.rate = rate,
		.port = 9999,
		.length = 15,
		.network = &wire};

	schedule_release(&run.schedule); /* of a test that failed */
	memset(&run, 0, sizeof run);
	kernel_init(&run.kernel, answer_ns);
	schedule_init(&run.schedule, &config);
	run.send_ns = 10000;
	run.late_ns = MS(1);
	run.until_ns = INT64_MAX;
}

/* Probes of another length. */
static inline void set_length(size_t length)
{
	run.kernel.length = length;
	run.schedule.config.length = length;
	run.schedule.pace.length = length;
}

static inline void want(uint32_t addr)
{
	assert_in_range(addr, base, base + SPAN - 1);
	run.wanted[addr - base] = 1;
}

static inline void add_single(uint32_t addr)
{
	want(addr);
	assert_true(schedule_add_target(
		&run.schedule, (struct endpoint){addr, 9999}, 0));
}

static inline struct network read_network(const char *text)
{
	struct network network;

	assert_true(ipv4_parse_network(slice_of(text), &network));
	return network;
}

/* The hosts, told in another way than the sweep tells them. */
static inline void want_hosts(struct network network)
{
	for (uint32_t i = 0; i <= ~ipv4_mask(network.prefix); i++) {
		uint32_t addr = ipv4_first(network) + i;
		bool edge = !ipv4_contains(network, addr - 1) ||
			    !ipv4_contains(network, addr + 1);
		if (!edge || network.prefix > 30)
			want(addr);
	}
}

static inline void add_network(const char *text)
{
	want_hosts(read_network(text));
	assert_true(schedule_add_network(&run.schedule, read_network(text)));
}

static inline void add_scan(const char *text, int interface)
{
	assert_true(schedule_add_scan(
		&run.schedule, read_network(text), interface));
}

static inline void add_broadcast(int interface)
{
	assert_true(schedule_add_target(&run.schedule,
		(struct endpoint){IPV4_ALL_HOSTS, 9999}, interface));
}

static inline int send_to_kernel(const struct target *target)
{
	bool broadcast = target->interface && target != &run.schedule.swept;
	bool own = target->to.addr == own_address;
	int error = run.fault ? run.fault(run.tries, target->to.addr) : 0;

	run.tries++;
	if (!error && !broadcast && !own)
		error = kernel_send(&run.kernel, target->to.addr, run.now_ns);
	return error;
}

static inline void take_send(struct target *target)
{
	int64_t now = run.now_ns;
	int error = send_to_kernel(target);

	if (!error) {
		assert_true(run.count < PROBES_MAX);
		run.addrs[run.count] = target->to.addr;
		run.times[run.count++] = now - start;
		if (target->to.addr - base < SPAN)
			run.asked[target->to.addr - base]++;
	}
	schedule_sent(&run.schedule, target, now, error);
	run.now_ns += run.send_ns;
}

static inline void take_look(void)
{
	struct pace_table table = kernel_look(
		&run.kernel, run.now_ns, run.schedule.pace.crowded);

	run.looks++;
	schedule_looked(&run.schedule, run.now_ns, run.hidden ? NULL : &table);
}

/* Goes on to the end, or until it would pass UNTIL_NS. */
static inline void go_on(void)
{
	for (size_t steps = 0; steps < 10 * PROBES_MAX; steps++) {
		struct step step = schedule_next(
			&run.schedule, run.now_ns, run.scan_due);
		if (step.action == STEP_END) {
			run.end_ns = run.now_ns - start;
			return;
		}
		if (run.now_ns >= run.until_ns)
			return;
		if (step.action == STEP_SEND)
			take_send(step.target);
		else if (step.action == STEP_LOOK)
			take_look();
		else if (step.until_ns == INT64_MAX)
			fail_msg("it waits for ever");
		else if (step.until_ns <= run.now_ns)
			fail_msg("it waits for what is over");
		else
			run.now_ns = step.until_ns < run.until_ns
					     ? step.until_ns + run.late_ns
					     : run.until_ns;
	}
	fail_msg("it does not come to an end");
}

static inline void go(void)
{
	assert_true(schedule_prepare(&run.schedule));
	run.now_ns = start;
	schedule_start(&run.schedule, start);
	go_on();
}

/* What was to be asked was, at least and at most so often, and nobody else. */
static inline void assert_asked(unsigned least, unsigned most)
{
	for (uint32_t i = 0; i < SPAN; i++) {
		unsigned asked = run.asked[i];
		if (run.wanted[i] ? asked < least || asked > most : asked)
			fail_msg("%s was asked %u times",
				ipv4_text(base + i).at, asked);
	}
}

/* Whoever answers ARP heard a probe. */
static inline void assert_heard(void)
{
	kernel_count(&run.kernel, run.now_ns);
	for (uint32_t i = 0; i < SPAN; i++)
		if (run.wanted[i] && base + i != own_address &&
			run.kernel.answer_ns(base + i) >= 0 &&
			!kernel_entry(&run.kernel, base + i)->heard)
			fail_msg("%s heard nothing", ipv4_text(base + i).at);
}

/* When the first probe to ADDR went; it did. */
static inline int64_t asked_first(uint32_t addr)
{
	for (size_t i = 0; i < run.count; i++)
		if (run.addrs[i] == addr)
			return run.times[i];
	fail_msg("%s was not asked", ipv4_text(addr).at);
	return 0;
}

/* When the last of all probes went. */
static inline int64_t last_ns(void)
{
	assert_true(run.count > 0);
	return run.times[run.count - 1];
}

/* The first COUNT probes took no more than a third longer than the rule and the
 * rate let them; how long that is. */
static inline int64_t assert_swift(size_t count, unsigned rate)
{
	int64_t soonest = kernel_soonest(
		&run.kernel, run.addrs, count, rate ? NS_PER_S / rate : 0);
	int64_t taken = run.times[count - 1] - run.times[0];

	if (taken > soonest / 3 * 4)
		fail_msg("%ld ms instead of %ld", (long)(taken / NS_PER_MS),
			(long)(soonest / NS_PER_MS));
	return soonest;
}

static inline void end(void)
{
	schedule_release(&run.schedule);
}

#endif
