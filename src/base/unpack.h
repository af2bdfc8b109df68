#ifndef BASE_UNPACK_H
#define BASE_UNPACK_H

#include <stdbool.h>

#include "base/str.h"

/*
 * ASCII text as share/pack writes it, about 45 % of its size; zlib packs no
 * better, and unpacking by it would take more bytes than the text has. Bits, the
 * highest of a byte first: 0 and the 7 bits of a character, NUL after the last;
 * or 1, a length less 1 and a distance, to repeat what the text has so far. A
 * number from 1 is in Elias' gamma code, but that the bits behind its highest come
 * each behind a 1, and a 0 ends them; a distance less 1 is such a number, less 1,
 * and UNPACK_LOW_BITS bits.
 */
enum { UNPACK_LOW_BITS = 7 };

/* Adds the text to OUT; false where it is not packed so, or is larger than
 * UNPACK_MAX, or OUT failed. */
enum { UNPACK_MAX = 64 * 1024 };
bool unpack(struct slice packed, struct str *out);

#endif
