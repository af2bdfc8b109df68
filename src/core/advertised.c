#include "core/advertised.h"

const struct advertised *advertised_find(
	const struct advertised *rules, size_t count, uint32_t addr)
{
	for (size_t i = 0; i < count; i++)
		if (ipv4_contains(rules[i].askers, addr))
			return &rules[i];
	return NULL;
}

const struct advertised *advertised_before(
	const struct advertised *rules, size_t index)
{
	struct network askers = rules[index].askers;

	for (size_t i = 0; i < index; i++)
		if (rules[i].askers.prefix <= askers.prefix &&
			ipv4_contains(rules[i].askers, askers.addr))
			return &rules[i];
	return NULL;
}
