#ifndef CORE_TGED_H
#define CORE_TGED_H

#include <stdbool.h>

#include "base/str.h"
#include "core/ipv4.h"

/*
 * The wire text of TGED, the Simple Discovery Protocol, on UDP 4745. A request
 * names a service, a reply carries its fields, or INVALID where there is no
 * such service:
 *
 *	TGED DISCOVERY 1.0	TGED REPLY 1.0		TGED INVALID 1.0
 *	RQ:SQL			HOST: test		RP: INVALID
 *				PORT: 3306
 *
 * each line ended by CR LF, and one more CR LF behind the last. LF alone ends a
 * line too, and the end may be missing. Reading stops at the first empty line;
 * a line without a colon is skipped.
 */
enum {
	TGED_REQUEST_MAX = 4096, /* a longer one gets no answer */
	TGED_SERVICE_MAX = 4069, /* of a name whose request is that long */
	TGED_REPLY_MAX = 1024, /* that we send: the stock client's buffer */
	TGED_LINES_MAX = 1024, /* of a reply are read; the rest is left */
};

/* Whether a service can have this name: not empty, no white space around it,
 * no line end in it. */
bool tged_is_service_name(struct slice name);

/* False where the datagram is no request. SERVICE is the name that it asks
 * for, empty where it names none, and points into the datagram. */
bool tged_parse_request(struct slice datagram, struct slice *service);
void tged_format_request(struct str *request, struct slice service);

/* A reply is its header, fields, and the end. COMPACT leaves out the space
 * behind the colon, which the stock client would take for a part of the value. */
void tged_begin_reply(struct str *reply);
void tged_add_key(struct str *reply, struct slice key, bool compact);
void tged_end_line(struct str *reply); /* behind a value, and at the end */
void tged_format_invalid(struct str *reply, bool compact);

enum tged_kind {
	TGED_NONE, /* it does not begin as a reply */
	TGED_REPLY,
	TGED_INVALID,
};

/*
 * Reads a reply. With TGED_REPLY its fields are added to FIELDS, in order, as
 * UTF-8 (str_add_utf8) without white space around key and value; of a repeated
 * key the last value stands in the place of the first.
 */
enum tged_kind tged_parse_reply(struct slice datagram, struct str *fields);

struct tged_field {
	struct slice key, value;
};

/* Takes the next field off the front of what tged_parse_reply made; false at
 * the end. */
bool tged_next_field(struct slice *fields, struct tged_field *field);

/* What the fields claim: the fields IP and PORT where they hold an address and
 * a port, else 0. *HAS_ADDR tells 0.0.0.0 from none. */
struct endpoint tged_claim(struct slice fields, bool *has_addr);

#endif
