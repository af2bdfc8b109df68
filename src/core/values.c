#include "core/values.h"

#include "base/num.h"
#include "core/pattern.h"
#include "core/tged.h"

bool value_switch(struct slice value, bool *out)
{
	static const char words[][6] = {
		"false", "true", "0", "1", "no", "yes", "off", "on"};

	if (!value.at) {
		*out = true;
		return true;
	}
	value = slice_trim(value);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (slice_equal_folded(slice_of(words[i]), value)) {
			*out = i & 1;
			return true;
		}
	}
	return false;
}

bool value_names(struct slice value, struct slice *out)
{
	struct slice rest = value, name;

	if (!pattern_next(&rest, &name))
		return false;
	*out = value;
	return true;
}

static bool parse_server(struct slice text, struct endpoint *server)
{
	return ipv4_parse_endpoint(text, server) && server->addr != 0 &&
	       !ipv4_is_multicast(server->addr) &&
	       server->addr != IPV4_ALL_HOSTS;
}

/* Without a network it is for all. */
bool value_advertised(struct slice value, struct advertised *rule)
{
	struct slice rest = value, askers;

	*rule = (struct advertised){{0, 0}, {0, 0}};
	slice_cut(&rest, '=', &askers);
	if (!rest.at)
		return parse_server(value, &rule->server);
	return ipv4_parse_network(askers, &rule->askers) &&
	       parse_server(rest, &rule->server);
}

bool value_allowed(struct slice value, struct network *network)
{
	struct slice text = slice_trim(value);

	*network = (struct network){0, 0};
	if (slice_equal(text, slice_of("any")))
		return true;
	if (!ipv4_parse(text, &network->addr))
		return ipv4_parse_network(value, network);
	network->prefix = 32;
	return true;
}

bool value_rate(struct slice value, struct rate *rate)
{
	struct slice rest = value, part = {NULL, 0};
	uint64_t n, burst;

	slice_cut(&rest, '/', &part);
	if (!num_parse(part, 0, LIMITER_RATE_MAX, &n))
		return false;
	burst = n ? 2 * n : 1;
	if (rest.at && !num_parse(rest, 1, LIMITER_BURST_MAX, &burst))
		return false;
	*rate = (struct rate){(unsigned)n, (unsigned)burst};
	return true;
}

bool value_service(struct slice value, struct slice *service)
{
	if (!tged_is_service_name(value) || value.len > TGED_SERVICE_MAX)
		return false;
	*service = value;
	return true;
}
