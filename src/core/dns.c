#include "core/dns.h"

/* RFC 1035, 4.1.1, 3.2.2 and 3.2.4. */
enum {
	HEADER_BYTES = 12,
	IS_RESPONSE = 0x8000,
	OPCODE = 0x7800,
	IS_CUT = 0x0200,
	RCODE = 0x000f,
	RCODE_NO_NAME = 3,
	TYPE_A = 1,
	CLASS_IN = 1,
	LABEL_MAX = 63,
};

void dns_addresses_add(struct dns_addresses *list, uint32_t addr)
{
	if (list->count < DNS_ADDRESSES_MAX)
		list->at[list->count++] = addr;
}

struct slice dns_bare(struct slice name)
{
	if (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	return name;
}

/* Each dot from START on becomes the length of the label behind it (3.1). */
static bool make_labels(struct str *out, size_t start)
{
	size_t length = 0;

	for (size_t i = out->len; i-- > start; length++) {
		if (out->at[i] != '.')
			continue;
		if (length == 0 || length > LABEL_MAX)
			return false;
		out->at[i] = (char)length;
		length = SIZE_MAX;
	}
	return true;
}

bool dns_query_init(struct dns_query *query, struct slice name,
	struct slice domain, uint16_t id)
{
	/* A standard query that desires recursion, with one question. */
	static const char header[HEADER_BYTES] = {0, 0, 1, 0, 0, 1};
	/* The root, the type and the class. */
	static const char end[] = {0, 0, TYPE_A, 0, CLASS_IN};
	struct str out;

	str_init_fixed(&out, query->at, sizeof query->at);
	str_add(&out, (struct slice){header, sizeof header});
	name = dns_bare(name);
	domain = dns_bare(domain);
	str_addf(&out, ".%.*s%s%.*s", (int)name.len, name.at,
		domain.len ? "." : "", (int)domain.len, domain.at);
	bool is_name = make_labels(&out, HEADER_BYTES);
	str_add(&out, (struct slice){end, sizeof end});
	query->at[0] = (char)(id >> 8);
	query->at[1] = (char)id;
	query->len = out.len;
	return is_name && !out.failed;
}

static unsigned read_16(const char *at)
{
	return (unsigned)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

/* Takes bytes off the front; NULL where there are fewer. */
static const char *take(struct slice *rest, size_t count)
{
	const char *at = rest->at;

	if (rest->len < count)
		return NULL;
	rest->at += count;
	rest->len -= count;
	return at;
}

/* A pointer ends a name (4.1.4); whose name it is does not matter, so that none
 * needs to be followed. */
static bool skip_name(struct slice *rest)
{
	const char *label;

	while ((label = take(rest, 1))) {
		size_t length = (unsigned char)*label;
		if (length == 0)
			return true;
		if (length >= 0xc0)
			return take(rest, 1);
		if (length > LABEL_MAX || !take(rest, length))
			return false;
	}
	return false;
}

/* Takes one record (4.1.3) off the front, and its address, if it has one. */
static bool read_record(struct slice *rest, struct dns_addresses *found)
{
	const char *fixed, *data;

	if (!skip_name(rest) || !(fixed = take(rest, 10)))
		return false;
	unsigned length = read_16(fixed + 8);
	if (!(data = take(rest, length)))
		return false;
	if (read_16(fixed) == TYPE_A && read_16(fixed + 2) == CLASS_IN &&
		length == 4)
		dns_addresses_add(
			found, read_16(data) << 16 | read_16(data + 2));
	return true;
}

static enum dns_outcome read_records(struct slice rest, unsigned count,
	bool whole, struct dns_addresses *found)
{
	for (; count > 0; count--)
		if (!read_record(&rest, found)) {
			whole = false;
			break;
		}
	if (found->count > 0)
		return DNS_ANSWERED;
	return whole ? DNS_NO_ADDRESS : DNS_FAILED;
}

/* What is no letter, a length too, is below them all. */
static bool take_question(struct slice *rest, const struct dns_query *query)
{
	size_t length = query->len - HEADER_BYTES;
	struct slice asked = {query->at + HEADER_BYTES, length};
	struct slice told = {take(rest, length), length};

	return told.at && slice_equal_folded(asked, told);
}

enum dns_outcome dns_read(const struct dns_query *query, struct slice datagram,
	struct dns_addresses *found)
{
	const char *header = take(&datagram, HEADER_BYTES);

	found->count = 0;
	if (!header || read_16(header) != read_16(query->at))
		return DNS_FOREIGN;
	unsigned flags = read_16(header + 2), rcode = flags & RCODE;
	unsigned questions = read_16(header + 4);
	if ((flags & (IS_RESPONSE | OPCODE)) != IS_RESPONSE)
		return DNS_FOREIGN;
	/* Who could not read the question may not repeat it. */
	if (questions == 0 && rcode != 0 && rcode != RCODE_NO_NAME)
		return DNS_FAILED;
	if (questions != 1 || !take_question(&datagram, query))
		return DNS_FOREIGN;
	if (rcode != 0)
		return rcode == RCODE_NO_NAME ? DNS_NO_NAME : DNS_FAILED;
	return read_records(
		datagram, read_16(header + 6), !(flags & IS_CUT), found);
}
