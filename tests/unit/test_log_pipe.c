#include "capture.h"

#include <signal.h>
#include <sys/time.h>

#include "memory.h"

/* Writes until the pipe at descriptor 2 takes no more. */
static size_t fill_pipe(void)
{
	static const char page[4096] = {0};
	size_t filled = 0;
	ssize_t n;

	fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
	while ((n = write(STDERR_FILENO, page, sizeof page)) > 0)
		filled += (size_t)n;
	fcntl(STDERR_FILENO, F_SETFL, 0);
	return filled;
}

/* A write that takes so long hangs. */
enum { HANGS_MS = 10000 };

/* How often the alarm found the pipe and emptied it. */
static volatile sig_atomic_t drained;

static void drain(int signal)
{
	int error = errno;

	(void)signal;
	drained++;
	capture_read();
	errno = error;
}

/* From now on whoever hangs in write(2) goes on, some time later. */
static void drain_every(int ms)
{
	struct timeval after = {ms / 1000, ms % 1000 * 1000};
	struct itimerval timer = {after, after};

	drained = 0;
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = drain}, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void drain_no_more(void)
{
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
}

static void a_daemon_drops_lines_that_a_full_pipe_would_not_take(void **state)
{
	(void)state;
	log_init(LOG_INFO, false, true);
	capture_start();
	size_t filled = fill_pipe();
	drain_every(HANGS_MS);
	say_all(LOG_ERROR, "lines");
	drain_no_more();
	capture_stop();
	assert_int_equal(drained, 0);
	assert_int_equal(capture.text.len, filled);
}

static void a_daemon_logs_again_when_the_pipe_was_emptied(void **state)
{
	(void)state;
	log_init(LOG_INFO, false, true);
	capture_start();
	fill_pipe();
	log_at(LOG_ERROR, "dropped");
	capture_read();
	size_t filled = capture.text.len;
	log_at(LOG_ERROR, "written");
	assert_string_equal(capture_stop() + filled, "udpdisc: written\n");
}

/* A pipe that polls writable may have room for no more than one page. */
static void no_line_is_too_long_for_a_daemon_not_to_hang(void **state)
{
	char page[4096];

	(void)state;
	log_init(LOG_INFO, false, true);
	capture_start();
	size_t filled = fill_pipe();
	assert_int_equal(read(capture.pipe_fd, page, sizeof page), sizeof page);
	drain_every(HANGS_MS);
	log_at(LOG_ERROR, "%08000d", 1);
	drain_no_more();
	capture_stop();
	const char *line = capture.text.at + filled - sizeof page;
	assert_int_equal(drained, 0);
	assert_true(slice_starts(slice_of(line), slice_of("udpdisc: 000")));
	assert_string_equal(strchr(line, '\n'), "\n");
}

enum { WHOLE = 640 };

/* The text of a line of LEN bytes, without "udpdisc: " and the line end. */
static struct slice say_long(bool never_block, size_t len)
{
	static char text[9000];
	struct slice head = slice_of("udpdisc: ");

	memset(text, 'x', len);
	text[len] = '\0';
	log_init(LOG_INFO, false, never_block);
	capture_start();
	log_at(LOG_ERROR, "%s", text);
	struct slice line = slice_of(capture_stop());
	assert_true(slice_starts(line, head));
	assert_int_equal(line.at[line.len - 1], '\n');
	return (struct slice){line.at + head.len, line.len - head.len - 1};
}

static void only_a_daemon_cuts_the_middle_of_what_is_long(void **state)
{
	static const size_t lengths[] = {
		0, 1, WHOLE - 1, WHOLE, WHOLE + 1, WHOLE + 3, WHOLE + 4, 8999};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		size_t len = lengths[i];
		assert_int_equal(say_long(false, len).len, len);
		struct slice text = say_long(true, len);
		assert_int_equal(text.len, len <= WHOLE ? len : WHOLE + 3);
		if (len > WHOLE)
			assert_memory_equal(
				text.at + WHOLE / 2 - 1, "x...x", 5);
	}
}

static void check_one_line(const char *line, bool json)
{
	assert_in_range(capture.text.len, WHOLE, 4096);
	assert_string_equal(strchr(line, '\n'), "\n");
	if (json)
		cJSON_Delete(parse_line(line));
}

/* A byte of a message becomes up to four of text and six of JSON. */
static void no_line_of_a_daemon_is_longer_than_a_page(void **state)
{
	static const char bytes[] = {'\x01', '\xff', '"', 'x'};
	char text[5001] = {0};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(bytes); i++) {
		memset(text, bytes[i / 2], sizeof text - 1);
		log_init(LOG_INFO, i % 2, true);
		capture_start();
		log_at(LOG_WARNING, "%s", text);
		check_one_line(capture_stop(), i % 2);
		struct str lines = {
			text, sizeof text - 1, sizeof text, true, false};
		capture_start();
		log_lines(LOG_WARNING, &lines);
		check_one_line(capture_stop(), i % 2);
	}
}

static void others_wait_for_a_full_pipe(void **state)
{
	(void)state;
	log_init(LOG_INFO, false, false);
	capture_start();
	size_t filled = fill_pipe();
	drain_every(20);
	log_at(LOG_ERROR, "waited");
	drain_no_more();
	capture_stop();
	assert_string_equal(capture.text.at + filled, "udpdisc: waited\n");
}

/* Each signal ends a write(2) in its midst, and the rest follows. */
static void a_line_longer_than_the_pipe_is_written_whole(void **state)
{
	struct slice head = slice_of("udpdisc: ");
	char *text = malloc(300001);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 300000);
	text[300000] = '\0';
	log_init(LOG_INFO, false, false);
	capture_start();
	drain_every(20);
	log_at(LOG_ERROR, "%s", text);
	drain_no_more();
	capture_stop();
	assert_true(drained > 1);
	assert_int_equal(capture.text.len, head.len + 300000 + 1);
	assert_true(slice_starts(str_slice(&capture.text), head));
	assert_memory_equal(capture.text.at + head.len, text, 300000);
	free(text);
}

static void a_log_that_nobody_reads_stops_nobody(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	for (int never_block = 0; never_block < 2; never_block++) {
		log_init(LOG_INFO, false, never_block);
		capture_start();
		close(capture.pipe_fd);
		errno = 0;
		log_at(LOG_ERROR, "unread");
		int error = errno;
		capture.pipe_fd = -1;
		assert_string_equal(capture_stop(), "");
		assert_int_equal(error, EPIPE);
	}
	signal(SIGPIPE, SIG_DFL);
}

static void a_closed_descriptor_stops_nobody(void **state)
{
	(void)state;
	for (int never_block = 0; never_block < 2; never_block++) {
		log_init(LOG_INFO, false, never_block);
		capture_start();
		close(STDERR_FILENO);
		errno = 0;
		log_at(LOG_ERROR, "unwritten");
		int error = errno;
		assert_string_equal(capture_stop(), "");
		assert_int_equal(error, EBADF);
	}
}

/* The message of the one line that was written; the caller frees it. */
static char *take_message(bool json)
{
	const char *text = str_text(&capture.text);
	struct slice head = slice_of("udpdisc: ");

	assert_non_null(strchr(text, '\n'));
	assert_string_equal(strchr(text, '\n'), "\n");
	if (!json) {
		assert_true(slice_starts(slice_of(text), head));
		return strndup(text + head.len, strlen(text) - head.len - 1);
	}
	cJSON *line = parse_line(text);
	bool timed = cJSON_HasObjectItem(line, "time");
	bool levelled = cJSON_HasObjectItem(line, "level");
	char *message = strdup(cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(line, "message")));
	cJSON_Delete(line);
	assert_true(timed && levelled);
	return message;
}

/* Lets memory run out at the first allocation, the second and so on, until a
 * message that makes buffers grow is there. */
static void check_without_memory(bool json, bool returns)
{
	long failures = 0;
	bool whole = false;

	log_init(LOG_INFO, json, false);
	while (!whole) {
		capture_start();
		memory_limits_cjson();
		memory_returns = returns;
		memory_left = failures++;
		log_at(LOG_INFO, "%0200d", 1);
		memory_restore();
		capture_stop();
		char *message = take_message(json);
		assert_non_null(message);
		whole = strlen(message) == 200;
		if (!whole)
			assert_string_equal(message, "out of memory");
		free(message);
	}
	assert_true(failures > 3);
}

static void without_memory_no_text_line_is_broken(void **state)
{
	(void)state;
	check_without_memory(false, false);
	check_without_memory(false, true);
}

static void without_memory_no_json_line_is_broken(void **state)
{
	(void)state;
	check_without_memory(true, false);
	check_without_memory(true, true);
}

static void without_memory_no_lines_are_cut_off(void **state)
{
	struct str lines = STR_EMPTY;
	long failures = 0;

	(void)state;
	str_addf(&lines, "0123456789\n0123456789\n0123456789\n"
			 "0123456789\n0123456789\n0123456789");
	log_init(LOG_INFO, false, false);
	do {
		capture_start();
		memory_left = failures++;
		log_lines(LOG_INFO, &lines);
		memory_restore();
		if (strlen(capture_stop()) < 70)
			assert_string_equal(str_text(&capture.text),
				"udpdisc: out of memory\n");
	} while (capture.text.len < 70);
	assert_int_equal(capture.text.len, 9 + 6 * 11);
	assert_true(failures > 2);
	str_release(&lines);
}

static void a_message_fails_where_its_lines_did(void **state)
{
	struct str lines = STR_EMPTY;

	(void)state;
	str_addf(&lines, "half of i");
	lines.failed = true;
	log_init(LOG_INFO, false, false);
	capture_start();
	log_lines(LOG_WARNING, &lines);
	assert_string_equal(capture_stop(), "udpdisc: out of memory\n");
	log_init(LOG_INFO, true, false);
	capture_start();
	log_lines(LOG_WARNING, &lines);
	capture_stop();
	char *message = take_message(true);
	assert_string_equal(message, "out of memory");
	free(message);
	str_release(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_daemon_drops_lines_that_a_full_pipe_would_not_take),
		cmocka_unit_test(a_daemon_logs_again_when_the_pipe_was_emptied),
		cmocka_unit_test(no_line_is_too_long_for_a_daemon_not_to_hang),
		cmocka_unit_test(only_a_daemon_cuts_the_middle_of_what_is_long),
		cmocka_unit_test(no_line_of_a_daemon_is_longer_than_a_page),
		cmocka_unit_test(others_wait_for_a_full_pipe),
		cmocka_unit_test(a_line_longer_than_the_pipe_is_written_whole),
		cmocka_unit_test(a_log_that_nobody_reads_stops_nobody),
		cmocka_unit_test(a_closed_descriptor_stops_nobody),
		cmocka_unit_test(without_memory_no_text_line_is_broken),
		cmocka_unit_test(without_memory_no_json_line_is_broken),
		cmocka_unit_test(without_memory_no_lines_are_cut_off),
		cmocka_unit_test(a_message_fails_where_its_lines_did),
	};

	return RUN(tests);
}
