#ifndef SYS_EVENT_H
#define SYS_EVENT_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t event_now_ns(void);

/* Blocks SIGNALS and gives a descriptor (signalfd(2)) that is readable when
 * one is pending, so that a flood of datagrams can't starve them. -1 with
 * errno. */
int event_open_signals(const int *signals, size_t count);
/* The next pending signal, or 0. */
int event_next_signal(int signals_fd);

/* poll(2) until UNTIL_NS of event_now_ns, INT64_MAX for ever. How many are
 * ready; 0 at the end of time or where a signal broke in; -1 with errno. */
int event_wait(struct pollfd *fds, nfds_t count, int64_t until_ns);

#endif
