#include "cmd/options.h"

#include "core/discovery.h"
#include "core/server_ip.h"

#define VARIABLE(name) "DISCOVERY_CLIENT_" name
#define IN_BOTH (IN_DISCOVER | IN_DISCOVER_ONE)
#define IN_LISTS (IN_SERVE | IN_BOTH | IN_IFACES | IN_CHECK_SEGMENTED)
#define IN_ALL (IN_LISTS | IN_HELP)
#define AT(member) .offset = offsetof(struct config, member)

/* What open(2) takes (PATH_MAX), less the NUL. */
enum { PATH_BYTES_MAX = 4095 };
/* Two names as useradd(8) lets them be, and the colon. */
enum { USER_BYTES_MAX = 65 };

const struct option options[] = {
	{"port", 'p', VARIABLE("PORT"), "N", "UDP port to ask or to answer on",
		IN_SERVE | IN_BOTH, {SETTING_NUMBER, AT(port), 1, 65535},
		.initial = "9999"},
	{"message", 'm', VARIABLE("MESSAGE"), "TEXT", "what a probe says",
		IN_SERVE | IN_BOTH,
		{SETTING_TEXT, AT(message), 1, SERVER_IP_MESSAGE_MAX},
		.initial = "DISCOVER_SERVER"},
	{"response-prefix", 0, VARIABLE("RESPONSE_PREFIX"), "TEXT",
		"what a reply begins with", IN_SERVE | IN_BOTH,
		{SETTING_TEXT, AT(response_prefix), 1, SERVER_IP_PREFIX_MAX},
		.initial = "SERVER_IP:"},
	{"timeout", 't', VARIABLE("TIMEOUT"), "SECONDS",
		"how long to wait for answers", IN_BOTH,
		{SETTING_SECONDS, AT(timeout_ns)}, .initial = "5.0"},
	{"retries", 'r', VARIABLE("RETRIES"), "N",
		"ask again N times within the timeout", IN_BOTH,
		{SETTING_NUMBER, AT(retries), 0, SCHEDULE_RETRIES_MAX},
		.initial = "3"},
	{"interfaces-whitelist", 'i', VARIABLE("INTERFACES_WHITELIST"), "LIST",
		"use only these interfaces, like eth0,wlan*", IN_LISTS,
		{SETTING_NAMES, AT(lists.whitelist)}},
	{"interfaces-blacklist", 0, VARIABLE("INTERFACES_BLACKLIST"), "LIST",
		"but not these", IN_LISTS,
		{SETTING_NAMES, AT(lists.blacklist)}},
	{"target", 'T', NULL, "TARGET",
		"ask ADDR[:PORT], NETWORK or HOST; repeatable", IN_BOTH,
		{SETTING_TARGETS, AT(targets)}},
	{"targets-file", 0, NULL, "FILE",
		"ask these too, one a line; '-' is stdin", IN_BOTH,
		{SETTING_PATHS, AT(targets_files), 1, PATH_BYTES_MAX}},
	{"broadcast", 0, NULL, "", "send broadcasts beside --target too",
		IN_BOTH, {SETTING_FLAG, AT(broadcast)}},
	{"limited", 0, NULL, "",
		"255.255.255.255 too; stops some Django servers", IN_BOTH,
		{SETTING_FLAG, AT(limited)}},
	{"scan", 0, VARIABLE("ENABLE_SUBNET_SCAN"), "",
		"if too few, ask all of a segmented network", IN_BOTH,
		{SETTING_SWITCH, AT(scan)}, .initial = "no"},
	{"rate", 0, NULL, "PPS", "probes a second of a sweep", IN_BOTH,
		{SETTING_NUMBER, AT(rate_pps), 1, SCHEDULE_RATE_MAX},
		.initial = "1000"},
	{"force", 0, NULL, "", "sweep more than 65536 addresses", IN_BOTH,
		{SETTING_FLAG, AT(force)}},
	{"source-port", 0, NULL, "N",
		"ask from this port, open in your firewall", IN_BOTH,
		{SETTING_NUMBER, AT(source_port), 1, 65535}},
	{"service", 's', NULL, "NAME", "ask for this service over TGED instead",
		IN_BOTH, {SETTING_SERVICE, AT(service)},
		.words = "port message response-prefix"},
	{"services", 'S', NULL, "PATH",
		"answer over TGED from this file or folder", IN_SERVE,
		{SETTING_TEXT, AT(services), 1, PATH_BYTES_MAX}},
	{"tged-port", 0, NULL, "N", "UDP port of TGED", IN_SERVE | IN_BOTH,
		{SETTING_NUMBER, AT(tged_port), 1, 65535}, .initial = "4745"},
	{"tged-only", 0, NULL, "", "leave --port to another program", IN_SERVE,
		{SETTING_FLAG, AT(tged_only)}},
	{"tged-compact", 0, NULL, "", "KEY:value, for clients that don't trim",
		IN_SERVE, {SETTING_FLAG, AT(tged_compact)}},
	{"tged-invalid", 0, NULL, "WHEN",
		"say INVALID always, or to unicast only", IN_SERVE,
		{SETTING_CHOICE, AT(tged_invalid), .choices = "always unicast"},
		.initial = "always"},
	{"ignore-local", 0, NULL, "", "leave out servers of this host", IN_BOTH,
		{SETTING_FLAG, AT(ignore_local)}},
	{"count", 'c', NULL, "N", "stop after so many servers", IN_DISCOVER,
		{SETTING_NUMBER, AT(count), 1, RESULTS_MAX}},
	{"expect", 'x', NULL, "N", "exit 1 where fewer answered", IN_DISCOVER,
		{SETTING_NUMBER, AT(expect), 0, RESULTS_MAX}, .initial = "1"},
	{"output", 'o', NULL, "FORMAT", "text, json, ndjson or nagios", IN_BOTH,
		{SETTING_CHOICE, AT(output),
			.choices = "text json ndjson nagios"},
		.initial = "text"},
	{"", 'j', NULL, "", "the same as --output json", IN_BOTH,
		.words = "output json", .action = OPTION_ALIAS},
	{"output-file", 0, NULL, "FILE", "replace this file, whole, at the end",
		IN_BOTH, {SETTING_TEXT, AT(output_file), 1, PATH_BYTES_MAX}},
	{"watch", 'w', NULL, "", "go on, and tell who comes up or goes down",
		IN_DISCOVER, {SETTING_FLAG, AT(watch)},
		.words = "expect count output-file"},
	{"interval", 0, NULL, "SECONDS",
		"from one round of --watch to the next", IN_DISCOVER,
		{SETTING_SECONDS, AT(interval_ns)}, .initial = "30"},
	{"advertise", 0, NULL, "ADDR[:PORT]",
		"answer with this; NETWORK=ADDR: to askers there", IN_SERVE,
		{SETTING_ADVERTISED, AT(advertise)}},
	{"advertise-port", 0, NULL, "N",
		"add this port to the automatic address", IN_SERVE,
		{SETTING_NUMBER, AT(advertise_port), 1, 65535}},
	{"allow", 0, NULL, "NETWORK",
		"answer only askers there, or 'any'; repeatable", IN_SERVE,
		{SETTING_ALLOWED, AT(allow)}},
	{"rate-limit", 0, NULL, "N[/BURST]",
		"replies a second to one asker; 0 for no limit", IN_SERVE,
		{SETTING_RATE, AT(rate)}, .initial = "50/100"},
	{"duration", 0, NULL, "SECONDS", "stop after so long", IN_SERVE,
		{SETTING_SECONDS, AT(duration_ns)}},
	{"user", 'u', NULL, "USER[:GROUP]",
		"as root, become this user; nobody by default", IN_SERVE,
		{SETTING_TEXT, AT(user), 1, USER_BYTES_MAX}},
	{"check", 0, NULL, "", "show the settings and serve nothing", IN_SERVE,
		{SETTING_FLAG, AT(check)}},
	{"address", 0, NULL, "NETWORK",
		"judge this and not this host; repeatable", IN_CHECK_SEGMENTED,
		{SETTING_NETWORKS, AT(addresses)},
		.words = "interfaces-whitelist interfaces-blacklist"},
	{"", 'j', NULL, "", "write JSON", IN_IFACES | IN_CHECK_SEGMENTED,
		{SETTING_FLAG, AT(json)}},
	{"", 'j', NULL, "", "log in JSON, and --check too", IN_SERVE,
		{SETTING_FLAG, AT(json)}},
	{"quiet", 'q', NULL, "", "no text; one line if it fails", IN_LISTS,
		{SETTING_FLAG, AT(quiet)}, .words = "verbose"},
	{"verbose", 'v', NULL, "", "say more; -vv: each datagram dropped too",
		IN_LISTS, {SETTING_COUNT, AT(verbose)}},
	{"help", 'h', NULL, "", "show this", IN_ALL, .action = OPTION_HELP},
	{"version", 'V', NULL, "", "show the version", IN_ALL,
		.action = OPTION_VERSION},
};

const size_t options_count = sizeof options / sizeof *options;

_Static_assert(sizeof options / sizeof *options <= OPTIONS_MAX,
	"struct invocation holds an origin for each option");

const struct option *option_find(
	const struct invocation *invocation, struct slice name, char letter)
{
	for (size_t i = 0; i < options_count; i++) {
		const struct option *o = &options[i];
		if (!(o->commands & invocation->command->bit))
			continue;
		if (letter ? o->letter == letter
			   : o->name[0] && slice_equal(slice_of(o->name), name))
			return o;
	}
	return NULL;
}

void option_add_name(
	const struct option *option, enum origin origin, struct str *out)
{
	if (origin == ORIGIN_VARIABLE)
		str_addf(out, "%s", option->variable);
	else
		str_addf(out, "--%s", option->name);
}

struct slice option_against(const struct option *option)
{
	return option->words && option->action == OPTION_SET
		       ? slice_of(option->words)
		       : (struct slice){NULL, 0};
}

bool option_is_given(
	const struct invocation *invocation, const struct option *option)
{
	return invocation->origins[option - options] == ORIGIN_OPTION;
}

bool options_exclude(
	const struct invocation *invocation, const struct option *option)
{
	for (size_t i = 0; i < options_count; i++) {
		struct slice rest = option_against(&options[i]), name;
		while (option_is_given(invocation, &options[i]) &&
			slice_cut(&rest, ' ', &name))
			if (slice_equal(name, slice_of(option->name)))
				return true;
	}
	return false;
}

bool options_given(const struct invocation *invocation, const char *name)
{
	const struct option *option = option_find(
		invocation, slice_of(name), 0);

	return option && option_is_given(invocation, option);
}

void options_add_name(
	const struct invocation *invocation, const char *name, struct str *out)
{
	const struct option *option = option_find(
		invocation, slice_of(name), 0);

	if (option)
		option_add_name(
			option, invocation->origins[option - options], out);
}

void options_add_origin(
	const struct invocation *invocation, size_t row, struct str *out)
{
	switch (invocation->origins[row]) {
	case ORIGIN_VARIABLE:
		option_add_name(&options[row], ORIGIN_VARIABLE, out);
		break;
	case ORIGIN_OPTION:
		str_addf(out, "option");
		break;
	case ORIGIN_DEFAULT:
		str_addf(out, "default");
		break;
	}
}
