/* Whatever a kernel answers to rtnetlink's questions: a table of interfaces holds
 * what a program can rely on, or is as it was; neighbours are counted once each; an
 * answer ends, and no descriptor stays open. Messages are made of the input, most
 * of them whole. */
#include <errno.h>
#include <linux/neighbour.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

#include "base/num.h"
#include "sys/event.h"
#include "sys/neighbours.h"
#include "sys/netdev.h"
#include "sys/netlink.h"

/* The kernel, in place of the C library's calls. */
enum { FD = 1000, DATAGRAM_MAX = 4096, ATTRIBUTES_MAX = 8, MESSAGES_MAX = 12 };

static struct slice script;
static int opened;
static bool failed; /* the kernel took no question, or gave no answer */
static uint16_t asked; /* the type of the latest question */
static size_t links, addresses, entries; /* that messages told of at most */

static void forget(size_t at_most)
{
	links = addresses = entries = at_most;
}

int socket(int domain, int type, int protocol)
{
	expect(domain == AF_NETLINK && type && protocol == NETLINK_ROUTE);
	if (fuzz_number(&script, 255) == 255) {
		errno = EMFILE;
		return -1;
	}
	opened++;
	return FD;
}

int setsockopt(
	int fd, int level, int optname, const void *optval, socklen_t optlen)
{
	expect(fd == FD && level == SOL_SOCKET);
	expect(optname && optval && optlen);
	return 0;
}

int bind(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	(void)addr;
	expect(fd == FD && len == sizeof(struct sockaddr_nl));
	errno = EPERM;
	return fuzz_number(&script, 255) == 255 ? -1 : 0;
}

int close(int fd)
{
	if (fd != FD)
		return (int)syscall(SYS_close, fd);
	opened--;
	return 0;
}

ssize_t send(int fd, const void *buf, size_t n, int flags)
{
	const struct nlmsghdr *header = buf;

	expect(fd == FD && flags == 0 && header->nlmsg_len == n);
	asked = header->nlmsg_type;
	return (ssize_t)n;
}

int64_t event_now_ns(void)
{
	return 1000 * (int64_t)NS_PER_S;
}

static void add(struct str *to, const void *bytes, size_t len)
{
	str_add(to, (struct slice){bytes, len});
}

static void align(struct str *to, size_t start)
{
	while ((to->len - start) % 4)
		str_add(to, (struct slice){"", 1});
}

/* Mostly a number or a text of a common size. */
static void add_attribute(struct str *to)
{
	uint8_t form = (uint8_t)fuzz_number(&script, 255);
	struct slice payload = fuzz_take(&script, form >> 6 ? 4 : form & 63);
	struct rtattr attribute = {.rta_len = (uint16_t)RTA_LENGTH(payload.len),
		.rta_type = (uint16_t)fuzz_number(&script, 31)};
	size_t start = to->len;

	if (form == 255)
		attribute.rta_len = (uint16_t)fuzz_number(&script, UINT16_MAX);
	add(to, &attribute, sizeof attribute);
	str_add(to, payload);
	align(to, start);
}

/* What stands before the attributes. */
static void add_body(struct str *to, uint16_t type)
{
	int index = (int)fuzz_number(&script, 7);
	struct ifinfomsg link = {.ifi_index = index,
		.ifi_flags = (unsigned)fuzz_number(&script, UINT16_MAX)};
	struct ifaddrmsg address = {.ifa_family = AF_INET,
		.ifa_prefixlen = (uint8_t)(link.ifi_flags & 63),
		.ifa_index = (unsigned)link.ifi_index};
	struct ndmsg entry = {.ndm_state = (uint16_t)(link.ifi_flags & 255)};
	struct ndtmsg table = {.ndtm_family = AF_INET};

	if (type == RTM_NEWADDR)
		add(to, &address, sizeof address);
	else if (type == RTM_NEWNEIGH)
		add(to, &entry, sizeof entry);
	else if (type == RTM_NEWNEIGHTBL)
		add(to, &table, sizeof table);
	else
		add(to, &link, sizeof link);
}

static void add_message(struct str *to)
{
	static const uint16_t types[] = {RTM_NEWLINK, RTM_NEWADDR, RTM_NEWNEIGH,
		RTM_NEWNEIGHTBL, NLMSG_DONE, NLMSG_DONE, NLMSG_ERROR,
		RTM_DELLINK};
	uint8_t form = (uint8_t)fuzz_number(&script, 255);
	struct nlmsghdr header = {.nlmsg_type = types[form & 7],
		.nlmsg_seq = form == 255 ? 1u : asked};
	struct str rest = STR_EMPTY;
	size_t start = to->len;

	if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR)
		str_add(&rest, fuzz_take(&script, (form >> 3 & 1) * 4));
	else
		add_body(&rest, header.nlmsg_type);
	for (int i = form >> 3 & 7; i > 0 && i < ATTRIBUTES_MAX; i--)
		add_attribute(&rest);
	header.nlmsg_len = (uint32_t)(sizeof header + rest.len);
	if (form >> 6 == 3) {
		header.nlmsg_len = (uint32_t)fuzz_number(&script, 511);
		header.nlmsg_flags = (uint16_t)fuzz_number(&script, UINT16_MAX);
		forget(SIZE_MAX / 2); /* what is inside may look like more */
	}
	add(to, &header, sizeof header);
	str_add_str(to, &rest);
	align(to, start);
	links += header.nlmsg_type == RTM_NEWLINK;
	addresses += header.nlmsg_type == RTM_NEWADDR;
	entries += header.nlmsg_type == RTM_NEWNEIGH;
	str_release(&rest);
}

/* Messages, or any bytes; the socket gives up where the input ends. */
ssize_t recv(int fd, void *buf, size_t n, int flags)
{
	uint8_t form = (uint8_t)fuzz_number(&script, 255);
	struct str datagram = STR_EMPTY;

	expect(fd == FD && (flags & ~MSG_DONTWAIT) == 0);
	errno = form & 1 ? ENOBUFS : EINTR;
	if (script.len == 0)
		errno = EAGAIN;
	failed = failed || script.len == 0 || (form >= 250 && form & 1);
	if (script.len == 0 || form >= 250)
		return -1;
	if (form >= 230)
		str_add(&datagram, fuzz_take(&script, form));
	else
		for (int i = form % MESSAGES_MAX; i >= 0; i--)
			add_message(&datagram);
	size_t len = datagram.len < n ? datagram.len : n;
	if (form >= 230)
		forget(SIZE_MAX / 2);
	memcpy(buf, str_text(&datagram), len);
	str_release(&datagram);
	return (ssize_t)len;
}

static void check_json(const struct str *text, const struct netif_table *table)
{
	cJSON *read = expect_json(text);
	const cJSON *at = read->child;

	for (size_t i = 0; i < table->link_count; i++) {
		const struct netif *link = &table->links[i];
		expect_member(&at, slice_of("name"), slice_of(link->name));
		expect_member(&at, slice_of("kind"), slice_of(link->kind));
	}
	expect(!at);
	cJSON_Delete(read);
}

static void check_table(const struct netif_table *table)
{
	struct str text = STR_EMPTY;

	json_begin(&text);
	for (size_t i = 0; i < table->link_count; i++) {
		const struct netif *link = &table->links[i];
		expect(memchr(link->name, '\0', sizeof link->name));
		expect(memchr(link->kind, '\0', sizeof link->kind));
		expect(link->mac_len <= sizeof link->mac);
		json_text(&text, "name", slice_of(link->name));
		json_text(&text, "kind", slice_of(link->kind));
	}
	for (size_t i = 0; i < table->address_count; i++)
		expect(table->addresses[i].network.prefix <= 32);
	json_end_object(&text);
	check_json(&text, table);
	str_release(&text);
}

static void check_netdev(void)
{
	struct netif old = {.index = 7};
	struct netif_table table = {0};

	table.links = malloc(sizeof old);
	expect(table.links);
	*table.links = old;
	table.link_count = 1;
	forget(0);
	if (netdev_load(&table) == 0) {
		expect(!failed);
		check_table(&table);
		expect(table.address_count <= addresses);
		expect(table.link_count <= links);
	} else {
		expect(table.link_count == 1 && table.links->index == 7);
	}
	expect(opened == 0);
	netif_table_release(&table);
}

static int64_t asked_at_start(const void *context, uint32_t addr)
{
	expect(context == &script);
	return addr % 2 ? 1 : 0;
}

static void check_neighbours(bool others)
{
	struct neighbours neighbours = NEIGHBOURS_CLOSED;
	struct pace_table table;

	for (int i = 0; i < 3; i++) {
		forget(0);
		int rc = neighbours_look(&neighbours, &table, others,
			(struct neighbours_asked){asked_at_start, &script});
		expect(opened == (neighbours.fd >= 0));
		expect(rc == 0 || neighbours.fd < 0);
		if (rc != 0)
			continue;
		expect(table.unresolved + table.held <= entries);
		expect(table.late <= table.held);
		expect(others || table.others == 0);
		expect(table.queue <= PACE_QUEUE_SIZE);
	}
	neighbours_close(&neighbours);
}

static void check_changes(void)
{
	int fd = netdev_watch();

	if (fd < 0)
		return;
	int changed = netdev_changed(fd);
	expect(changed >= -1 && changed <= 1);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	script = fuzz_input(data, size);
	opened = 0;
	failed = false;
	uint8_t form = (uint8_t)fuzz_number(&script, 255);
	if (form % 4 == 0)
		check_changes();
	else if (form % 4 == 1)
		check_netdev();
	else
		check_neighbours(form & 1);
	expect(opened == 0);
	return 0;
}
