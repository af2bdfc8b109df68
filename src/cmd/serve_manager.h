#ifndef CMD_SERVE_MANAGER_H
#define CMD_SERVE_MANAGER_H

#include "cmd/command.h"
#include "core/protocol.h"
#include "sys/manager.h"

/* What serve says to the service manager that started it, and takes from it. */

/* Says so where the manager can't be told anything. */
void serve_manager_open(struct manager *manager);

/* Finds the sockets of the PORTS (0: none is wanted) among those that the manager
 * opened; -1 stands for one that it did not, and the rest is closed. EXIT_DONE, or
 * the exit status, and it is said why. */
int serve_manager_take_sockets(
	const uint16_t ports[PROTOCOLS], int inherited[PROTOCOLS]);

/* STATE of sd_notify(3), and a STATUS of words; STATUS may be NULL. 0, or -1 with
 * errno. */
int serve_manager_tell(const struct manager *manager, const char *state,
	const struct str *status);

#endif
