#ifndef SYS_REPLACE_H
#define SYS_REPLACE_H

#include "base/str.h"

/* A file that is replaced as a whole: whoever reads it, at whatever moment, and
 * whatever ends this process, sees what it was or what it became. (SIGKILL can
 * leave the temporary file behind, ".udpdisc." and a number.) */

enum { REPLACE_NAME_SIZE = 256 }; /* NAME_MAX of Linux, and a NUL */

struct replace {
	const char *path; /* as it was given */
	int folder; /* descriptor; -1: the path is written to directly */
	char name[REPLACE_NAME_SIZE]; /* of the file in it, links followed */
};

/* Finds where PATH, which is shorter than PATH_MAX and must outlive it, leads: what
 * exists and is no regular file (/dev/null, a FIFO) is written to directly.
 * Nothing is made yet. 0, or -1 with errno where it is plain that nothing can be
 * written there. */
int replace_open(struct replace *replace, const char *path);
/* errno stays as it is. */
void replace_close(struct replace *replace);

/* Whether it is written to as it is, which may wait for a reader. */
bool replace_is_direct(const struct replace *replace);
/* Makes TEXT all that the file holds: written beside it, on disk, then renamed
 * into its place, with mode 0666 less the umask (rename(2), fsync(2)); or writes it
 * directly. 0, or -1 with errno and the file as it was. */
int replace_write(const struct replace *replace, struct slice text);

#endif
