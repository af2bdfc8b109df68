#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* Rights that are given up, for good, once the sockets are open. What returns int
 * is 0, or -1 with errno, and the process goes on with what it has. */

/* Who it is now: geteuid(2), getegid(2), and whether it is in other groups too. */
struct sandbox_identity {
	uint32_t uid, gid;
	bool in_groups;
};

struct sandbox_identity sandbox_identity(void);

/* Becomes this user and group, in no other group, and can never become another.
 * Where it is them already only the other groups are left, as far as it may. */
int sandbox_become(uint32_t uid, uint32_t gid);

/* It can gain no right by a program that it runs (PR_SET_NO_NEW_PRIVS, prctl(2)). */
int sandbox_gain_nothing(void);

/* The capabilities that a later step needs (capabilities(7)), as bits. */
enum {
	SANDBOX_KEEP_FILES = 1, /* to write files of others: CAP_DAC_OVERRIDE */
	SANDBOX_KEEP_PORTS = 2, /* below 1024: CAP_NET_BIND_SERVICE */
};

/* Keeps these capabilities and no other. */
int sandbox_drop(unsigned keep);

/* It can start no process, dump no core and open few files (getrlimit(2)). */
int sandbox_limit(void);

/* What the program is used for, as bits. */
enum {
	SANDBOX_SERVE = 1,
	SANDBOX_DISCOVER = 2,
	SANDBOX_WRITE = 4, /* files */
};

/* From now on it can make only the system calls that these uses make: all others
 * fail with ENOSYS (seccomp(2)). Needs sandbox_gain_nothing. ENOTSUP where the C
 * library or the architecture is none that the list was made for. */
int sandbox_confine(unsigned uses);

#endif
