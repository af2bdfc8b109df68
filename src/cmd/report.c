#include "cmd/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "core/segmented.h"

/* What the parts of an account stand behind: lines, or one line with -q. */
struct layout {
	const char *part;
	const char *detail;
	const char *command;
};

static const struct layout lines = {"\n  ", "\n    ", "\n    "};
static const struct layout one_line = {"; ", ", ", " "};

void report_add_target(struct str *out, const struct netif_table *network,
	const struct discovery_target *target)
{
	const char *name = output_interface(network, target->interface);

	str_addf(out, "%s:%u", ipv4_text(target->to.addr).at, target->to.port);
	if (name)
		str_addf(out, " on %s", name);
}

/* "no server answered", and what for. */
static void add_nobody(struct str *out, const struct discovery *discovery)
{
	struct slice service = discovery->config.service;
	size_t without = discovery->without.count;

	if (!service.at) {
		str_addf(out, "no server answered");
		return;
	}
	str_addf(out, without ? "no server has service '"
			      : "no server answered for service '");
	str_add_printable(out, service);
	str_addf(out, "'");
	if (without)
		str_addf(out, ": %zu said INVALID", without);
}

static void add_headline(
	struct str *out, const struct discovery *discovery, size_t expected)
{
	size_t found = discovery->results.count;

	if (!discovery_sent_any(discovery)) {
		str_addf(out, "no probe could be sent");
		return;
	}
	if (found)
		str_addf(out, "only %zu of %zu expected servers answered",
			found, expected);
	else
		add_nobody(out, discovery);
	str_addf(out, " within ");
	num_add_seconds(out, discovery->config.timeout_ns);
	str_addf(out, " s");
	if (found && discovery->without.count)
		str_addf(out, ", %zu said INVALID", discovery->without.count);
}

/* So many of those that said INVALID are named. */
enum { NAMED_MAX = 8 };

static void add_without(struct str *out, const struct results *without)
{
	str_addf(out, "INVALID came from ");
	for (size_t i = 0; i < without->count && i < NAMED_MAX; i++)
		str_addf(out, "%s%s", i ? ", " : "",
			ipv4_text(without->at[i].server.addr).at);
	if (without->count > NAMED_MAX)
		str_addf(out, " and %zu more", without->count - NAMED_MAX);
	str_addf(out, " (names are case-sensitive)");
}

static void add_target(struct str *out, const struct netif_table *network,
	const struct discovery_target *target)
{
	str_addf(out, "sent %u %s to ", target->sent,
		target->sent == 1 ? "probe" : "probes");
	report_add_target(out, network, target);
	if (target->failed)
		str_addf(out, ", %u failed: %s", target->failed,
			strerror(target->error));
	else if (target->error)
		str_addf(out, ", held up: %s", strerror(target->error));
}

static void add_account(struct str *out, const struct discovery *discovery,
	const struct layout *layout)
{
	for (size_t i = 0; i < discovery->target_count; i++) {
		str_addf(out, "%s", layout->part);
		add_target(
			out, discovery->config.network, &discovery->targets[i]);
	}
	if (discovery->without.count) {
		str_addf(out, "%s", layout->part);
		add_without(out, &discovery->without);
	}
	str_addf(out, "%s%zu foreign %s came", layout->part, discovery->foreign,
		discovery->foreign == 1 ? "datagram" : "datagrams");
	if (discovery->foreign)
		str_addf(out, " (-vv shows them)");
	if (discovery->config.ignore_local)
		str_addf(out, "%s%zu %s of this host left out", layout->part,
			discovery->ignored,
			discovery->ignored == 1 ? "reply" : "replies");
}

/* VALUE as one word of a shell, on one line: with control bytes in it as $'...'
 * (POSIX.1-2024, bash, zsh, busybox), else as '...'. */
static void add_quoted(struct str *out, struct slice value)
{
	struct str safe = STR_EMPTY;

	str_add_printable(&safe, value);
	bool plain = slice_equal(str_slice(&safe), value);
	str_addf(out, plain ? "'" : "$'");
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		if (c == '\'')
			str_addf(out, plain ? "'\\''" : "\\'");
		else if (c == '\\' && !plain)
			str_addf(out, "\\\\");
		else if (plain || (c >= ' ' && c <= '~'))
			str_addf(out, "%c", c);
		else
			str_addf(out, "\\x%02x", (unsigned char)c);
	}
	str_addf(out, "'");
	str_release(&safe);
}

static bool is_harmless(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("._:@-", c));
}

/* The same, but without quotes where no shell would need them. */
static void add_word(struct str *out, struct slice word)
{
	size_t harmless = 0;

	while (harmless < word.len && is_harmless(word.at[harmless]))
		harmless++;
	if (harmless < word.len || word.len == 0)
		add_quoted(out, word);
	else
		str_add(out, word);
}

/* The option as it was given. */
static void add_text_option(struct str *out,
	const struct invocation *invocation, const char *name,
	struct slice value)
{
	if (!options_given(invocation, name))
		return;
	str_addf(out, " --%s ", name);
	add_word(out, value);
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
}

static void add_segmented(struct str *out, const struct segmented *found,
	const struct layout *layout)
{
	const struct subnet_verdict *verdict = &found->verdict;
	struct network likely = {found->network.addr, 24};

	str_addf(out, "%s%s: %s/%u has %" PRIu64 " addresses", layout->part,
		found->link->name, ipv4_text(ipv4_first(found->network)).at,
		found->network.prefix, verdict->total_hosts);
	str_addf(out, "%sthe broadcast went to %s", layout->detail,
		ipv4_text(verdict->broadcast).at);
	str_addf(out, "%slikely it reached %s/24 only", layout->detail,
		ipv4_text(ipv4_first(likely)).at);
	str_addf(out, ", one of %" PRIu64 " segments", verdict->segments);
}

static bool is_likely_reached(const struct netif_table *network, uint32_t addr)
{
	for (size_t i = 0; i < network->address_count; i++)
		if (network->addresses[i].network.addr >> 8 == addr >> 8)
			return true;
	return false;
}

/* An address of a /24 of the network where no address of this host is. */
static uint32_t elsewhere(
	const struct netif_table *network, const struct segmented *found)
{
	uint32_t addr = ipv4_first(found->network) + 1;

	while (is_likely_reached(network, addr) &&
		ipv4_contains(found->network, addr + 256))
		addr += 256;
	return addr;
}

/* Only this interface; a name that is taken for a list or a pattern can't be
 * said, then it is all of them. */
static void add_interface(struct str *out, const char *name)
{
	if (strpbrk(name, ",*?["))
		return;
	str_addf(out, " -i ");
	add_word(out, slice_of(name));
}

static void add_way_out(struct str *out, const struct invocation *invocation,
	const struct netif_table *network, const struct segmented *found,
	const struct layout *layout)
{
	if (!invocation->config.limited) {
		str_addf(out,
			"%sto ask hosts with another mask too (ends stock "
			"servers that have no route back):%s",
			layout->part, layout->command);
		add_command(out, invocation);
		str_addf(out, " --limited");
		add_interface(out, found->link->name);
	}
	str_addf(out, "%sto ask a host of another segment, for example:%s",
		layout->part, layout->command);
	add_command(out, invocation);
	str_addf(out, " --target %s", ipv4_text(elsewhere(network, found)).at);
}

static void add_warning(struct str *out, const struct invocation *invocation,
	const struct netif_table *network, const struct segmented_list *list,
	const struct layout *layout)
{
	str_addf(out, "segmented network detected");
	for (size_t i = 0; i < list->count; i++)
		add_segmented(out, &list->at[i], layout);
	for (size_t i = 0; i < list->count; i++)
		add_way_out(out, invocation, network, &list->at[i], layout);
}

/* Whether a broadcast to that network went out. */
static bool was_asked(
	const struct discovery *discovery, const struct segmented *found)
{
	for (size_t i = 0; i < discovery->target_count; i++) {
		const struct discovery_target *t = &discovery->targets[i];
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

/* The networks to warn of: flagged, not virtual, and broadcast to. */
static void find_segmented(const struct invocation *invocation,
	const struct discovery *discovery, struct segmented_list *list)
{
	size_t selected, kept = 0;

	/* Without memory the list is shorter: a warning less. */
	(void)segmented_judge_all(list, discovery->config.network,
		&invocation->config.lists, &selected);
	for (size_t i = 0; i < list->count; i++)
		if (!list->at[i].is_virtual &&
			was_asked(discovery, &list->at[i]) &&
			!is_listed(list->at, kept, &list->at[i]))
			list->at[kept++] = list->at[i];
	list->count = kept;
}

void report_shortfall(const struct invocation *invocation,
	const struct discovery *discovery, size_t expected)
{
	bool quiet = invocation->config.quiet;
	const struct layout *layout = quiet ? &one_line : &lines;
	struct segmented_list list = {0};
	struct str account = STR_EMPTY, warning = STR_EMPTY;

	find_segmented(invocation, discovery, &list);
	add_headline(&account, discovery, expected);
	if (discovery->results.count == 0)
		add_account(&account, discovery, layout);
	if (list.count)
		add_warning(&warning, invocation, discovery->config.network,
			&list, layout);
	if (list.count && quiet) {
		str_addf(&account, "; ");
		str_add_str(&account, &warning);
	}
	log_lines(LOG_ERROR, &account);
	if (list.count && !quiet)
		log_lines(LOG_WARNING, &warning);
	str_release(&account);
	str_release(&warning);
	segmented_release(&list);
}

void report_topology(
	const struct invocation *invocation, const struct discovery *discovery)
{
	struct segmented_list list = {0};

	if (!log_shows(LOG_DEBUG))
		return;
	find_segmented(invocation, discovery, &list);
	for (size_t i = 0; i < list.count; i++) {
		struct str note = STR_EMPTY;
		str_addf(&note, "the network may be segmented");
		add_segmented(&note, &list.at[i], &one_line);
		log_lines(LOG_DEBUG, &note);
		str_release(&note);
	}
	segmented_release(&list);
}
