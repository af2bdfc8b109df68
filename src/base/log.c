#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_write.h"
#include "base/num.h"
#include "base/siphash.h"

static struct {
	enum log_level most;
	bool json;
	bool never_block;
	bool said;
	bool status; /* a status line is shown */
	bool journal;
	struct str *kept; /* where the first error goes, or NULL */
} state = {LOG_INFO, false, false, false, false, false, NULL};

/* Messages of a round that are remembered, by their hash; more are said again. */
enum { SAID_MAX = 256 };

static struct {
	bool counted; /* there are rounds */
	unsigned now; /* which of the two is this round's */
	struct {
		uint64_t hashes[SAID_MAX];
		size_t count;
	} said[2];
} rounds;

void log_init(enum log_level most, bool json, bool never_block)
{
	state.most = most;
	state.json = json;
	state.never_block = never_block;
	state.said = false;
}

void log_to_journal(void)
{
	state.journal = true;
}

void log_keep(struct str *first)
{
	state.kept = first;
}

bool log_shows(enum log_level level)
{
	if (state.kept)
		return level == LOG_ERROR && state.kept->len == 0;
	return level <= state.most &&
	       (state.most != LOG_ERROR || !state.said || state.never_block);
}

/* A pipe that polls writable takes PIPE_BUF bytes whole (pipe(7)): so a message is
 * cut, since each of its bytes can become six of JSON. */
enum { WHOLE_MAX = 4096, LOG_MESSAGE_MAX = 640 };

/* Whoever takes nothing for so long may be gone. */
enum { PATIENCE_MS = 1000 };

static bool would_block(void)
{
	struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};

	return state.never_block && poll(&fd, 1, 0) == 0;
}

int log_write(int fd, struct slice text)
{
	struct pollfd out = {.fd = fd, .events = POLLOUT};
	bool waits = fd != STDERR_FILENO || !state.never_block;
	sigset_t none;

	sigemptyset(&none);
	while (text.len > 0) {
		if (waits && poll(&out, 1, PATIENCE_MS) == 0)
			ppoll(&out, 1, NULL, &none);
		ssize_t n = write(fd, text.at,
			text.len < WHOLE_MAX ? text.len : WHOLE_MAX);
		if (n < 0 && errno != EINTR && (errno != EAGAIN || !waits))
			return -1;
		if (n < 0)
			continue;
		text.at += n;
		text.len -= (size_t)n;
	}
	return 0;
}

static void write_out(struct slice text)
{
	if (!would_block())
		(void)log_write(STDERR_FILENO, text);
}

/* RFC 3339; strftime would bring the time zones along. */
void log_add_time(struct str *out)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	num_add_time(out, now.tv_sec);
}

static const char *write_time(char *storage, size_t size)
{
	struct str text;

	str_init_fixed(&text, storage, size);
	log_add_time(&text);
	return storage;
}

enum { TIME_SIZE = 32 };

static void add_json(struct str *line, enum log_level level,
	struct slice message, const struct log_field *fields, size_t count)
{
	static const char names[][8] = {
		"error", "warning", "info", "debug", "debug"};
	char time[TIME_SIZE];

	json_begin(line);
	json_text(line, "time", slice_of(write_time(time, sizeof time)));
	json_text(line, "level", slice_of(names[level]));
	json_text(line, "message", message);
	for (size_t i = 0; i < count; i++) {
		if (fields[i].text)
			json_text(
				line, fields[i].key, slice_of(fields[i].text));
		else
			json_number(line, fields[i].key, fields[i].number);
	}
	json_end_object(line);
}

const char *log_priority(enum log_level level)
{
	static const char priorities[][4] = {"<3>", "<4>", "<6>", "<7>", "<7>"};

	return state.journal ? priorities[level] : "";
}

static void add_priority(struct str *line, enum log_level level)
{
	str_add(line, slice_of(log_priority(level)));
}

/* What can be said without memory. */
static void say_out_of_memory(void)
{
	char storage[128], time[TIME_SIZE];
	struct str line;

	str_init_fixed(&line, storage, sizeof storage);
	add_priority(&line, LOG_ERROR);
	if (state.json)
		str_addf(&line,
			"{\"time\":\"%s\",\"level\":\"error\","
			"\"message\":\"out of memory\"}\n",
			write_time(time, sizeof time));
	else
		str_addf(&line, "udpdisc: out of memory\n");
	write_out(str_slice(&line));
}

/* ECMA-48: to the start of the line, and erase it (CR, EL). */
#define ERASE_LINE "\r\033[K"

void log_status(const struct str *text)
{
	struct str line = STR_EMPTY;

	if (!text && !state.status)
		return;
	str_addf(&line, ERASE_LINE);
	if (text)
		str_add_printable(&line, str_slice(text));
	write_out(str_slice(&line));
	str_release(&line);
	state.status = text != NULL;
}

static void end_line(struct str *line)
{
	log_status(NULL);
	str_add(line, slice_of("\n"));
	if (line->failed)
		say_out_of_memory();
	else
		write_out(str_slice(line));
	str_release(line);
	state.said = true;
}

void log_begin_round(void)
{
	rounds.counted = true;
	rounds.now ^= 1;
	rounds.said[rounds.now].count = 0;
}

/* Whether it was said in this round or the one before; from now on it was. */
static bool was_said(struct slice message)
{
	const struct siphash_key key = {{0}};
	uint64_t hash = siphash(&key, message.at, message.len);
	size_t *count = &rounds.said[rounds.now].count;
	bool found = false;

	for (size_t r = 0; r < 2; r++)
		for (size_t i = 0; i < rounds.said[r].count; i++)
			found = found || rounds.said[r].hashes[i] == hash;
	if (*count < SAID_MAX)
		rounds.said[rounds.now].hashes[(*count)++] = hash;
	return found;
}

/* Whether it is not to be written: it is kept, or it was said. */
static bool is_held_back(enum log_level level, const struct str *message)
{
	struct slice text = str_slice(message);

	if (state.kept) {
		str_add_printable(state.kept, text);
		state.kept->failed = state.kept->failed || message->failed;
		return true;
	}
	return rounds.counted && level <= LOG_INFO && was_said(text);
}

static void add_prefix(struct str *line, enum log_level level)
{
	add_priority(line, level);
	str_addf(line, "udpdisc: %s", level == LOG_WARNING ? "warning: " : "");
}

static void cut(struct str *text, const struct str *message)
{
	struct slice start = str_slice(message);

	text->failed = message->failed;
	if (!state.never_block || start.len <= LOG_MESSAGE_MAX) {
		str_add(text, start);
		return;
	}
	/* In the middle: what a message is about begins it, and why ends it. */
	struct slice end = {start.at + start.len - LOG_MESSAGE_MAX / 2,
		LOG_MESSAGE_MAX / 2};
	start.len = LOG_MESSAGE_MAX / 2;
	str_add(text, start);
	str_add(text, slice_of("..."));
	str_add(text, end);
}

static void say(enum log_level level, const struct str *message,
	const struct log_field *fields, size_t count)
{
	struct str line = STR_EMPTY, text = STR_EMPTY;

	if (is_held_back(level, message))
		return;
	cut(&text, message);
	line.failed = text.failed;
	if (state.json) {
		add_priority(&line, level);
		add_json(&line, level, str_slice(&text), fields, count);
	} else {
		add_prefix(&line, level);
		str_add_printable(&line, str_slice(&text));
	}
	end_line(&line);
	str_release(&text);
}

__attribute__((format(printf, 5, 0))) static void format_and_say(
	enum log_level level, int error, const struct log_field *fields,
	size_t count, const char *format, va_list arguments)
{
	struct str message = STR_EMPTY;

	str_addv(&message, format, arguments);
	if (error)
		str_addf(&message, ": %s", strerror(error));
	say(level, &message, fields, count);
	str_release(&message);
}

void log_at(enum log_level level, const char *format, ...)
{
	va_list arguments;

	if (!log_shows(level))
		return;
	va_start(arguments, format);
	format_and_say(level, 0, NULL, 0, format, arguments);
	va_end(arguments);
}

void log_errno(enum log_level level, const char *format, ...)
{
	int error = errno;
	va_list arguments;

	if (!log_shows(level))
		return;
	va_start(arguments, format);
	format_and_say(level, error, NULL, 0, format, arguments);
	va_end(arguments);
}

void log_fields(enum log_level level, const struct log_field *fields,
	size_t count, const char *format, ...)
{
	va_list arguments;

	if (!log_shows(level))
		return;
	va_start(arguments, format);
	format_and_say(level, 0, fields, count, format, arguments);
	va_end(arguments);
}

void log_lines(enum log_level level, const struct str *text)
{
	struct str lines = STR_EMPTY;
	struct slice rest = str_slice(text), part;

	if (!log_shows(level))
		return;
	if (state.json || state.never_block) {
		say(level, text, NULL, 0);
		return;
	}
	if (is_held_back(level, text))
		return;
	lines.failed = text->failed;
	add_prefix(&lines, level);
	slice_cut(&rest, '\n', &part);
	str_add_printable(&lines, part);
	while (slice_cut(&rest, '\n', &part)) {
		str_add(&lines, slice_of("\n"));
		add_priority(&lines, level);
		str_add_printable(&lines, part);
	}
	end_line(&lines);
}
