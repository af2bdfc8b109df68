#ifndef CORE_SEGMENTED_H
#define CORE_SEGMENTED_H

#include <stdbool.h>
#include <stddef.h>

#include "core/netif.h"
#include "core/subnet.h"

/* A network that subnet_judge flags. */
struct segmented {
	const struct netif *link; /* NULL where it is not one of this host */
	struct network network; /* with the host bits: the address itself */
	struct subnet_verdict verdict;
	bool is_virtual; /* only a network of this host: it does not count */
};

struct segmented_list {
	struct segmented *at;
	size_t count;
	size_t counting; /* of those, the ones that are not virtual */
	size_t selected; /* addresses that segmented_judge_all judged */
};

/* Adds the network where it is flagged. False without memory. LINK, of TABLE,
 * must outlive the list, or both be NULL. */
bool segmented_judge(struct segmented_list *list,
	const struct netif_table *table, const struct netif *link,
	struct network network, uint32_t broadcast);
/* Judges each address that LISTS select. False without memory. */
bool segmented_judge_all(struct segmented_list *list,
	const struct netif_table *table, const struct netif_lists *lists);
void segmented_release(struct segmented_list *list);

/* Adds the network without its host bits: "10.15.0.0/20". */
void segmented_add_network(struct str *out, const struct segmented *segmented);

#endif
