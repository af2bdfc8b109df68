#ifndef SYS_NETLINK_H
#define SYS_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

/* What all questions to rtnetlink(7) share. */

/* A socket that hears of changes to GROUPS (RTMGRP_*). A descriptor, or -1 with
 * errno. */
int netlink_open(unsigned groups);

/* Asks for all of TYPE (RTM_GET*) with BODY behind the header, and calls TAKE for
 * each message of the answer until it gives other than 0. What that was; 0 at
 * the end of the answer; -1 with errno, EINTR where things changed meanwhile, so
 * that the answer is not one state. */
int netlink_dump(int fd, uint16_t type, const void *body, size_t size,
	int (*take)(void *context, const struct nlmsghdr *message),
	void *context);

/* The attributes behind a message's header, or inside of another. */
struct netlink_attributes {
	const char *at;
	size_t left;
};

struct netlink_attributes netlink_attributes(
	const struct nlmsghdr *message, size_t header_size);
struct netlink_attributes netlink_nested(const struct rtattr *attribute);
/* NULL at the end, and where the next one would reach past it. */
const struct rtattr *netlink_next(struct netlink_attributes *list);
/* 0 where the attribute is too short. */
uint32_t netlink_u32(const struct rtattr *attribute);

#endif
