#ifndef CAPTURE_H
#define CAPTURE_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tables.h"

#include "base/log.h"

/* Descriptor 2 while it is a pipe, and what was read from that. */
static struct {
	int stderr_fd; /* the real one */
	int pipe_fd;
	struct str text;
} capture;

static inline void capture_start(void)
{
	static char room[1 << 20]; /* a signal handler must not allocate */
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	capture.pipe_fd = fds[0];
	assert_return_code(fcntl(fds[0], F_SETFL, O_NONBLOCK), errno);
	str_init_fixed(&capture.text, room, sizeof room);
	capture.stderr_fd = dup(STDERR_FILENO);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[1]);
}

/* Takes what is in the pipe. */
static inline void capture_read(void)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(capture.pipe_fd, bytes, sizeof bytes)) > 0)
		str_add(&capture.text, (struct slice){bytes, (size_t)n});
}

/* What was written since capture_start, until the next one. */
static inline const char *capture_stop(void)
{
	dup2(capture.stderr_fd, STDERR_FILENO);
	close(capture.stderr_fd);
	capture_read();
	close(capture.pipe_fd);
	return str_text(&capture.text);
}

/* Lines from a buffer, as log_lines wants them. */
static inline void say_lines(enum log_level level, const char *text)
{
	struct str lines = STR_EMPTY;

	str_addf(&lines, "%s", text);
	log_lines(level, &lines);
	str_release(&lines);
}

static const enum log_level levels[] = {
	LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_TRACE};

/* Everything that can be said, at one level. */
static inline void say_all(enum log_level level, const char *lines)
{
	struct log_field field = {"k", NULL, 1};

	log_at(level, "at");
	errno = ENOENT;
	log_errno(level, "errno");
	log_fields(level, &field, 1, "fields");
	say_lines(level, lines);
}

/* The only line of TEXT as JSON; the caller deletes it. */
static inline cJSON *parse_line(const char *text)
{
	const char *end = strchr(text, '\n');

	assert_non_null(end);
	assert_string_equal(end, "\n");
	cJSON *line = cJSON_ParseWithOpts(text, &end, false);
	assert_non_null(line);
	assert_string_equal(end, "\n");
	return line;
}

#endif
