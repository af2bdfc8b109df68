#include "core/pace.h"

#include "base/num.h"

/* What a waiting probe takes of the send buffer, beside its bytes: at least and
 * at most (832 were measured). */
enum { QUEUED_MIN = 768, QUEUED_MAX = 1024 };

/* Looks closer together than this would cost more than they gain, unless so many
 * probes went between them. */
static const int64_t look_gap_ns = 20 * (int64_t)NS_PER_MS;
enum { MANY = 64 };

/* Linux answers ARP for others only after up to 0.8 s, and drops requests when 64
 * of them wait (proxy_delay, proxy_qlen in arp(7)). With so many unresolved ones
 * it also has room for the neighbours that it looks for itself. */
enum { LATE_MANY = 8, SLOW_UNRESOLVED = 32 };

/* The worst rate of all: where a proxy answers for every address, each entry is
 * held for 30 s, and 768 of them may be. */
static const int64_t blind_gap_ns = NS_PER_S / 25;

/* Entries of ours are given back by then; a table that is full for longer is
 * full of others, which need not end. Then it is one probe a second. */
static const int64_t full_most_ns = 60 * (int64_t)NS_PER_S;

/* A sweep that comes late makes up for this much. */
static const int64_t slack_ns = 10 * (int64_t)NS_PER_MS;

/* Estimates know no smaller table: who set gc_thresh3 to 0 can reach nobody. */
enum { SIZE_LEAST = 64 };

/* An unanswered entry blocks for so long: three requests, a second apart. */
static const int64_t unresolved_ns = 3 * (int64_t)NS_PER_S;

static size_t minus(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What is queued beyond what unresolved entries explain waits for gateways. */
static size_t queue_room(const struct pace_table *table, size_t length)
{
	size_t explained = table->unresolved * (QUEUED_MIN + length);
	size_t waiting = minus(table->queued, explained);
	size_t queue = table->queue ? table->queue : PACE_QUEUE_SIZE;

	/* Some is left for datagrams of others. */
	return minus(queue - queue / 16, waiting) / (QUEUED_MAX + 2 * length);
}

size_t pace_room(const struct pace_table *table, size_t length)
{
	size_t size = table->size;
	size_t used = table->unresolved + table->held;
	size_t left = minus(size - size / 8, table->others + used);
	size_t share = minus(size / 16, used);
	size_t room = minus(size / 2, table->unresolved);

	room = least(room, minus(size - size / 4, used));
	room = least(room, left > share ? left : share);
	return least(room, queue_room(table, length));
}

size_t pace_routed_room(const struct pace_table *table, size_t length)
{
	return least(minus(table->size / 2, table->unresolved),
		queue_room(table, length));
}

void pace_init(struct pace *pace, unsigned per_second, size_t length)
{
	*pace = (struct pace){.length = length,
		.interval_ns = NS_PER_S / per_second,
		.on_link = {PACE_FREE, INT64_MIN},
		.routed = {PACE_FREE, INT64_MIN},
		.due_ns = INT64_MIN,
		.used = SIZE_MAX / 2, /* the first look tells of no growth */
		.size = PACE_TABLE_SIZE};
}

static void set_room(struct pace_way *way, int64_t now_ns, size_t room)
{
	way->room = room;
	way->look_ns = room < MANY ? now_ns + look_gap_ns : now_ns;
}

/* Where there is no room for longer than entries of ours stay. */
static void note_full(struct pace *pace, int64_t now_ns)
{
	if (pace->on_link.room > 0) {
		pace->full = false;
		return;
	}
	if (!pace->full)
		pace->full_ns = now_ns;
	pace->full = true;
	if (now_ns - pace->full_ns >= full_most_ns)
		pace->on_link = (struct pace_way){1, now_ns + NS_PER_S};
}

/* What waits for a dropped request is lost with it: first those end. */
static size_t slow_room(
	const struct pace *pace, int64_t now_ns, const struct pace_table *table)
{
	if (table->unresolved > 0 && now_ns - pace->slow_ns < unresolved_ns)
		return 0;
	return minus(SLOW_UNRESOLVED, table->unresolved);
}

/* Routes can make addresses on-link that no address of this host tells of: then
 * the table grows by more than the few gateways. */
static void note_growth(struct pace *pace, const struct pace_table *table)
{
	size_t used = table->unresolved + table->held;
	size_t growth = minus(used, pace->used + pace->sent_on_link);

	if (pace->sent_routed >= PACE_FREE / 2 &&
		growth > pace->sent_routed / 2)
		pace->flat = true;
	pace->used = used;
	pace->sent_on_link = pace->sent_routed = 0;
}

bool pace_looked(
	struct pace *pace, int64_t now_ns, const struct pace_table *table)
{
	bool was_slow = pace->slow;
	size_t room;

	pace->blind = !table;
	if (!table) {
		pace->on_link = (struct pace_way){1, now_ns + blind_gap_ns};
		pace->routed = pace->on_link;
		return false;
	}
	pace->size = table->size > SIZE_LEAST ? table->size : SIZE_LEAST;
	pace->slow = was_slow || table->late >= LATE_MANY;
	if (!was_slow)
		pace->slow_ns = now_ns;
	room = pace_room(table, pace->length);
	if (pace->slow)
		room = least(room, slow_room(pace, now_ns, table));
	set_room(&pace->on_link, now_ns, room);
	set_room(&pace->routed, now_ns, pace_routed_room(table, pace->length));
	note_growth(pace, table);
	note_full(pace, now_ns);
	if (pace->flat)
		pace->routed = pace->on_link;
	return pace->slow && !was_slow;
}

void pace_held(struct pace *pace, bool crowded)
{
	pace->crowded = pace->crowded || crowded;
	pace->on_link.room = pace->routed.room = 0;
}

void pace_sent(struct pace *pace, int64_t now_ns, bool rated, bool on_link)
{
	pace->asked += on_link;
	pace->sent_on_link += on_link;
	pace->sent_routed += !on_link;
	pace->on_link.room = minus(pace->on_link.room, 1);
	pace->routed.room = minus(pace->routed.room, 1);
	if (!rated)
		return;
	if (pace->due_ns < now_ns - slack_ns)
		pace->due_ns = now_ns - slack_ns;
	pace->due_ns += pace->interval_ns;
}

int64_t pace_estimate_held_ns(const struct pace *pace, uint64_t on_link)
{
	uint64_t at_once = pace->size - pace->size / 4;

	return on_link > at_once ? (int64_t)((on_link - at_once) *
					     PACE_TABLE_SIZE / pace->size) *
					   blind_gap_ns
				 : 0;
}

int64_t pace_estimate_ns(
	const struct pace *pace, uint64_t on_link, uint64_t routed)
{
	uint64_t at_once = pace->size / 2;
	int64_t by_rate = (int64_t)(on_link + routed) * pace->interval_ns;
	int64_t waits = 0;

	if (pace->blind)
		return (int64_t)(on_link + routed) * blind_gap_ns;
	/* Each half of a table waits for the one before it. */
	if (on_link > at_once)
		waits = (int64_t)((on_link - 1) / at_once) * unresolved_ns +
			(int64_t)((on_link - 1) % at_once) * pace->interval_ns;
	return by_rate > waits ? by_rate : waits;
}
