#include "sys/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"

int file_stamp(const char *path, struct file_stamp *stamp)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return -1;
	*stamp = (struct file_stamp){
		.device = st.st_dev,
		.inode = st.st_ino,
		.mode = st.st_mode,
		.size = st.st_size,
		.modified_s = st.st_mtim.tv_sec,
		.modified_ns = st.st_mtim.tv_nsec,
		.changed_s = st.st_ctim.tv_sec,
		.changed_ns = st.st_ctim.tv_nsec,
	};
	return 0;
}

bool file_is_folder(const struct file_stamp *stamp)
{
	return S_ISDIR((mode_t)stamp->mode);
}

bool file_is_open_as(const char *path, int fd)
{
	struct stat named, open;

	return stat(path, &named) == 0 && fstat(fd, &open) == 0 &&
	       named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

static bool is_wanted(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return name[0] != '.' && len > end && !strcmp(name + len - end, suffix);
}

int file_list_add(struct file_list *list, const char *path)
{
	char **at = list_append(&list->at, &list->count, sizeof *at);

	if (at)
		*at = strdup(path);
	if (at && !*at)
		list->count--;
	return at && *at ? 0 : -1;
}

static int add_entry(
	struct file_list *list, const char *folder, const char *name)
{
	struct str path = STR_EMPTY;
	int rc = -1;
	size_t len = strlen(folder);
	bool ends = len > 0 && folder[len - 1] == '/';

	str_addf(&path, "%s%s%s", folder, ends ? "" : "/", name);
	if (path.failed)
		errno = ENOMEM;
	else
		rc = file_list_add(list, path.at);
	str_release(&path);
	return rc;
}

static int read_folder(DIR *open, struct file_list *list, const char *folder,
	const char *suffix, size_t max)
{
	const struct dirent *entry;

	for (errno = 0; (entry = readdir(open)); errno = 0) {
		if (!is_wanted(entry->d_name, suffix))
			continue;
		if (list->count == max) {
			errno = E2BIG;
			return -1;
		}
		if (add_entry(list, folder, entry->d_name) != 0)
			return -1;
	}
	return errno ? -1 : 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder that was removed while it was open reads as an empty one. */
static int check_linked(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	errno = ENOENT;
	return st.st_nlink > 0 ? 0 : -1;
}

int file_list_folder(struct file_list *list, const char *folder,
	const char *suffix, size_t max)
{
	size_t before = list->count;
	DIR *open = opendir(folder);

	if (!open)
		return -1;
	int rc = read_folder(open, list, folder, suffix, max);
	if (rc == 0)
		rc = check_linked(dirfd(open));
	int error = errno;
	closedir(open);
	errno = error;
	if (list->count > before)
		list_sort(list->at + before, list->count - before,
			sizeof *list->at, compare);
	return rc;
}

void file_list_release(struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->at[i]);
	free(list->at);
	*list = (struct file_list){NULL, 0};
}

/* For what another process set to O_NONBLOCK. */
static bool wait_readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, -1) > 0 || errno == EINTR;
}

static int read_all(int fd, size_t max, struct str *text)
{
	size_t before = text->len;
	char buffer[8192];

	for (;;) {
		ssize_t n = read(fd, buffer, sizeof buffer);
		if (n < 0 && errno == EAGAIN && wait_readable(fd))
			continue;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		if (text->len - before + (size_t)n > max) {
			errno = EFBIG;
			return -1;
		}
		str_add(text, (struct slice){buffer, (size_t)n});
		if (text->failed) {
			errno = ENOMEM;
			return -1;
		}
	}
}

void file_close(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

/* Refuses what is no regular file, or too large. */
static int check(const struct stat *st, size_t max)
{
	errno = S_ISREG(st->st_mode) ? EFBIG : EINVAL;
	return S_ISREG(st->st_mode) && (uint64_t)st->st_size <= max ? 0 : -1;
}

/* Looked at before it is opened, which does things to FIFOs and devices, and
 * again when it is open, since it may be another one by then. */
int file_read(const char *path, size_t max, struct str *text)
{
	struct stat st;
	int rc = -1;

	if (stat(path, &st) != 0 || check(&st, max) != 0)
		return -1;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && check(&st, max) == 0)
		rc = read_all(fd, max, text);
	file_close(fd);
	return rc;
}

int file_read_stream(const char *path, size_t max, struct str *text)
{
	int fd = path ? open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC)
		      : STDIN_FILENO;

	if (fd < 0)
		return -1;
	int rc = read_all(fd, max, text);
	if (path)
		file_close(fd);
	return rc;
}
