#include "capture.h"

#include <time.h>

static void told_nothing_it_logs_text_up_to_info(void **state)
{
	(void)state;
	capture_start();
	log_at(LOG_DEBUG, "hidden");
	log_at(LOG_INFO, "shown");
	assert_string_equal(capture_stop(), "udpdisc: shown\n");
	assert_true(log_shows(LOG_INFO));
	assert_false(log_shows(LOG_DEBUG));
}

static void each_level_shows_itself_and_what_is_worse(void **state)
{
	(void)state;
	for (size_t most = 0; most < COUNT(levels); most++) {
		for (size_t i = 0; i < COUNT(levels); i++) {
			log_init(levels[most], false, false);
			assert_int_equal(log_shows(levels[i]), i <= most);
			capture_start();
			say_all(levels[i], "lines");
			const char *text = capture_stop();
			assert_int_equal(text[0] != '\0', i <= most);
		}
	}
}

static void a_quiet_run_says_only_the_first_error(void **state)
{
	(void)state;
	log_init(LOG_ERROR, false, false);
	capture_start();
	log_at(LOG_WARNING, "hidden");
	say_all(LOG_ERROR, "lines");
	assert_string_equal(capture_stop(), "udpdisc: at\n");
	assert_false(log_shows(LOG_ERROR));
	log_init(LOG_ERROR, false, false);
	assert_true(log_shows(LOG_ERROR));
	capture_start();
	say_lines(LOG_ERROR, "one\ntwo");
	log_at(LOG_ERROR, "hidden");
	assert_string_equal(capture_stop(), "udpdisc: one\ntwo\n");
}

static void a_quiet_daemon_says_each_error(void **state)
{
	(void)state;
	log_init(LOG_ERROR, false, true);
	capture_start();
	log_at(LOG_ERROR, "one");
	log_at(LOG_WARNING, "hidden");
	log_at(LOG_ERROR, "two");
	assert_string_equal(capture_stop(), "udpdisc: one\nudpdisc: two\n");
}

static void others_say_every_error(void **state)
{
	(void)state;
	log_init(LOG_WARNING, false, false);
	capture_start();
	log_at(LOG_ERROR, "one");
	log_at(LOG_ERROR, "two");
	assert_string_equal(capture_stop(), "udpdisc: one\nudpdisc: two\n");
	assert_true(log_shows(LOG_ERROR));
}

static void a_text_line_says_who_speaks_and_what_is_a_warning(void **state)
{
	static const char *const lines[] = {
		"udpdisc: at\n"
		"udpdisc: errno: No such file or directory\n"
		"udpdisc: fields\n"
		"udpdisc: lines\n",
		"udpdisc: warning: at\n"
		"udpdisc: warning: errno: No such file or directory\n"
		"udpdisc: warning: fields\n"
		"udpdisc: warning: lines\n"};

	(void)state;
	log_init(LOG_TRACE, false, false);
	for (size_t i = 0; i < COUNT(levels); i++) {
		capture_start();
		say_all(levels[i], "lines");
		assert_string_equal(
			capture_stop(), lines[levels[i] == LOG_WARNING]);
	}
}

static void a_message_is_formatted(void **state)
{
	(void)state;
	log_init(LOG_INFO, false, false);
	capture_start();
	log_at(LOG_ERROR, "cannot open '%s': %d of %u", "a%sb", -1, 2u);
	log_fields(LOG_ERROR, NULL, 0, "%s", "");
	assert_string_equal(capture_stop(),
		"udpdisc: cannot open 'a%sb': -1 of 2\nudpdisc: \n");
}

static void errno_is_the_one_of_before_the_call(void **state)
{
	(void)state;
	log_init(LOG_INFO, false, false);
	capture_start();
	errno = EACCES;
	log_errno(LOG_ERROR, "cannot bind port %d", 9999);
	errno = EADDRINUSE;
	log_errno(LOG_WARNING, "cannot bind");
	assert_string_equal(capture_stop(),
		"udpdisc: cannot bind port 9999: Permission denied\n"
		"udpdisc: warning: cannot bind: Address already in use\n");
}

static void control_bytes_are_escaped(void **state)
{
	(void)state;
	log_init(LOG_INFO, false, false);
	capture_start();
	log_at(LOG_ERROR, "a\nb\x1b[2J\r%s", "\xc2\x9b\xff");
	errno = ENOENT;
	log_errno(LOG_ERROR, "\b%s", "\t");
	log_fields(LOG_ERROR, NULL, 0, "\x7f%s", "\n");
	assert_string_equal(capture_stop(),
		"udpdisc: a\\x0ab\\x1b[2J\\x0d\\xc2\\x9b\\xff\n"
		"udpdisc: \\x08\\x09: No such file or directory\n"
		"udpdisc: \\x7f\\x0a\n");
}

static void lines_stay_lines_and_the_first_is_a_message(void **state)
{
	static const struct {
		const char *text;
		const char *written;
	} rows[] = {
		{"one", "udpdisc: warning: one\n"},
		{"one\ntwo\n\n  four",
			"udpdisc: warning: one\ntwo\n\n  four\n"},
		{"a\tb\nc\x1b[m", "udpdisc: warning: a\\x09b\nc\\x1b[m\n"},
		{"", "udpdisc: warning: \n"},
	};

	(void)state;
	log_init(LOG_INFO, false, false);
	for (size_t i = 0; i < COUNT(rows); i++) {
		capture_start();
		say_lines(LOG_WARNING, rows[i].text);
		assert_string_equal(capture_stop(), rows[i].written);
	}
}

/* Compares all members but the time, as "key=value;" in their order. */
static void assert_members(const char *text, const char *expected)
{
	struct str members = STR_EMPTY;
	cJSON *line = parse_line(text);
	const cJSON *item;

	cJSON_ArrayForEach(item, line)
	{
		str_addf(&members, "%s=", item->string);
		if (cJSON_IsNumber(item))
			str_addf(&members, "%lld;",
				(long long)item->valuedouble);
		else if (strcmp(item->string, "time") != 0)
			str_addf(&members, "%s;", item->valuestring);
	}
	assert_text(&members, expected);
	str_release(&members);
	cJSON_Delete(line);
}

static void a_json_line_names_its_level(void **state)
{
	static const char *const lines[] = {"time=level=error;message=m;",
		"time=level=warning;message=m;", "time=level=info;message=m;",
		"time=level=debug;message=m;", "time=level=debug;message=m;"};

	(void)state;
	log_init(LOG_TRACE, true, false);
	for (size_t i = 0; i < COUNT(levels); i++) {
		capture_start();
		log_at(levels[i], "m");
		assert_members(capture_stop(), lines[i]);
	}
}

static void json_fields_follow_in_their_order(void **state)
{
	static const struct log_field fields[] = {{"z", "text", 5},
		{"a", NULL, 12}, {"large", NULL, 4294967296}, {"empty", "", 0}};

	(void)state;
	log_init(LOG_INFO, true, false);
	capture_start();
	log_fields(LOG_INFO, fields, COUNT(fields), "%d probes", 12);
	assert_members(capture_stop(), "time=level=info;message=12 probes;"
				       "z=text;a=12;large=4294967296;empty=;");
	capture_start();
	log_fields(LOG_INFO, fields, 1, "one");
	assert_members(capture_stop(), "time=level=info;message=one;z=text;");
	capture_start();
	log_fields(LOG_INFO, NULL, 0, "none");
	assert_members(capture_stop(), "time=level=info;message=none;");
}

static void lines_are_one_message_of_json(void **state)
{
	(void)state;
	log_init(LOG_INFO, true, false);
	capture_start();
	say_lines(LOG_WARNING, "one\n  two\x1b");
	assert_members(
		capture_stop(), "time=level=warning;message=one\n  two\x1b;");
}

static void a_json_line_tells_errno(void **state)
{
	(void)state;
	log_init(LOG_INFO, true, false);
	capture_start();
	errno = EPERM;
	log_errno(LOG_ERROR, "cannot send");
	assert_members(capture_stop(), "time=level=error;message=cannot send: "
				       "Operation not permitted;");
}

static void json_is_one_line_whatever_is_in_it(void **state)
{
	static const struct log_field fields[] = {{"f", "\n\x1b\xc3", 0}};

	(void)state;
	log_init(LOG_INFO, true, false);
	capture_start();
	log_fields(LOG_INFO, fields, 1, "\"a\"\n\r\x01%s", "\xff\xc3\xbc");
	assert_members(capture_stop(),
		"time=level=info;"
		"message=\"a\"\n\r\x01\xef\xbf\xbd\xc3\xbc;"
		"f=\n\x1b\xef\xbf\xbd;");
}

/* The seconds since 1970 of "2026-01-31T12:00:00Z". */
static time_t parse_time(const char *text)
{
	struct tm utc = {0};

	assert_int_equal(strlen(text), strlen("2026-01-31T12:00:00Z"));
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);
	assert_non_null(end);
	assert_string_equal(end, "");
	return timegm(&utc);
}

static void a_json_line_has_the_time_in_utc(void **state)
{
	time_t before = time(NULL);

	(void)state;
	setenv("TZ", "Asia/Kathmandu", 1);
	tzset();
	log_init(LOG_INFO, true, false);
	capture_start();
	log_at(LOG_INFO, "now");
	cJSON *line = parse_line(capture_stop());
	time_t said = parse_time(cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(line, "time")));
	assert_in_range(said, before, time(NULL));
	cJSON_Delete(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_nothing_it_logs_text_up_to_info),
		cmocka_unit_test(each_level_shows_itself_and_what_is_worse),
		cmocka_unit_test(a_quiet_run_says_only_the_first_error),
		cmocka_unit_test(a_quiet_daemon_says_each_error),
		cmocka_unit_test(others_say_every_error),
		cmocka_unit_test(
			a_text_line_says_who_speaks_and_what_is_a_warning),
		cmocka_unit_test(a_message_is_formatted),
		cmocka_unit_test(errno_is_the_one_of_before_the_call),
		cmocka_unit_test(control_bytes_are_escaped),
		cmocka_unit_test(lines_stay_lines_and_the_first_is_a_message),
		cmocka_unit_test(a_json_line_names_its_level),
		cmocka_unit_test(json_fields_follow_in_their_order),
		cmocka_unit_test(lines_are_one_message_of_json),
		cmocka_unit_test(a_json_line_tells_errno),
		cmocka_unit_test(json_is_one_line_whatever_is_in_it),
		cmocka_unit_test(a_json_line_has_the_time_in_utc),
	};

	return RUN(tests);
}
