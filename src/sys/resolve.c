#include "sys/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/num.h"
#include "core/host_files.h"
#include "core/ipv4.h"
#include "sys/event.h"
#include "sys/file.h"
#include "sys/random.h"

/* Lists of hosts that are not to be reached can be long. */
enum { FILE_BYTES_MAX = 64 << 20 };

/* What is used most comes first, which makes small code. */
struct lookup {
	struct pollfd servers[RESOLV_SERVERS_MAX]; /* -1: it won't answer */
	size_t waiting; /* for how many servers */
	bool is_silent; /* time is over, with some left */
	enum dns_outcome outcome;
	struct dns_addresses *found;
	int64_t interval_ns, deadline_ns;
	struct resolv_conf conf;
	struct dns_query query;
};

/* A zone that is no interface leads nowhere, or where routing says. */
static unsigned zone_index(int fd, struct slice zone)
{
	struct ifreq request = {.ifr_ifindex = 0};

	if (zone.len > 0 && zone.len < sizeof request.ifr_name) {
		memcpy(request.ifr_name, zone.at, zone.len);
		ioctl(fd, SIOCGIFINDEX, &request);
	}
	return (unsigned)request.ifr_ifindex;
}

/* Connected, so that nobody else is heard, and a refusal is (udp(7)). */
static int open_server(const struct resolv_server *server)
{
	int family = server->is_ipv6 ? AF_INET6 : AF_INET;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} to = {.ipv6 = {.sin6_port = htons(DNS_PORT)}};

	to.any.sa_family = (sa_family_t)family;
	if (server->is_ipv6) {
		memcpy(&to.ipv6.sin6_addr, server->addr6, sizeof server->addr6);
		to.ipv6.sin6_scope_id = zone_index(fd, server->zone);
	} else {
		to.ipv4.sin_addr.s_addr = htonl(server->addr);
	}
	if (fd >= 0 && connect(fd, &to.any, sizeof to) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void open_all(struct lookup *lookup)
{
	lookup->waiting = 0;
	for (size_t i = 0; i < lookup->conf.server_count; i++) {
		int fd = open_server(&lookup->conf.servers[i]);
		lookup->servers[i] = (struct pollfd){fd, POLLIN, 0};
		lookup->waiting += fd >= 0;
	}
}

static void leave(struct lookup *lookup, struct pollfd *server)
{
	close(server->fd);
	server->fd = -1;
	lookup->waiting--;
}

static void leave_all(struct lookup *lookup)
{
	for (size_t i = 0; i < lookup->conf.server_count; i++)
		if (lookup->servers[i].fd >= 0)
			leave(lookup, &lookup->servers[i]);
}

static void send_all(struct lookup *lookup)
{
	for (size_t i = 0; i < lookup->conf.server_count; i++) {
		struct pollfd *server = &lookup->servers[i];
		if (server->fd >= 0 &&
			send(server->fd, lookup->query.at, lookup->query.len,
				MSG_NOSIGNAL) < 0)
			leave(lookup, server);
	}
}

/* Whether the server could tell, which ends it for the others. */
static bool hear(struct lookup *lookup, struct pollfd *server)
{
	char buffer[DNS_ANSWER_SIZE];
	ssize_t n = recv(server->fd, buffer, sizeof buffer, 0);
	enum dns_outcome outcome = DNS_FOREIGN;

	if (n >= 0)
		outcome = dns_read(&lookup->query,
			(struct slice){buffer, (size_t)n}, lookup->found);
	if (outcome != DNS_FOREIGN)
		lookup->outcome = outcome;
	if (outcome == DNS_FAILED || (n < 0 && errno != EAGAIN))
		leave(lookup, server);
	return outcome > DNS_FAILED;
}

static bool hear_all(struct lookup *lookup, int64_t until_ns)
{
	struct pollfd *servers = lookup->servers;
	size_t count = lookup->conf.server_count;

	while (lookup->waiting > 0 && event_now_ns() < until_ns) {
		if (event_wait(servers, count, until_ns) < 0)
			return true;
		for (size_t i = 0; i < count; i++)
			if (servers[i].fd >= 0 && servers[i].revents &&
				hear(lookup, &servers[i]))
				return true;
	}
	return false;
}

/* Asks all servers at once, for NAME in DOMAIN. */
static void ask(struct lookup *lookup, struct slice name, struct slice domain)
{
	struct siphash_key key = random_key();
	int64_t now_ns = event_now_ns(), until_ns;
	bool told = false;

	lookup->outcome = DNS_NO_NAME;
	if (!dns_query_init(&lookup->query, name, domain,
		    (uint16_t)siphash(&key, &now_ns, sizeof now_ns)))
		return;
	lookup->outcome = DNS_FOREIGN;
	open_all(lookup);
	for (; !told && lookup->waiting > 0 && now_ns < lookup->deadline_ns;
		now_ns = until_ns) {
		until_ns = now_ns + lookup->interval_ns;
		if (until_ns > lookup->deadline_ns)
			until_ns = lookup->deadline_ns;
		send_all(lookup);
		told = hear_all(lookup, until_ns);
	}
	lookup->is_silent = lookup->waiting > 0;
	leave_all(lookup);
}

/* What one domain does not know another may; the name as it is comes last. */
static enum dns_outcome ask_in_domains(struct lookup *lookup, struct slice name)
{
	struct slice domains = resolv_conf_domains(&lookup->conf, name), domain;
	enum dns_outcome best = DNS_NO_NAME;
	bool more;

	do {
		more = slice_cut_word(&domains, &domain);
		ask(lookup, name, domain);
		if (lookup->outcome != DNS_NO_NAME &&
			lookup->outcome != DNS_NO_ADDRESS)
			return lookup->outcome;
		if (lookup->outcome > best)
			best = lookup->outcome;
	} while (more);
	return best;
}

static const char *look_up(
	struct slice conf, struct slice name, struct dns_addresses *found)
{
	static const char reasons[][32] = {
		[DNS_FOREIGN] = "no name server can be reached",
		[DNS_FAILED] = "the name servers could not tell",
		[DNS_NO_NAME] = "no such host",
		[DNS_NO_ADDRESS] = "it has no IPv4 address",
	};
	struct lookup lookup = {.found = found};

	resolv_conf_read(&lookup.conf, conf);
	int64_t timeout_ns = lookup.conf.options[RESOLV_TIMEOUT_S] *
			     (int64_t)NS_PER_S;
	lookup.interval_ns = timeout_ns / lookup.conf.options[RESOLV_ATTEMPTS] +
			     1;
	lookup.deadline_ns = event_now_ns() + timeout_ns;
	enum dns_outcome outcome = ask_in_domains(&lookup, name);
	if (outcome == DNS_ANSWERED)
		return NULL;
	if (outcome == DNS_FOREIGN && lookup.is_silent)
		return "no name server answered";
	return reasons[outcome];
}

/* A file that is missing, or can't be read, says nothing. */
const char *resolve(struct slice name, struct dns_addresses *found)
{
	struct str text = STR_EMPTY;
	const char *reason = NULL;

	found->count = 0;
	file_read("/etc/hosts", FILE_BYTES_MAX, &text);
	hosts_find(str_slice(&text), name, found);
	text.len = 0;
	if (found->count == 0 && host_is_local(name)) {
		dns_addresses_add(found, IPV4(127, 0, 0, 1));
	} else if (found->count == 0) {
		file_read("/etc/resolv.conf", FILE_BYTES_MAX, &text);
		reason = look_up(str_slice(&text), name, found);
	}
	str_release(&text);
	return reason;
}
