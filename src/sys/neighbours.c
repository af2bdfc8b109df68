#include "sys/neighbours.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/netlink.h"

/* The kernel does not take back an entry that changed less than 5 s ago, unless
 * it failed (neigh_forced_gc of Linux since 5.0). Times of ndm_updated count in
 * ticks of USER_HZ, a hundredth of a second everywhere. */
enum { FRESH_TICKS = 500 };

/* Entries as they are counted. */
struct count {
	size_t unresolved, held;
};

static uint32_t ticks_since_change(const struct nlmsghdr *h)
{
	struct netlink_attributes list = netlink_attributes(
		h, sizeof(struct ndmsg));
	const struct rtattr *a;
	struct nda_cacheinfo info = {.ndm_updated = UINT32_MAX};

	while ((a = netlink_next(&list)) != NULL)
		if (a->rta_type == NDA_CACHEINFO &&
			RTA_PAYLOAD(a) >= sizeof info)
			memcpy(&info, RTA_DATA(a), sizeof info);
	return info.ndm_updated;
}

static int count_entry(void *context, const struct nlmsghdr *h)
{
	struct count *count = context;
	const struct ndmsg *entry = NLMSG_DATA(h);

	if (h->nlmsg_type != RTM_NEWNEIGH ||
		h->nlmsg_len < NLMSG_LENGTH(sizeof *entry))
		return 0;
	if (entry->ndm_state & NUD_INCOMPLETE)
		count->unresolved++;
	else if (entry->ndm_state & (NUD_REACHABLE | NUD_DELAY | NUD_PROBE))
		count->held++;
	else if ((entry->ndm_state & NUD_STALE) &&
		 ticks_since_change(h) < FRESH_TICKS)
		count->held++;
	return 0;
}

/* The message that describes the table has its limit; those that follow it
 * describe what each interface sets. */
static int read_table(void *context, const struct nlmsghdr *h)
{
	struct neighbours *neighbours = context;
	struct netlink_attributes list = netlink_attributes(
		h, sizeof(struct ndtmsg));
	const struct rtattr *a;

	while ((a = netlink_next(&list)) != NULL)
		if (a->rta_type == NDTA_THRESH3)
			neighbours->size = netlink_u32(a);
	return 0;
}

static int open_table(struct neighbours *neighbours)
{
	const struct ndtmsg body = {.ndtm_family = AF_INET};

	neighbours->size = PACE_TABLE_SIZE;
	neighbours->fd = netlink_open(0);
	if (neighbours->fd < 0)
		return -1;
	return netlink_dump(neighbours->fd, RTM_GETNEIGHTBL, &body, sizeof body,
		read_table, neighbours);
}

void neighbours_close(struct neighbours *neighbours)
{
	if (neighbours->fd >= 0)
		close(neighbours->fd);
	neighbours->fd = -1;
}

int neighbours_look(struct neighbours *neighbours, struct pace_table *table)
{
	const struct ndmsg body = {.ndm_family = AF_INET};
	struct count count = {0, 0};
	int rc = neighbours->fd < 0 ? open_table(neighbours) : 0;

	if (rc == 0)
		rc = netlink_dump(neighbours->fd, RTM_GETNEIGH, &body,
			sizeof body, count_entry, &count);
	if (rc != 0) {
		/* What is left of an answer must not be taken for the next. */
		int error = errno;
		neighbours_close(neighbours);
		errno = error;
		return -1;
	}
	*table = (struct pace_table){.size = neighbours->size,
		.unresolved = count.unresolved,
		.held = count.held};
	return 0;
}
