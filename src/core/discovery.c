#include "core/discovery.h"

#include <errno.h>
#include <stdlib.h>

#include "base/num.h"
#include "core/reply.h"

/* Rounds are never closer than this. */
static const int64_t round_gap_ns = 50 * (int64_t)NS_PER_MS;
/* How long full send buffers are given to drain. */
static const int64_t hold_gap_ns = 5 * (int64_t)NS_PER_MS;

void discovery_init(
	struct discovery *discovery, const struct discovery_config *config)
{
	*discovery = (struct discovery){.config = *config};
	results_init(&discovery->results, config->key);
	results_init(&discovery->without, config->key);
}

void discovery_release(struct discovery *discovery)
{
	free(discovery->targets);
	results_release(&discovery->results);
	results_release(&discovery->without);
	discovery->targets = NULL;
	discovery->target_count = 0;
}

bool discovery_add_target(
	struct discovery *discovery, struct endpoint to, int interface)
{
	size_t count = discovery->target_count;

	for (size_t i = 0; i < count; i++) {
		const struct discovery_target *t = &discovery->targets[i];
		if (t->to.addr == to.addr && t->to.port == to.port &&
			t->interface == interface)
			return true;
	}
	struct discovery_target *targets = realloc(
		discovery->targets, (count + 1) * sizeof *targets);
	if (!targets)
		return false;
	targets[count] = (struct discovery_target){
		.to = to, .interface = interface};
	discovery->targets = targets;
	discovery->target_count = count + 1;
	return true;
}

bool discovery_add_broadcasts(struct discovery *discovery,
	const struct netif_lists *lists, uint16_t port, bool limited)
{
	const struct netif_table *network = discovery->config.network;

	for (size_t i = 0; i < network->address_count; i++) {
		const struct netif_address *a = &network->addresses[i];
		const struct netif *link = netif_find(network, a->index);
		if (!link || netif_verdict(link, a, lists) != NETIF_SELECTED)
			continue;
		struct endpoint to = {netif_directed_broadcast(link, a), port};
		if (!discovery_add_target(discovery, to, link->index))
			return false;
		to.addr = IPV4_ALL_HOSTS;
		if (limited &&
			!discovery_add_target(discovery, to, link->index))
			return false;
	}
	return true;
}

void discovery_start(struct discovery *discovery, int64_t now_ns)
{
	discovery->start_ns = now_ns;
	discovery->deadline_ns = now_ns + discovery->config.timeout_ns;
	discovery->next = discovery->target_count;
}

/*
 * When the round after the first K is due: at T(2^K-1)/2^(N+1) of the timeout
 * T with N retries, so that each wait is twice the one before and the last is
 * the longest.
 */
static int64_t round_due(const struct discovery *discovery)
{
	unsigned k = discovery->round, n = discovery->config.retries;
	/* T is below 2^60 and the factor below 2^17: divide first. */
	int64_t unit = discovery->config.timeout_ns >> (n + 1);
	int64_t rest = discovery->config.timeout_ns - (unit << (n + 1));
	int64_t factor = ((int64_t)1 << k) - 1;
	int64_t due = discovery->start_ns + unit * factor +
		      (rest * factor >> (n + 1));
	int64_t earliest = discovery->round_ns + round_gap_ns;

	return k && due < earliest ? earliest : due;
}

/* The next target that this round still has to ask, or target_count. */
static size_t next_target(const struct discovery *discovery)
{
	size_t i = discovery->next;

	while (i < discovery->target_count && discovery->targets[i].answered)
		i++;
	return i;
}

static bool begin_round(struct discovery *discovery, int64_t now_ns)
{
	if (discovery->round > discovery->config.retries ||
		now_ns < round_due(discovery))
		return false;
	discovery->round++;
	discovery->round_ns = now_ns;
	discovery->next = 0;
	return true;
}

static struct discovery_step wait_until(
	const struct discovery *discovery, int64_t until_ns)
{
	if (until_ns > discovery->deadline_ns)
		until_ns = discovery->deadline_ns;
	return (struct discovery_step){
		.action = DISCOVERY_WAIT, .until_ns = until_ns};
}

enum protocol discovery_protocol(const struct discovery *discovery)
{
	return discovery->config.service.at ? PROTOCOL_TGED
					    : PROTOCOL_SERVER_IP;
}

bool discovery_is_enough(const struct discovery *discovery)
{
	size_t count = discovery->config.count;

	return count && discovery->results.count >= count;
}

/* Whether a target was not asked at all: the shortest timeout has one round,
 * but for sends that the kernel holds up. */
static bool is_first_round_due(const struct discovery *discovery)
{
	return !discovery->hold_ns &&
	       (discovery->round == 0 ||
		       (discovery->round == 1 &&
			       next_target(discovery) <
				       discovery->target_count));
}

struct discovery_step discovery_next(
	struct discovery *discovery, int64_t now_ns)
{
	if (discovery_is_enough(discovery) ||
		(now_ns >= discovery->deadline_ns &&
			!is_first_round_due(discovery)))
		return (struct discovery_step){.action = DISCOVERY_END};
	if (now_ns < discovery->hold_ns)
		return wait_until(discovery, discovery->hold_ns);
	size_t target = next_target(discovery);
	if (target == discovery->target_count && begin_round(discovery, now_ns))
		target = next_target(discovery);
	discovery->next = target;
	if (target < discovery->target_count)
		return (struct discovery_step){
			.action = DISCOVERY_SEND, .target = target};
	if (discovery->round > discovery->config.retries)
		return wait_until(discovery, discovery->deadline_ns);
	return wait_until(discovery, round_due(discovery));
}

void discovery_sent(
	struct discovery *discovery, size_t target, int64_t now_ns, int error)
{
	struct discovery_target *t = &discovery->targets[target];

	if (error)
		t->error = error;
	if (error == EAGAIN || error == ENOBUFS) {
		discovery->hold_ns = now_ns + hold_gap_ns;
		return;
	}
	discovery->next = target + 1;
	if (error) {
		t->failed++;
		return;
	}
	t->sent++;
	t->round = discovery->round;
	t->sent_ns = now_ns;
}

static bool is_from(
	const struct discovery_target *target, const struct datagram *datagram)
{
	return !target->interface && target->sent &&
	       target->to.addr == datagram->source.addr &&
	       target->to.port == datagram->source.port;
}

/*
 * The probe that a datagram answers: the one to the target that it comes from,
 * else the latest to the interface where it came in, else the latest of all.
 */
static const struct discovery_target *asked(
	const struct discovery *discovery, const struct datagram *datagram)
{
	const struct discovery_target *best = NULL;
	int best_fit = 0;

	for (size_t i = 0; i < discovery->target_count; i++) {
		const struct discovery_target *t = &discovery->targets[i];
		int fit = 1;
		if (!t->sent)
			continue;
		if (is_from(t, datagram))
			fit = 4;
		else if (!t->interface && t->to.addr == datagram->source.addr)
			fit = 3;
		else if (t->interface && t->interface == datagram->interface)
			fit = 2;
		if (fit > best_fit ||
			(fit == best_fit && t->sent_ns > best->sent_ns)) {
			best = t;
			best_fit = fit;
		}
	}
	return best;
}

/* The target that it comes from need not be asked again. An answer from another
 * port belongs to the only target at that address, if it is the only one. */
static void mark_answered(
	struct discovery *discovery, const struct datagram *datagram)
{
	struct discovery_target *exact = NULL, *same = NULL;
	size_t at_address = 0;

	for (size_t i = 0; i < discovery->target_count; i++) {
		struct discovery_target *t = &discovery->targets[i];
		if (t->interface || t->to.addr != datagram->source.addr)
			continue;
		at_address++;
		same = t;
		if (is_from(t, datagram))
			exact = t;
	}
	if (exact)
		exact->answered = true;
	else if (at_address == 1)
		same->answered = true;
}

/* Whether a claimed address can't lead to its server from here. */
static bool is_unreachable(
	const struct netif_table *network, uint32_t addr, bool local)
{
	return (ipv4_is_loopback(addr) && !local) ||
	       ipv4_is_this_network(addr) || ipv4_is_multicast(addr) ||
	       netif_is_broadcast(network, addr);
}

/* The reply as a result, with what the way of the datagram tells. */
static struct result make_result(const struct discovery *discovery,
	const struct datagram *datagram, const struct reply *reply,
	const struct discovery_target *probe)
{
	const struct netif_table *network = discovery->config.network;
	struct result found = {
		.server = reply->server,
		.claimed = reply->claimed,
		.has_claimed_addr = reply->has_claimed_addr,
		.source_port = datagram->source.port,
		.attempt = probe ? probe->round : 1,
		.local = netif_is_local(network, datagram->source.addr),
		.raw = datagram->data,
	};

	if (discovery_protocol(discovery) == PROTOCOL_TGED)
		found.fields = str_slice(&reply->fields);
	if (!found.has_claimed_addr ||
		is_unreachable(network, found.server.addr, found.local))
		found.server.addr = datagram->source.addr;
	return found;
}

/* Keeps it among the servers or, INVALID, among those without the service. */
static enum discovery_verdict keep(struct discovery *discovery, bool invalid,
	const struct result *found, const struct result_path *path,
	const struct result **result)
{
	struct results *to = invalid ? &discovery->without
				     : &discovery->results;
	const struct result *kept;
	enum results_outcome outcome = results_add(to, found, path, &kept);

	if (outcome == RESULTS_FULL) {
		discovery->overflow++;
		return DISCOVERY_OVERFLOW;
	}
	if (invalid)
		return DISCOVERY_INVALID;
	*result = kept;
	return outcome == RESULTS_NEW ? DISCOVERY_NEW : DISCOVERY_KNOWN;
}

static enum discovery_verdict take_reply(struct discovery *discovery,
	const struct datagram *datagram, int64_t now_ns,
	const struct reply *reply, bool invalid, const struct result **result)
{
	const struct discovery_target *probe = asked(discovery, datagram);
	struct result found = make_result(discovery, datagram, reply, probe);
	struct result_path path = {datagram->interface, datagram->source.addr,
		probe ? now_ns - probe->sent_ns : 0};

	if (found.local && discovery->config.ignore_local) {
		mark_answered(discovery, datagram);
		discovery->ignored++;
		return DISCOVERY_LOCAL;
	}
	enum discovery_verdict verdict = keep(
		discovery, invalid, &found, &path, result);
	if (verdict != DISCOVERY_OVERFLOW)
		mark_answered(discovery, datagram);
	return verdict;
}

enum discovery_verdict discovery_receive(struct discovery *discovery,
	const struct datagram *datagram, int64_t now_ns,
	const struct result **result)
{
	enum discovery_verdict verdict = DISCOVERY_OVERFLOW;
	struct reply reply;

	*result = NULL;
	enum reply_kind kind = reply_read(&reply, discovery_protocol(discovery),
		discovery->config.response_prefix, datagram);
	switch (kind) {
	case REPLY_SERVER:
	case REPLY_INVALID:
		verdict = take_reply(discovery, datagram, now_ns, &reply,
			kind == REPLY_INVALID, result);
		break;
	case REPLY_FOREIGN:
	case REPLY_MALFORMED:
		discovery->foreign++;
		verdict = kind == REPLY_FOREIGN ? DISCOVERY_FOREIGN
						: DISCOVERY_MALFORMED;
		break;
	case REPLY_NO_MEMORY:
		discovery->overflow++;
		break;
	}
	reply_release(&reply);
	return verdict;
}

bool discovery_sent_any(const struct discovery *discovery)
{
	for (size_t i = 0; i < discovery->target_count; i++)
		if (discovery->targets[i].sent)
			return true;
	return false;
}
