#ifndef CMD_RIGHTS_H
#define CMD_RIGHTS_H

#include "cmd/command.h"
#include "core/account.h"
#include "sys/sandbox.h"

/* What a command gives up before it listens to anybody, and what is said of it. */

struct rights {
	struct account account; /* whom it becomes */
	bool becomes; /* whether it does */
};

/* Whom serve becomes: the user of its configuration, if any. EXIT_DONE, or the
 * exit status, and it is said why. */
int rights_find(const struct invocation *invocation, struct rights *rights);
/* Becomes that. EXIT_DONE, or the exit status, and it is said why: that the
 * default can't be done is a warning only. */
int rights_become(
	const struct invocation *invocation, const struct rights *rights);
/* Gives up all but what USES need, and KEEP (SANDBOX_...); says what can't be, and
 * with -v what is in force. */
void rights_give_up(unsigned uses, unsigned keep);

#endif
