/* Whatever /etc/hosts and /etc/resolv.conf hold: a name has the addresses of the
 * lines that have it, as a look at each byte finds them; servers are those that
 * inet_pton(3) can read, and what is set is within its bounds. A NUL parts name
 * and text. */
#include <arpa/inet.h>

#include "fuzz.h"

#include "core/host_files.h"
#include "core/ipv4.h"

static bool is_space(char c)
{
	return c && strchr(" \t\v\f\r", c);
}

/* The next word of a line that ends at END or at a comment. */
static struct slice next_word(const char **at, const char *end)
{
	struct slice word;

	while (*at < end && is_space(**at))
		++*at;
	word = (struct slice){*at, 0};
	while (*at < end && !is_space(**at) && **at != '#') {
		++*at;
		word.len++;
	}
	return word;
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

static bool is_same_name(struct slice a, struct slice b)
{
	bool same = a.len == b.len;

	for (size_t i = 0; same && i < a.len; i++)
		same = lower(a.at[i]) == lower(b.at[i]);
	return same;
}

/* inet_pton takes leading zeros no more than we do. */
static bool read_ipv4(struct slice word, uint32_t *addr)
{
	char *text = fuzz_string(word);
	struct in_addr found;
	bool good = strlen(text) == word.len &&
		    inet_pton(AF_INET, text, &found) == 1;

	free(text);
	if (good)
		*addr = ntohl(found.s_addr);
	return good;
}

/* Whether the line has NAME, behind the address that it begins with. */
static bool line_has(struct slice line, struct slice name, uint32_t *addr)
{
	const char *at = line.at, *end = line.at + line.len;
	bool found = false;
	struct slice word;

	if (!read_ipv4(next_word(&at, end), addr))
		return false;
	while (word = next_word(&at, end), word.len > 0)
		found = found || is_same_name(word, name);
	return found;
}

static void check_hosts(struct slice name, struct slice text)
{
	struct dns_addresses found = {0};
	struct slice rest = text, bare = name;
	size_t count = 0;
	uint32_t addr;

	hosts_find(text, name, &found);
	bare.len -= name.len > 0 && name.at[name.len - 1] == '.';
	while (rest.len > 0) {
		if (!line_has(fuzz_until(&rest, '\n'), bare, &addr) ||
			count == DNS_ADDRESSES_MAX)
			continue;
		expect(count < found.count && found.at[count] == addr);
		count++;
	}
	expect(count == found.count);
}

static void check_local(struct slice name)
{
	static const char local[] = ".localhost";
	char storage[300] = ".";

	if (name.len > 280)
		return;
	memcpy(storage + 1, name.at, name.len);
	size_t end = name.len + 1;
	end -= name.len > 0 && storage[end - 1] == '.';
	struct slice tail = {storage, end};
	if (end >= sizeof local - 1) {
		tail.at += end - (sizeof local - 1);
		tail.len = sizeof local - 1;
	}
	expect(host_is_local(name) == is_same_name(tail, slice_of(local)));
}

/* That no other text is a server; inet_pton also takes an IPv4 address at the end
 * of one of IPv6, which nobody writes there. */
static void check_server(const struct resolv_server *server, struct slice word)
{
	struct slice zone = word, text = fuzz_until(&zone, '%');
	char *copy = fuzz_string(text);
	unsigned char addr[16];
	uint32_t addr4;

	if (server->is_ipv6) {
		expect(inet_pton(AF_INET6, copy, addr) == 1);
		expect(!memcmp(addr, server->addr6, sizeof addr));
		expect(slice_equal(server->zone, zone));
	} else {
		expect(read_ipv4(word, &addr4) && addr4 == server->addr);
	}
	free(copy);
}

static bool is_server(struct slice word)
{
	struct slice rest = word, text = fuzz_until(&rest, '%');
	char *copy = fuzz_string(text);
	unsigned char addr[16];
	uint32_t addr4;
	bool good = read_ipv4(word, &addr4) ||
		    (strlen(copy) == text.len && !strchr(copy, '.') &&
			    inet_pton(AF_INET6, copy, addr) == 1);

	free(copy);
	return good;
}

/* The first three of the words behind "nameserver" that are servers. */
static void check_servers(const struct resolv_conf *conf, struct slice text)
{
	size_t count = 0;

	while (text.len > 0) {
		struct slice line = fuzz_until(&text, '\n');
		line = fuzz_until(&line, '#');
		line = fuzz_until(&line, ';');
		const char *at = line.at, *end = at + line.len;
		struct slice key = next_word(&at, end);
		struct slice word = next_word(&at, end);
		if (!slice_equal(key, slice_of("nameserver")) ||
			!is_server(word) || count == RESOLV_SERVERS_MAX)
			continue;
		expect(count < conf->server_count);
		check_server(&conf->servers[count++], word);
	}
	expect(conf->server_count == (count ? count : 1));
	expect(count || conf->servers[0].addr == IPV4(127, 0, 0, 1));
}

static void check_conf(struct slice name, struct slice text)
{
	struct slice domains, domain;
	struct resolv_conf conf;
	unsigned dots = 0;

	resolv_conf_read(&conf, text);
	check_servers(&conf, text);
	expect(conf.options[RESOLV_NDOTS] <= 15);
	expect(conf.options[RESOLV_TIMEOUT_S] - 1 < 30);
	expect(conf.options[RESOLV_ATTEMPTS] - 1 < 5);
	for (size_t i = 0; i < name.len; i++)
		dots += name.at[i] == '.';
	domains = resolv_conf_domains(&conf, name);
	if (dots >= conf.options[RESOLV_NDOTS] ||
		(name.len && name.at[name.len - 1] == '.'))
		expect(domains.len == 0);
	else
		expect(slice_equal(domains, conf.search));
	while (slice_cut_word(&domains, &domain)) {
		expect(domain.len > 0 && domain.at >= text.at);
		expect(domain.at + domain.len <= text.at + text.len);
		expect(!memchr(domain.at, '\n', domain.len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	struct slice name = fuzz_until(&in, '\0');

	check_hosts(name, in);
	check_local(name);
	check_conf(name, in);
	return 0;
}
