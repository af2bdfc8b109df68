#include "cmd/warning.h"

#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "cmd/options.h"
#include "cmd/plan.h"
#include "cmd/progress.h"
#include "cmd/shell.h"
#include "core/pattern.h"

/* The option as it was given. */
static void add_text_option(struct str *out,
	const struct invocation *invocation, const char *name,
	struct slice value)
{
	if (!options_given(invocation, name))
		return;
	str_addf(out, " --%s ", name);
	shell_add_word(out, value);
}

/* A command that asks as this one did, but otherwise. */
static void add_command(struct str *out, const struct invocation *invocation)
{
	const struct config *config = &invocation->config;

	str_addf(out, "udpdisc discover");
	if (options_given(invocation, "port"))
		str_addf(out, " -p %u", config->port);
	add_text_option(out, invocation, "message", config->message);
	add_text_option(
		out, invocation, "response-prefix", config->response_prefix);
	add_text_option(out, invocation, "service", config->service);
	if (config->service.at && options_given(invocation, "tged-port"))
		str_addf(out, " --tged-port %u", config->tged_port);
	if (config->source_port)
		str_addf(out, " --source-port %u", config->source_port);
	if (options_given(invocation, "rate"))
		str_addf(out, " --rate %u", config->rate_pps);
	if (config->ignore_local)
		str_addf(out, " --ignore-local");
}

/* The same, that broadcasts and expects as many. */
static void add_broadcast_command(
	struct str *out, const struct invocation *invocation)
{
	add_command(out, invocation);
	if (options_given(invocation, "expect"))
		str_addf(out, " -x %u", invocation->config.expect);
}

void warning_add_network(struct str *out, const struct segmented *found,
	const struct layout *layout)
{
	const struct subnet_verdict *verdict = &found->verdict;
	struct network likely = {found->network.addr, 24};

	str_addf(out, "%s%s: ", layout->part, found->link->name);
	segmented_add_network(out, found);
	str_addf(out, " has %" PRIu64 " addresses%sthe broadcast went to %s",
		verdict->total_hosts, layout->detail,
		ipv4_text(verdict->broadcast).at);
	str_addf(out,
		"%slikely it reached %s/24 only, one of %" PRIu64 " segments",
		layout->detail, ipv4_text(ipv4_first(likely)).at,
		verdict->segments);
}

static bool is_likely_reached(const struct netif_table *network, uint32_t addr)
{
	for (size_t i = 0; i < network->address_count; i++)
		if (network->addresses[i].network.addr >> 8 == addr >> 8)
			return true;
	return false;
}

/* A /24 of the network where no address of this host is. */
static struct network elsewhere(
	const struct netif_table *network, const struct segmented *found)
{
	uint32_t addr = ipv4_first(found->network);

	while (is_likely_reached(network, addr) &&
		ipv4_contains(found->network, addr + 256))
		addr += 256;
	return (struct network){addr, 24};
}

/* Only this interface; a name that is taken for a list or a pattern can't be
 * said, then it is all of them. */
static void add_interface(struct str *out, const char *name)
{
	if (strchr(name, ',') || pattern_is_glob(slice_of(name)))
		return;
	str_addf(out, " -i ");
	shell_add_word(out, slice_of(name));
}

/* All of the networks of one interface. */
static void add_scan(struct str *out, const struct invocation *invocation,
	const struct segmented_list *list, const struct netif *link,
	const struct layout *layout)
{
	uint64_t hosts = 0;
	struct pace pace;

	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].link == link)
			hosts += sweep_hosts(list->at[i].network);
	pace_init(&pace, invocation->config.rate_pps, 0);
	str_addf(out, "%sto ask all %" PRIu64 " hosts (about ", layout->part,
		hosts);
	progress_add_estimate(out, pace_estimate_ns(&pace, hosts, 0) + NS_PER_S,
		&pace, hosts);
	str_addf(out, "):%s", layout->command);
	add_broadcast_command(out, invocation);
	str_addf(out, " --scan%s", hosts > PLAN_HOSTS_MAX ? " --force" : "");
	add_interface(out, link->name);
}

static void add_limited(struct str *out, const struct invocation *invocation,
	const struct netif *link, const struct layout *layout)
{
	str_addf(out,
		"%sfor hosts with another mask (stops Django servers that have "
		"no route back):%s",
		layout->part, layout->command);
	add_broadcast_command(out, invocation);
	str_addf(out, " --limited");
	add_interface(out, link->name);
}

static void add_way_out(struct str *out, const struct invocation *invocation,
	const struct netif_table *network, const struct segmented_list *list,
	size_t i, const struct layout *layout)
{
	const struct segmented *found = &list->at[i];
	struct network other = elsewhere(network, found);
	bool first = true;

	for (size_t before = 0; before < i; before++)
		first = first && list->at[before].link != found->link;
	if (first && !invocation->config.scan)
		add_scan(out, invocation, list, found->link, layout);
	str_addf(out, "%sto ask another segment, for example:%s", layout->part,
		layout->command);
	add_command(out, invocation);
	str_addf(out, " --target ");
	ipv4_add_network(out, other);
	if (first && !invocation->config.limited)
		add_limited(out, invocation, found->link, layout);
}

void warning_add(struct str *out, const struct invocation *invocation,
	const struct netif_table *network, const struct segmented_list *list,
	const struct layout *layout)
{
	str_addf(out, "segmented network detected");
	for (size_t i = 0; i < list->count; i++)
		warning_add_network(out, &list->at[i], layout);
	for (size_t i = 0; i < list->count; i++)
		add_way_out(out, invocation, network, list, i, layout);
}

/* Whether a broadcast to that network went out. */
static bool was_asked(
	const struct schedule *schedule, const struct segmented *found)
{
	for (size_t i = 0; i < schedule->pinned; i++) {
		const struct target *t = &schedule->targets.at[i];
		if (t->interface == found->link->index && t->sent &&
			t->to.addr == found->verdict.broadcast)
			return true;
	}
	return false;
}

/* Whether another address of the same network is among the first COUNT. */
static bool is_listed(
	const struct segmented *at, size_t count, const struct segmented *found)
{
	for (size_t i = 0; i < count; i++)
		if (at[i].link == found->link &&
			at[i].network.prefix == found->network.prefix &&
			ipv4_contains(at[i].network, found->network.addr))
			return true;
	return false;
}

void warning_find(const struct invocation *invocation,
	const struct discovery *discovery, struct segmented_list *list)
{
	size_t kept = 0;

	/* Without memory the list is shorter: a warning less. */
	(void)segmented_judge_all(
		list, discovery->config.network, &invocation->config.lists);
	for (size_t i = 0; i < list->count; i++)
		if (!list->at[i].is_virtual &&
			was_asked(&discovery->schedule, &list->at[i]) &&
			!is_listed(list->at, kept, &list->at[i]))
			list->at[kept++] = list->at[i];
	list->count = kept;
}
