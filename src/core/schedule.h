#ifndef CORE_SCHEDULE_H
#define CORE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/netif.h"
#include "core/pace.h"
#include "core/sweep.h"
#include "core/targets.h"

/*
 * Which probe is due when, and until when answers are waited for. It knows no
 * socket and no clock; times are nanoseconds above 0 of any clock that never runs
 * backwards.
 */

enum { SCHEDULE_RETRIES_MAX = 16, SCHEDULE_RATE_MAX = 1000000 };
/* Targets of a round that the rate does not slow down. */
enum { SCHEDULE_AT_ONCE = 1024 };

struct schedule_config {
	int64_t timeout_ns;
	unsigned retries; /* rounds after the first */
	unsigned rate; /* of a sweep, probes a second */
	uint16_t port; /* of broadcasts and sweeps */
	size_t length; /* of a probe, in bytes */
	const struct netif_table *network;
};

/* Rounds come first, then each sweep once. */
enum schedule_phase {
	PHASE_ROUNDS, /* of broadcasts and single targets */
	PHASE_SWEEP, /* of the networks that are targets */
	PHASE_SCAN, /* of the networks that broadcast may not reach */
	PHASE_LAST, /* waiting for the last answers */
};

/* When a probe went out. */
struct asked {
	int64_t sent_ns;
	unsigned round; /* from 1; 0: there was none */
};

struct schedule {
	struct schedule_config config;
	struct targets targets;
	size_t pinned; /* those pinned to an interface are among so many */
	struct sweep sweep;
	struct sweep scan;
	bool scanned; /* the scan was begun */
	struct target swept; /* the address of a sweep that is due */
	uint64_t visited; /* addresses of the sweeps that are done with */
	struct pace pace;
	enum schedule_phase phase;
	int64_t start_ns;
	int64_t deadline_ns; /* of the phase; INT64_MAX while it is open */
	unsigned round; /* rounds begun */
	int64_t round_ns; /* when the latest one began */
	size_t next; /* the next target of this round */
	struct asked latest; /* of all probes */
	int64_t watch_ns; /* the next look for a late proxy */
	int64_t hold_ns; /* no sends before this: the kernel has no room */
	bool held; /* the latest send found it so... */
	int64_t held_ns; /* ...and each one since then... */
	int held_error; /* ...with this errno */
	bool put_off; /* some of this round or sweep were held... */
	bool again; /* ...and the sweep goes over these */
};

void schedule_init(
	struct schedule *schedule, const struct schedule_config *config);
void schedule_release(struct schedule *schedule);

/* A target equal to one that is there is not added again. False without
 * memory, as all that follow. */
bool schedule_add_target(
	struct schedule *schedule, struct endpoint to, int interface);
/* All hosts of a network are asked once, after the rounds. */
bool schedule_add_network(struct schedule *schedule, struct network network);
/* The same, pinned to INTERFACE, if a scan is due by then. */
bool schedule_add_scan(
	struct schedule *schedule, struct network network, int interface);
/* Makes ready what was added. */
bool schedule_prepare(struct schedule *schedule);

/* Whether there is nowhere to send to. */
bool schedule_is_empty(const struct schedule *schedule);
/* Addresses that the sweeps ask, as far as is known by now. */
uint64_t schedule_swept_total(const struct schedule *schedule);

/* The clock of the deadline begins to run. */
void schedule_start(struct schedule *schedule, int64_t now_ns);

enum step_action {
	STEP_SEND, /* to TARGET, then call schedule_sent */
	STEP_LOOK, /* at the neighbour table, then call schedule_looked */
	STEP_WAIT, /* for a datagram, until UNTIL_NS at most */
	STEP_END,
};

struct step {
	enum step_action action;
	struct target *target;
	int64_t until_ns;
};

/* SCAN_DUE: whether too few answered so far. */
struct step schedule_next(
	struct schedule *schedule, int64_t now_ns, bool scan_due);
/* ERROR is 0 or the errno of the send. EAGAIN holds the sends for a moment, and
 * the same target is next; ENOBUFS puts a unicast target off to the end of the
 * round or the sweep. */
void schedule_sent(struct schedule *schedule, struct target *target,
	int64_t now_ns, int error);
/* TABLE is NULL where it can't be had. */
void schedule_looked(struct schedule *schedule, int64_t now_ns,
	const struct pace_table *table);

#endif
