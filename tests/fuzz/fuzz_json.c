/* Whatever a text is: what is taken for JSON is what cJSON reads, and is the same
 * when it is written and read again; what is refused is refused at a place in the
 * text, by cJSON too or for one of the reasons that cJSON lets through. */
#include "fuzz.h"

#include "base/num.h"

static void add(struct str *out, const char *key, const cJSON *at);

static void add_members(struct str *out, const cJSON *from)
{
	for (const cJSON *at = json_first(from); at; at = json_next(at))
		add(out, at->string, at);
}

/* A number that is no JSON_INTEGER is read as infinite, and so is what stands for
 * it here. */
static void add_other(struct str *out, const char *key, const cJSON *at)
{
	if (cJSON_IsArray(at)) {
		json_array(out, key);
		add_members(out, at);
		json_end_array(out);
	} else if (cJSON_IsNull(at)) {
		json_text_or_null(out, key, NULL);
	} else {
		json_decimal(out, key, 5, 1);
	}
}

/* The same value, written anew. Some keys are given before. */
static void add(struct str *out, const char *key, const cJSON *at)
{
	struct json_value value = json_value(at);

	expect(value.key.at == key);
	if (key && value.key.len % 2) {
		json_key(out, value.key);
		key = NULL;
	}
	switch (value.kind) {
	case JSON_OBJECT:
		json_object(out, key);
		add_members(out, at);
		json_end_object(out);
		break;
	case JSON_TEXT:
		json_text(out, key, value.text);
		break;
	case JSON_INTEGER:
		expect(value.integer <= NUM_INTEGER_MAX &&
			value.integer >= -NUM_INTEGER_MAX);
		json_number(out, key, value.integer);
		break;
	case JSON_BOOL:
		json_bool(out, key, value.truth);
		break;
	case JSON_OTHER:
		add_other(out, key, at);
		break;
	}
}

/* No raw control byte is in a string, and only white space outside. */
static void check_bytes(struct slice text)
{
	bool inside = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		expect((unsigned char)c >= 0x20 ||
			(!inside && memchr("\t\n\r", c, 3)));
		if (inside && c == '\\')
			i++;
		else
			inside ^= c == '"';
	}
}

static bool is_same(const cJSON *a, const cJSON *b)
{
	const cJSON *x, *y;

	if ((a->type & 0xff) != (b->type & 0xff) || !a->string != !b->string)
		return false;
	if (a->string && strcmp(a->string, b->string) != 0)
		return false;
	if (cJSON_IsString(a))
		return !strcmp(a->valuestring, b->valuestring);
	if (cJSON_IsNumber(a))
		return a->valuedouble == b->valuedouble;
	for (x = a->child, y = b->child; x && y; x = x->next, y = y->next)
		if (!is_same(x, y))
			return false;
	return !x && !y;
}

static void check_taken(const struct json *read)
{
	struct str text = STR_EMPTY;

	add(&text, NULL, read->root);
	cJSON *again = expect_json(&text);
	expect(is_same(read->root, again));
	cJSON_Delete(again);
	str_release(&text);
}

static bool is_utf8(struct slice text)
{
	struct str utf8 = STR_EMPTY;

	str_add_utf8(&utf8, text);
	bool same = slice_equal(str_slice(&utf8), text);
	str_release(&utf8);
	return same;
}

/* cJSON takes it for U+0000 where there are no four digits, and ends the string. */
static bool is_nul_escape(struct slice text)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t zeros = 0;

	if (!slice_starts(text, slice_of("\\u")) || text.len < 6)
		return false;
	for (size_t i = 2; i < 6; i++) {
		if (!memchr(digits, text.at[i], sizeof digits - 1))
			return true;
		zeros += text.at[i] == '0';
	}
	return zeros == 4;
}

/* What cJSON takes though it is no JSON, or holds what we don't want. */
static bool is_let_through(struct slice text)
{
	size_t open = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		open += c == '[' || c == '{';
		if (c < 0x20 || is_nul_escape((struct slice){
					text.at + i, text.len - i}))
			return true;
	}
	return open > JSON_NESTING_MAX || !is_utf8(text) ||
	       slice_starts(text, slice_of("\xef\xbb\xbf"));
}

/* Where that place is. */
static size_t offset_of(struct slice text, const struct json_fault *fault)
{
	size_t at = 0, line = 1, column = 1;

	for (; at < text.len && line < fault->line; at++)
		line += text.at[at] == '\n';
	while (at < text.len && column < fault->column) {
		at++;
		while (at < text.len && (text.at[at] & 0xc0) == 0x80)
			at++;
		column++;
	}
	return at;
}

/* Nothing before the place is wrong: a text that ends there ends too early. */
static void check_before(struct slice text, const struct json_fault *fault)
{
	struct slice before = {text.at, offset_of(text, fault)};
	struct json_fault early;

	if (!json_strict_check(before, &early))
		expect(strstr(early.text, "ends too early") ||
			strstr(early.text, "without an end"));
}

static void check_place(struct slice text, const struct json_fault *fault)
{
	size_t lines = 1, column = 0, most = 0;
	struct str why = STR_EMPTY;

	for (size_t i = 0; i < text.len; i++, column++) {
		if (text.at[i] == '\n') {
			lines++;
			column = 0;
		}
		if (lines == fault->line)
			most = column + 1;
	}
	expect(fault->line >= 1 && fault->line <= lines);
	expect(fault->column >= 1 && fault->column <= most + 1);
	str_addf(&why, "%s", fault->text);
	expect_line(&why);
	str_release(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_input(data, size);
	struct json_fault fault;
	struct json doc;
	char *copy = fuzz_string(text);

	bool taken = json_parse(&doc, text, &fault);
	if (taken) {
		check_bytes(text);
		check_taken(&doc);
	} else {
		check_place(text, &fault);
		if (is_utf8(text))
			check_before(text, &fault);
		cJSON *lax = strlen(copy) == size
				     ? cJSON_ParseWithOpts(copy, NULL, true)
				     : NULL;
		expect(!lax || is_let_through(text));
		cJSON_Delete(lax);
	}
	json_release(&doc);
	free(copy);
	return 0;
}
