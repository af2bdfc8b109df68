#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* What is said to a person, on standard error: one line a message. */
enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG, /* -v */
	LOG_TRACE, /* -vv */
};

/*
 * Up to which level messages are written, and whether as one JSON object a
 * line. With LOG_ERROR a run gives one reason: the first. With NEVER_BLOCK it is
 * a daemon's log: each error counts, a line that a full pipe would not take is
 * dropped, so that it does not hang on whoever reads, and a long message is cut.
 */
void log_init(enum log_level most, bool json, bool never_block);
bool log_shows(enum log_level level);
/* From now on each line begins with its priority, which the journal takes. */
void log_to_journal(void);
/* That priority, of sd-daemon(3); else empty. */
const char *log_priority(enum log_level level);

/* From now on nothing is written: the first error is added to FIRST, which must
 * last, and the rest is dropped. */
void log_keep(struct str *first);
/* A round of a run that has many begins: a message that was said in the round
 * before, or in this one, is not said again, unless it is one of -v. */
void log_begin_round(void);
/* Adds the time of the wall clock as of RFC 3339, in UTC. */
void log_add_time(struct str *out);

/* One message; control bytes in it are escaped. */
void log_at(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same with ": " and what errno says behind it. */
void log_errno(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* More keys of a JSON line; the text form has them in its message. */
struct log_field {
	const char *key;
	const char *text; /* NULL: NUMBER counts */
	int64_t number;
};

void log_fields(enum log_level level, const struct log_field *fields,
	size_t count, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* A line of a terminal that is always the last one: the next replaces it, and
 * messages stand above it. NULL removes it, as does the next message. */
void log_status(const struct str *text);
/* Writes all of TEXT to the descriptor. 0, or -1 with errno. Where whoever reads
 * takes nothing for a second no signal is blocked, so that a process that nobody
 * reads can be ended; a daemon's log does not wait at all. */
int log_write(int fd, struct slice text);
/* A message that may have several lines; it fails where TEXT did. */
void log_lines(enum log_level level, const struct str *text);

#endif
