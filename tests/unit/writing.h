#ifndef WRITING_H
#define WRITING_H

#include "tables.h"

#include "base/json_strict.h"
#include "base/json_write.h"

/* What is not UTF-8 is replaced as str_add_utf8 does it. */
#define NONE "\xef\xbf\xbd"

/* The whole text, which is JSON; it is released. */
static inline void assert_written(struct str *out, const char *expected)
{
	struct json_fault fault;

	assert_text(out, expected);
	assert_true(json_strict_check(str_slice(out), &fault));
	str_release(out);
}

#endif
