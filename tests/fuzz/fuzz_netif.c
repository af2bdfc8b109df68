/* Whatever interfaces a host has and whatever lists are given: what is told of its
 * addresses is what a look at each one tells; broadcasts go to those that are
 * selected, once each; what is judged as segmented is what the rule says, and
 * becomes JSON. */
#include "network.h"

#include "core/broadcasts.h"
#include "core/pattern.h"
#include "core/segmented.h"

static bool is_listed(struct slice list, const struct netif *link)
{
	return list.at && pattern_list_matches(list, link->name);
}

static bool is_selected(const struct netif *link, const struct netif_address *a,
	const struct netif_lists *lists)
{
	return !link->loopback && link->up && link->broadcast &&
	       network_broadcast(link, a) &&
	       (!lists->whitelist.at || is_listed(lists->whitelist, link)) &&
	       !is_listed(lists->blacklist, link);
}

/* The stock client's rule. */
static bool is_segmented(struct network network, uint32_t broadcast)
{
	uint32_t addr = network.addr;
	bool corporate = addr >> 24 == 10 || addr >> 20 == 0xac1;

	return corporate && network.prefix < 24 &&
	       broadcast != (addr / 256 * 256 + 255);
}

static void check_address(const struct netif_table *table, uint32_t addr)
{
	const struct netif_address *holder = netif_holder(table, 0, addr);

	expect(netif_is_local(table, addr) == network_is_local(table, addr));
	expect(netif_is_broadcast(table, addr) ==
		network_is_broadcast(table, addr));
	expect(!holder || holder->network.addr == addr);
	for (int index = 0; index < 6; index++) {
		const struct netif_address *a = netif_towards(
			table, index, addr);
		expect(!a || !index || a->index == index);
		expect(!a == !network_is_on_link(table, index, addr));
		expect(netif_on_link(table, index, addr) == (a != NULL));
		expect(!netif_holder(table, index, addr) || a);
	}
}

/* Whether that address of the host, which sends there too, asks for the target. */
static bool asks_for(const struct netif_table *table, size_t i,
	const struct netif_lists *lists, bool limited,
	const struct target *target)
{
	const struct netif_address *a = &table->addresses[i];
	const struct netif *link = network_link(table, a->index);
	uint32_t addr = target->to.addr;

	return link && is_selected(link, a, lists) &&
	       target->interface == a->index &&
	       (addr == network_broadcast(link, a) ||
		       (limited && addr == IPV4_ALL_HOSTS));
}

static bool is_target(
	const struct targets *targets, uint32_t addr, int interface)
{
	size_t found = 0;

	for (size_t i = 0; i < targets->count; i++)
		found += targets->at[i].to.addr == addr &&
			 targets->at[i].interface == interface;
	expect(found <= 1);
	return found;
}

/* Each broadcast of each selected interface, once, and nothing else. */
static void check_broadcasts(const struct netif_table *table,
	const struct netif_lists *lists, bool limited)
{
	struct schedule_config config = {.rate = 1, .port = 9999};
	struct schedule schedule;

	schedule_init(&schedule, &config);
	expect(broadcasts_add(&schedule, table, lists, limited));
	const struct targets *targets = &schedule.targets;
	expect(schedule.pinned == targets->count);
	for (size_t i = 0; i < table->address_count; i++) {
		const struct netif_address *a = &table->addresses[i];
		const struct netif *link = network_link(table, a->index);
		if (!link || !is_selected(link, a, lists))
			continue;
		expect(is_target(
			targets, network_broadcast(link, a), a->index));
		expect(!limited ||
			is_target(targets, IPV4_ALL_HOSTS, a->index));
	}
	for (size_t t = 0; t < targets->count; t++) {
		bool asked = false;
		for (size_t i = 0; i < table->address_count; i++)
			asked |= asks_for(
				table, i, lists, limited, &targets->at[t]);
		expect(asked);
	}
	schedule_release(&schedule);
}

static void add_json(struct str *out, const struct segmented *s)
{
	json_object(out, s->link->name);
	json_text(out, "network", slice_of(ipv4_text(s->network.addr).at));
	json_number(out, "hosts", (int64_t)s->verdict.total_hosts);
	json_bool(out, "virtual", s->is_virtual);
	json_end_object(out);
	expect(s->verdict.total_hosts == s->verdict.segments * 256);
}

static void check_json(
	const struct str *text, const struct segmented_list *list)
{
	cJSON *read = expect_json(text);
	const cJSON *entry = read->child;

	for (size_t i = 0; i < list->count; i++, entry = entry->next) {
		const struct segmented *s = &list->at[i];
		expect(entry && cJSON_IsObject(entry));
		expect_utf8(entry->string, slice_of(s->link->name));
		const cJSON *at = entry->child;
		expect_member(&at, slice_of("network"),
			slice_of(ipv4_text(s->network.addr).at));
		expect(at && cJSON_IsNumber(at) &&
			!strcmp(at->string, "hosts"));
		expect(at->valuedouble == (double)s->verdict.total_hosts);
		at = at->next;
		expect(at && cJSON_IsBool(at) &&
			!strcmp(at->string, "virtual"));
		expect(cJSON_IsTrue(at) == s->is_virtual && !at->next);
	}
	expect(!entry);
	cJSON_Delete(read);
}

static void check_segmented(
	const struct netif_table *table, const struct netif_lists *lists)
{
	struct segmented_list list = {0};
	size_t expected = 0, flagged = 0, counting = 0;
	struct str text = STR_EMPTY;

	json_begin(&text);
	expect(segmented_judge_all(&list, table, lists));
	for (size_t i = 0; i < table->address_count; i++) {
		const struct netif_address *a = &table->addresses[i];
		const struct netif *link = network_link(table, a->index);
		if (!link || !is_selected(link, a, lists))
			continue;
		expected++;
		if (!is_segmented(a->network, network_broadcast(link, a)))
			continue;
		expect(flagged < list.count);
		expect(list.at[flagged].link == link);
		expect(list.at[flagged].network.addr == a->network.addr);
		counting += !list.at[flagged].is_virtual;
		add_json(&text, &list.at[flagged++]);
	}
	expect(list.selected == expected && flagged == list.count);
	expect(counting == list.counting);
	json_end_object(&text);
	check_json(&text, &list);
	str_release(&text);
	segmented_release(&list);
}

static bool is_word_in(const char *name, const char *word)
{
	for (size_t i = 0; name[i]; i++) {
		size_t same = 0;
		while (word[same] && (name[i + same] | 0x20) == word[same])
			same++;
		if (!word[same])
			return true;
	}
	return false;
}

/* A bridge none of whose members leads out of this host, or a known name. */
static bool is_virtual(
	const struct netif_table *table, const struct netif *link)
{
	bool inner = !strcmp(link->kind, "bridge");

	for (size_t i = 0; i < table->link_count; i++) {
		const char *kind = table->links[i].kind;
		if (table->links[i].master == link->index)
			inner &= !strcmp(kind, "veth") || !strcmp(kind, "tun");
	}
	return inner || is_word_in(link->name, "docker") ||
	       slice_starts(slice_of(link->name), slice_of("virbr"));
}

static void check_links(
	const struct netif_table *table, const struct netif_lists *lists)
{
	for (size_t i = 0; i < table->link_count; i++) {
		const struct netif *link = &table->links[i];
		expect(netif_is_virtual(table, link) ==
			is_virtual(table, link));
		expect(netif_find(table, link->index) ==
			network_link(table, link->index));
		expect(netif_name(table, link->index) ==
			network_link(table, link->index)->name);
	}
	for (size_t i = 0; i < table->address_count; i++) {
		const struct netif_address *a = &table->addresses[i];
		const struct netif *link = network_link(table, a->index);
		expect(netif_primary(table, a->index) != 0 ||
			!table->addresses[0].network.addr || i > 0 ||
			!a->network.addr);
		if (!link)
			continue;
		enum netif_reason reason = netif_verdict(link, a, lists);
		expect((reason == NETIF_SELECTED) ==
			is_selected(link, a, lists));
		expect(!netif_reason_text(reason) == !reason);
	}
}

static void check_pattern(const struct netif_table *table, struct slice list)
{
	bool any = false;

	for (size_t i = 0; i < table->link_count; i++)
		any |= pattern_matches(list, table->links[i].name);
	expect(netif_any_matches(table, list) == any);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size), white, black;
	struct network_host host;
	const struct netif_table *table = network_take_host(&in, &host);

	uint8_t form = (uint8_t)fuzz_number(&in, 255);
	check_address(table, network_take_address(&in, table));
	check_address(table, (uint32_t)fuzz_number(&in, UINT32_MAX));
	white = fuzz_until(&in, '\n');
	black = in;
	struct netif_lists lists = {form & 1 ? white : (struct slice){NULL, 0},
		form & 2 ? black : (struct slice){NULL, 0}};
	check_links(table, &lists);
	check_broadcasts(table, &lists, form & 4);
	check_segmented(table, &lists);
	check_pattern(table, white);
	return 0;
}
