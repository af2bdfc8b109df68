#include "cmd/output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/command.h"
#include "sys/event.h"
#include "sys/file.h"
#include "sys/replace.h"

const struct output_writer *const output_writers[] = {
	[OUTPUT_TEXT] = &output_text_writer,
	[OUTPUT_JSON] = &output_json_writer,
	[OUTPUT_NDJSON] = &output_ndjson_writer,
	[OUTPUT_NAGIOS] = NULL,
};

/* The first errno of the output, or 0; and whether standard output was written
 * to. */
static int failure;
static bool written;

/* What stands in place of standard output, if anything does. */
static struct {
	const char *path; /* NULL: nothing */
	struct replace place;
	struct str text;
} file;

bool output_open_file(const char *path)
{
	if (!strcmp(path, "-") || file_is_open_as(path, STDOUT_FILENO))
		return true;
	file.path = path;
	if (replace_open(&file.place, path) != 0)
		output_failed(errno);
	return output_works();
}

void output_commit(void)
{
	if (!file.path || failure)
		return;
	if (replace_is_direct(&file.place))
		event_hold(false);
	if (file.text.failed)
		output_failed(ENOMEM);
	else if (replace_write(&file.place, str_slice(&file.text)) != 0)
		output_failed(errno);
}

const char *output_file(void)
{
	return file.path;
}

void output_failed(int error)
{
	if (!failure)
		failure = error;
}

bool output_is_terminal(void)
{
	return !file.path && isatty(STDOUT_FILENO);
}

bool output_works(void)
{
	return !failure;
}

void output_write(struct slice text)
{
	log_status(NULL);
	if (file.path) {
		str_add(&file.text, text);
		return;
	}
	written = written || text.len > 0;
	if (!failure && log_write(STDOUT_FILENO, text) != 0)
		output_failed(errno);
}

void output_str(const struct str *text)
{
	if (text->failed)
		output_failed(ENOMEM);
	else
		output_write(str_slice(text));
}

static void close_file(void)
{
	if (failure) {
		errno = failure;
		log_errno(LOG_ERROR, "cannot write '%s'", file.path);
	}
	replace_close(&file.place);
	str_release(&file.text);
	file.path = NULL;
}

int output_status(int status)
{
	/* A file system over a network may say only now that it is full. */
	if (written && !failure && close(STDOUT_FILENO) != 0)
		failure = errno;
	bool failed = failure;
	if (file.path) {
		close_file();
		failure = 0;
	}
	errno = failure;
	if (failure && failure != EPIPE)
		log_errno(LOG_ERROR, "cannot write to standard output");
	return failed ? EXIT_CANNOT : status;
}

void output_add_cell(struct str *row, const char *text)
{
	if (row->len > 0 && row->at[row->len - 1] != '\n')
		str_add(row, slice_of("\t"));
	str_add_escaped(row, slice_of(text));
}

/* What stands behind these is not aligned. */
enum { COLUMNS_MAX = 16 };

/* How many columns of a terminal: bytes but for UTF-8's continuations. */
static size_t width_of(struct slice cell)
{
	size_t width = 0;

	for (size_t i = 0; i < cell.len; i++)
		width += ((unsigned char)cell.at[i] & 0xc0) != 0x80;
	return width;
}

static void measure(struct slice lines, size_t widths[COLUMNS_MAX])
{
	struct slice line, cell;

	while (slice_cut(&lines, '\n', &line)) {
		size_t column = 0;
		while (column < COLUMNS_MAX && slice_cut(&line, '\t', &cell)) {
			size_t width = width_of(cell);
			if (width > widths[column])
				widths[column] = width;
			column++;
		}
	}
}

static void add_aligned(
	struct str *out, struct slice lines, const size_t widths[COLUMNS_MAX])
{
	struct slice line, cell;

	while (slice_cut(&lines, '\n', &line)) {
		size_t column = 0;
		if (!lines.at && line.len == 0)
			return;
		while (slice_cut(&line, '\t', &cell)) {
			size_t pad = 2;
			if (column < COLUMNS_MAX)
				pad += widths[column++] - width_of(cell);
			str_add(out, cell);
			if (line.at)
				str_addf(out, "%*s", (int)pad, "");
		}
		str_add(out, slice_of("\n"));
	}
}

void output_row(const char *header, bool with_header, const struct str *rows)
{
	static size_t widths[COLUMNS_MAX];
	struct str aligned = STR_EMPTY;

	if (rows->len == 0 || rows->failed || !output_is_terminal()) {
		output_str(rows);
		return;
	}
	measure(slice_of(header), widths);
	measure(str_slice(rows), widths);
	if (with_header)
		add_aligned(&aligned, slice_of(header), widths);
	add_aligned(&aligned, str_slice(rows), widths);
	output_str(&aligned);
	str_release(&aligned);
}

void output_table(const char *header, const struct str *rows)
{
	output_row(header, true, rows);
}

void output_json(struct str *line)
{
	str_add(line, slice_of("\n"));
	output_str(line);
	str_release(line);
}

void output_begin_item(struct str *array)
{
	str_add(array, slice_of(array->len ? ",\n" : "["));
	json_begin(array);
}

void output_array(struct str *array)
{
	str_add(array, slice_of(array->len ? "]" : "[]"));
	output_json(array);
}

void output_add_addr(struct str *out, const char *key, uint32_t addr)
{
	json_text(out, key, slice_of(ipv4_text(addr).at));
}
