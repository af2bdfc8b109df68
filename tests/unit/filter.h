#ifndef FILTER_H
#define FILTER_H

#include <linux/filter.h>
#include <string.h>

#include "core/probe_filter.h"

/* A machine for the programs of core/probe_filter.h, told from filter.rst of Linux
 * and its headers, and datagrams that are probes or nearly so. The fuzz targets
 * have it too. */

enum {
	FILTER_UDP_HEADER = 8,
	FILTER_DATAGRAM_MAX = SERVER_IP_MESSAGE_MAX + 64,
};

enum filter_outcome {
	FILTER_DROPS,
	FILTER_PASSES,
	FILTER_CUTS, /* it would pass a part only */
	FILTER_FAILS, /* it is no program */
};

/* The next SIZE bytes at AT as a number; false where they are not there. */
static inline bool filter_load(
	struct slice packet, uint32_t at, size_t size, uint32_t *value)
{
	if (packet.len < size || at > packet.len - size)
		return false;
	*value = 0;
	for (size_t i = 0; i < size; i++)
		*value = *value << 8 | (unsigned char)packet.at[at + i];
	return true;
}

/* What the kernel does with PACKET, a UDP header and what it carries. Whoever
 * loads what is not there drops it. */
static inline enum filter_outcome filter_run(
	const struct probe_filter *filter, struct slice packet)
{
	uint32_t a = 0;
	bool there = true;

	for (size_t i = 0; there && i < filter->count; i++) {
		const struct probe_filter_step *step = &filter->steps[i];
		switch (step->code) {
		case BPF_LD | BPF_W | BPF_LEN:
			a = (uint32_t)packet.len;
			break;
		case BPF_LD | BPF_W | BPF_ABS:
			there = filter_load(packet, step->k, 4, &a);
			break;
		case BPF_LD | BPF_H | BPF_ABS:
			there = filter_load(packet, step->k, 2, &a);
			break;
		case BPF_LD | BPF_B | BPF_ABS:
			there = filter_load(packet, step->k, 1, &a);
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += a == step->k ? step->if_true : step->if_false;
			break;
		case BPF_RET | BPF_K:
			if (step->k == 0)
				return FILTER_DROPS;
			return step->k < packet.len ? FILTER_CUTS
						    : FILTER_PASSES;
		default:
			return FILTER_FAILS;
		}
	}
	return there ? FILTER_FAILS : FILTER_DROPS;
}

/* As the kernel looks at a program before it takes it: each jump leads to a step
 * that is there, and the last one ends it. */
static inline bool filter_is_sound(const struct probe_filter *filter)
{
	if (filter->count < 1 || filter->count > PROBE_FILTER_STEPS_MAX ||
		filter->count > BPF_MAXINSNS)
		return false;
	for (size_t i = 0; i < filter->count; i++) {
		const struct probe_filter_step *step = &filter->steps[i];
		if (step->code == (BPF_JMP | BPF_JEQ | BPF_K) &&
			(i + 1 + step->if_true >= filter->count ||
				i + 1 + step->if_false >= filter->count))
			return false;
	}
	return filter->steps[filter->count - 1].code == (BPF_RET | BPF_K);
}

/* What becomes of DATAGRAM, of FILTER_DATAGRAM_MAX bytes at most, behind a header
 * that is made of HEADER. */
static inline enum filter_outcome filter_judge(
	const struct probe_filter *filter, struct slice datagram,
	uint64_t header)
{
	char packet[FILTER_UDP_HEADER + FILTER_DATAGRAM_MAX];

	memcpy(packet, &header, FILTER_UDP_HEADER);
	if (datagram.len)
		memcpy(packet + FILTER_UDP_HEADER, datagram.at, datagram.len);
	return filter_run(filter,
		(struct slice){packet, FILTER_UDP_HEADER + datagram.len});
}

/* Numbers that are the same in each run. */
static inline uint32_t filter_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*seed >> 33);
}

static inline size_t filter_below(uint64_t *seed, size_t n)
{
	return filter_random(seed) % n;
}

static inline void filter_noise(uint64_t *seed, char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (char)filter_random(seed);
}

enum filter_content {
	CONTENT_NOISE,
	CONTENT_NULS,
	CONTENT_ONES, /* of 0xff */
	CONTENT_HIGH, /* 0x80 to 0xff */
	CONTENT_LETTERS,
	CONTENTS,
};

/* A message of LEN bytes in STORAGE. */
static inline struct slice filter_message(
	uint64_t *seed, enum filter_content content, size_t len, char *storage)
{
	filter_noise(seed, storage, len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)storage[i];
		if (content == CONTENT_NULS)
			c = 0;
		else if (content == CONTENT_ONES)
			c = 0xff;
		else if (content == CONTENT_HIGH)
			c |= 0x80;
		else if (content == CONTENT_LETTERS)
			c = (unsigned char)('A' + c % 26);
		storage[i] = (char)c;
	}
	return (struct slice){storage, len};
}

/* A datagram that is MESSAGE, or nearly so, or something else, in STORAGE of
 * FILTER_DATAGRAM_MAX bytes. */
static inline struct slice filter_datagram(
	uint64_t *seed, struct slice message, char *storage)
{
	size_t len = message.len, at = filter_below(seed, len);
	size_t more = 1 + filter_below(seed, FILTER_DATAGRAM_MAX - len);

	memcpy(storage, message.at, len);
	switch (filter_below(seed, 10)) {
	case 0:
		break;
	case 1: /* one bit is another */
		storage[at] ^= (char)(1 << filter_below(seed, 8));
		break;
	case 2: /* a byte of the last five is another */
		at = len - 1 - filter_below(seed, len < 5 ? len : 5);
		storage[at] = (char)filter_random(seed);
		break;
	case 3: /* without its end */
		len = at;
		break;
	case 4: /* without its front */
		memmove(storage, storage + at, len - at);
		len -= at;
		break;
	case 5: /* with zeros behind it */
		memset(storage + len, 0, more);
		len += more;
		break;
	case 6: /* with a byte or more behind it */
		more = filter_below(seed, 2) ? 1 : more;
		filter_noise(seed, storage + len, more);
		len += more;
		break;
	case 7: /* its end is zeros */
		memset(storage + at, 0, len - at);
		break;
	case 8: /* as long */
		filter_noise(seed, storage, len);
		break;
	default:
		len = filter_below(seed, FILTER_DATAGRAM_MAX + 1);
		filter_noise(seed, storage, len);
	}
	return (struct slice){storage, len};
}

#endif
