#ifndef CORE_TARGET_TEXT_H
#define CORE_TARGET_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "core/ipv4.h"

/* A target as a user gives it: ADDR[:PORT], ADDR/PREFIX, ADDR/NETMASK or
 * HOST[:PORT]. */

enum target_kind {
	TARGET_ADDRESS,
	TARGET_NETWORK, /* all hosts of it */
	TARGET_NAME, /* all addresses of a host */
};

struct target_text {
	enum target_kind kind;
	struct endpoint to; /* of an address; of a name, the port only */
	struct network network;
	struct slice name;
};

/* False for 0.0.0.0, for multicast, for a network that holds any of these, and
 * for what is none of the forms. A name of digits and dots is an address that
 * went wrong. */
bool target_parse(struct slice text, struct target_text *target);
/* Adds what would be right in place of TEXT, as the end of "expected ...". */
void target_add_expected(struct slice text, struct str *expected);
/* As it would be given. */
void target_print(const struct target_text *target, struct str *out);

/* Starts as zeros; free(at) releases it. */
struct target_list {
	struct target_text *at;
	size_t count;
};

/* False without memory. */
bool target_list_add(struct target_list *list, struct target_text target);

#endif
