#ifndef SYS_EVENT_H
#define SYS_EVENT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t event_now_ns(void);

/* Signals that are taken from a descriptor, so that a flood of datagrams can't
 * starve them. */
struct event_signals {
	int fd; /* readable when one is pending (signalfd(2)); -1: not open */
	sigset_t before; /* what was blocked before */
};

/* Blocks SIGNALS and opens the descriptor. 0, or -1 with errno. Blocked signals
 * come even where they were ignored: see event_is_ignored. */
int event_open_signals(
	struct event_signals *open, const int *signals, size_t count);
/* They do again what they did before. */
void event_close_signals(struct event_signals *open);
/* From now on SIGINT and SIGTERM end the process wherever they are not held or
 * ignored: the exit status is STATUS, or 128 and the signal's number where that is
 * negative, and standard error says so. */
void event_end_by(int status);
/* The same of another signal, which event_hold does not hold. */
void event_end_by_too(int number);
/* Holds these two back, or no more. */
void event_hold(bool hold);
/* What is written to standard output then; WORDS must last. */
void event_last_words(const char *words);
/* Whether this process was started so that the signal does nothing to it
 * (nohup(1), the background jobs of a script). */
bool event_is_ignored(int signal);
/* The next pending signal; 0 where there is none; -1 with errno. */
int event_next_signal(const struct event_signals *open);

/* poll(2) until UNTIL_NS of event_now_ns, INT64_MAX for ever. How many are
 * ready; 0 at the end of time or where a signal broke in; -1 with errno. */
int event_wait(struct pollfd *fds, nfds_t count, int64_t until_ns);

#endif
