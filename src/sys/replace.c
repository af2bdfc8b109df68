#include "sys/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/random.h"

/* As many as Linux follows (path_resolution(7)). */
enum { LINKS_MAX = 40 };

/* Puts into PATH where the symbolic link PATH leads. 1; 0 where it is no link;
 * -1 with errno. */
static int follow(char path[PATH_MAX])
{
	char link[PATH_MAX];
	ssize_t len = readlink(path, link, sizeof link);
	char *slash = strrchr(path, '/');
	size_t before = slash ? (size_t)(slash + 1 - path) : 0;

	if (len < 0)
		return errno == EINVAL || errno == ENOENT ? 0 : -1;
	if (link[0] == '/')
		before = 0;
	if (before + (size_t)len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(path + before, link, (size_t)len);
	path[before + (size_t)len] = '\0';
	return 1;
}

static int follow_all(char path[PATH_MAX])
{
	for (int i = 0; i < LINKS_MAX; i++) {
		int rc = follow(path);
		if (rc <= 0)
			return rc;
	}
	errno = ELOOP;
	return -1;
}

/* Opens the folder of PATH and keeps the name in it. */
static int open_folder(struct replace *replace, char path[PATH_MAX])
{
	char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *folder = slash ? path : ".";

	if (!*name || strlen(name) >= sizeof replace->name) {
		errno = *name ? ENAMETOOLONG : EISDIR;
		return -1;
	}
	memcpy(replace->name, name, strlen(name) + 1);
	if (slash == path)
		folder = "/";
	else if (slash)
		*slash = '\0';
	replace->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* One may write where one may not list. */
	if (replace->folder < 0 && errno == EACCES)
		replace->folder = open(
			folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (replace->folder < 0)
		return -1;
	return access(folder, W_OK | X_OK);
}

int replace_open(struct replace *replace, const char *path)
{
	char real[PATH_MAX];
	struct stat st;
	bool exists;

	*replace = (struct replace){.path = path, .folder = -1};
	exists = stat(path, &st) == 0;
	/* Such as a link that the kernel does not want followed. */
	if (!exists && errno != ENOENT)
		return -1;
	errno = EISDIR;
	if (exists && S_ISDIR(st.st_mode))
		return -1;
	/* What a link of /proc says leads nowhere, so this comes first. */
	if (exists && !S_ISREG(st.st_mode))
		return access(path, W_OK);
	memcpy(real, path, strlen(path) + 1);
	if (follow_all(real) == 0 && open_folder(replace, real) == 0)
		return 0;
	replace_close(replace);
	return -1;
}

void replace_close(struct replace *replace)
{
	if (replace->folder >= 0)
		file_close(replace->folder);
	replace->folder = -1;
}

bool replace_is_direct(const struct replace *replace)
{
	return replace->folder < 0;
}

/* Closes FD, too. */
static int write_all(int fd, struct slice text, bool sync)
{
	int rc = 0;

	while (text.len > 0 && rc == 0) {
		ssize_t n = write(fd, text.at, text.len);
		if (n < 0 && errno != EINTR)
			rc = -1;
		if (n < 0)
			continue;
		text.at += n;
		text.len -= (size_t)n;
	}
	if (rc == 0 && sync)
		rc = fsync(fd);
	int error = errno;
	if (close(fd) != 0 && rc == 0)
		return -1;
	errno = error;
	return rc;
}

static int write_beside(const struct replace *replace, struct slice text)
{
	struct siphash_key key = random_key();
	char storage[64];
	struct str name;

	str_init_fixed(&name, storage, sizeof storage);
	/* Collectors look for names that end otherwise, and not at dotfiles. */
	str_addf(&name, ".udpdisc.%08x", (unsigned)siphash(&key, storage, 0));
	int fd = openat(replace->folder, storage,
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return -1;
	int rc = write_all(fd, text, true);
	if (rc == 0)
		rc = renameat(replace->folder, storage, replace->folder,
			replace->name);
	int error = errno;
	if (rc != 0)
		unlinkat(replace->folder, storage, 0);
	/* Only now the new name is sure to last; it is good in any case. */
	(void)fsync(replace->folder);
	errno = error;
	return rc;
}

int replace_write(const struct replace *replace, struct slice text)
{
	sigset_t all, before;

	if (replace_is_direct(replace)) {
		int fd = open(replace->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		return fd < 0 ? -1 : write_all(fd, text, false);
	}
	/* No signal that can be blocked leaves a temporary file behind. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	int rc = write_beside(replace, text);
	int error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return rc;
}
