#include "core/sweep.h"

#include <stdlib.h>

#include "base/list.h"

/* Last octets: .1 first, .0 last. */
enum { COLUMNS = 256 };

uint32_t sweep_first(struct network network)
{
	return ipv4_first(network) + (network.prefix < 31);
}

uint32_t sweep_last(struct network network)
{
	return ipv4_last(network) - (network.prefix < 31);
}

uint64_t sweep_hosts(struct network network)
{
	return (uint64_t)sweep_last(network) - sweep_first(network) + 1;
}

bool sweep_add(struct sweep *sweep, struct network network, int interface)
{
	const struct sweep_range range = {.first = sweep_first(network),
		.last = sweep_last(network),
		.interface = interface};

	return list_add(
		&sweep->ranges, &sweep->range_count, &range, sizeof range);
}

static int compare(const void *a, const void *b)
{
	const struct sweep_range *x = a, *y = b;

	if (x->interface != y->interface)
		return x->interface < y->interface ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return 0;
}

void sweep_join(struct sweep *sweep)
{
	struct sweep_range *at = sweep->ranges;
	size_t kept = 0;

	list_sort(at, sweep->range_count, sizeof *at, compare);
	for (size_t i = 0; i < sweep->range_count; i++) {
		struct sweep_range *last = kept ? &at[kept - 1] : NULL;
		if (!last || last->interface != at[i].interface ||
			last->last < at[i].first)
			at[kept++] = at[i];
		else if (last->last < at[i].last)
			last->last = at[i].last;
	}
	sweep->range_count = kept;
	sweep->total = 0;
	for (size_t i = 0; i < kept; i++) {
		at[i].before = (size_t)sweep->total;
		sweep->total += (uint64_t)at[i].last - at[i].first + 1;
	}
}

/* Puts the order at range I, or at the next column where there is no more. */
static void enter_range(struct sweep *sweep, size_t i)
{
	if (i == sweep->range_count) {
		i = 0;
		sweep->column++;
	}
	sweep->range = i;
	sweep->block = sweep->ranges[i].first >> 8;
}

void sweep_restart(struct sweep *sweep)
{
	sweep->column = 0;
	enter_range(sweep, 0);
}

bool sweep_begin(struct sweep *sweep)
{
	sweep_join(sweep);
	free(sweep->sent_ns);
	sweep->sent_ns = NULL;
	if (!sweep->range_count)
		return true;
	if (sweep->total <= SIZE_MAX)
		sweep->sent_ns = calloc(
			(size_t)sweep->total, sizeof *sweep->sent_ns);
	sweep_restart(sweep);
	return sweep->sent_ns != NULL;
}

void sweep_release(struct sweep *sweep)
{
	free(sweep->ranges);
	free(sweep->sent_ns);
	*sweep = (struct sweep){0};
}

void sweep_go_on(struct sweep *sweep)
{
	const struct sweep_range *range = &sweep->ranges[sweep->range];

	if (sweep->block < range->last >> 8)
		sweep->block++;
	else
		enter_range(sweep, sweep->range + 1);
}

bool sweep_now(struct sweep *sweep, uint32_t *addr, int *interface)
{
	if (!sweep->range_count)
		return false;
	while (sweep->column < COLUMNS) {
		const struct sweep_range *range = &sweep->ranges[sweep->range];
		*addr = sweep->block << 8 | ((sweep->column + 1) & 255);
		*interface = range->interface;
		if (*addr >= range->first && *addr <= range->last)
			return true;
		sweep_go_on(sweep);
	}
	return false;
}

/* Where the address stands, or NULL. */
static const struct sweep_range *find(
	const struct sweep *sweep, uint32_t addr, int interface)
{
	struct sweep_range wanted = {.first = addr, .interface = interface};
	size_t low = 0, high = sweep->range_count;

	/* The last range that does not begin behind it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(&sweep->ranges[middle], &wanted) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	const struct sweep_range *range = low ? &sweep->ranges[low - 1] : NULL;
	return range && range->interface == interface && addr <= range->last
		       ? range
		       : NULL;
}

int64_t *sweep_sent(const struct sweep *sweep, uint32_t addr, int interface)
{
	const struct sweep_range *range = find(sweep, addr, interface);

	return range && sweep->sent_ns
		       ? &sweep->sent_ns[range->before + (addr - range->first)]
		       : NULL;
}

bool sweep_holds(const struct sweep *sweep, uint32_t addr, int interface)
{
	return find(sweep, addr, interface) != NULL;
}

bool sweep_covers(
	const struct sweep *sweep, struct network network, int interface)
{
	const struct sweep_range *range = find(
		sweep, sweep_first(network), interface);

	return range && sweep_last(network) <= range->last;
}

uint64_t sweep_asked(const struct sweep *sweep)
{
	uint64_t asked = 0;

	for (size_t i = 0; sweep->sent_ns && i < sweep->total; i++)
		asked += sweep->sent_ns[i] > 0;
	return asked;
}
