/* Linked into the binary of `make coverage` and no other. The counters of all its
 * processes are one file, which each of them maps before main: so the lines count
 * of a process that is killed, that has become another user or that may call
 * nothing but what its list allows, and none has to write anything in the end.
 * With COVERAGE_DUMP in its environment it writes what gcov reads, and ends. */

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* tests/coverage/counters.ld has put the counters between these, on whole pages. */
extern char counters_begin[], counters_end[];

/* gcc -fprofile-info-section=coverage: what the counters of a source stand for. */
struct gcov_info;
extern const struct gcov_info *const __start_coverage[];
extern const struct gcov_info *const __stop_coverage[];

/* gcc's libgcov. */
void __gcov_info_to_gcda(const struct gcov_info *,
	void (*)(const char *, void *),
	void (*)(const void *, unsigned, void *), void *(*)(unsigned, void *),
	void *);

static void create(const char *name, void *fd)
{
	*(int *)fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (*(int *)fd < 0)
		_exit(1);
}

static void put(const void *bytes, unsigned size, void *fd)
{
	if (write(*(int *)fd, bytes, size) != (ssize_t)size)
		_exit(1);
}

static void *get_memory(unsigned size, void *fd)
{
	(void)fd;
	return malloc(size);
}

static void dump(void)
{
	int fd;

	for (const struct gcov_info *const *info = __start_coverage;
		info < __stop_coverage; info++) {
		__gcov_info_to_gcda(*info, create, put, get_memory, &fd);
		close(fd);
	}
}

__attribute__((constructor)) static void share_counters(void)
{
	/* Not the call which tests count and let fail. */
	struct open_how how = {.flags = O_RDWR | O_CLOEXEC};
	int fd = (int)syscall(
		SYS_openat2, AT_FDCWD, COUNTERS, &how, sizeof how);
	size_t size = (size_t)(counters_end - counters_begin);
	void *mapped = mmap(counters_begin, size, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_FIXED, fd, 0);

	close(fd);
	/* As much memory of its own as before: there may be a limit (RLIMIT_DATA). */
	mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);
	if (!getenv("COVERAGE_DUMP"))
		return;
	if (mapped == MAP_FAILED)
		_exit(1);
	dump();
	_exit(0);
}
