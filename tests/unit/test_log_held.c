#include "capture.h"
#include "memory.h"

/* What is held back: all but the first error, and what the round before said. */

static struct str first = STR_EMPTY;

static void keep(void)
{
	str_release(&first);
	log_init(LOG_TRACE, false, false);
	log_keep(&first);
	capture_start();
}

/* Nothing was written since; what was kept. */
static const char *kept(void)
{
	const char *written = capture_stop();

	log_keep(NULL);
	assert_string_equal(written, "");
	return str_text(&first);
}

static void the_first_error_is_kept_and_nothing_is_written(void **state)
{
	const struct log_field field = {"k", NULL, 1};

	(void)state;
	keep();
	log_at(LOG_WARNING, "warning");
	log_at(LOG_INFO, "info");
	log_at(LOG_TRACE, "trace");
	say_lines(LOG_DEBUG, "lines");
	log_status(NULL);
	assert_string_equal(kept(), "");
	keep();
	log_at(LOG_ERROR, "one of %d", 2);
	errno = ENOENT;
	log_errno(LOG_ERROR, "two");
	log_fields(LOG_ERROR, &field, 1, "three");
	say_lines(LOG_ERROR, "four");
	assert_string_equal(kept(), "one of 2");
	assert_false(first.failed);
}

static void it_is_kept_however_it_is_said(void **state)
{
	const struct log_field field = {"k", NULL, 1};

	(void)state;
	keep();
	errno = EACCES;
	log_errno(LOG_ERROR, "cannot ask");
	assert_string_equal(kept(), "cannot ask: Permission denied");
	keep();
	log_fields(LOG_ERROR, &field, 1, "fields");
	assert_string_equal(kept(), "fields");
	keep();
	say_lines(LOG_ERROR, "one\n  two");
	assert_string_equal(kept(), "one\\x0a  two");
	keep();
	log_at(LOG_ERROR, "a\x1b[m\xff");
	assert_string_equal(kept(), "a\\x1b[m\\xff");
}

/* Callers write one line where warnings are hidden. */
static void only_errors_show_until_there_is_one(void **state)
{
	static const enum log_level others[] = {
		LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_TRACE};

	(void)state;
	keep();
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(log_shows(others[i]));
	assert_true(log_shows(LOG_ERROR));
	log_at(LOG_ERROR, "x");
	assert_false(log_shows(LOG_ERROR));
	kept();
	assert_true(log_shows(LOG_TRACE));
}

/* Whatever a later log_init says. */
static void keeping_outlasts_the_settings(void **state)
{
	static const bool modes[] = {false, true};

	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++) {
		keep();
		log_init(LOG_TRACE, modes[i], modes[i]);
		log_at(LOG_DEBUG, "hidden");
		log_at(LOG_ERROR, "error");
		assert_string_equal(kept(), "error");
	}
}

static void without_memory_it_is_known_that_words_are_missing(void **state)
{
	struct str message = STR_EMPTY;

	(void)state;
	keep();
	memory_left = 0;
	log_at(LOG_ERROR, "lost");
	memory_restore();
	assert_string_equal(kept(), "");
	assert_true(first.failed);
	keep();
	memory_left = 1;
	log_at(LOG_ERROR, "lost");
	memory_restore();
	assert_string_equal(kept(), "");
	assert_true(first.failed);
	/* A message that had failed before it was said. */
	keep();
	str_addf(&message, "half");
	message.failed = true;
	log_lines(LOG_ERROR, &message);
	kept();
	assert_true(first.failed);
	str_release(&message);
	str_release(&first);
}

/* A round that says these words, "" for none; what was written. */
static const char *say_in_round(const char *const *words, size_t count)
{
	log_begin_round();
	capture_start();
	for (size_t i = 0; i < count; i++)
		if (words[i][0])
			log_at(LOG_WARNING, "%s", words[i]);
	return capture_stop();
}

static const char *say_one(const char *word)
{
	return say_in_round(&word, 1);
}

static void begin_rounds(void)
{
	log_init(LOG_TRACE, false, false);
	say_one("");
	say_one("");
}

static void what_the_round_before_said_is_not_said_again(void **state)
{
	static const char *const more[] = {"b", "a", "c"};

	(void)state;
	begin_rounds();
	assert_string_equal(say_one("a"), "udpdisc: warning: a\n");
	for (int round = 0; round < 5; round++)
		assert_string_equal(say_one("a"), "");
	assert_string_equal(say_in_round(more, 3),
		"udpdisc: warning: b\nudpdisc: warning: c\n");
	assert_string_equal(say_in_round(more, 3), "");
}

static void it_returns_after_a_round_without_it(void **state)
{
	(void)state;
	begin_rounds();
	assert_string_equal(say_one("a"), "udpdisc: warning: a\n");
	assert_string_equal(say_one("a"), "");
	assert_string_equal(say_one(""), "");
	assert_string_equal(say_one("a"), "udpdisc: warning: a\n");
	assert_string_equal(say_one("b"), "udpdisc: warning: b\n");
	assert_string_equal(say_one("a"), "udpdisc: warning: a\n");
}

/* By each function that says something. */
static void each_kind_of_message_is_said_once(void **state)
{
	const struct log_field field = {"k", NULL, 1};

	(void)state;
	begin_rounds();
	for (int round = 0; round < 3; round++) {
		log_begin_round();
		capture_start();
		log_at(LOG_ERROR, "at");
		errno = ENOENT;
		log_errno(LOG_WARNING, "errno");
		log_fields(LOG_INFO, &field, 1, "fields");
		say_lines(LOG_ERROR, "one\n  two");
		assert_string_equal(capture_stop(),
			round ? ""
			      : "udpdisc: at\n"
				"udpdisc: warning: errno: No such file or "
				"directory\n"
				"udpdisc: fields\n"
				"udpdisc: one\n  two\n");
	}
}

static void another_reason_is_another_message(void **state)
{
	(void)state;
	begin_rounds();
	say_one("");
	for (int round = 0; round < 2; round++) {
		log_begin_round();
		capture_start();
		errno = round ? EACCES : EPERM;
		log_errno(LOG_WARNING, "x");
		assert_string_equal(capture_stop(),
			round ? "udpdisc: warning: x: Permission denied\n"
			      : "udpdisc: warning: x: Operation not "
				"permitted\n");
	}
}

static void who_asks_for_more_is_told_each_time(void **state)
{
	(void)state;
	begin_rounds();
	for (int round = 0; round < 3; round++) {
		log_begin_round();
		capture_start();
		log_at(LOG_DEBUG, "a");
		log_at(LOG_TRACE, "a");
		say_lines(LOG_DEBUG, "a");
		assert_string_equal(
			capture_stop(), "udpdisc: a\nudpdisc: a\nudpdisc: a\n");
	}
}

/* As many are remembered as there is room for, and ASan sees whoever writes
 * behind it; the others are said again. */
static void of_too_many_messages_the_first_are_remembered(void **state)
{
	static char words[300][8];
	const char *list[COUNT(words)];
	size_t said = 0;

	(void)state;
	begin_rounds();
	for (size_t i = 0; i < COUNT(words); i++) {
		snprintf(words[i], sizeof words[i], "<%zu>", i);
		list[i] = words[i];
	}
	for (int round = 0; round < 3; round++) {
		const char *written = say_in_round(list, COUNT(list));
		said = 0;
		for (size_t i = 0; i < COUNT(words); i++) {
			bool again = strstr(written, words[i]);
			assert_int_equal(again, round == 0 || i >= 256);
			said += again;
		}
	}
	assert_int_equal(said, COUNT(words) - 256);
	assert_string_equal(say_one(words[255]), "");
	assert_string_equal(say_one("other"), "udpdisc: warning: other\n");
}

static void a_run_without_rounds_says_all_again(void **state)
{
	(void)state;
	log_init(LOG_TRACE, false, false);
	capture_start();
	log_at(LOG_WARNING, "a");
	log_at(LOG_WARNING, "a");
	assert_string_equal(
		capture_stop(), "udpdisc: warning: a\nudpdisc: warning: a\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_first_error_is_kept_and_nothing_is_written),
		cmocka_unit_test(it_is_kept_however_it_is_said),
		cmocka_unit_test(only_errors_show_until_there_is_one),
		cmocka_unit_test(keeping_outlasts_the_settings),
		cmocka_unit_test(
			without_memory_it_is_known_that_words_are_missing),
		/* Once there are rounds, there are always. */
		cmocka_unit_test(a_run_without_rounds_says_all_again),
		cmocka_unit_test(what_the_round_before_said_is_not_said_again),
		cmocka_unit_test(it_returns_after_a_round_without_it),
		cmocka_unit_test(each_kind_of_message_is_said_once),
		cmocka_unit_test(another_reason_is_another_message),
		cmocka_unit_test(who_asks_for_more_is_told_each_time),
		cmocka_unit_test(of_too_many_messages_the_first_are_remembered),
	};

	return RUN(tests);
}
