#include "sys/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/probe_filter.h"
#include "sys/file.h"

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

static const int buffer_size = 4 << 20;

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value);
}

/* The forced form needs CAP_NET_ADMIN, the other is cut to what the kernel lets
 * anybody have (net.core.rmem_max, wmem_max). */
static void enlarge_buffer(int fd, int forced, int usual)
{
	int size = 0;
	socklen_t len = sizeof size;

	/* As a service manager may have made it. */
	if (getsockopt(fd, SOL_SOCKET, usual, &size, &len) == 0 &&
		size >= buffer_size)
		return;
	if (set(fd, SOL_SOCKET, forced, buffer_size) != 0)
		set(fd, SOL_SOCKET, usual, buffer_size);
}

static void enlarge_buffers(int fd)
{
	enlarge_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	enlarge_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
}

_Static_assert(sizeof(struct probe_filter_step) == sizeof(struct sock_filter) &&
		       offsetof(struct probe_filter_step, if_true) ==
			       offsetof(struct sock_filter, jt) &&
		       offsetof(struct probe_filter_step, k) ==
			       offsetof(struct sock_filter, k),
	"a program for the kernel");

/* ENOMEM: it is larger than net.core.optmem_max, by default 20 KiB before Linux
 * 6.7, which 600 bytes of message can pass. */
static void attach_filter(int fd, struct slice message)
{
	enum { COMPARED_MIN = 64 };
	struct probe_filter filter;
	size_t compared = message.len;
	int rc;

	do {
		probe_filter_make(&filter, message, compared);
		const struct sock_fprog program = {
			filter.count, (struct sock_filter *)filter.steps};
		rc = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			sizeof program);
		compared /= 2;
	} while (rc != 0 && errno == ENOMEM && compared >= COMPARED_MIN);
}

static int open_socket(uint16_t port, bool client, struct slice message)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	enlarge_buffers(fd);
	/* Before it is bound, so that no junk comes in first. */
	if (message.at)
		attach_filter(fd, message);
	if ((!client || (set(fd, SOL_SOCKET, SO_BROADCAST, 1) == 0 &&
				set(fd, IPPROTO_IP, IP_RECVERR, 1) == 0)) &&
		set(fd, IPPROTO_IP, IP_PKTINFO, 1) == 0 &&
		bind(fd, (const struct sockaddr *)&any, sizeof any) == 0)
		return fd;
	file_close(fd);
	return -1;
}

int udp_open(uint16_t port, struct slice message)
{
	return open_socket(port, false, message);
}

int udp_open_client(uint16_t port)
{
	return open_socket(port, true, (struct slice){NULL, 0});
}

/* Whoever had it before may have set it up otherwise: a time would take the place
 * of IP_PKTINFO in what is received. */
int udp_adopt(int fd, struct slice message)
{
	int on = 1;

	enlarge_buffers(fd);
	set(fd, SOL_SOCKET, SO_TIMESTAMP, 0);
	set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 0);
	set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
	if (message.at)
		attach_filter(fd, message);
	if (ioctl(fd, FIONBIO, &on) != 0 || ioctl(fd, FIOCLEX) != 0 ||
		set(fd, IPPROTO_IP, IP_RECVERR, 0) != 0)
		return -1;
	return set(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

int udp_bound_to(int fd, struct endpoint *local)
{
	struct sockaddr_in addr = {0};
	socklen_t addr_len = sizeof addr, type_len = sizeof(int);
	int type = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 ||
		getsockname(fd, (struct sockaddr *)&addr, &addr_len) != 0)
		return -1;
	errno = EAFNOSUPPORT;
	if (type != SOCK_DGRAM || addr.sin_family != AF_INET)
		return -1;
	*local = (struct endpoint){
		ntohl(addr.sin_addr.s_addr), ntohs(addr.sin_port)};
	return 0;
}

bool udp_is_filtered(int fd)
{
	socklen_t steps = 0;

	(void)getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &steps);
	return steps > 0;
}

/* A buffer for one IP_PKTINFO, aligned as cmsg(3) wants it. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

int udp_send(int fd, struct slice data, struct endpoint to, int interface,
	uint32_t from)
{
	struct sockaddr_in peer = {.sin_family = AF_INET,
		.sin_port = htons(to.port),
		.sin_addr.s_addr = htonl(to.addr)};
	struct in_pktinfo way = {
		.ipi_ifindex = interface, .ipi_spec_dst.s_addr = htonl(from)};
	struct iovec part = {(void *)data.at, data.len};
	union control control;
	struct msghdr message = {.msg_name = &peer,
		.msg_namelen = sizeof peer,
		.msg_iov = &part,
		.msg_iovlen = 1};

	if (interface || from) {
		memset(&control, 0, sizeof control);
		control.header.cmsg_level = IPPROTO_IP;
		control.header.cmsg_type = IP_PKTINFO;
		control.header.cmsg_len = CMSG_LEN(sizeof way);
		memcpy(CMSG_DATA(&control.header), &way, sizeof way);
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
	}
	ssize_t n;
	do
		n = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

bool udp_drain_errors(int fd)
{
	bool any = false;

	while (recv(fd, NULL, 0, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		any = true;
	return any;
}

/* Another error may come in while it is sent again, and one that the queue had no
 * room for shows by the call alone. */
enum { ASK_TRIES = 8 };

int udp_ask(int fd, struct slice data, struct endpoint to, int interface)
{
	int rc = -1;

	for (int i = 0; i < ASK_TRIES; i++) {
		rc = udp_send(fd, data, to, interface, 0);
		if (rc == 0 || errno == EAGAIN || errno == ENOBUFS)
			break;
		int error = errno;
		bool pending = udp_drain_errors(fd);
		errno = error;
		if (i > 0 && !pending)
			break;
	}
	return rc;
}

size_t udp_queued(int fd)
{
	int bytes = 0;

	(void)ioctl(fd, SIOCOUTQ, &bytes);
	return bytes > 0 ? (size_t)bytes : 0;
}

/* The socket asks for no other control message. */
static void read_way(struct msghdr *message, struct datagram *datagram)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	struct in_pktinfo way;

	if (!c || c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
		return;
	memcpy(&way, CMSG_DATA(c), sizeof way);
	datagram->interface = way.ipi_ifindex;
	datagram->destination = ntohl(way.ipi_addr.s_addr);
	datagram->own_address = ntohl(way.ipi_spec_dst.s_addr);
}

int udp_receive(int fd, char *buffer, size_t size, struct datagram *datagram)
{
	struct sockaddr_in peer = {0};
	struct iovec part = {buffer, size};
	union control control;
	struct msghdr message = {.msg_name = &peer,
		.msg_namelen = sizeof peer,
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control};
	ssize_t n;

	do
		n = recvmsg(fd, &message, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	*datagram = (struct datagram){
		.data = {buffer, (size_t)n},
		.truncated = (message.msg_flags & MSG_TRUNC) != 0,
		.source = {ntohl(peer.sin_addr.s_addr), ntohs(peer.sin_port)},
	};
	read_way(&message, datagram);
	return 1;
}

uint32_t udp_dropped(int fd)
{
	uint32_t info[] = {[SK_MEMINFO_DROPS] = UDP_DROPPED_UNKNOWN};
	socklen_t size = sizeof info;

	(void)getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size);
	return info[SK_MEMINFO_DROPS];
}
