#include "cmd/shell.h"

#include <string.h>

/* VALUE as one word of a shell, on one line: with control bytes in it as $'...'
 * (POSIX.1-2024, bash, zsh, busybox), else as '...'. */
static void add_quoted(struct str *out, struct slice value)
{
	struct str safe = STR_EMPTY;

	str_add_printable(&safe, value);
	bool plain = slice_equal(str_slice(&safe), value);
	str_addf(out, plain ? "'" : "$'");
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		if (c == '\'')
			str_addf(out, plain ? "'\\''" : "\\'");
		else if (c == '\\' && !plain)
			str_addf(out, "\\\\");
		else if (plain || (c >= ' ' && c <= '~'))
			str_addf(out, "%c", c);
		else
			str_addf(out, "\\x%02x", (unsigned char)c);
	}
	str_addf(out, "'");
	str_release(&safe);
}

static bool is_harmless(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("._:@-", c));
}

void shell_add_word(struct str *out, struct slice word)
{
	size_t harmless = 0;

	while (harmless < word.len && is_harmless(word.at[harmless]))
		harmless++;
	if (harmless < word.len || word.len == 0)
		add_quoted(out, word);
	else
		str_add(out, word);
}
