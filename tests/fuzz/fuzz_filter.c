/* Whatever a message is and whatever comes: the program for the kernel is one that
 * it takes, and passes what the rule in user space takes for a probe, whole, and
 * nothing else; one that compares the front only passes what has that and the
 * length. The first bytes say how long the message is, how much of it is compared
 * and how the datagram is made of it. */
#include "../unit/filter.h"
#include "fuzz.h"

/* Most bytes alone would never be a message twice. */
static struct slice make_datagram(
	size_t form, struct slice message, struct slice rest, char *storage)
{
	struct slice begin = message;

	if (form == 1) /* it stands at the end of the message */
		begin.len -= rest.len < begin.len ? rest.len : begin.len;
	if (form == 2) /* it is another byte at some place */
		rest.len = 0;
	if (form == 3)
		begin.len = 0;
	if (rest.len > FILTER_DATAGRAM_MAX - begin.len)
		rest.len = FILTER_DATAGRAM_MAX - begin.len;
	if (begin.len)
		memcpy(storage, begin.at, begin.len);
	if (rest.len)
		memcpy(storage + begin.len, rest.at, rest.len);
	return (struct slice){storage, begin.len + rest.len};
}

static void check(struct slice message, size_t compared, struct slice datagram,
	uint64_t header)
{
	struct probe_filter whole, part;
	bool begins = datagram.len == message.len &&
		      memcmp(datagram.at, message.at, compared) == 0;

	probe_filter_make(&whole, message, message.len);
	probe_filter_make(&part, message, compared);
	expect(filter_is_sound(&whole) && filter_is_sound(&part));
	expect(filter_judge(&whole, datagram, header) ==
		(server_ip_is_probe(datagram, message) ? FILTER_PASSES
						       : FILTER_DROPS));
	expect(filter_judge(&part, datagram, header) ==
		(begins ? FILTER_PASSES : FILTER_DROPS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = fuzz_input(data, size);
	char storage[FILTER_DATAGRAM_MAX];

	size_t form = fuzz_number(&rest, UINT16_MAX);
	size_t len = 1 + fuzz_number(&rest, SERVER_IP_MESSAGE_MAX - 1);
	size_t compared = fuzz_number(&rest, len);
	struct slice message = fuzz_take(&rest, len);
	if (message.len == 0)
		return 0;
	if (compared > message.len)
		compared = message.len;
	struct slice datagram = make_datagram(form % 4, message, rest, storage);
	if (form % 4 == 2 && datagram.len)
		storage[form / 4 % datagram.len] ^= 1;
	check(message, compared, datagram, size * 0x9e3779b97f4a7c15);
	return 0;
}
