#include "sys/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "sys/file.h"

/* The kernel fills a dump's datagrams to no more than this. */
enum { DUMP_SIZE = 32768 };

/* No body that is asked with is larger. */
enum { BODY_MAX = 64 };

int netlink_open(unsigned groups)
{
	struct sockaddr_nl self = {
		.nl_family = AF_NETLINK, .nl_groups = groups};
	/* A kernel that does not answer at all must not hang us. */
	const struct timeval patience = {.tv_sec = 1};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			sizeof patience);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&self, sizeof self) != 0) {
		file_close(fd);
		return -1;
	}
	return fd;
}

/* The type is the question's number too: no socket asks the same again before
 * it has the whole answer, or is closed. */
static int request(int fd, uint16_t type, const void *body, size_t size)
{
	struct {
		struct nlmsghdr header;
		char body[BODY_MAX];
	} message = {.header = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
			     .nlmsg_type = type,
			     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			     .nlmsg_seq = type}};

	memcpy(message.body, body, size);
	return send(fd, &message, message.header.nlmsg_len, 0) < 0 ? -1 : 0;
}

/* An answer as it is taken. */
struct answer {
	uint16_t type; /* of the question */
	bool ended;
	int (*take)(void *context, const struct nlmsghdr *message);
	void *context;
};

/* An answer can end with an errno, and so does a dump that failed half-way; no
 * errno is above 4095 (MAX_ERRNO of Linux). */
static int read_end(const struct nlmsghdr *h)
{
	int error = 0;

	if (h->nlmsg_len >= NLMSG_LENGTH(sizeof error))
		memcpy(&error, NLMSG_DATA(h), sizeof error);
	if (error >= 0 || error < -4095)
		return 0;
	errno = -error;
	return -1;
}

static int take_message(struct answer *answer, const struct nlmsghdr *h)
{
	if (h->nlmsg_seq != answer->type)
		return 0;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR) {
		errno = EINTR;
		return -1;
	}
	switch (h->nlmsg_type) {
	case NLMSG_DONE:
	case NLMSG_ERROR:
		answer->ended = true;
		return read_end(h);
	default:
		return answer->take(answer->context, h);
	}
}

/* All messages of one datagram. */
static int take_messages(struct answer *answer, const char *at, size_t left)
{
	while (left >= sizeof(struct nlmsghdr) && !answer->ended) {
		const struct nlmsghdr *h = (const void *)at;
		size_t step = NLMSG_ALIGN((size_t)h->nlmsg_len);
		if (h->nlmsg_len < sizeof *h || h->nlmsg_len > left)
			break;
		int rc = take_message(answer, h);
		if (rc != 0)
			return rc;
		at += step < left ? step : left;
		left -= step < left ? step : left;
	}
	return 0;
}

int netlink_dump(int fd, uint16_t type, const void *body, size_t size,
	int (*take)(void *context, const struct nlmsghdr *message),
	void *context)
{
	struct answer answer = {.type = type, .take = take, .context = context};
	union {
		struct nlmsghdr header;
		char bytes[DUMP_SIZE];
	} buffer;

	if (request(fd, type, body, size) != 0)
		return -1;
	while (!answer.ended) {
		ssize_t n = recv(fd, &buffer, sizeof buffer, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		int rc = take_messages(&answer, buffer.bytes, (size_t)n);
		if (rc != 0)
			return rc;
	}
	return 0;
}

struct netlink_attributes netlink_attributes(
	const struct nlmsghdr *message, size_t header_size)
{
	size_t skip = NLMSG_SPACE(header_size);

	if (message->nlmsg_len < skip)
		return (struct netlink_attributes){NULL, 0};
	return (struct netlink_attributes){
		(const char *)message + skip, message->nlmsg_len - skip};
}

struct netlink_attributes netlink_nested(const struct rtattr *attribute)
{
	return (struct netlink_attributes){
		RTA_DATA(attribute), RTA_PAYLOAD(attribute)};
}

const struct rtattr *netlink_next(struct netlink_attributes *list)
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

uint32_t netlink_u32(const struct rtattr *attribute)
{
	uint32_t value = 0;

	if (RTA_PAYLOAD(attribute) >= sizeof value)
		memcpy(&value, RTA_DATA(attribute), sizeof value);
	return value;
}
