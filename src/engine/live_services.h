#ifndef ENGINE_LIVE_SERVICES_H
#define ENGINE_LIVE_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "core/services.h"
#include "sys/file.h"

/*
 * The services of a file, or of a folder's *.json in the order of their names,
 * kept as they are there now. What is wrong in one file refuses the whole set,
 * and the last good one stays.
 *
 * Changes are found by stat(2), ten times a second at most, and by the bytes
 * once a second, since a stamp can hide a change: two within one tick of the
 * file system's clock, one through mmap(2), attributes that NFS keeps. Where
 * inotify(7) looks at an inode, this looks at what the path leads to, through
 * rename, symlink and mount.
 */

enum {
	LIVE_FILES_MAX = 4096, /* of a folder */
	LIVE_DOUBLES_MAX = 8, /* that are kept to be told of */
};

/* Why what is there is refused. */
struct live_fault {
	int error; /* an errno: TEXT is the path that could not be read */
	struct str text; /* else of services_add; empty: there is no fault */
};

struct live_services {
	const char *path;
	struct services table; /* the last good set */
	struct file_list files; /* that it is from */
	struct services_double doubles[LIVE_DOUBLES_MAX];
	size_t double_count; /* also those past the maximum */
	uint64_t loads; /* sets that were put in place */
	struct live_fault fault;
	struct siphash_key key;
	bool is_folder; /* as it was at the first load: not to change */
	uint64_t stamp; /* of what was found last; 0: look again */
	uint64_t contents; /* and of the bytes in it, good or bad */
	int64_t next_ns; /* not looked at again before this */
	int64_t read_ns; /* when the bytes are compared, whatever the stamp */
};

enum live_outcome {
	LIVE_SAME, /* nothing new, good or bad */
	LIVE_LOADED,
	LIVE_REFUSED, /* FAULT says why */
};

/* PATH must outlive it; COMPACT is that of core/services.h; KEY is random. */
void live_services_init(struct live_services *live, const char *path,
	bool compact, struct siphash_key key);
void live_services_release(struct live_services *live);

/* Loads what is there, changed or not: never LIVE_SAME. */
enum live_outcome live_services_load(
	struct live_services *live, int64_t now_ns);
/* Loads it where it changed. */
enum live_outcome live_services_refresh(
	struct live_services *live, int64_t now_ns);

#endif
