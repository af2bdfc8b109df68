/* Whatever a kernel's table of neighbours holds, whatever is sent and held: so many
 * probes may go as the rule lets, and not one more; with them the table is not too
 * full, and an estimate is a time that more addresses never make shorter. */
#include "fuzz.h"

#include "base/num.h"
#include "core/pace.h"

/* The least and the most that a probe takes of a queue (core/pace.c). */
enum { LEAST = 768, MOST = 1024 };

static struct pace_table take_table(struct slice *in)
{
	static const size_t sizes[] = {1024, 0, 1, 2, 3, 16, 128, 4096};
	uint8_t form = (uint8_t)fuzz_number(in, 255);
	struct pace_table table = {
		.size = sizes[form % COUNT(sizes)],
		.queue = form & 8 ? 212992 : 0,
		.late = form >> 4,
	};

	table.unresolved = fuzz_number(in, table.size);
	table.held = fuzz_number(in, table.size);
	table.others = form & 16 ? fuzz_number(in, table.size) : 0;
	table.queued = fuzz_number(in, UINT16_MAX) * 8;
	return table;
}

/* Whether COUNT more fit the queue of the one neighbour that all wait for. */
static bool fits_queue(
	const struct pace_table *table, size_t length, size_t count)
{
	size_t queue = table->queue ? table->queue : PACE_QUEUE_SIZE;
	size_t known = table->unresolved * (LEAST + length);
	size_t waits = table->queued > known ? table->queued - known : 0;

	return count * (MOST + 2 * length) + waits <= queue - queue / 16;
}

static bool fits(const struct pace_table *table, size_t length, size_t count)
{
	size_t size = table->size, unresolved = table->unresolved + count;
	size_t ours = unresolved + table->held;

	return unresolved <= size / 2 && ours <= size - size / 4 &&
	       (ours + table->others <= size - size / 8 || ours <= size / 16) &&
	       fits_queue(table, length, count);
}

static bool fits_routed(
	const struct pace_table *table, size_t length, size_t count)
{
	return table->unresolved + count <= table->size / 2 &&
	       fits_queue(table, length, count);
}

static void check_rooms(const struct pace_table *table, size_t length)
{
	size_t room = pace_room(table, length);
	size_t routed = pace_routed_room(table, length);

	expect(room == 0 || fits(table, length, room));
	expect(!fits(table, length, room + 1));
	expect(routed == 0 || fits_routed(table, length, routed));
	expect(!fits_routed(table, length, routed + 1));
}

static void check_estimates(const struct pace *pace, struct slice *in)
{
	uint64_t on_link = fuzz_number(in, UINT32_MAX);
	uint64_t routed = fuzz_number(in, UINT16_MAX);
	int64_t all_ns = pace_estimate_ns(pace, on_link, routed);
	int64_t held_ns = pace_estimate_held_ns(pace, on_link);

	expect(all_ns >= 0 && held_ns >= 0);
	if (on_link > 0) {
		expect(pace_estimate_ns(pace, on_link - 1, routed) <= all_ns);
		expect(pace_estimate_held_ns(pace, on_link - 1) <= held_ns);
	}
	expect(pace->blind ||
		all_ns >= (int64_t)(on_link + routed) * pace->interval_ns);
}

/* A look lets no more go than there is room for, but for one a while where the
 * table can't be seen or stays full. */
static void check_look(
	struct pace *pace, int64_t now_ns, const struct pace_table *table)
{
	bool was_slow = pace->slow;
	bool found = pace_looked(pace, now_ns, table);
	struct pace_way *way = &pace->on_link;

	expect(found == (pace->slow && !was_slow));
	expect(way->look_ns >= now_ns && pace->routed.look_ns >= now_ns);
	expect(pace->blind == !table);
	if (!table) {
		expect(way->room == 1 &&
			way->look_ns - now_ns == NS_PER_S / 25);
		return;
	}
	check_rooms(table, pace->length);
	size_t room = pace_room(table, pace->length);
	if (way->room > room)
		expect(way->room == 1 && way->look_ns - now_ns == NS_PER_S);
	if (pace->slow && way->room > 1)
		expect(table->unresolved + way->room <= 32);
	if (!pace->slow && room > 0)
		expect(way->room == room);
	if (pace->flat)
		expect(pace->routed.room == way->room);
}

static void check_sent(struct pace *pace, int64_t now_ns, uint8_t form)
{
	size_t room = pace->on_link.room, routed = pace->routed.room;
	int64_t due_ns = pace->due_ns;
	bool rated = form & 1;

	pace_sent(pace, now_ns, rated, form & 2);
	expect(pace->on_link.room + (room > 0) == room);
	expect(pace->routed.room + (routed > 0) == routed);
	if (!rated)
		expect(pace->due_ns == due_ns);
	else
		expect(pace->due_ns >= now_ns - 10 * NS_PER_MS &&
			pace->due_ns - pace->interval_ns >= due_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned rates[] = {1, 7, 1000, 1000000};
	struct slice in = fuzz_input(data, size);
	int64_t now_ns = 1000 * (int64_t)NS_PER_S;
	struct pace pace;

	unsigned rate = rates[fuzz_number(&in, COUNT(rates) - 1)];
	pace_init(&pace, rate, 1 + fuzz_number(&in, 4095));
	while (in.len > 0) {
		uint8_t form = (uint8_t)fuzz_number(&in, 255);
		now_ns += (int64_t)(form >> 3) * NS_PER_S / 8;
		struct pace_table table = take_table(&in);
		if ((form & 7) < 4)
			check_sent(&pace, now_ns, form & 3);
		else if ((form & 7) == 7)
			pace_held(&pace, form & 8);
		else
			check_look(&pace, now_ns, form & 1 ? &table : NULL);
		check_estimates(&pace, &in);
	}
	return 0;
}
