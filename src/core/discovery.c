#include "core/discovery.h"

#include <string.h>

#include "core/asked.h"
#include "core/reply.h"

void discovery_init(
	struct discovery *discovery, const struct discovery_config *config)
{
	*discovery = (struct discovery){.config = *config};
	schedule_init(&discovery->schedule, &config->schedule);
	results_init(&discovery->results, config->key);
	results_init(&discovery->without, config->key);
}

void discovery_release(struct discovery *discovery)
{
	schedule_release(&discovery->schedule);
	results_release(&discovery->results);
	results_release(&discovery->without);
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

struct step discovery_next(struct discovery *discovery, int64_t now_ns)
{
	bool too_few = discovery->results.count < discovery->config.expected;

	if (discovery_is_enough(discovery))
		return (struct step){.action = STEP_END};
	return schedule_next(&discovery->schedule, now_ns, too_few);
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
	struct asked probe = asked_by(&discovery->schedule, datagram);
	struct result found = reply_result(
		reply, datagram, discovery->config.network);
	struct result_path path = {
		.interface = datagram->interface,
		.source = datagram->source.addr,
		.rtt_ns = probe.round ? now_ns - probe.sent_ns : 0,
	};
	const struct netif *link = netif_find(
		discovery->config.network, datagram->interface);

	found.attempt = probe.round ? probe.round : 1;
	if (link)
		memcpy(path.name, link->name, sizeof path.name);
	if (found.local && discovery->config.ignore_local) {
		asked_no_more(&discovery->schedule, datagram->source);
		discovery->ignored++;
		return DISCOVERY_LOCAL;
	}
	enum discovery_verdict verdict = keep(
		discovery, invalid, &found, &path, result);
	if (verdict != DISCOVERY_OVERFLOW)
		asked_no_more(&discovery->schedule, datagram->source);
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
