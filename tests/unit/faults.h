#ifndef FAULTS_H
#define FAULTS_H

#include "memory_whole.h"
#include "unit.h"

/*
 * Faults in turn: a scenario runs again and again, and each time another one of
 * the calls for memory gets none, alone (once) or with all that follow. It says
 * which of its calls are tried like this, by FAULTY; all else has memory.
 */
static struct {
	long due; /* calls that still get memory, below 0: all */
	bool once;
	bool struck; /* some call got none in this run */
	long run; /* which call it is, from 0 */
	bool running;
	long injected; /* runs with a fault, of all scenarios */
} faults;

static inline void faults_begin(void)
{
	memory_returns = faults.once;
	memory_left = faults.due;
}

/* Whether a call got no memory since faults_begin. */
static inline bool faults_end(void)
{
	bool struck = memory_refused > 0;

	faults.due = memory_left;
	faults.struck |= struck;
	memory_restore();
	return struck;
}

/* CALL without memory for the one that is due; whether that was in it. */
#define FAULTY(call) (faults_begin(), (void)(call), faults_end())

static inline void faults_run(void (*scenario)(void), long due, bool once)
{
	faults.due = faults.run = due;
	faults.once = once;
	faults.struck = false;
	scenario();
	faults.injected += faults.struck;
}

/* First with all memory, then with each fault. */
static inline void faults_in_turn(void (*scenario)(void))
{
	faults.running = true;
	faults_run(scenario, -1, true);
	for (int once = 0; once < 2; once++) {
		long due = 0;
		do
			faults_run(scenario, due++, once);
		while (faults.struck);
		assert_in_range(due, 2, 100000);
	}
	faults.running = false;
}

/* A teardown: which fault it was that a scenario did not stand. */
static inline int faults_tell(void **state)
{
	(void)state;
	memory_restore();
	if (faults.running)
		print_message("it was without memory for call %ld%s\n",
			faults.run + 1, faults.once ? "" : " and on");
	faults.running = false;
	return 0;
}

/* The line that scripts/check shows. */
static inline int faults_count(void **state)
{
	(void)state;
	printf("faults in turn: %ld\n", faults.injected);
	return 0;
}

#define FAULTS_TEST(test) cmocka_unit_test_teardown(test, faults_tell)
#define RUN_FAULTS(tests) cmocka_run_group_tests(tests, NULL, faults_count)

/* A buffer that had memory to the end holds EXPECTED, and one that had none says
 * so, with what it held before. */
static inline void assert_text_or_told(
	const struct str *s, bool struck, const char *expected)
{
	assert_int_equal(s->failed, struck);
	if (!struck)
		assert_text(s, expected);
	else
		assert_true(!strncmp(str_text(s), expected, s->len));
}

#endif
