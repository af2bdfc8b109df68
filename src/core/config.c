#include "core/config.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/num.h"
#include "core/tged.h"
#include "core/values.h"

static void *field(const struct setting *setting, const struct config *config)
{
	return (char *)config + setting->offset;
}

static bool add_rule(struct advertised_list *list, struct advertised rule)
{
	return list_add(&list->at, &list->count, &rule, sizeof rule);
}

static bool add_network(struct network_list *list, struct network network)
{
	return list_add(&list->at, &list->count, &network, sizeof network);
}

static bool add_text(struct text_list *list, struct slice text)
{
	return list_add(&list->at, &list->count, &text, sizeof text);
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

static bool out_of_memory(struct config *config)
{
	config->out_of_memory = true;
	return false;
}

static bool parse(const struct setting *setting, struct slice value,
	struct config *config)
{
	void *to = field(setting, config);
	struct advertised rule;
	struct network network;
	struct target_text target;
	uint64_t number;

	switch (setting->kind) {
	case SETTING_FLAG:
		*(bool *)to = true;
		return true;
	case SETTING_SWITCH:
		return value_switch(value, to);
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
		return value_service(value, to);
	case SETTING_CHOICE:
		return parse_choice(setting, value, to);
	case SETTING_RATE:
		return value_rate(value, to);
	case SETTING_NAMES:
		return value_names(value, to);
	case SETTING_TARGETS:
		return target_parse(value, &target) &&
		       (target_list_add(to, target) || out_of_memory(config));
	case SETTING_PATHS:
		return value.len >= setting->min && value.len <= setting->max &&
		       (add_text(to, value) || out_of_memory(config));
	case SETTING_ADVERTISED:
		return value_advertised(value, &rule) &&
		       (add_rule(to, rule) || out_of_memory(config));
	case SETTING_NETWORKS:
		return ipv4_parse_network(value, &network) &&
		       (add_network(to, network) || out_of_memory(config));
	case SETTING_ALLOWED:
		return value_allowed(value, &network) &&
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
	case SETTING_COUNT: /* these two take no value */
	case SETTING_SWITCH:
		str_addf(
			expected, "true, 1, yes or on, or false, 0, no or off");
		break;
	case SETTING_NUMBER:
		str_addf(expected, "a number from %u to %u", setting->min,
			setting->max);
		break;
	case SETTING_SECONDS:
		str_addf(expected, "seconds above 0, like 5 or 0.5, at most %d",
			NUM_SECONDS_MAX);
		break;
	case SETTING_TEXT:
	case SETTING_PATHS:
		str_addf(
			expected, "%u to %u bytes", setting->min, setting->max);
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
			"ADDR[:PORT] or NETWORK=ADDR[:PORT], with the address "
			"of a host (no name, 0.0.0.0 or multicast) and a network "
			"like 10.0.0.5/32%s",
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
		return ((const struct advertised_list *)from)->count;
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

static void print_rule(struct advertised rule, struct str *out)
{
	if (rule.askers.prefix) {
		ipv4_add_network(out, rule.askers);
		str_addf(out, "=");
	}
	ipv4_add_endpoint(out, rule.server);
}

void setting_print(const struct setting *setting, const struct config *config,
	size_t index, struct str *out)
{
	const void *from = field(setting, config);
	const struct rate *rate;
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
		print_rule(
			((const struct advertised_list *)from)->at[index], out);
		break;
	case SETTING_NETWORKS:
	case SETTING_ALLOWED:
		ipv4_add_network(
			out, ((const struct network_list *)from)->at[index]);
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
