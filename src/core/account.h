#ifndef CORE_ACCOUNT_H
#define CORE_ACCOUNT_H

#include <stdint.h>

#include "base/str.h"

/* A user and a group by number, found in the texts of /etc/passwd and /etc/group
 * (passwd(5), group(5)). A static program can ask no other source. */
struct account {
	uint32_t uid, gid;
};

/* The user that owns nothing, and his group, on every Linux. */
enum { ACCOUNT_NOBODY = 65534 };

enum account_fault {
	ACCOUNT_FOUND,
	ACCOUNT_BAD, /* it is not written as one */
	ACCOUNT_NO_USER,
	ACCOUNT_NO_GROUP,
};

/*
 * NAME[:GROUP] or UID[:GID]; GROUP can be a number too. Without it, it is the
 * user's own group; that of a number which PASSWD does not have is the same
 * number. The texts are looked at where a name is to be found, or a group.
 */
enum account_fault account_find(struct slice text, struct slice passwd,
	struct slice group, struct account *account);

#endif
