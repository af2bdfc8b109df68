#include "sys/manager.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"

/* False where it is unset or no number up to MAX. */
static bool get_number(const char *name, uint64_t max, uint64_t *number)
{
	const char *text = getenv(name);

	return text && num_digits(slice_of(text), 0, max, number);
}

/* Whether a variable that names the process it is meant for names this one. */
static bool is_for_us(const char *name)
{
	uint64_t pid;

	return get_number(name, INT32_MAX, &pid) && pid == (uint64_t)getpid();
}

/* A path or, behind "@", a name of the abstract namespace (unix(7)). */
static int find_address(struct manager *manager, const char *name)
{
	size_t len = strlen(name);

	errno = EAFNOSUPPORT;
	if (name[0] != '/' && name[0] != '@')
		return -1;
	errno = ENAMETOOLONG;
	if (len >= sizeof manager->to.sun_path)
		return -1;
	manager->to.sun_family = AF_UNIX;
	memcpy(manager->to.sun_path, name, len);
	if (name[0] == '@')
		manager->to.sun_path[0] = '\0';
	manager->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				      len + (name[0] == '/'));
	return 0;
}

int manager_open(struct manager *manager)
{
	const char *name = getenv("NOTIFY_SOCKET");
	uint64_t watchdog_us;

	*manager = (struct manager){.fd = -1};
	if (!name || !*name)
		return 0;
	if (find_address(manager, name) != 0)
		return -1;
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager->fd < 0)
		return -1;
	/* While we are still who may write to it; else see manager_notify. */
	(void)connect(manager->fd, (const struct sockaddr *)&manager->to,
		manager->to_len);
	if (get_number("WATCHDOG_USEC", INT64_MAX / 1000, &watchdog_us) &&
		(!getenv("WATCHDOG_PID") || is_for_us("WATCHDOG_PID")))
		manager->watchdog_ns = (int64_t)watchdog_us * 1000;
	return 0;
}

void manager_close(struct manager *manager)
{
	if (manager->fd >= 0)
		close(manager->fd);
	manager->fd = -1;
}

int manager_notify(const struct manager *manager, struct slice text)
{
	const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;

	if (manager->fd < 0 || send(manager->fd, text.at, text.len, flags) >= 0)
		return 0;
	if (errno != ENOTCONN && errno != ECONNREFUSED)
		return -1;
	/* It was not there yet, or it is another one now. */
	return sendto(manager->fd, text.at, text.len, flags,
		       (const struct sockaddr *)&manager->to,
		       manager->to_len) < 0
		       ? -1
		       : 0;
}

int manager_count_sockets(void)
{
	uint64_t count;

	if (!is_for_us("LISTEN_PID") || !get_number("LISTEN_FDS", 64, &count))
		return 0;
	return (int)count;
}

bool manager_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct slice rest, device;
	uint64_t dev, inode;
	struct stat st;

	if (!stream)
		return false;
	rest = slice_of(stream);
	return slice_cut(&rest, ':', &device) && rest.at &&
	       num_digits(device, 0, UINT32_MAX, &dev) &&
	       num_digits(rest, 0, INT64_MAX >> 4, &inode) &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
	       st.st_ino == inode;
}
