#ifndef KERNEL_H
#define KERNEL_H

#include <errno.h>

#include "tables.h"

#include "core/schedule.h"

/*
 * A kernel in virtual time, as far as probes meet one: the table of neighbours
 * (arp(7)), what waits in it for answers to ARP, and the send buffer. It fails
 * the test where a sender breaks the rules or loses a probe.
 */

/* Three requests, a second apart; an answer holds the entry, which then is stale
 * and can't be taken back for 5 s more. */
enum { KERNEL_REQUESTS = 3 };
static const int64_t kernel_request_ns = SECONDS(1);
static const int64_t kernel_reachable_ns = SECONDS(30);
static const int64_t kernel_held_ns = SECONDS(35);

/* An answer is late after so long. */
static const int64_t kernel_late_ns = MS(50);

enum {
	KERNEL_SEND_BUFFER = 425984, /* of a user without rights */
	KERNEL_ADDRESSES = 1 << 16,
};

/* Everything on-link is in here; the gateway is, too. */
static const struct network kernel_on_link = {IPV4(10, 0, 0, 0), 16};
static const uint32_t kernel_gateway = IPV4(10, 0, 255, 254);

struct kernel_entry {
	bool listed; /* in LIVE */
	bool answered; /* somebody does, or will */
	bool heard; /* a probe came to whoever answered */
	unsigned requests;
	int64_t request_ns; /* when the next one is due */
	int64_t asked_ns; /* when the latest probe came */
	int64_t resolved_ns; /* unresolved until then */
	int64_t over_ns; /* held until then */
	size_t waiting; /* probes in its queue */
};

struct kernel {
	size_t size; /* of the table */
	size_t others; /* entries of other namespaces */
	size_t strangers; /* held entries of another program */
	int64_t strangers_ns; /* until then */
	size_t length; /* of a probe */
	size_t send_buffer;
	size_t queue; /* bytes that wait for one neighbour at most */
	/* Of a proxy that answers all requests: how many it puts off at a time,
	 * others are dropped (proxy_qlen); 0: there is none. */
	size_t proxy;
	/* After how long somebody says that ADDR is his; below 0: nobody. */
	int64_t (*answer_ns)(uint32_t addr);
	/* What there is. */
	struct kernel_entry entries[KERNEL_ADDRESSES];
	uint32_t live[KERNEL_ADDRESSES]; /* entries that were not over */
	size_t live_count;
	size_t put_off; /* answers of the proxy that are to come */
	size_t told; /* how many OTHERS the latest look showed */
	struct pace_table table; /* at the latest count */
};

static inline int64_t nobody_answers(uint32_t addr)
{
	(void)addr;
	return -1;
}

static inline int64_t all_answer(uint32_t addr)
{
	(void)addr;
	return 0;
}

static inline int64_t only_the_gateway_answers(uint32_t addr)
{
	return addr == kernel_gateway ? 0 : -1;
}

static inline void kernel_init(
	struct kernel *kernel, int64_t (*answer_ns)(uint32_t addr))
{
	memset(kernel, 0, sizeof *kernel);
	kernel->size = 1024;
	kernel->length = 15;
	kernel->send_buffer = KERNEL_SEND_BUFFER;
	kernel->queue = PACE_QUEUE_SIZE;
	kernel->answer_ns = answer_ns;
}

/* What a probe takes while it waits: the data behind the headers in a piece of
 * memory that is a power of two, and what describes it; 832 were measured. */
static inline size_t kernel_probe_size(const struct kernel *kernel)
{
	size_t data = ((kernel->length + 59 + 63) & ~(size_t)63) + 320;
	size_t piece = 512;

	while (piece < data)
		piece *= 2;
	return piece > 512 ? piece + 256 : 832;
}

static inline uint32_t kernel_neighbour(uint32_t addr)
{
	return ipv4_contains(kernel_on_link, addr) ? addr : kernel_gateway;
}

static inline struct kernel_entry *kernel_entry(
	struct kernel *kernel, uint32_t addr)
{
	return &kernel->entries[kernel_neighbour(addr) &
				(KERNEL_ADDRESSES - 1)];
}

/* A request for the address of an entry goes out, and may be answered. */
static inline void kernel_request(
	struct kernel *kernel, struct kernel_entry *entry, int64_t now_ns)
{
	uint32_t addr = kernel_on_link.addr +
			(uint32_t)(entry - kernel->entries);
	int64_t after = kernel->answer_ns(addr);

	entry->requests++;
	entry->request_ns = now_ns + kernel_request_ns;
	if (after < 0 || (kernel->proxy && kernel->put_off >= kernel->proxy))
		return;
	kernel->put_off += kernel->proxy && after > 0;
	entry->answered = true;
	entry->resolved_ns = now_ns + after;
	entry->over_ns = entry->resolved_ns + kernel_held_ns;
	entry->request_ns = INT64_MAX;
}

/* What is next for an entry: an answer, a request or its end. */
static inline int64_t kernel_next_of(const struct kernel_entry *entry)
{
	if (entry->waiting && entry->answered)
		return entry->resolved_ns;
	return entry->request_ns < entry->over_ns ? entry->request_ns
						  : entry->over_ns;
}

/* The entry to which something happens first, and when. */
static inline struct kernel_entry *kernel_next(
	struct kernel *kernel, int64_t *when_ns)
{
	struct kernel_entry *next = NULL;

	*when_ns = INT64_MAX;
	for (size_t i = 0; i < kernel->live_count; i++) {
		struct kernel_entry *e = &kernel->entries[kernel->live[i]];
		int64_t at = kernel_next_of(e);
		if (at < *when_ns) {
			*when_ns = at;
			next = e;
		}
	}
	return next;
}

/* That happens to ENTRY which is due. */
static inline void kernel_happen(
	struct kernel *kernel, struct kernel_entry *entry, int64_t now_ns)
{
	if (entry->waiting && entry->answered) {
		kernel->put_off -= kernel->proxy != 0;
		entry->waiting = 0;
		entry->heard = true;
	} else if (now_ns < entry->over_ns) {
		if (entry->requests < KERNEL_REQUESTS)
			kernel_request(kernel, entry, now_ns);
	} else {
		entry->listed = false;
		entry->waiting = 0;
	}
}

/* Counts what there is at NOW_NS. */
static inline void kernel_count(struct kernel *kernel, int64_t now_ns)
{
	struct pace_table table = {
		.size = kernel->size, .queue = kernel->queue};
	struct kernel_entry *entry;
	int64_t when_ns;
	size_t kept = 0;

	while ((entry = kernel_next(kernel, &when_ns)) != NULL &&
		when_ns <= now_ns) {
		kernel_happen(kernel, entry, when_ns);
		for (size_t i = kept = 0; i < kernel->live_count; i++)
			if (kernel->entries[kernel->live[i]].listed)
				kernel->live[kept++] = kernel->live[i];
		kernel->live_count = kept;
	}
	for (size_t i = 0; i < kernel->live_count; i++) {
		entry = &kernel->entries[kernel->live[i]];
		if (now_ns < entry->resolved_ns)
			table.unresolved++;
		else
			table.held++;
		table.late += kernel->proxy && now_ns >= entry->resolved_ns &&
			      entry->resolved_ns - entry->asked_ns >=
				      kernel_late_ns;
		table.queued += entry->waiting * kernel_probe_size(kernel);
	}
	kernel->table = table;
}

/* Whether so many unresolved and held entries are within the rule, with OTHERS
 * beside them. */
static inline bool kernel_allows(const struct kernel *kernel, size_t unresolved,
	size_t held, size_t others)
{
	size_t size = kernel->size, ours = unresolved + held;

	return unresolved <= size / 2 && ours <= size - size / 4 &&
	       (ours + others <= size - size / 8 || ours <= size / 16);
}

/* Whether a probe to ADDR needs an entry, and there is none left. */
static inline bool kernel_is_full(struct kernel *kernel, uint32_t addr)
{
	return !kernel_entry(kernel, addr)->listed &&
	       kernel->live_count + kernel->others >= kernel->size;
}

/* A probe to ADDR makes an entry, or uses it. */
static inline void kernel_touch(
	struct kernel *kernel, uint32_t addr, int64_t now_ns)
{
	struct kernel_entry *entry = kernel_entry(kernel, addr);

	entry->asked_ns = now_ns;
	if (!entry->listed) {
		bool heard = entry->heard;
		*entry = (struct kernel_entry){.listed = true,
			.heard = heard,
			.asked_ns = now_ns,
			.resolved_ns = now_ns +
				       KERNEL_REQUESTS * kernel_request_ns};
		entry->over_ns = entry->resolved_ns;
		kernel->live[kernel->live_count++] = kernel_neighbour(addr) &
						     (KERNEL_ADDRESSES - 1);
		kernel_request(kernel, entry, now_ns);
	}
	if (now_ns < entry->resolved_ns) {
		entry->waiting++;
		return;
	}
	entry->heard = true;
	if (now_ns >= entry->resolved_ns + kernel_reachable_ns)
		entry->over_ns = now_ns + kernel_held_ns; /* asked anew */
}

/* Sends a probe: 0, or EAGAIN where the send buffer is full, or ENOBUFS where the
 * table is (with IP_RECVERR, ip(7)). */
static inline int kernel_send(
	struct kernel *kernel, uint32_t addr, int64_t now_ns)
{
	const struct pace_table *table = &kernel->table;
	struct kernel_entry *entry = kernel_entry(kernel, addr);

	kernel_count(kernel, now_ns);
	bool known = entry->listed;
	if (table->queued >= kernel->send_buffer)
		return EAGAIN;
	if (kernel_is_full(kernel, addr))
		return ENOBUFS;
	kernel_touch(kernel, addr, now_ns);
	if (entry->waiting * kernel_probe_size(kernel) > kernel->queue)
		fail_msg("%zu probes wait for %s", entry->waiting,
			ipv4_text(addr).at);
	kernel_count(kernel, now_ns);
	if (!known && !kernel->strangers &&
		!kernel_allows(
			kernel, table->unresolved, table->held, kernel->told))
		fail_msg("%s: %zu unresolved, %zu held", ipv4_text(addr).at,
			table->unresolved, table->held);
	return 0;
}

/* The table as a look finds it, with OTHERS if they are asked for. */
static inline struct pace_table kernel_look(
	struct kernel *kernel, int64_t now_ns, bool others)
{
	kernel_count(kernel, now_ns);
	struct pace_table table = kernel->table;
	table.others = kernel->told = others ? kernel->others : 0;
	if (now_ns < kernel->strangers_ns)
		table.held += kernel->strangers;
	return table;
}

/* How long the rule and the rate alone let it take to send these COUNT probes in
 * their order, from the first to the last. Begins anew. */
static inline int64_t kernel_soonest(struct kernel *kernel,
	const uint32_t *addrs, size_t count, int64_t interval_ns)
{
	int64_t now = 0;

	memset(kernel->entries, 0, sizeof kernel->entries);
	kernel->live_count = 0;
	kernel->proxy = 0;
	for (size_t i = 0; i < count; i++) {
		if (now < (int64_t)i * interval_ns)
			now = (int64_t)i * interval_ns;
		kernel_count(kernel, now);
		while (kernel_is_full(kernel, addrs[i]) ||
			(!kernel_entry(kernel, addrs[i])->listed &&
				!kernel_allows(kernel,
					kernel->table.unresolved + 1,
					kernel->table.held, kernel->others))) {
			kernel_next(kernel, &now);
			kernel_count(kernel, now);
		}
		kernel_touch(kernel, addrs[i], now);
	}
	return now;
}

#endif
