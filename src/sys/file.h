#ifndef SYS_FILE_H
#define SYS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Files that others change while we look. None of this but file_read_stream blocks
 * on a FIFO. */

/* What differs after a change: stat(2), links followed. Without padding, since
 * it is hashed. */
struct file_stamp {
	uint64_t device, inode, mode;
	int64_t size;
	int64_t modified_s, modified_ns;
	int64_t changed_s, changed_ns;
};

/* 0, or -1 with errno. */
int file_stamp(const char *path, struct file_stamp *stamp);
bool file_is_folder(const struct file_stamp *stamp);
/* Whether PATH, links followed, is what the descriptor is open for. */
bool file_is_open_as(const char *path, int fd);

/* Copies of paths. Starts empty; file_list_release frees it. */
struct file_list {
	char **at;
	size_t count;
};

/* Adds one. 0, or -1 with errno. */
int file_list_add(struct file_list *list, const char *path);
/* Adds the files of FOLDER whose names end in SUFFIX and begin with no dot, in
 * the order of their names. 0, or -1 with errno: E2BIG where the list would
 * pass MAX. */
int file_list_folder(struct file_list *list, const char *folder,
	const char *suffix, size_t max);
void file_list_release(struct file_list *list);

/* close(2) on a way out: errno stays as it is. */
void file_close(int fd);

/* Adds what a regular file holds, MAX bytes at most. 0, or -1 with errno: EFBIG
 * where there is more, EINVAL where it is no regular file, ENOMEM. */
int file_read(const char *path, size_t max, struct str *text);

/* The same of whatever can be read to its end, a FIFO too; PATH is NULL for
 * standard input. */
int file_read_stream(const char *path, size_t max, struct str *text);

#endif
