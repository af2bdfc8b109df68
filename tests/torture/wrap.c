/* Makes the C library fail: linked with --wrap=NAME for each of the functions
 * below, so that a call that the program makes comes through here.
 *
 * TORTURE=NAME:N:ERRNO lets call N of that name fail, TORTURE=NAME:N:ERRNO+
 * each from there on. What was called, and whether it failed, is written to the
 * file TORTURE_REPORT while it happens: a row each, then the descriptors that
 * were open at the end, a bit each. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each function: its type, name, value of failure, parameters, arguments. */
#define MEMORY(X)                                                              \
	X(void *, malloc, NULL, (size_t a), (a))                               \
	X(void *, calloc, NULL, (size_t a, size_t b), (a, b))                  \
	X(char *, strdup, NULL, (const char *a), (a))

#define SOCKETS(X)                                                             \
	X(int, socket, -1, (int a, int b, int c), (a, b, c))                   \
	X(int, bind, -1, (int a, const struct sockaddr *b, socklen_t c),       \
		(a, b, c))                                                     \
	X(int, connect, -1, (int a, const struct sockaddr *b, socklen_t c),    \
		(a, b, c))                                                     \
	X(int, setsockopt, -1,                                                 \
		(int a, int b, int c, const void *d, socklen_t e),             \
		(a, b, c, d, e))                                               \
	X(int, getsockopt, -1, (int a, int b, int c, void *d, socklen_t *e),   \
		(a, b, c, d, e))                                               \
	X(int, getsockname, -1, (int a, struct sockaddr *b, socklen_t *c),     \
		(a, b, c))                                                     \
	X(ssize_t, send, -1, (int a, const void *b, size_t c, int d),          \
		(a, b, c, d))                                                  \
	X(ssize_t, sendto, -1,                                                 \
		(int a, const void *b, size_t c, int d,                        \
			const struct sockaddr *e, socklen_t f),                \
		(a, b, c, d, e, f))                                            \
	X(ssize_t, sendmsg, -1, (int a, const struct msghdr *b, int c),        \
		(a, b, c))                                                     \
	X(ssize_t, recv, -1, (int a, void *b, size_t c, int d), (a, b, c, d))  \
	X(ssize_t, recvmsg, -1, (int a, struct msghdr *b, int c), (a, b, c))

#define FILES(X)                                                               \
	X(ssize_t, read, -1, (int a, void *b, size_t c), (a, b, c))            \
	X(ssize_t, write, -1, (int a, const void *b, size_t c), (a, b, c))     \
	X(int, fsync, -1, (int a), (a))                                        \
	X(int, renameat, -1, (int a, const char *b, int c, const char *d),     \
		(a, b, c, d))                                                  \
	X(int, unlinkat, -1, (int a, const char *b, int c), (a, b, c))         \
	X(int, stat, -1, (const char *a, struct stat *b), (a, b))              \
	X(int, fstat, -1, (int a, struct stat *b), (a, b))                     \
	X(ssize_t, readlink, -1, (const char *a, char *b, size_t c),           \
		(a, b, c))                                                     \
	X(int, access, -1, (const char *a, int b), (a, b))                     \
	X(DIR *, opendir, NULL, (const char *a), (a))                          \
	X(struct dirent *, readdir, NULL, (DIR * a), (a))                      \
	X(int, dup, -1, (int a), (a))                                          \
	X(int, isatty, 0, (int a), (a))

#define OTHERS(X)                                                              \
	X(int, poll, -1, (struct pollfd * a, nfds_t b, int c), (a, b, c))      \
	X(int, ppoll, -1,                                                      \
		(struct pollfd * a, nfds_t b, const struct timespec *c,        \
			const sigset_t *d),                                    \
		(a, b, c, d))                                                  \
	X(int, signalfd, -1, (int a, const sigset_t *b, int c), (a, b, c))     \
	X(int, sigprocmask, -1, (int a, const sigset_t *b, sigset_t *c),       \
		(a, b, c))                                                     \
	X(int, sigaction, -1,                                                  \
		(int a, const struct sigaction *b, struct sigaction *c),       \
		(a, b, c))                                                     \
	X(sighandler_t, signal, SIG_ERR, (int a, sighandler_t b), (a, b))      \
	X(int, getgroups, -1, (int a, gid_t *b), (a, b))

#define PLAIN(X) MEMORY(X) SOCKETS(X) FILES(X) OTHERS(X)

/* These have a body of their own below. */
#define SPECIAL(X)                                                             \
	X(int, open, -1, , )                                                   \
	X(int, openat, -1, , )                                                 \
	X(int, close, -1, , )                                                  \
	X(int, ioctl, -1, , )                                                  \
	X(int, prctl, -1, , )                                                  \
	X(long, syscall, -1, , )

#define NUMBER(type, name, failure, parameters, arguments) IS_##name,
enum function { PLAIN(NUMBER) SPECIAL(NUMBER) FUNCTIONS };

struct row {
	char name[24];
	uint32_t calls, failed;
};

struct report {
	struct row rows[FUNCTIONS];
	uint64_t open;
};

#define ROW(type, name, failure, parameters, arguments) {#name, 0, 0},
static struct report own = {.rows = {PLAIN(ROW) SPECIAL(ROW)}};
static struct report *report = &own;

/* What fails. */
static struct {
	size_t length; /* of its name; 0: nothing does */
	const char *name;
	unsigned long number;
	int error;
	bool on;
} fault;

int __real_open(const char *path, int flags, ...);
int __real_openat(int folder, const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);
int __real_prctl(int option, ...);
long __real_syscall(long number, ...);

static void read_fault(const char *text)
{
	const char *colon = strchr(text, ':');
	char *end;

	if (!colon)
		return;
	fault.name = text;
	fault.number = strtoul(colon + 1, &end, 10);
	fault.error = (int)strtol(end + 1, &end, 10);
	fault.on = *end == '+';
	fault.length = (size_t)(colon - text);
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("TORTURE_REPORT");
	const char *text = getenv("TORTURE");
	int fd = path ? __real_open(path, O_RDWR | O_CREAT, 0600) : -1;

	if (fd >= 0 && ftruncate(fd, sizeof own) == 0) {
		void *map = mmap(NULL, sizeof own, PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);
		if (map != MAP_FAILED)
			report = memcpy(map, &own, sizeof own);
	}
	if (fd >= 0)
		__real_close(fd);
	if (text)
		read_fault(text);
}

__attribute__((destructor)) static void end(void)
{
	report->open = 0;
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			report->open |= UINT64_C(1) << fd;
}

/* Counts a call; whether it fails, then with errno. */
static bool fails(enum function function)
{
	struct row *row = &report->rows[function];

	row->calls++;
	if (!fault.length || row->calls < fault.number ||
		(row->calls > fault.number && !fault.on) ||
		strlen(row->name) != fault.length ||
		strncmp(row->name, fault.name, fault.length) != 0)
		return false;
	row->failed++;
	errno = fault.error;
	return true;
}

#define WRAP(type, name, failure, parameters, arguments)                       \
	type __real_##name parameters;                                         \
	type __wrap_##name parameters;                                         \
	type __wrap_##name parameters                                          \
	{                                                                      \
		return fails(IS_##name) ? failure : __real_##name arguments;   \
	}
PLAIN(WRAP)

int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_prctl(int option, ...);
long __wrap_syscall(long number, ...);

int __wrap_open(const char *path, int flags, ...)
{
	va_list rest;

	va_start(rest, flags);
	mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
	va_end(rest);
	return fails(IS_open) ? -1 : __real_open(path, flags, mode);
}

int __wrap_openat(int folder, const char *path, int flags, ...)
{
	va_list rest;

	va_start(rest, flags);
	mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
	va_end(rest);
	return fails(IS_openat) ? -1 : __real_openat(folder, path, flags, mode);
}

/* As Linux does it: the descriptor is gone in any case (close(2)). */
int __wrap_close(int fd)
{
	int rc = __real_close(fd);

	return fails(IS_close) ? -1 : rc;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list rest;

	va_start(rest, request);
	void *what = va_arg(rest, void *);
	va_end(rest);
	return fails(IS_ioctl) ? -1 : __real_ioctl(fd, request, what);
}

int __wrap_prctl(int option, ...)
{
	unsigned long words[4];
	va_list rest;

	va_start(rest, option);
	for (size_t i = 0; i < 4; i++)
		words[i] = va_arg(rest, unsigned long);
	va_end(rest);
	return fails(IS_prctl) ? -1
			       : __real_prctl(option, words[0], words[1],
					 words[2], words[3]);
}

/* Words that were not given are not looked at by the kernel, either. */
long __wrap_syscall(long number, ...)
{
	long words[4];
	va_list rest;

	va_start(rest, number);
	for (size_t i = 0; i < 4; i++)
		words[i] = va_arg(rest, long);
	va_end(rest);
	return fails(IS_syscall) ? -1
				 : __real_syscall(number, words[0], words[1],
					   words[2], words[3]);
}
