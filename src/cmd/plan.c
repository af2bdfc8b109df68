#include "cmd/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "cmd/checks.h"
#include "cmd/options.h"
#include "core/broadcasts.h"
#include "core/segmented.h"
#include "core/target_text.h"
#include "sys/file.h"
#include "sys/resolve.h"

/* A file of targets. */
enum { FILE_BYTES_MAX = 64 << 20, TEXT_SHOWN_MAX = 80 };

struct plan {
	const struct invocation *invocation;
	struct schedule *schedule;
	struct str *unresolved; /* the first name without an address, and why */
};

static int out_of_memory(void)
{
	log_at(LOG_ERROR, "cannot keep the targets: out of memory");
	return EXIT_CANNOT;
}

static bool add_address(struct plan *plan, struct endpoint to)
{
	if (!to.port)
		to.port = plan->schedule->config.port;
	return schedule_add_target(plan->schedule, to, 0);
}

/* LINE is released. */
static void leave_out(struct plan *plan, struct str *line)
{
	log_lines(LOG_WARNING, line);
	if (!plan->unresolved->len)
		str_add_str(plan->unresolved, line);
	str_release(line);
}

static bool add_found(struct plan *plan, struct slice name, struct endpoint to)
{
	struct str line = STR_EMPTY;

	if (to.addr != 0 && !ipv4_is_multicast(to.addr))
		return add_address(plan, to);
	str_addf(&line, "'%.*s' has the address %s, which is no host's",
		(int)name.len, name.at, ipv4_text(to.addr).at);
	leave_out(plan, &line);
	return true;
}

/* A name that leads nowhere does not stop the others. */
static bool add_name(struct plan *plan, const struct target_text *target)
{
	struct dns_addresses found;
	struct slice name = target->name;
	struct str line = STR_EMPTY;
	const char *reason = resolve(name, &found);
	bool added = true;

	if (reason) {
		str_addf(&line, "cannot resolve '%.*s': %s", (int)name.len,
			name.at, reason);
		leave_out(plan, &line);
	}
	for (size_t i = 0; i < found.count && added; i++)
		added = add_found(plan, name,
			(struct endpoint){found.at[i], target->to.port});
	return added;
}

static int add_target(struct plan *plan, const struct target_text *target)
{
	bool added = false;

	switch (target->kind) {
	case TARGET_ADDRESS:
		added = add_address(plan, target->to);
		break;
	case TARGET_NETWORK:
		added = schedule_add_network(plan->schedule, target->network);
		break;
	case TARGET_NAME:
		added = add_name(plan, target);
		break;
	}
	return added ? EXIT_DONE : out_of_memory();
}

static int refuse_line(struct slice name, size_t number, struct slice text)
{
	struct str line = STR_EMPTY;

	str_add_printable(&line, name);
	str_addf(&line, ":%zu: bad target ", number);
	str_add_quoted(&line, text, TEXT_SHOWN_MAX);
	str_addf(&line, ": expected ");
	target_add_expected(text, &line);
	log_lines(LOG_ERROR, &line);
	str_release(&line);
	return EXIT_USAGE;
}

/* One target a line, with comments from # on. */
static int add_lines(struct plan *plan, struct slice name, struct slice text)
{
	struct slice line, given;
	struct target_text target;
	int status = EXIT_DONE;

	/* The mark that some editors begin UTF-8 with. */
	slice_cut_prefix(&text, slice_of("\xef\xbb\xbf"));
	for (size_t number = 1; !status && slice_cut(&text, '\n', &line);
		number++) {
		slice_cut(&line, '#', &given);
		given = slice_trim(given);
		if (!given.len)
			continue;
		if (!target_parse(given, &target))
			return refuse_line(name, number, given);
		status = add_target(plan, &target);
	}
	return status;
}

static bool is_stdin(struct slice path)
{
	return slice_equal(path, slice_of("-"));
}

static int tell_unreadable(const char *path)
{
	if (errno == ENOMEM)
		return out_of_memory();
	if (path)
		log_errno(LOG_ERROR, "cannot read targets from '%s'", path);
	else
		log_errno(LOG_ERROR, "cannot read targets from standard input");
	return EXIT_USAGE;
}

int plan_read(const struct invocation *invocation, struct plan_texts *texts)
{
	const struct text_list *files = &invocation->config.targets_files;
	int status = EXIT_DONE;

	*texts = (struct plan_texts){NULL, 0};
	for (size_t i = 0; i < files->count && !status; i++) {
		/* It points into argv, and so ends with a NUL. */
		const char *path = is_stdin(files->at[i]) ? NULL
							  : files->at[i].at;
		struct str *text = list_append(
			&texts->at, &texts->count, sizeof *text);
		if (!text)
			return out_of_memory();
		if (file_read_stream(path, FILE_BYTES_MAX, text) != 0)
			status = tell_unreadable(path);
	}
	return status;
}

void plan_release_texts(struct plan_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		str_release(&texts->at[i]);
	free(texts->at);
	*texts = (struct plan_texts){NULL, 0};
}

static int add_targets(struct plan *plan, const struct plan_texts *texts)
{
	const struct config *config = &plan->invocation->config;
	int status = EXIT_DONE;

	for (size_t i = 0; i < config->targets.count && !status; i++)
		status = add_target(plan, &config->targets.at[i]);
	for (size_t i = 0; i < texts->count && !status; i++) {
		struct slice path = config->targets_files.at[i];
		status = add_lines(plan,
			is_stdin(path) ? slice_of("standard input") : path,
			str_slice(&texts->at[i]));
	}
	return status;
}

/* Hosts that are asked by unicast, each counted once. */
static uint64_t count_hosts(struct schedule *schedule)
{
	const struct targets *targets = &schedule->targets;
	uint64_t hosts;

	sweep_join(&schedule->sweep);
	hosts = schedule->sweep.total;
	for (size_t i = 0; i < targets->count; i++)
		hosts += !targets->at[i].interface &&
			 !sweep_holds(
				 &schedule->sweep, targets->at[i].to.addr, 0);
	return hosts;
}

bool plan_covers(const struct schedule *schedule, const struct segmented *found)
{
	return sweep_covers(&schedule->sweep, found->network, 0) ||
	       sweep_covers(
		       &schedule->scan, found->network, found->link->index);
}

/* Networks that would be too much for one run are left out. */
static bool add_scan(
	struct plan *plan, const struct netif_table *network, uint64_t hosts)
{
	const struct config *config = &plan->invocation->config;
	struct schedule *schedule = plan->schedule;
	struct segmented_list list = {0};
	bool added = segmented_judge_all(&list, network, &config->lists);

	for (size_t i = 0; i < list.count && added; i++) {
		const struct segmented *found = &list.at[i];
		uint64_t more = sweep_hosts(found->network);
		if (found->is_virtual || plan_covers(schedule, found) ||
			(!config->force && hosts + schedule->scan.total + more >
						   PLAN_HOSTS_MAX))
			continue;
		added = schedule_add_scan(
			schedule, found->network, found->link->index);
		sweep_join(&schedule->scan);
	}
	segmented_release(&list);
	return added;
}

/* As a person says it. */
static const char *reason_text(enum netif_reason reason)
{
	switch (reason) {
	case NETIF_DOWN:
		return "down or without carrier";
	case NETIF_NO_BROADCAST:
		return "without a broadcast address";
	case NETIF_NOT_WHITELISTED:
		return "not whitelisted";
	case NETIF_LOOPBACK:
	case NETIF_BLACKLISTED:
	case NETIF_SELECTED:
		break;
	}
	return netif_reason_text(reason);
}

/* " with --interfaces-whitelist 'eth9'" */
static void add_list(struct str *out, const struct invocation *invocation,
	const char *name, struct slice list)
{
	if (!list.at)
		return;
	str_addf(out, " with ");
	options_add_name(invocation, name, out);
	str_addf(out, " ");
	str_add_quoted(out, list, SIZE_MAX);
}

static void add_interfaces(struct str *out, const struct invocation *invocation,
	const struct netif_table *network)
{
	const struct netif_lists *lists = &invocation->config.lists;
	const char *comma = ": ";

	str_addf(out, "no interface to broadcast on");
	add_list(out, invocation, "interfaces-whitelist", lists->whitelist);
	add_list(out, invocation, "interfaces-blacklist", lists->blacklist);
	for (size_t i = 0; i < network->address_count; i++) {
		const struct netif_address *a = &network->addresses[i];
		const struct netif *link = netif_find(network, a->index);
		/* That of loopback is news only where it is all there is. */
		if (!link || (link->loopback && network->address_count > 1))
			continue;
		str_addf(out, "%s%s is %s", comma, link->name,
			reason_text(netif_verdict(link, a, lists)));
		comma = ", ";
	}
}

void plan_tell_empty(const struct invocation *invocation,
	const struct netif_table *network, const struct str *unresolved)
{
	struct str line = STR_EMPTY;

	if (unresolved->len && !log_shows(LOG_WARNING))
		str_add_str(&line, unresolved);
	else if (unresolved->len)
		str_addf(&line, "no target to ask: no name leads to a host");
	else if (!config_broadcasts(&invocation->config))
		str_addf(&line, "no target to ask: no line of --targets-file "
				"holds one");
	else
		add_interfaces(&line, invocation, network);
	log_lines(LOG_ERROR, &line);
	str_release(&line);
}

/* A responder answers no probe that comes from its own port. */
static bool asks_own_port(const struct plan *plan)
{
	const struct targets *targets = &plan->schedule->targets;
	unsigned port = plan->invocation->config.source_port;

	for (size_t i = 0; i < targets->count; i++) {
		if (targets->at[i].to.port != port)
			continue;
		log_at(LOG_ERROR, CHECKS_BAD_SOURCE_PORT, port);
		return true;
	}
	return false;
}

int plan_make(const struct invocation *invocation,
	const struct plan_texts *texts, const struct netif_table *network,
	struct schedule *schedule, struct str *unresolved)
{
	struct plan plan = {invocation, schedule, unresolved};
	const struct config *config = &invocation->config;

	if (config_broadcasts(config) &&
		!broadcasts_add(
			schedule, network, &config->lists, config->limited))
		return out_of_memory();
	int status = add_targets(&plan, texts);
	if (status)
		return status;
	if (asks_own_port(&plan))
		return EXIT_USAGE;
	uint64_t hosts = count_hosts(schedule);
	if (hosts > PLAN_HOSTS_MAX && !config->force) {
		log_at(LOG_ERROR,
			"the targets are %" PRIu64 " hosts, more than %d; "
			"--force asks them",
			hosts, PLAN_HOSTS_MAX);
		return EXIT_USAGE;
	}
	if ((config->scan && !add_scan(&plan, network, hosts)) ||
		!schedule_prepare(schedule))
		return out_of_memory();
	return EXIT_DONE;
}
