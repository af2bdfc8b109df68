#include "sys/netdev.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel fills a dump's datagrams to no more than this. */
enum { DUMP_SIZE = 32768, DUMP_TRIES = 4 };

static int open_netlink(unsigned groups)
{
	struct sockaddr_nl self = {
		.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&self, sizeof self) != 0) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int request_dump(int fd, uint16_t type, uint32_t sequence)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info; /* larger than an ifaddrmsg */
		struct rtattr attribute;
		uint32_t mask;
	} request = {
		.header = {.nlmsg_len = sizeof request,
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = sequence},
		.attribute = {RTA_LENGTH(sizeof request.mask), IFLA_EXT_MASK},
		.mask = RTEXT_FILTER_SKIP_STATS,
	};

	if (type == RTM_GETADDR) {
		request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.info);
		request.info.ifi_family = AF_INET;
	}
	return send(fd, &request, request.header.nlmsg_len, 0) < 0 ? -1 : 0;
}

/* Room for one more at the end of a list of COUNT items of SIZE bytes, in
 * steps of powers of two. NULL without memory. */
static void *append(void **list, size_t *count, size_t size)
{
	size_t n = *count;

	if ((n & (n - 1)) == 0) {
		void *longer = realloc(*list, (n ? n * 2 : 1) * size);
		if (!longer)
			return NULL;
		*list = longer;
	}
	(*count)++;
	return memset((char *)*list + n * size, 0, size);
}

/* The attributes behind a message's header, or inside of another. */
struct attributes {
	const char *at;
	size_t left;
};

static struct attributes attributes_behind(
	const struct nlmsghdr *h, size_t header_size)
{
	size_t skip = NLMSG_SPACE(header_size);

	if (h->nlmsg_len < skip)
		return (struct attributes){NULL, 0};
	return (struct attributes){(const char *)h + skip, h->nlmsg_len - skip};
}

/* NULL at the end, and where the next one would reach past it. */
static const struct rtattr *next_attribute(struct attributes *list)
{
	const struct rtattr *a = (const void *)list->at;

	if (list->left < sizeof *a || a->rta_len < sizeof *a ||
		a->rta_len > list->left)
		return NULL;
	size_t step = RTA_ALIGN((size_t)a->rta_len);
	if (step > list->left)
		step = list->left;
	list->at += step;
	list->left -= step;
	return a;
}

static void copy_text(char *to, size_t size, const struct rtattr *from)
{
	size_t len = strnlen(RTA_DATA(from), RTA_PAYLOAD(from));

	if (len >= size)
		len = size - 1;
	memcpy(to, RTA_DATA(from), len);
	to[len] = '\0';
}

static uint32_t read_u32(const struct rtattr *from)
{
	uint32_t value = 0;

	if (RTA_PAYLOAD(from) >= sizeof value)
		memcpy(&value, RTA_DATA(from), sizeof value);
	return value;
}

static void read_kind(struct netif *link, const struct rtattr *info)
{
	struct attributes list = {RTA_DATA(info), RTA_PAYLOAD(info)};
	const struct rtattr *a;

	while ((a = next_attribute(&list)) != NULL)
		if (a->rta_type == IFLA_INFO_KIND)
			copy_text(link->kind, sizeof link->kind, a);
}

static void read_link_attribute(struct netif *link, const struct rtattr *a)
{
	switch (a->rta_type) {
	case IFLA_IFNAME:
		copy_text(link->name, sizeof link->name, a);
		break;
	case IFLA_MTU:
		link->mtu = read_u32(a);
		break;
	case IFLA_MASTER:
		link->master = (int)read_u32(a);
		break;
	case IFLA_LINKINFO:
		read_kind(link, a);
		break;
	case IFLA_ADDRESS:
		if (RTA_PAYLOAD(a) <= sizeof link->mac) {
			link->mac_len = RTA_PAYLOAD(a);
			memcpy(link->mac, RTA_DATA(a), link->mac_len);
		}
		break;
	default:
		break;
	}
}

static int add_link(struct netif_table *table, const struct nlmsghdr *h)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);
	struct attributes list = attributes_behind(h, sizeof *info);
	const struct rtattr *a;
	struct netif *link = append(
		(void **)&table->links, &table->link_count, sizeof *link);

	if (!link)
		return -1;
	link->index = info->ifi_index;
	link->up = (info->ifi_flags & IFF_UP) &&
		   (info->ifi_flags & IFF_LOWER_UP);
	link->loopback = info->ifi_flags & IFF_LOOPBACK;
	link->broadcast = info->ifi_flags & IFF_BROADCAST;
	link->point_to_point = info->ifi_flags & IFF_POINTOPOINT;
	while ((a = next_attribute(&list)) != NULL)
		read_link_attribute(link, a);
	return 0;
}

/* IFA_LOCAL is the address itself; IFA_ADDRESS is the same, or the peer's. */
static int add_address(struct netif_table *table, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *info = NLMSG_DATA(h);
	struct attributes list = attributes_behind(h, sizeof *info);
	const struct rtattr *a;
	uint32_t local = 0, peer = 0;

	if (info->ifa_family != AF_INET || info->ifa_prefixlen > 32)
		return 0;
	struct netif_address *address = append((void **)&table->addresses,
		&table->address_count, sizeof *address);
	if (!address)
		return -1;
	while ((a = next_attribute(&list)) != NULL) {
		if (a->rta_type == IFA_LOCAL)
			local = ntohl(read_u32(a));
		else if (a->rta_type == IFA_ADDRESS)
			peer = ntohl(read_u32(a));
		else if (a->rta_type == IFA_BROADCAST)
			address->broadcast = ntohl(read_u32(a));
	}
	address->index = (int)info->ifa_index;
	address->network.addr = local ? local : peer;
	address->network.prefix = info->ifa_prefixlen;
	address->peer = local && local != peer ? peer : 0;
	return 0;
}

/* 1 at the end of the dump, 0 before it, -1 with errno. */
static int take_message(struct netif_table *table, const struct nlmsghdr *h)
{
	if (h->nlmsg_flags & NLM_F_DUMP_INTR) {
		errno = EINTR; /* changed meanwhile: not one state */
		return -1;
	}
	switch (h->nlmsg_type) {
	case NLMSG_DONE:
		return 1;
	case NLMSG_ERROR:
		errno = -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
		return -1;
	case RTM_NEWLINK:
		return add_link(table, h);
	case RTM_NEWADDR:
		return add_address(table, h);
	default:
		return 0;
	}
}

/* All messages of one datagram; likewise. */
static int take_messages(struct netif_table *table, const char *at, size_t left,
	uint32_t sequence)
{
	while (left >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *h = (const void *)at;
		size_t step = NLMSG_ALIGN((size_t)h->nlmsg_len);
		if (h->nlmsg_len < sizeof *h || h->nlmsg_len > left)
			break;
		int end = h->nlmsg_seq == sequence ? take_message(table, h) : 0;
		if (end)
			return end;
		at += step < left ? step : left;
		left -= step < left ? step : left;
	}
	return 0;
}

static int read_dump(int fd, struct netif_table *table, uint32_t sequence)
{
	union {
		struct nlmsghdr header;
		char bytes[DUMP_SIZE];
	} buffer;

	for (;;) {
		ssize_t n = recv(fd, &buffer, sizeof buffer, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		int end = take_messages(
			table, buffer.bytes, (size_t)n, sequence);
		if (end)
			return end < 0 ? -1 : 0;
	}
}

static int dump_all(struct netif_table *table)
{
	int fd = open_netlink(0);

	if (fd < 0)
		return -1;
	int rc = request_dump(fd, RTM_GETLINK, 1);
	if (rc == 0)
		rc = read_dump(fd, table, 1);
	if (rc == 0)
		rc = request_dump(fd, RTM_GETADDR, 2);
	if (rc == 0)
		rc = read_dump(fd, table, 2);
	int error = errno;
	close(fd);
	errno = error;
	return rc;
}

int netdev_load(struct netif_table *table)
{
	for (int i = 0; i < DUMP_TRIES; i++) {
		struct netif_table fresh = {0};
		if (dump_all(&fresh) == 0) {
			netif_table_release(table);
			*table = fresh;
			return 0;
		}
		int error = errno;
		netif_table_release(&fresh);
		errno = error;
		if (error != EINTR)
			break;
	}
	return -1;
}

int netdev_watch(void)
{
	return open_netlink(RTMGRP_LINK | RTMGRP_IPV4_IFADDR);
}

bool netdev_changed(int watch_fd)
{
	char buffer[4096];
	bool changed = false;

	/* ENOBUFS: there were more changes than the socket holds. */
	while (recv(watch_fd, buffer, sizeof buffer, MSG_DONTWAIT) >= 0 ||
		errno == ENOBUFS || errno == EINTR)
		changed = true;
	return changed;
}
