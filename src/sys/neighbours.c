#include "sys/neighbours.h"

#include <arpa/inet.h>
#include <linux/neighbour.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/num.h"
#include "sys/event.h"
#include "sys/file.h"
#include "sys/netlink.h"

/* The kernel counts time in ticks of USER_HZ here, a hundredth of a second
 * everywhere. */
static const int64_t tick_ns = 10 * (int64_t)NS_PER_MS;

/* The kernel does not take back an entry that changed less than 5 s ago, unless
 * it failed (neigh_forced_gc of Linux since 5.0). */
enum { FRESH_TICKS = 500 };

/* What is resolved so long after it was asked for is late. */
static const int64_t late_ns = 50 * (int64_t)NS_PER_MS;

/* Late ones are told apart by a byte that stands for the hardware address. */
enum { HASHES = 256 };

/* Entries as they are counted. */
struct count {
	struct neighbours_asked asked;
	int64_t now_ns;
	size_t all, unresolved, held;
	size_t late[HASHES];
};

struct entry {
	uint32_t addr;
	struct nda_cacheinfo ticks; /* how long ago things happened to it */
	unsigned char hash; /* of its hardware address */
};

static void read_attribute(struct entry *entry, const struct rtattr *a)
{
	const unsigned char *data = RTA_DATA(a);
	size_t size = RTA_PAYLOAD(a);

	if (a->rta_type == NDA_DST)
		entry->addr = ntohl(netlink_u32(a));
	if (a->rta_type == NDA_CACHEINFO && size >= sizeof entry->ticks)
		memcpy(&entry->ticks, data, sizeof entry->ticks);
	for (size_t i = 0; a->rta_type == NDA_LLADDR && i < size; i++)
		entry->hash = (unsigned char)(entry->hash * 31 + data[i]);
}

static struct entry read_entry(const struct nlmsghdr *h)
{
	struct netlink_attributes list = netlink_attributes(
		h, sizeof(struct ndmsg));
	const struct rtattr *a;
	struct entry entry = {.ticks.ndm_updated = UINT32_MAX};

	while ((a = netlink_next(&list)) != NULL)
		read_attribute(&entry, a);
	return entry;
}

static void count_reachable(struct count *count, const struct entry *entry)
{
	int64_t asked_ns = count->asked.at(count->asked.context, entry->addr);
	int64_t confirmed_ns = count->now_ns -
			       entry->ticks.ndm_confirmed * tick_ns;

	count->held++;
	if (asked_ns && confirmed_ns - asked_ns >= late_ns)
		count->late[entry->hash]++;
}

static int count_entry(void *context, const struct nlmsghdr *h)
{
	struct count *count = context;
	const struct ndmsg *message = NLMSG_DATA(h);

	if (h->nlmsg_type != RTM_NEWNEIGH ||
		h->nlmsg_len < NLMSG_LENGTH(sizeof *message))
		return 0;
	struct entry entry = read_entry(h);
	count->all++;
	if (message->ndm_state & NUD_INCOMPLETE)
		count->unresolved++;
	else if (message->ndm_state & NUD_REACHABLE)
		count_reachable(count, &entry);
	else if (message->ndm_state & (NUD_DELAY | NUD_PROBE))
		count->held++;
	else if ((message->ndm_state & NUD_STALE) &&
		 entry.ticks.ndm_updated < FRESH_TICKS)
		count->held++;
	return 0;
}

static size_t most_late(const struct count *count)
{
	size_t most = 0;

	for (size_t i = 0; i < HASHES; i++)
		if (count->late[i] > most)
			most = count->late[i];
	return most;
}

static void read_parameters(
	struct neighbours *neighbours, const struct rtattr *parameters)
{
	struct netlink_attributes list = netlink_nested(parameters);
	const struct rtattr *a;

	while ((a = netlink_next(&list)) != NULL)
		if (a->rta_type == NDTPA_QUEUE_LENBYTES &&
			netlink_u32(a) < neighbours->queue)
			neighbours->queue = netlink_u32(a);
}

/* The message that describes the table has its limit; those that follow it
 * describe what each interface sets. */
static int read_table(void *context, const struct nlmsghdr *h)
{
	struct neighbours *neighbours = context;
	struct netlink_attributes list = netlink_attributes(
		h, sizeof(struct ndtmsg));
	const struct rtattr *a;
	struct ndt_config config;

	while ((a = netlink_next(&list)) != NULL) {
		if (a->rta_type == NDTA_THRESH3)
			neighbours->size = netlink_u32(a);
		else if (a->rta_type == NDTA_CONFIG &&
			 RTA_PAYLOAD(a) >= sizeof config) {
			memcpy(&config, RTA_DATA(a), sizeof config);
			neighbours->entries = config.ndtc_entries;
		} else if ((a->rta_type & NLA_TYPE_MASK) == NDTA_PARMS)
			read_parameters(neighbours, a);
	}
	return 0;
}

static int look_at_table(struct neighbours *neighbours)
{
	const struct ndtmsg body = {.ndtm_family = AF_INET};

	if (neighbours->fd < 0) {
		neighbours->size = PACE_TABLE_SIZE;
		neighbours->queue = PACE_QUEUE_SIZE;
		neighbours->fd = netlink_open(0);
	}
	if (neighbours->fd < 0)
		return -1;
	return netlink_dump(neighbours->fd, RTM_GETNEIGHTBL, &body, sizeof body,
		read_table, neighbours);
}

void neighbours_close(struct neighbours *neighbours)
{
	if (neighbours->fd >= 0)
		file_close(neighbours->fd);
	neighbours->fd = -1;
}

int neighbours_look(struct neighbours *neighbours, struct pace_table *table,
	bool others, struct neighbours_asked asked)
{
	const struct ndmsg body = {.ndm_family = AF_INET};
	struct count count = {.asked = asked, .now_ns = event_now_ns()};
	int rc = 0;

	if (neighbours->fd < 0 || others)
		rc = look_at_table(neighbours);
	if (rc == 0)
		rc = netlink_dump(neighbours->fd, RTM_GETNEIGH, &body,
			sizeof body, count_entry, &count);
	if (rc != 0) {
		/* What is left of an answer must not be taken for the next. */
		neighbours_close(neighbours);
		return -1;
	}
	*table = (struct pace_table){.size = neighbours->size,
		.unresolved = count.unresolved,
		.held = count.held,
		.late = most_late(&count),
		.queue = neighbours->queue,
		.others = others && neighbours->entries > count.all
				  ? neighbours->entries - count.all
				  : 0};
	return 0;
}
