#include "core/tged.h"

#include <string.h>

#define CRLF "\r\n"

static const char request_header[] = "TGED DISCOVERY 1.0";
static const char reply_header[] = "TGED REPLY 1.0";
static const char invalid_header[] = "TGED INVALID 1.0";

_Static_assert(sizeof "TGED DISCOVERY 1.0" CRLF "RQ:" CRLF CRLF - 1 +
			       TGED_SERVICE_MAX ==
		       TGED_REQUEST_MAX,
	"the longest name makes the longest request");

bool tged_is_service_name(struct slice name)
{
	return name.len > 0 && slice_trim(name).len == name.len &&
	       !memchr(name.at, '\r', name.len) &&
	       !memchr(name.at, '\n', name.len);
}

/* The next line without its end; false behind the last. */
static bool next_line(struct slice *rest, struct slice *line)
{
	if (!slice_cut(rest, '\n', line))
		return false;
	if (rest->at && line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* The next line up to the first empty one that has a colon. */
static bool next_pair(struct slice *rest, struct tged_field *pair)
{
	struct slice line;

	while (next_line(rest, &line) && line.len > 0) {
		slice_cut(&line, ':', &pair->key);
		pair->value = line;
		if (line.at)
			return true;
	}
	return false;
}

static bool begins_with(struct slice *rest, const char *header)
{
	struct slice line;

	return next_line(rest, &line) && slice_equal(line, slice_of(header));
}

bool tged_parse_request(struct slice datagram, struct slice *service)
{
	struct tged_field pair;

	*service = (struct slice){NULL, 0};
	if (datagram.len > TGED_REQUEST_MAX ||
		!begins_with(&datagram, request_header))
		return false;
	while (next_pair(&datagram, &pair)) {
		if (!slice_equal(pair.key, slice_of("RQ")))
			continue;
		*service = slice_trim(pair.value);
		break;
	}
	return true;
}

void tged_format_request(struct str *request, struct slice service)
{
	str_addf(request, "%s" CRLF "RQ:", request_header);
	str_add(request, service);
	str_addf(request, CRLF CRLF);
}

void tged_begin_reply(struct str *reply)
{
	str_addf(reply, "%s" CRLF, reply_header);
}

void tged_add_key(struct str *reply, struct slice key, bool compact)
{
	str_add(reply, key);
	str_add(reply, slice_of(compact ? ":" : ": "));
}

void tged_end_line(struct str *reply)
{
	str_add(reply, slice_of(CRLF));
}

void tged_format_invalid(struct str *reply, bool compact)
{
	str_addf(reply, "%s" CRLF, invalid_header);
	tged_add_key(reply, slice_of("RP"), compact);
	str_addf(reply, "INVALID" CRLF CRLF);
}

/* The fields of a reply while it is read. */
struct reading {
	struct tged_field at[TGED_LINES_MAX];
	size_t count;
};

/* Each is compared with all before it: why lines are bounded. */
static void put(struct reading *reading, const struct tged_field *field)
{
	size_t i = 0;

	while (i < reading->count &&
		!slice_equal(reading->at[i].key, field->key))
		i++;
	if (i == reading->count)
		reading->at[reading->count++].key = field->key;
	reading->at[i].value = field->value;
}

/* As lines "KEY:VALUE" that tged_next_field reads. */
static void add_fields(struct str *fields, const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++) {
		tged_add_key(fields, reading->at[i].key, true);
		str_add(fields, reading->at[i].value);
		str_add(fields, slice_of("\n"));
	}
}

static void read_fields(struct slice rest, struct str *fields)
{
	struct reading reading;
	struct tged_field field;

	reading.count = 0;
	for (size_t i = 0; i < TGED_LINES_MAX && next_pair(&rest, &field);
		i++) {
		field.key = slice_trim(field.key);
		field.value = slice_trim(field.value);
		put(&reading, &field);
	}
	add_fields(fields, &reading);
}

enum tged_kind tged_parse_reply(struct slice datagram, struct str *fields)
{
	struct slice rest = datagram;
	struct str clean = STR_EMPTY;

	if (begins_with(&rest, invalid_header))
		return TGED_INVALID;
	rest = datagram;
	if (!begins_with(&rest, reply_header))
		return TGED_NONE;
	if (!rest.at)
		return TGED_REPLY;
	/* Made UTF-8 before keys are compared: what is shown has each once. */
	str_add_utf8(&clean, rest);
	read_fields(str_slice(&clean), fields);
	fields->failed = fields->failed || clean.failed;
	str_release(&clean);
	return TGED_REPLY;
}

bool tged_next_field(struct slice *fields, struct tged_field *field)
{
	struct slice line;

	if (!slice_cut(fields, '\n', &line) || line.len == 0)
		return false;
	slice_cut(&line, ':', &field->key);
	field->value = line;
	return true;
}

struct endpoint tged_claim(struct slice fields, bool *has_addr)
{
	struct endpoint claim = {0, 0};
	struct tged_field field;

	*has_addr = false;
	while (tged_next_field(&fields, &field)) {
		if (slice_equal(field.key, slice_of("IP")))
			*has_addr = ipv4_parse(field.value, &claim.addr);
		else if (slice_equal(field.key, slice_of("PORT")))
			ipv4_parse_port(field.value, &claim.port);
	}
	return claim;
}
