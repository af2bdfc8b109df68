#include "core/targets.h"

#include <stdlib.h>

#include "base/list.h"

/* The slot of the targets at ADDR, or the free one where they belong. Knuth's
 * multiplier spreads neighbours, which is what is usually asked. */
static uint32_t *find_slot(const struct targets *targets, uint32_t addr)
{
	size_t mask = targets->slot_count - 1;
	size_t i = (addr * UINT32_C(2654435769) >> 7) & mask;

	for (;; i = (i + 1) & mask) {
		uint32_t held = targets->slots[i];
		if (!held || targets->at[held - 1].to.addr == addr)
			return &targets->slots[i];
	}
}

/* Puts target I into its slot, in front of those at its address. */
static void link_target(struct targets *targets, size_t i)
{
	uint32_t *slot = find_slot(targets, targets->at[i].to.addr);

	targets->at[i].next = *slot;
	*slot = (uint32_t)i + 1;
}

/* Makes room for one more; the slots are never more than half full. */
static bool grow(struct targets *targets)
{
	if (targets->count < targets->slot_count / 2)
		return true;
	size_t size = targets->slot_count ? targets->slot_count : 8;
	uint32_t *slots = calloc(size * 2, sizeof *slots);
	struct target *at = list_resize(
		targets->at, targets->count, size, sizeof *at);
	if (at)
		targets->at = at;
	if (!slots || !at) {
		free(slots);
		return false;
	}
	free(targets->slots);
	targets->slots = slots;
	targets->slot_count = size * 2;
	for (size_t i = 0; i < targets->count; i++)
		link_target(targets, i);
	return true;
}

/* 1 + position of the first one at ADDR, or 0. */
static uint32_t first_at(const struct targets *targets, uint32_t addr)
{
	return targets->slot_count ? *find_slot(targets, addr) : 0;
}

bool targets_add(struct targets *targets, struct endpoint to, int interface)
{
	uint32_t held = first_at(targets, to.addr);

	while (held) {
		const struct target *t = &targets->at[held - 1];
		if (t->to.port == to.port && t->interface == interface)
			return true;
		held = t->next;
	}
	if (!grow(targets))
		return false;
	targets->at[targets->count] = (struct target){
		.to = to, .interface = interface};
	link_target(targets, targets->count++);
	return true;
}

void targets_release(struct targets *targets)
{
	free(targets->at);
	free(targets->slots);
	*targets = (struct targets){0};
}

struct target *targets_find(const struct targets *targets, uint32_t addr)
{
	uint32_t held = first_at(targets, addr);

	return held ? &targets->at[held - 1] : NULL;
}

struct target *targets_next(
	const struct targets *targets, const struct target *target)
{
	return target->next ? &targets->at[target->next - 1] : NULL;
}
