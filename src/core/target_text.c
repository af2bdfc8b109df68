#include "core/target_text.h"

#include "base/list.h"
#include "base/num.h"

/* RFC 1035, 2.3.4, as text. */
enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Underscores stand in no host name by the book, but in many by habit. */
static bool is_of_label(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       is_digit(c) || c == '-' || c == '_';
}

/* NUMERIC is whether it is a number, decimal or hexadecimal. */
static bool is_label(struct slice label, bool *numeric)
{
	*numeric = true;
	for (size_t i = 0; i < label.len; i++) {
		if (!is_of_label(label.at[i]))
			return false;
		*numeric = *numeric && is_digit(label.at[i]);
	}
	*numeric = *numeric || slice_starts(label, slice_of("0x")) ||
		   slice_starts(label, slice_of("0X"));
	return label.len > 0 && label.len <= LABEL_MAX_BYTES &&
	       label.at[0] != '-';
}

/* A name that ends in a number would be an address (RFC 1123, 2.1). */
static bool is_name(struct slice name)
{
	struct slice label;
	bool numeric = true;

	if (name.len > 1 && name.at[name.len - 1] == '.')
		name.len--;
	if (name.len > NAME_MAX_BYTES)
		return false;
	while (slice_cut(&name, '.', &label))
		if (!is_label(label, &numeric))
			return false;
	return !numeric;
}

static bool parse_name(struct slice text, struct target_text *target)
{
	struct slice rest = text;
	uint64_t port = 0;

	if (!slice_cut(&rest, ':', &target->name) || !is_name(target->name))
		return false;
	if (rest.at && !num_digits(rest, 1, 65535, &port))
		return false;
	target->kind = TARGET_NAME;
	target->to.port = (uint16_t)port;
	return true;
}

static bool parse_network(struct slice text, struct target_text *target)
{
	if (!ipv4_parse_network(text, &target->network))
		return false;
	target->kind = TARGET_NETWORK;
	return ipv4_first(target->network) > 0 &&
	       ipv4_last(target->network) != IPV4_ALL_HOSTS &&
	       !ipv4_is_multicast(ipv4_first(target->network));
}

bool target_parse(struct slice text, struct target_text *target)
{
	*target = (struct target_text){.kind = TARGET_ADDRESS};
	text = slice_trim(text);
	if (parse_network(text, target))
		return true;
	if (ipv4_parse_endpoint(text, &target->to))
		return target->to.addr != 0 &&
		       !ipv4_is_multicast(target->to.addr);
	return parse_name(text, target);
}

void target_add_expected(struct slice text, struct str *expected)
{
	str_addf(expected,
		"ADDR[:PORT], NETWORK or HOST[:PORT], like 10.0.0.5, "
		"10.1.0.0/24 or db1.example.com (not 0.0.0.0 or multicast)");
	if (ipv4_is_ipv6(text))
		str_addf(expected, "; IPv6 is not supported");
}

void target_print(const struct target_text *target, struct str *out)
{
	switch (target->kind) {
	case TARGET_NETWORK:
		ipv4_add_network(out, target->network);
		break;
	case TARGET_ADDRESS:
		ipv4_add_endpoint(out, target->to);
		break;
	case TARGET_NAME:
		str_add(out, target->name);
		ipv4_add_port(out, target->to.port);
		break;
	}
}

bool target_list_add(struct target_list *list, struct target_text target)
{
	return list_add(&list->at, &list->count, &target, sizeof target);
}
