#include "core/ipv4.h"

#include "base/num.h"

static bool parse_octet(struct slice text, uint32_t *octet)
{
	uint64_t value;

	if ((text.len > 1 && text.at[0] == '0') ||
		!num_digits(text, 0, 255, &value))
		return false;
	*octet = (uint32_t)value;
	return true;
}

bool ipv4_parse(struct slice text, uint32_t *addr)
{
	struct slice part;
	uint32_t value = 0, octet;
	int octets = 0;

	while (slice_cut(&text, '.', &part)) {
		if (!parse_octet(part, &octet))
			return false;
		value = value << 8 | octet;
		octets++;
	}
	if (octets != 4)
		return false;
	*addr = value;
	return true;
}

static bool parse_prefix(struct slice text, unsigned *prefix)
{
	uint64_t bits;
	uint32_t mask;

	if (num_digits(text, 0, 32, &bits)) {
		*prefix = (unsigned)bits;
		return true;
	}
	if (!ipv4_parse(text, &mask))
		return false;
	for (unsigned i = 0; i <= 32; i++) {
		if (ipv4_mask(i) == mask) {
			*prefix = i;
			return true;
		}
	}
	return false;
}

bool ipv4_parse_network(struct slice text, struct network *network)
{
	struct slice addr;

	text = slice_trim(text);
	return slice_cut(&text, '/', &addr) && text.at &&
	       ipv4_parse(addr, &network->addr) &&
	       parse_prefix(text, &network->prefix);
}

bool ipv4_parse_port(struct slice text, uint16_t *port)
{
	uint64_t value;

	text = slice_trim(text);
	if (text.len > 5 || !num_digits(text, 1, 65535, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

bool ipv4_parse_endpoint(struct slice text, struct endpoint *endpoint)
{
	struct slice addr;
	uint64_t port = 0;

	text = slice_trim(text);
	if (!slice_cut(&text, ':', &addr) || !ipv4_parse(addr, &endpoint->addr))
		return false;
	if (text.at && !num_digits(text, 1, 65535, &port))
		return false;
	endpoint->port = (uint16_t)port;
	return true;
}

bool ipv4_is_ipv6(struct slice text)
{
	struct slice part = {NULL, 0}, other;
	size_t colons = 0;

	slice_cut(&text, ':', &part);
	while (slice_cut(&text, ':', &other))
		colons++;
	for (size_t i = 0; i < part.len; i++)
		if (num_hex_digit(part.at[i]) < 0 && part.at[i] != '[')
			return false;
	return colons > 1;
}

/* By hand: each reply has one, and str_addf takes a tenth of its time. */
struct ipv4_text ipv4_text(uint32_t addr)
{
	struct ipv4_text text = {""};
	char *at = text.at;

	for (int shift = 24; shift >= 0; shift -= 8) {
		unsigned octet = addr >> shift & 255;
		if (octet >= 100)
			*at++ = (char)('0' + octet / 100);
		if (octet >= 10)
			*at++ = (char)('0' + octet / 10 % 10);
		*at++ = (char)('0' + octet % 10);
		*at++ = shift ? '.' : '\0';
	}
	return text;
}

void ipv4_add_network(struct str *out, struct network network)
{
	str_addf(out, "%s/%u", ipv4_text(network.addr).at, network.prefix);
}

void ipv4_add_port(struct str *out, uint16_t port)
{
	if (port)
		str_addf(out, ":%u", port);
}

void ipv4_add_endpoint(struct str *out, struct endpoint endpoint)
{
	str_add(out, slice_of(ipv4_text(endpoint.addr).at));
	ipv4_add_port(out, endpoint.port);
}

uint32_t ipv4_mask(unsigned prefix)
{
	return prefix ? UINT32_MAX << (32 - prefix) : 0;
}

uint32_t ipv4_first(struct network network)
{
	return network.addr & ipv4_mask(network.prefix);
}

uint32_t ipv4_last(struct network network)
{
	return network.addr | ~ipv4_mask(network.prefix);
}

bool ipv4_contains(struct network network, uint32_t addr)
{
	return network.prefix == 0 ||
	       (network.addr ^ addr) >> (32 - network.prefix) == 0;
}

bool ipv4_is_loopback(uint32_t addr)
{
	return addr >> 24 == 127;
}

bool ipv4_is_this_network(uint32_t addr)
{
	return addr >> 24 == 0;
}

bool ipv4_is_multicast(uint32_t addr)
{
	return addr >> 28 == 14;
}
