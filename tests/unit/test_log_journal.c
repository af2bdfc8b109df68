#include "capture.h"

/* Under the journal each line begins with its priority: sd-daemon(3). */

#define LINES "lines\n  more\n\n<0>last"
static const char *const priorities[] = {"<3>", "<4>", "<6>", "<7>", "<7>"};

/* What that makes of text. */
static void add_lines(
	struct str *out, const char *priority, const char *head, bool many)
{
	str_addf(out, "%sudpdisc: %sat\n", priority, head);
	str_addf(out, "%sudpdisc: %serrno: No such file or directory\n",
		priority, head);
	str_addf(out, "%sudpdisc: %sfields\n", priority, head);
	if (many)
		str_addf(out, "%sudpdisc: %slines\n%s  more\n%s\n%s<0>last\n",
			priority, head, priority, priority, priority);
	else
		str_addf(out,
			"%sudpdisc: %slines\\x0a  more\\x0a\\x0a<0>last\n",
			priority, head);
}

static void check_text(bool journal, bool daemon)
{
	log_init(LOG_TRACE, false, daemon);
	for (size_t i = 0; i < COUNT(levels); i++) {
		struct str expected = STR_EMPTY;
		add_lines(&expected, journal ? priorities[i] : "",
			levels[i] == LOG_WARNING ? "warning: " : "", !daemon);
		capture_start();
		say_all(levels[i], LINES);
		assert_string_equal(capture_stop(), str_text(&expected));
		str_release(&expected);
	}
}

static void elsewhere_no_line_has_a_priority(void **state)
{
	(void)state;
	check_text(false, false);
	check_text(false, true);
}

/* Once it is on it stays so: what follows is after that. */
static void each_line_of_text_has_its_priority(void **state)
{
	(void)state;
	log_to_journal();
	check_text(true, false);
	check_text(true, true);
}

/* Of each line: the priority, the level and the message. */
static void check_json_line(const char *line, size_t i, const char *message)
{
	static const char *const names[] = {
		"error", "warning", "info", "debug", "debug"};

	assert_true(slice_starts(slice_of(line), slice_of(priorities[i])));
	cJSON *parsed = cJSON_Parse(line + strlen(priorities[i]));
	assert_non_null(parsed);
	assert_string_equal(
		cJSON_GetStringValue(cJSON_GetObjectItem(parsed, "level")),
		names[i]);
	assert_string_equal(
		cJSON_GetStringValue(cJSON_GetObjectItem(parsed, "message")),
		message);
	assert_string_equal(parsed->child->string, "time");
	cJSON_Delete(parsed);
}

static void each_line_of_json_has_its_priority(void **state)
{
	static const char *const messages[] = {
		"at", "errno: No such file or directory", "fields", LINES};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(levels); i++) {
		struct slice rest, line;
		size_t count = 0;
		log_init(LOG_TRACE, true, i >= COUNT(levels));
		capture_start();
		say_all(levels[i % COUNT(levels)], LINES);
		rest = slice_of(capture_stop());
		while (slice_cut(&rest, '\n', &line) && line.len) {
			char text[512];
			assert_true(line.len < sizeof text);
			memcpy(text, line.at, line.len);
			text[line.len] = '\0';
			assert_true(count < COUNT(messages));
			check_json_line(
				text, i % COUNT(levels), messages[count++]);
		}
		assert_int_equal(count, COUNT(messages));
	}
}

/* A line of its own, and a priority of its own, are nobody else's to begin. */
static void no_message_begins_a_line(void **state)
{
	(void)state;
	log_init(LOG_INFO, false, false);
	capture_start();
	log_at(LOG_INFO, "%s", "<0>a\n<0>b");
	say_lines(LOG_WARNING, "");
	say_lines(LOG_WARNING, "a\r<0>b\n");
	assert_string_equal(capture_stop(),
		"<6>udpdisc: <0>a\\x0a<0>b\n"
		"<4>udpdisc: warning: \n"
		"<4>udpdisc: warning: a\\x0d<0>b\n<4>\n");
}

static void what_is_hidden_leaves_no_priority(void **state)
{
	(void)state;
	log_init(LOG_INFO, false, false);
	capture_start();
	say_all(LOG_DEBUG, LINES);
	assert_string_equal(capture_stop(), "");
	log_init(LOG_ERROR, false, false);
	capture_start();
	say_all(LOG_WARNING, LINES);
	say_all(LOG_ERROR, LINES);
	assert_string_equal(capture_stop(), "<3>udpdisc: at\n");
}

static void want_of_memory_has_its_priority_too(void **state)
{
	struct str lines = STR_EMPTY;

	(void)state;
	lines.failed = true;
	log_init(LOG_INFO, false, true);
	capture_start();
	log_lines(LOG_WARNING, &lines);
	assert_string_equal(capture_stop(), "<3>udpdisc: out of memory\n");
	log_init(LOG_INFO, true, true);
	capture_start();
	log_lines(LOG_WARNING, &lines);
	assert_memory_equal(capture_stop(), "<3>{\"time\":", 11);
}

/* What is kept is printed elsewhere. */
static void the_error_that_is_kept_has_none(void **state)
{
	struct str first = STR_EMPTY;

	(void)state;
	log_init(LOG_TRACE, false, false);
	log_keep(&first);
	capture_start();
	say_all(LOG_WARNING, LINES);
	say_all(LOG_ERROR, LINES);
	assert_string_equal(capture_stop(), "");
	log_keep(NULL);
	assert_text(&first, "at");
	str_release(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elsewhere_no_line_has_a_priority),
		cmocka_unit_test(each_line_of_text_has_its_priority),
		cmocka_unit_test(each_line_of_json_has_its_priority),
		cmocka_unit_test(no_message_begins_a_line),
		cmocka_unit_test(what_is_hidden_leaves_no_priority),
		cmocka_unit_test(want_of_memory_has_its_priority_too),
		cmocka_unit_test(the_error_that_is_kept_has_none),
	};

	return RUN(tests);
}
