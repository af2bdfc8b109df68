/* Whatever a user gives as a target: what is taken for one is printed as it would
 * be given, and is the same target when it is read again. */
#include "fuzz.h"

#include "core/target_text.h"

/* No host has these. */
static bool is_refused(uint32_t addr)
{
	return addr == 0 || ipv4_is_multicast(addr);
}

static bool is_same(const struct target_text *a, const struct target_text *b)
{
	return a->kind == b->kind && a->to.addr == b->to.addr &&
	       a->to.port == b->to.port && a->network.addr == b->network.addr &&
	       a->network.prefix == b->network.prefix &&
	       slice_equal(a->name, b->name);
}

/* Only what belongs to its kind. */
static void check_kind(const struct target_text *target)
{
	struct network network = target->network;

	switch (target->kind) {
	case TARGET_ADDRESS:
		expect(!is_refused(target->to.addr));
		break;
	case TARGET_NETWORK:
		expect(network.prefix <= 32);
		expect(!is_refused(ipv4_first(network)));
		expect(!is_refused(ipv4_last(network)));
		break;
	case TARGET_NAME:
		expect(target->name.len > 0 && target->name.len <= 254);
		expect(slice_trim(target->name).len == target->name.len);
		break;
	}
	expect(target->kind == TARGET_NAME || !target->name.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = fuzz_input(data, size);
	struct str printed = STR_EMPTY, again = STR_EMPTY;
	struct target_text target, reread;

	if (!target_parse(bytes, &target))
		return 0;
	check_kind(&target);
	target_print(&target, &printed);
	expect(!printed.failed);
	expect(target_parse(str_slice(&printed), &reread));
	expect(is_same(&target, &reread));
	target_print(&reread, &again);
	expect(slice_equal(str_slice(&printed), str_slice(&again)));
	str_release(&printed);
	str_release(&again);
	return 0;
}
