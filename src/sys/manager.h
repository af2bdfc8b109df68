#ifndef SYS_MANAGER_H
#define SYS_MANAGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/str.h"

/* The service manager that started this process, by what the environment says, as
 * of sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3) and systemd.exec(5).
 * Where there is none nothing is said to it. */
struct manager {
	int fd; /* -1: it wants to hear nothing */
	struct sockaddr_un to;
	socklen_t to_len;
	int64_t watchdog_ns; /* it wants to hear so often; 0: it does not */
};

/* 0; -1 with errno, and nothing is heard. */
int manager_open(struct manager *manager);
void manager_close(struct manager *manager);
/* TEXT is of sd_notify(3). 0, or -1 with errno: EAGAIN where it does
 * not read, since nobody waits for it. */
int manager_notify(const struct manager *manager, struct slice text);

/* How many sockets it passed, as descriptors from MANAGER_SOCKETS on. */
enum { MANAGER_SOCKETS = 3 };
int manager_count_sockets(void);

/* Whether standard error is its journal, which takes priorities: sd-daemon(3). */
bool manager_is_journal(void);

#endif
