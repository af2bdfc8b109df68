#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_write.h"
#include "core/discovery.h"

/* All that goes to standard output, or to the file in its place, goes through
 * here. */

/* From now on output is kept for the file PATH, which must last; unless it is "-"
 * or the very file that standard output is. False where nothing could be written
 * there, as output_status will say. */
bool output_open_file(const char *path);
/* Replaces that file by what was kept, once; does nothing where there is none. */
void output_commit(void);
/* The file that output goes to, or NULL. */
const char *output_file(void);

/* Writes at once. A failure is remembered for output_status. */
void output_write(struct slice text);
/* The same for a buffer; where that failed, so did the output. */
void output_str(const struct str *text);
/* ROWS are lines of cells with TABs between. On a terminal they are aligned
 * under HEADER, a line of the same form, elsewhere written as they are. */
void output_table(const char *header, const struct str *rows);
/* The same for rows that come one by one: a column is as wide as it ever was, and
 * at least as in HEADER, which only the first one is WITH. */
void output_row(const char *header, bool with_header, const struct str *rows);
/* Writes what was built as a line of its own, and releases it. */
void output_json(struct str *line);
/* Begins one more object of an array that itself begins as an empty string. */
void output_begin_item(struct str *array);
/* Writes the array, "[]" where nothing was added, and releases it. */
void output_array(struct str *array);
/* Output could not be made, or had no place to go: an errno. */
void output_failed(int error);
/* Whether a person reads it. */
bool output_is_terminal(void);
/* Whether more output still has a place to go. */
bool output_works(void);
/* The exit status in place of STATUS: where the output failed that is said, but
 * for a closed pipe, and is EXIT_CANNOT. A file is not written to any more. */
int output_status(int status);

/* A cell of a row: TEXT made safe for a terminal. */
void output_add_cell(struct str *row, const char *text);
/* The address as a text of a JSON object. */
void output_add_addr(struct str *out, const char *key, uint32_t addr);

/* How servers are written; one row a format, by enum config_output. NULL where
 * nagios_conclude writes. */
struct output_writer {
	/* One that was just found. May be NULL. */
	void (*found)(
		const struct result *result, const struct discovery *discovery);
	/* All of them, in order; SINGLE writes one, or what stands for none. */
	void (*all)(const struct discovery *discovery, bool single);
	/* One that is "up" or "down". May be NULL. */
	void (*event)(const char *event, const struct result *result,
		const struct discovery *discovery);
};

extern const struct output_writer *const output_writers[];
extern const struct output_writer output_text_writer;
extern const struct output_writer output_json_writer;
extern const struct output_writer output_ndjson_writer;

/* Adds to the JSON object that is open what stands for RESULT, with so many PATHS
 * at most. */
void output_result(struct str *out, const struct result *result,
	const struct discovery *discovery, size_t paths);

#endif
