#include "sys/netdev.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "base/list.h"
#include "sys/file.h"
#include "sys/netlink.h"

enum { DUMP_TRIES = 4 };

static void copy_text(char *to, size_t size, const struct rtattr *from)
{
	size_t len = strnlen(RTA_DATA(from), RTA_PAYLOAD(from));

	if (len >= size)
		len = size - 1;
	memcpy(to, RTA_DATA(from), len);
	to[len] = '\0';
}

static void read_kind(struct netif *link, const struct rtattr *info)
{
	struct netlink_attributes list = netlink_nested(info);
	const struct rtattr *a;

	while ((a = netlink_next(&list)) != NULL)
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
		link->mtu = netlink_u32(a);
		break;
	case IFLA_MASTER:
		link->master = (int)netlink_u32(a);
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
	struct netlink_attributes list = netlink_attributes(h, sizeof *info);
	const struct rtattr *a;
	struct netif *link = list_append(
		&table->links, &table->link_count, sizeof *link);

	if (!link)
		return -1;
	link->index = info->ifi_index;
	link->up = (info->ifi_flags & IFF_UP) &&
		   (info->ifi_flags & IFF_LOWER_UP);
	link->loopback = info->ifi_flags & IFF_LOOPBACK;
	link->broadcast = info->ifi_flags & IFF_BROADCAST;
	link->point_to_point = info->ifi_flags & IFF_POINTOPOINT;
	while ((a = netlink_next(&list)) != NULL)
		read_link_attribute(link, a);
	return 0;
}

/* IFA_LOCAL is the address itself; IFA_ADDRESS is the same, or the peer's. */
static int add_address(struct netif_table *table, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *info = NLMSG_DATA(h);
	struct netlink_attributes list = netlink_attributes(h, sizeof *info);
	const struct rtattr *a;
	uint32_t local = 0, peer = 0;

	if (info->ifa_family != AF_INET || info->ifa_prefixlen > 32)
		return 0;
	struct netif_address *address = list_append(
		&table->addresses, &table->address_count, sizeof *address);
	if (!address)
		return -1;
	while ((a = netlink_next(&list)) != NULL) {
		if (a->rta_type == IFA_LOCAL)
			local = ntohl(netlink_u32(a));
		else if (a->rta_type == IFA_ADDRESS)
			peer = ntohl(netlink_u32(a));
		else if (a->rta_type == IFA_BROADCAST)
			address->broadcast = ntohl(netlink_u32(a));
	}
	address->index = (int)info->ifa_index;
	address->network.addr = local ? local : peer;
	address->network.prefix = info->ifa_prefixlen;
	address->peer = local && local != peer ? peer : 0;
	return 0;
}

static int take_message(void *context, const struct nlmsghdr *h)
{
	struct netif_table *table = context;

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
		return add_link(table, h);
	case RTM_NEWADDR:
		return add_address(table, h);
	default:
		return 0;
	}
}

static int dump_links(int fd, struct netif_table *table)
{
	const struct {
		struct ifinfomsg info;
		struct rtattr attribute;
		uint32_t mask;
	} body = {.attribute = {RTA_LENGTH(sizeof body.mask), IFLA_EXT_MASK},
		.mask = RTEXT_FILTER_SKIP_STATS};

	return netlink_dump(
		fd, RTM_GETLINK, &body, sizeof body, take_message, table);
}

static int dump_addresses(int fd, struct netif_table *table)
{
	/* Older kernels want a body as large as this. */
	const struct ifinfomsg body = {.ifi_family = AF_INET};

	return netlink_dump(
		fd, RTM_GETADDR, &body, sizeof body, take_message, table);
}

static int dump_all(struct netif_table *table)
{
	int fd = netlink_open(0);

	if (fd < 0)
		return -1;
	int rc = dump_links(fd, table);
	if (rc == 0)
		rc = dump_addresses(fd, table);
	file_close(fd);
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
		netif_table_release(&fresh); /* free keeps errno */
		if (errno != EINTR)
			break;
	}
	return -1;
}

int netdev_watch(void)
{
	return netlink_open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR);
}

int netdev_changed(int watch_fd)
{
	enum { FAULTS_MAX = 16 };
	char buffer[4096];
	int changed = 0, faults = 0;

	for (;;) {
		if (recv(watch_fd, buffer, sizeof buffer, MSG_DONTWAIT) >= 0)
			changed = 1;
		else if (errno == EAGAIN)
			return changed;
		/* ENOBUFS: there were more changes than the socket holds. */
		else if ((errno != ENOBUFS && errno != EINTR) ||
			 ++faults == FAULTS_MAX)
			return -1;
		else
			changed = 1;
	}
}
