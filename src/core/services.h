#ifndef CORE_SERVICES_H
#define CORE_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * The services that a TGED server tells of, from JSON like
 *
 *	{"SQL": {"HOST": "test", "IP": "auto", "PORT": 3306}}
 *
 * A value is a string, a whole number up to 2^53 or a boolean; "auto" of the
 * key IP stands for the address that the asker can reach.
 */

enum { SERVICES_BYTES_MAX = 1 << 20 }; /* of all files of a set */

struct service {
	char *bytes; /* the name and, behind it, the reply */
	struct slice name;
	uint64_t start; /* of the name, as a number: it orders most */
	struct slice reply; /* as it is sent, but for the automatic address */
	size_t auto_at; /* where that goes into it, or SERVICE_FIXED */
	size_t file; /* which services_add it came from, counted from 0 */
};

#define SERVICE_FIXED SIZE_MAX

/* Found by name; build it by services_add, then services_finish. */
struct services {
	struct service *at;
	size_t count;
	size_t files; /* that were added */
	bool compact; /* replies without a space behind the colon */
	bool out_of_memory; /* services_add failed for that reason */
};

void services_init(struct services *services, bool compact);
void services_release(struct services *services);

/*
 * Adds the services of TEXT. False where it is bad: then FAULT, which was
 * empty, says where, "FILE:LINE:COLUMN: ..." or "FILE: service 'NAME', key
 * 'KEY': ...", and why.
 */
bool services_add(struct services *services, const char *file,
	struct slice text, struct str *fault);

/* A service that two files have. */
struct services_double {
	size_t at; /* its place in the table */
	size_t file; /* it was in this one, too... */
	size_t by; /* ...and the one of this one, added later, stays */
};

/*
 * Makes the set ready to be searched. Of a service that several files have the
 * one added last stays; the first MAX such cases are put into DOUBLES.
 * Returns how many there are.
 */
size_t services_finish(
	struct services *services, struct services_double *doubles, size_t max);

/* NULL where there is no service of this name. */
const struct service *services_find(
	const struct services *services, struct slice name);
/* Adds the reply; ADDR stands where the service says "auto". */
void service_add_reply(
	const struct service *service, uint32_t addr, struct str *out);

#endif
