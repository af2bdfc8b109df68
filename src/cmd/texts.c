#include "cmd/texts.h"

#include "base/unpack.h"
#include "share/packed.h"

bool texts_add(struct str *out, const char *name)
{
	struct str all = STR_EMPTY;
	struct slice rest, text, own_name;
	bool found = false;

	out->failed |= !unpack(
		(struct slice){packed_texts, sizeof packed_texts}, &all);
	rest = str_slice(&all);
	while (!found && slice_cut(&rest, '\f', &text) &&
		slice_cut(&text, '\n', &own_name))
		found = slice_equal(own_name, slice_of(name));
	if (found)
		str_add(out, text);
	str_release(&all);
	return found;
}
