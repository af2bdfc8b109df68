#include "engine/live_services.h"

#include <errno.h>
#include <string.h>

#include "base/num.h"

static const int64_t look_gap_ns = NS_PER_S / 10;
/* With the gap between two looks it is below a second. */
static const int64_t read_gap_ns = 8LL * NS_PER_S / 10;

void live_services_init(struct live_services *live, const char *path,
	bool compact, struct siphash_key key)
{
	*live = (struct live_services){
		.path = path, .fault.text = STR_EMPTY, .key = key};
	services_init(&live->table, compact);
}

void live_services_release(struct live_services *live)
{
	services_release(&live->table);
	file_list_release(&live->files);
	str_release(&live->fault.text);
}

/* What is there now. */
struct set {
	const struct live_services *live;
	struct file_list files;
	bool is_folder;
	uint64_t stamp;
	uint64_t contents;
	struct str text; /* of all files */
	size_t ends[LIVE_FILES_MAX]; /* where that of each file ends */
	struct live_fault fault;
};

static void set_init(struct set *set, const struct live_services *live)
{
	set->live = live;
	set->files = (struct file_list){NULL, 0};
	set->stamp = set->contents = 0;
	set->text = (struct str)STR_EMPTY;
	set->fault = (struct live_fault){0, STR_EMPTY};
}

static void set_release(struct set *set)
{
	file_list_release(&set->files);
	str_release(&set->text);
	str_release(&set->fault.text);
}

static bool fail(struct set *set, const char *path, int error)
{
	set->fault.error = error;
	str_add(&set->fault.text, slice_of(path));
	return false;
}

static void mix(
	const struct set *set, uint64_t *sum, const void *data, size_t len)
{
	uint64_t parts[] = {*sum, siphash(&set->live->key, data, len)};

	*sum = siphash(&set->live->key, parts, sizeof parts);
}

static bool look_at(struct set *set, const char *path, struct file_stamp *stamp)
{
	if (file_stamp(path, stamp) != 0)
		return fail(set, path, errno);
	mix(set, &set->stamp, path, strlen(path));
	mix(set, &set->stamp, stamp, sizeof *stamp);
	return true;
}

/* Finds the files, and their stamps before they are read: what changes
 * meanwhile is found again. */
static bool look(struct set *set)
{
	const char *path = set->live->path;
	struct file_stamp stamp;

	if (!look_at(set, path, &stamp))
		return false;
	set->is_folder = file_is_folder(&stamp);
	/* A mount whose source is missing can put a folder over a file. */
	if (set->live->loads && set->is_folder != set->live->is_folder)
		return fail(set, path, set->is_folder ? EISDIR : ENOTDIR);
	if (!set->is_folder)
		return file_list_add(&set->files, path) == 0 ||
		       fail(set, path, errno);
	if (file_list_folder(&set->files, path, ".json", LIVE_FILES_MAX) != 0)
		return fail(set, path, errno);
	for (size_t i = 0; i < set->files.count; i++)
		if (!look_at(set, set->files.at[i], &stamp))
			return false;
	return true;
}

/* Reads all of them, SERVICES_BYTES_MAX bytes at most. */
static bool read_set(struct set *set)
{
	size_t left = SERVICES_BYTES_MAX;

	mix(set, &set->contents, "", 0);
	for (size_t i = 0; i < set->files.count; i++) {
		const char *path = set->files.at[i];
		size_t from = set->text.len;
		if (file_read(path, left, &set->text) != 0)
			return fail(set, path, errno);
		set->ends[i] = set->text.len;
		left -= set->text.len - from;
		mix(set, &set->contents, path, strlen(path));
		mix(set, &set->contents, str_text(&set->text) + from,
			set->ends[i] - from);
	}
	return true;
}

static bool is_unchanged(const struct set *set)
{
	struct set again;

	set_init(&again, set->live);
	bool same = look(&again) && again.stamp == set->stamp;
	set_release(&again);
	return same;
}

/* What changes in the middle is half of one set and half of another: a folder
 * that is being removed looks like an empty one. So it is read again. */
enum { TRIES = 3 };

static bool read_unchanged(struct set *set)
{
	bool good = false;

	for (int i = 0; i < TRIES; i++) {
		const struct live_services *live = set->live;
		set_release(set);
		set_init(set, live);
		good = look(set) && read_set(set);
		if (good && is_unchanged(set))
			break;
	}
	return good;
}

static bool parse_set(struct set *set, struct services *services)
{
	const char *text = str_text(&set->text);
	size_t from = 0;

	for (size_t i = 0; i < set->files.count; i++) {
		struct slice one = {text + from, set->ends[i] - from};
		if (!services_add(
			    services, set->files.at[i], one, &set->fault.text))
			return false;
		from = set->ends[i];
	}
	return true;
}

/* Puts the services of the set in place of those that were there. */
static bool replace(struct live_services *live, struct set *set)
{
	struct services fresh;

	services_init(&fresh, live->table.compact);
	if (!parse_set(set, &fresh)) {
		if (fresh.out_of_memory) {
			live->stamp = live->contents = 0;
			str_release(&set->fault.text);
			fail(set, live->path, ENOMEM);
		}
		services_release(&fresh);
		return false;
	}
	live->double_count = services_finish(
		&fresh, live->doubles, LIVE_DOUBLES_MAX);
	services_release(&live->table);
	live->table = fresh;
	file_list_release(&live->files);
	live->files = set->files;
	set->files = (struct file_list){NULL, 0};
	live->is_folder = set->is_folder;
	live->loads++;
	str_release(&live->fault.text);
	return true;
}

/* A fault that was told already is nothing new. */
static enum live_outcome refuse(struct live_services *live, struct set *set)
{
	struct live_fault *told = &live->fault;
	bool same = told->text.len > 0 && told->error == set->fault.error &&
		    slice_equal(str_slice(&told->text),
			    str_slice(&set->fault.text));

	str_release(&told->text);
	*told = set->fault;
	set->fault.text = (struct str)STR_EMPTY;
	return same ? LIVE_SAME : LIVE_REFUSED;
}

static enum live_outcome update(
	struct live_services *live, struct set *set, int64_t now_ns)
{
	bool found = look(set);

	if (found && set->stamp == live->stamp && now_ns < live->read_ns)
		return LIVE_SAME;
	found = read_unchanged(set);
	live->read_ns = now_ns + read_gap_ns;
	if (found && set->contents == live->contents) {
		live->stamp = set->stamp;
		return LIVE_SAME;
	}
	live->stamp = found ? set->stamp : 0;
	live->contents = found ? set->contents : 0;
	if (found && replace(live, set))
		return LIVE_LOADED;
	return refuse(live, set);
}

enum live_outcome live_services_load(struct live_services *live, int64_t now_ns)
{
	live->stamp = live->contents = 0;
	live->next_ns = now_ns;
	str_release(&live->fault.text);
	return live_services_refresh(live, now_ns);
}

enum live_outcome live_services_refresh(
	struct live_services *live, int64_t now_ns)
{
	struct set set;

	if (now_ns < live->next_ns)
		return LIVE_SAME;
	live->next_ns = now_ns + look_gap_ns;
	set_init(&set, live);
	enum live_outcome outcome = update(live, &set, now_ns);
	set_release(&set);
	return outcome;
}
