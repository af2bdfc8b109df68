#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "core/advertised.h"
#include "core/ipv4.h"
#include "core/limiter.h"
#include "core/netif.h"
#include "core/target_text.h"

/* What a run is told to do. Text points into argv and the environment. */

enum config_output {
	OUTPUT_TEXT,
	OUTPUT_JSON,
	OUTPUT_NDJSON,
	OUTPUT_NAGIOS,
};

enum config_invalid {
	INVALID_ALWAYS,
	INVALID_UNICAST,
};

/* Lists that an option adds to each time it is given. */
struct advertised_list {
	struct advertised *at;
	size_t count;
};

struct network_list {
	struct network *at;
	size_t count;
};

struct text_list {
	struct slice *at;
	size_t count;
};

struct config {
	unsigned port;
	struct slice message;
	struct slice response_prefix;
	int64_t timeout_ns;
	unsigned retries;
	struct netif_lists lists;
	struct target_list targets;
	struct text_list targets_files; /* paths; "-" is standard input */
	bool broadcast;
	bool limited;
	bool scan;
	unsigned rate_pps; /* of a sweep */
	bool force;
	unsigned source_port; /* 0: any */
	struct slice service; /* of TGED; at is NULL: SERVER_IP is asked */
	unsigned tged_port;
	bool ignore_local;
	unsigned count;
	unsigned expect;
	unsigned output; /* enum config_output */
	struct slice output_file; /* a path; at is NULL: standard output */
	bool watch;
	int64_t interval_ns; /* of watch, from start to start */
	struct advertised_list advertise;
	unsigned advertise_port;
	struct network_list allow;
	struct rate rate;
	struct slice services; /* a path; at is NULL: no TGED */
	bool tged_only;
	bool tged_compact;
	unsigned tged_invalid; /* enum config_invalid */
	int64_t duration_ns;
	struct slice user; /* NAME[:GROUP] or UID[:GID]; at is NULL: as it is */
	bool check;
	struct network_list addresses;
	bool json;
	bool quiet;
	unsigned verbose;
	bool out_of_memory; /* a list could not be kept */
};

enum setting_kind {
	SETTING_FLAG, /* bool */
	SETTING_SWITCH, /* bool: an option that can be negated, or a word */
	SETTING_COUNT, /* unsigned: how often it was given */
	SETTING_NUMBER, /* unsigned, MIN to MAX */
	SETTING_SECONDS, /* int64_t, nanoseconds */
	SETTING_TEXT, /* struct slice, MIN to MAX bytes */
	SETTING_SERVICE, /* struct slice: tged_is_service_name */
	SETTING_CHOICE, /* unsigned: which of CHOICES */
	SETTING_RATE, /* struct rate: N[/BURST] */
	SETTING_NAMES, /* struct slice: a list of interfaces */
	SETTING_TARGETS, /* struct target_list: where to ask */
	SETTING_PATHS, /* struct text_list, MIN to MAX bytes each */
	SETTING_ADVERTISED, /* struct advertised_list: what to answer whom */
	SETTING_NETWORKS, /* struct network_list: ADDR/PREFIX */
	SETTING_ALLOWED, /* struct network_list: also ADDR and "any" */
} __attribute__((packed));

/* Where a value goes and what it may be; small, since there is a table. */
struct setting {
	enum setting_kind kind;
	uint16_t offset; /* in struct config */
	unsigned min : 8, max : 24;
	const char *choices; /* words with one space between */
};

bool setting_is_list(const struct setting *setting);

/*
 * Reads VALUE into CONFIG. False where memory ran out, as CONFIG then says, or
 * VALUE is bad: then EXPECTED holds what would be right, as the end of
 * "expected ...".
 */
bool setting_parse(const struct setting *setting, struct slice value,
	struct config *config, struct str *expected);

/* How many values it has: 0 where it is unset, more than 1 for lists only. */
size_t setting_count(
	const struct setting *setting, const struct config *config);
/* Adds value INDEX as it would be given. */
void setting_print(const struct setting *setting, const struct config *config,
	size_t index, struct str *out);
bool setting_is_number(const struct setting *setting);

/* Whether broadcasts are sent: where there are targets, only on demand. */
bool config_broadcasts(const struct config *config);

void config_release(struct config *config);

#endif
