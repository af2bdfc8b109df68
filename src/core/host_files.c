#include "core/host_files.h"

#include <string.h>

#include "base/num.h"
#include "core/ipv4.h"

/* The next line without its comment. */
static bool cut_line(struct slice *text, struct slice *line)
{
	struct slice whole;

	return slice_cut(text, '\n', &whole) && slice_cut(&whole, '#', line);
}

void hosts_find(
	struct slice text, struct slice name, struct dns_addresses *found)
{
	struct slice line, word;
	uint32_t addr;

	name = dns_bare(name);
	while (cut_line(&text, &line)) {
		if (!slice_cut_word(&line, &word) || !ipv4_parse(word, &addr))
			continue;
		while (slice_cut_word(&line, &word))
			if (slice_equal_folded(word, name)) {
				dns_addresses_add(found, addr);
				break;
			}
	}
}

bool host_is_local(struct slice name)
{
	static const struct slice local = {".localhost", 10};

	name = dns_bare(name);
	struct slice bare = {local.at + 1, local.len - 1};
	if (name.len < local.len)
		return slice_equal_folded(name, bare);
	struct slice end = {name.at + name.len - local.len, local.len};
	return slice_equal_folded(end, local);
}

/* One to four digits, two bytes. */
static bool cut_group(struct slice *rest, unsigned char to[2])
{
	size_t i = 0;
	int digit;

	to[0] = to[1] = 0;
	for (; i < rest->len && (digit = num_hex_digit(rest->at[i])) >= 0;
		i++) {
		to[0] = (unsigned char)(to[0] << 4 | to[1] >> 4);
		to[1] = (unsigned char)(to[1] << 4 | digit);
	}
	rest->at += i;
	rest->len -= i;
	return i > 0 && i <= 4;
}

/* Groups, of which :: stands for those that are zero (RFC 4291, 2.2). */
static bool parse_ipv6(struct slice rest, unsigned char addr[16])
{
	enum { NO_GAP = 17 };
	size_t len = 0, gap = NO_GAP;

	for (bool more = true; more;) {
		if (gap == NO_GAP && slice_cut_prefix(&rest, slice_of("::")))
			gap = len;
		else if (len > 0 && !slice_cut_prefix(&rest, slice_of(":")))
			return false;
		if (gap == len && rest.len == 0)
			break;
		if (len == 16 || !cut_group(&rest, addr + len))
			return false;
		len += 2;
		more = rest.len > 0;
	}
	if (gap == NO_GAP || len == 16)
		return gap == NO_GAP && len == 16;
	memmove(addr + 16 - (len - gap), addr + gap, len - gap);
	memset(addr + gap, 0, 16 - len);
	return true;
}

static void add_server(struct resolv_conf *conf, struct slice text)
{
	struct resolv_server *server = &conf->servers[conf->server_count];
	struct slice addr6;

	if (conf->server_count == RESOLV_SERVERS_MAX)
		return;
	server->is_ipv6 = !ipv4_parse(text, &server->addr);
	if (server->is_ipv6) {
		server->zone = text;
		slice_cut(&server->zone, '%', &addr6);
		if (!parse_ipv6(addr6, server->addr6))
			return;
	}
	conf->server_count++;
}

/* "ndots:2", which is capped in silence. */
static void read_option(struct resolv_conf *conf, struct slice value)
{
	static const struct {
		char name[9];
		unsigned char least, most;
	} rows[] = {
		[RESOLV_NDOTS] = {"ndots", 0, 15},
		[RESOLV_TIMEOUT_S] = {"timeout", 1, 30},
		[RESOLV_ATTEMPTS] = {"attempts", 1, 5},
	};
	struct slice name;
	uint64_t number;

	slice_cut(&value, ':', &name);
	if (!num_digits(value, 0, UINT32_MAX, &number))
		return;
	for (size_t i = 0; i < RESOLV_OPTION_COUNT; i++)
		if (slice_equal(name, slice_of(rows[i].name))) {
			if (number < rows[i].least)
				number = rows[i].least;
			if (number > rows[i].most)
				number = rows[i].most;
			conf->options[i] = (unsigned char)number;
		}
}

enum { NAMESERVER, DOMAIN, SEARCH, OPTIONS, KEY_COUNT };

static int key_of(struct slice word)
{
	static const char keys[KEY_COUNT][11] = {[NAMESERVER] = "nameserver",
		[DOMAIN] = "domain",
		[SEARCH] = "search",
		[OPTIONS] = "options"};
	int key = 0;

	while (key < KEY_COUNT && !slice_equal(word, slice_of(keys[key])))
		key++;
	return key;
}

static void read_line(struct resolv_conf *conf, struct slice line)
{
	struct slice key, word, rest;

	slice_cut_word(&line, &key);
	rest = line;
	if (!slice_cut_word(&line, &word))
		return;
	switch (key_of(key)) {
	case NAMESERVER:
		add_server(conf, word);
		break;
	case DOMAIN:
		conf->search = word;
		break;
	case SEARCH:
		conf->search = rest;
		break;
	case OPTIONS:
		do
			read_option(conf, word);
		while (slice_cut_word(&line, &word));
		break;
	}
}

void resolv_conf_read(struct resolv_conf *conf, struct slice text)
{
	struct slice line, given;

	*conf = (struct resolv_conf){.options = {1, 5, 2}, .search = {"", 0}};
	while (cut_line(&text, &line)) {
		slice_cut(&line, ';', &given);
		read_line(conf, given);
	}
	if (conf->server_count == 0)
		add_server(conf, slice_of("127.0.0.1"));
}

struct slice resolv_conf_domains(
	const struct resolv_conf *conf, struct slice name)
{
	unsigned dots = 0;

	for (size_t i = 0; i < name.len; i++)
		dots += name.at[i] == '.';
	bool whole = name.len > 0 && name.at[name.len - 1] == '.';
	return whole || dots >= conf->options[RESOLV_NDOTS]
		       ? (struct slice){"", 0}
		       : conf->search;
}
