/* Whatever a name server says, or the files that lead to it: an answer has
 * addresses if and only if it says so; a name that can be asked for can be
 * answered; what resolv.conf says is within its bounds. */
#include "fuzz.h"

#include "core/dns.h"
#include "core/host_files.h"

/* How long the labels are, each 1 to 63; 0 where they are none. A text may end in a
 * dot, and a NUL ends it. */
static size_t label_bytes(struct slice text)
{
	size_t bytes = 0;

	text.len -= text.len > 0 && text.at[text.len - 1] == '.';
	text = fuzz_until(&text, '\0');
	for (bool more = true; more;) {
		const char *end = text.at + text.len;
		struct slice label = fuzz_until(&text, '.');
		more = label.at + label.len < end;
		if (label.len == 0 || label.len > 63)
			return 0;
		bytes += label.len + 1;
	}
	return bytes;
}

static bool is_name(struct slice name, struct slice domain)
{
	size_t bytes = label_bytes(name), more = label_bytes(domain);

	if (domain.len == 0 || (domain.len == 1 && domain.at[0] == '.'))
		return bytes > 0 && bytes <= 254;
	return bytes > 0 && more > 0 && bytes + more <= 254;
}

/* A mirror that says NOERROR. */
static void check_query(struct slice name, struct slice domain)
{
	struct dns_addresses found;
	struct dns_query query;
	char answer[DNS_QUERY_SIZE];

	bool good = dns_query_init(&query, name, domain, 0x8001);
	expect(good == is_name(name, domain));
	if (!good)
		return;
	expect(query.len <= 12 + 255 + 4);
	memcpy(answer, query.at, query.len);
	answer[2] = (char)0x81;
	for (size_t len = 0; len <= query.len; len++)
		expect(dns_read(&query, (struct slice){answer, len}, &found) ==
			(len < query.len ? DNS_FOREIGN : DNS_NO_ADDRESS));
}

/* Whether it has the question of QUERY, in any case, and nothing before. */
static bool has_question(struct slice datagram, const struct dns_query *query)
{
	struct slice asked = {query->at + 12, query->len - 12};

	fuzz_take(&datagram, 12);
	datagram = fuzz_take(&datagram, asked.len);
	return slice_equal_folded(asked, datagram);
}

static void check_answer(struct slice datagram)
{
	struct dns_addresses found;
	struct dns_query query;

	expect(dns_query_init(
		&query, slice_of("db1.example.com"), slice_of(""), 0x1234));
	enum dns_outcome outcome = dns_read(&query, datagram, &found);
	expect((found.count > 0) == (outcome == DNS_ANSWERED));
	expect(found.count <= DNS_ADDRESSES_MAX);
	expect(outcome <= DNS_FAILED || has_question(datagram, &query));
	expect(outcome == DNS_FOREIGN ||
		(datagram.len >= 12 && !memcmp(datagram.at, "\x12\x34", 2)));
}

static void check_files(struct slice text)
{
	struct dns_addresses found = {0};
	struct slice rest, domain;
	struct resolv_conf conf;

	hosts_find(text, slice_of("db1"), &found);
	expect(found.count <= DNS_ADDRESSES_MAX);
	resolv_conf_read(&conf, text);
	expect(conf.server_count >= 1 &&
		conf.server_count <= RESOLV_SERVERS_MAX);
	expect(conf.options[RESOLV_NDOTS] <= 15);
	expect(conf.options[RESOLV_TIMEOUT_S] - 1 < 30);
	expect(conf.options[RESOLV_ATTEMPTS] - 1 < 5);
	rest = resolv_conf_domains(&conf, text);
	while (slice_cut_word(&rest, &domain)) {
		expect(domain.len > 0);
		check_query(slice_of("db1"), domain);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = fuzz_input(data, size);

	check_answer(bytes);
	check_query(bytes, slice_of(""));
	host_is_local(bytes);
	check_files(bytes);
	return 0;
}
