#ifndef CMD_WARNING_H
#define CMD_WARNING_H

#include "cmd/command.h"
#include "core/discovery.h"
#include "core/segmented.h"

/* The warning of a segmented network, and the commands that lead out of it. */

/* What the parts of a report stand behind: lines, or one line with -q. */
struct layout {
	const char *part;
	const char *detail;
	const char *command;
};

/* The networks to warn of: flagged, not virtual, and broadcast to.
 * segmented_release frees LIST. */
void warning_find(const struct invocation *invocation,
	const struct discovery *discovery, struct segmented_list *list);
/* Adds what is to be said of all of LIST. */
void warning_add(struct str *out, const struct invocation *invocation,
	const struct netif_table *network, const struct segmented_list *list,
	const struct layout *layout);
/* Adds what is to be said of one network itself. */
void warning_add_network(struct str *out, const struct segmented *found,
	const struct layout *layout);

#endif
