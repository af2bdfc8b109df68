#include "core/config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/num.h"
#include "core/pattern.h"
#include "core/tged.h"

static void *field(const struct setting *setting, const struct config *config)
{
	return (char *)config + setting->offset;
}

static bool add_endpoint(struct endpoint_list *list, struct endpoint endpoint)
{
	struct endpoint *at = list_append(&list->at, &list->count, sizeof *at);

	if (at)
		*at = endpoint;
	return at;
}

static bool add_network(struct network_list *list, struct network network)
{
	struct network *at = list_append(&list->at, &list->count, sizeof *at);

	if (at)
		*at = network;
	return at;
}

static bool add_text(struct text_list *list, struct slice text)
{
	struct slice *at = list_append(&list->at, &list->count, sizeof *at);

	if (at)
		*at = text;
	return at;
}

/* Without a value it is the option itself. */
static bool parse_switch(struct slice value, bool *out)
{
	static const char *const words[] = {
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

/* The word INDEX of the choices; false behind the last one. */
static bool find_choice(
	const struct setting *setting, unsigned index, struct slice *choice)
{
	struct slice rest = slice_of(setting->choices);

	while (slice_cut(&rest, ' ', choice))
		if (index-- == 0)
			return true;
	return false;
}

static bool parse_choice(
	const struct setting *setting, struct slice value, unsigned *out)
{
	struct slice choice;

	for (unsigned i = 0; find_choice(setting, i, &choice); i++) {
		if (slice_equal(value, choice)) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool parse_names(struct slice value, struct slice *out)
{
	struct slice rest = value, name;

	if (!pattern_next(&rest, &name))
		return false;
	*out = value;
	return true;
}

static bool parse_advertised(struct slice value, struct endpoint *endpoint)
{
	return ipv4_parse_endpoint(value, endpoint) && endpoint->addr != 0 &&
	       !ipv4_is_multicast(endpoint->addr) &&
	       endpoint->addr != IPV4_ALL_HOSTS;
}

static bool parse_network(
	enum setting_kind kind, struct slice value, struct network *network)
{
	struct slice text = slice_trim(value);

	*network = (struct network){0, 0};
	if (kind == SETTING_ALLOWED && slice_equal(text, slice_of("any")))
		return true;
	if (kind == SETTING_ALLOWED && ipv4_parse(text, &network->addr)) {
		network->prefix = 32;
		return true;
	}
	return ipv4_parse_network(value, network);
}

/* BURST is twice N where it is left out. */
static bool parse_rate(struct slice value, struct rate *rate)
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

static bool parse_service(struct slice value, struct slice *service)
{
	*service = value;
	return tged_is_service_name(value) && value.len <= TGED_SERVICE_MAX;
}

static bool out_of_memory(struct config *config)
{
	config->out_of_memory = true;
	return false;
}

static bool parse(const struct setting *setting, struct slice value,
	struct config *config)
{
	void *to = field(setting, config);
	struct endpoint endpoint;
	struct network network;
	struct target_text target;
	uint64_t number;

	switch (setting->kind) {
	case SETTING_FLAG:
		*(bool *)to = true;
		return true;
	case SETTING_SWITCH:
		return parse_switch(value, to);
	case SETTING_COUNT:
		++*(unsigned *)to;
		return true;
	case SETTING_NUMBER:
		if (!num_parse(value, setting->min, setting->max, &number))
			return false;
		*(unsigned *)to = (unsigned)number;
		return true;
	case SETTING_SECONDS:
		return num_parse_seconds(value, to);
	case SETTING_TEXT:
		if (value.len < setting->min || value.len > setting->max)
			return false;
		*(struct slice *)to = value;
		return true;
	case SETTING_SERVICE:
		return parse_service(value, to);
	case SETTING_CHOICE:
		return parse_choice(setting, value, to);
	case SETTING_RATE:
		return parse_rate(value, to);
	case SETTING_NAMES:
		return parse_names(value, to);
	case SETTING_TARGETS:
		return target_parse(value, &target) &&
		       (target_list_add(to, target) || out_of_memory(config));
	case SETTING_PATHS:
		return value.len >= setting->min && value.len <= setting->max &&
		       (add_text(to, value) || out_of_memory(config));
	case SETTING_ADVERTISED:
		return parse_advertised(value, &endpoint) &&
		       (add_endpoint(to, endpoint) || out_of_memory(config));
	case SETTING_NETWORKS:
	case SETTING_ALLOWED:
		return parse_network(setting->kind, value, &network) &&
		       (add_network(to, network) || out_of_memory(config));
	}
	return false;
}

static void add_choices(const struct setting *setting, struct str *out)
{
	struct slice choice;

	for (unsigned i = 0; find_choice(setting, i, &choice); i++)
		str_addf(out, "%s%.*s", i ? ", " : "one of ", (int)choice.len,
			choice.at);
}

static void add_expected(
	const struct setting *setting, struct slice value, struct str *expected)
{
	const char *only = ipv4_is_ipv6(value) ? "; IPv6 is not supported" : "";

	switch (setting->kind) {
	case SETTING_FLAG:
	case SETTING_COUNT:
		break;
	case SETTING_SWITCH:
		str_addf(
			expected, "true, 1, yes or on, or false, 0, no or off");
		break;
	case SETTING_NUMBER:
		str_addf(expected, "a number from %" PRIu32 " to %" PRIu32,
			setting->min, setting->max);
		break;
	case SETTING_SECONDS:
		str_addf(expected, "seconds above 0, like 5 or 0.5, at most %d",
			NUM_SECONDS_MAX);
		break;
	case SETTING_TEXT:
	case SETTING_PATHS:
		str_addf(expected, "%" PRIu32 " to %" PRIu32 " bytes",
			setting->min, setting->max);
		break;
	case SETTING_SERVICE:
		str_addf(expected,
			"a name of 1 to %d bytes without white space around it "
			"or a line end in it",
			TGED_SERVICE_MAX);
		break;
	case SETTING_RATE:
		str_addf(expected,
			"replies a second, N or N/BURST, at most %d/%d; 0 for no "
			"limit",
			LIMITER_RATE_MAX, LIMITER_BURST_MAX);
		break;
	case SETTING_CHOICE:
		add_choices(setting, expected);
		break;
	case SETTING_NAMES:
		str_addf(expected, "interface names, like eth0,wlan*");
		break;
	case SETTING_TARGETS:
		target_add_expected(value, expected);
		break;
	case SETTING_ADVERTISED:
		str_addf(expected,
			"the IPv4 address of a host (no name, 0.0.0.0 or multicast), "
			"ADDR or ADDR:PORT%s",
			only);
		break;
	case SETTING_NETWORKS:
	case SETTING_ALLOWED:
		str_addf(expected, "a network, ADDR/PREFIX or ADDR/NETMASK%s%s",
			setting->kind == SETTING_ALLOWED ? ", ADDR or any" : "",
			only);
		break;
	}
}

bool setting_parse(const struct setting *setting, struct slice value,
	struct config *config, struct str *expected)
{
	if (parse(setting, value, config))
		return true;
	add_expected(setting, value, expected);
	return false;
}

bool setting_is_list(const struct setting *setting)
{
	return setting->kind >= SETTING_TARGETS;
}

bool setting_is_number(const struct setting *setting)
{
	return setting->kind == SETTING_COUNT ||
	       setting->kind == SETTING_NUMBER ||
	       setting->kind == SETTING_SECONDS;
}

size_t setting_count(const struct setting *setting, const struct config *config)
{
	const void *from = field(setting, config);

	switch (setting->kind) {
	case SETTING_NUMBER:
		return *(const unsigned *)from >= setting->min;
	case SETTING_SECONDS:
		return *(const int64_t *)from > 0;
	case SETTING_TEXT:
	case SETTING_SERVICE:
	case SETTING_NAMES:
		return ((const struct slice *)from)->at != NULL;
	case SETTING_TARGETS:
		return ((const struct target_list *)from)->count;
	case SETTING_PATHS:
		return ((const struct text_list *)from)->count;
	case SETTING_ADVERTISED:
		return ((const struct endpoint_list *)from)->count;
	case SETTING_NETWORKS:
	case SETTING_ALLOWED:
		return ((const struct network_list *)from)->count;
	case SETTING_FLAG:
	case SETTING_SWITCH:
	case SETTING_COUNT:
	case SETTING_CHOICE:
	case SETTING_RATE:
		break;
	}
	return 1;
}

void setting_print(const struct setting *setting, const struct config *config,
	size_t index, struct str *out)
{
	const void *from = field(setting, config);
	const struct rate *rate;
	struct endpoint endpoint;
	struct network network;
	struct slice choice;

	switch (setting->kind) {
	case SETTING_FLAG:
	case SETTING_SWITCH:
		str_addf(out, "%s", *(const bool *)from ? "yes" : "no");
		break;
	case SETTING_COUNT:
	case SETTING_NUMBER:
		str_addf(out, "%u", *(const unsigned *)from);
		break;
	case SETTING_SECONDS:
		num_add_seconds(out, *(const int64_t *)from);
		break;
	case SETTING_TEXT:
	case SETTING_SERVICE:
	case SETTING_NAMES:
		str_add(out, *(const struct slice *)from);
		break;
	case SETTING_RATE:
		rate = from;
		str_addf(out, "%u", rate->per_second);
		if (rate->per_second)
			str_addf(out, "/%u", rate->burst);
		break;
	case SETTING_CHOICE:
		find_choice(setting, *(const unsigned *)from, &choice);
		str_add(out, choice);
		break;
	case SETTING_TARGETS:
		target_print(
			&((const struct target_list *)from)->at[index], out);
		break;
	case SETTING_PATHS:
		str_add(out, ((const struct text_list *)from)->at[index]);
		break;
	case SETTING_ADVERTISED:
		endpoint = ((const struct endpoint_list *)from)->at[index];
		str_addf(out, "%s", ipv4_text(endpoint.addr).at);
		if (endpoint.port)
			str_addf(out, ":%u", endpoint.port);
		break;
	case SETTING_NETWORKS:
	case SETTING_ALLOWED:
		network = ((const struct network_list *)from)->at[index];
		str_addf(out, "%s/%u", ipv4_text(network.addr).at,
			network.prefix);
		break;
	}
}

bool config_broadcasts(const struct config *config)
{
	return config->broadcast ||
	       (!config->targets.count && !config->targets_files.count);
}

void config_release(struct config *config)
{
	free(config->targets.at);
	free(config->targets_files.at);
	free(config->advertise.at);
	free(config->allow.at);
	free(config->addresses.at);
	*config = (struct config){0};
}
