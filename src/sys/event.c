#include "sys/event.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"

int64_t event_now_ns(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Each is read whole by the handler. */
static const char *volatile end_words = "";
static const char *volatile end_priority = "";
static volatile sig_atomic_t end_status;

/* Whoever does not read does not keep the process from its end. */
static void say(int to, const char *words)
{
	struct pollfd fd = {.fd = to, .events = POLLOUT};
	ssize_t written = 0;

	if (*words && poll(&fd, 1, 0) > 0)
		written = write(to, words, strlen(words));
	(void)written;
}

/* Only what signal-safety(7) allows. */
static void end_process(int number)
{
	say(STDOUT_FILENO, end_words);
	if (end_status < 0)
		say(STDERR_FILENO, end_priority);
	if (end_status < 0 && number == SIGINT)
		say(STDERR_FILENO, "udpdisc: ended by SIGINT\n");
	else if (end_status < 0 && number == SIGTERM)
		say(STDERR_FILENO, "udpdisc: ended by SIGTERM\n");
	_exit(end_status < 0 ? 128 + number : end_status);
}

void event_last_words(const char *words)
{
	end_words = words;
}

bool event_is_ignored(int signal)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	sigaction(signal, NULL, &action);
	return action.sa_handler == SIG_IGN;
}

/* Ignored signals stay ignored. */
void event_end_by_too(int number)
{
	if (!event_is_ignored(number))
		(void)signal(number, end_process);
}

void event_end_by(int status)
{
	end_status = status;
	end_priority = log_priority(LOG_ERROR);
	event_end_by_too(SIGINT);
	event_end_by_too(SIGTERM);
}

void event_hold(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

int event_open_signals(
	struct event_signals *open, const int *signals, size_t count)
{
	sigset_t set;

	open->fd = -1;
	sigemptyset(&set);
	for (size_t i = 0; i < count; i++)
		sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, &open->before) != 0)
		return -1;
	open->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (open->fd < 0)
		sigprocmask(SIG_SETMASK, &open->before, NULL);
	return open->fd < 0 ? -1 : 0;
}

void event_close_signals(struct event_signals *open)
{
	if (open->fd < 0)
		return;
	close(open->fd);
	open->fd = -1;
	sigprocmask(SIG_SETMASK, &open->before, NULL);
}

int event_next_signal(const struct event_signals *open)
{
	struct signalfd_siginfo info;

	if (read(open->fd, &info, sizeof info) != (ssize_t)sizeof info)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return (int)info.ssi_signo;
}

int event_wait(struct pollfd *fds, nfds_t count, int64_t until_ns)
{
	struct timespec left, *timeout = NULL;

	if (until_ns != INT64_MAX) {
		int64_t ns = until_ns - event_now_ns();
		if (ns < 0)
			ns = 0;
		left.tv_sec = (time_t)(ns / NS_PER_S);
		left.tv_nsec = (long)(ns % NS_PER_S);
		timeout = &left;
	}
	int ready = ppoll(fds, count, timeout, NULL);
	return ready < 0 && errno == EINTR ? 0 : ready;
}
