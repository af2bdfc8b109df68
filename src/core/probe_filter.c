#include "core/probe_filter.h"

/* Codes of linux/bpf_common.h. */
enum {
	LOAD_LENGTH = 0x80, /* BPF_LD | BPF_W | BPF_LEN */
	LOAD_WORD = 0x20, /* BPF_LD | BPF_W | BPF_ABS, in network byte order */
	LOAD_HALF = 0x28, /* BPF_LD | BPF_H | BPF_ABS */
	LOAD_BYTE = 0x30, /* BPF_LD | BPF_B | BPF_ABS */
	JUMP_EQUAL = 0x15, /* BPF_JMP | BPF_JEQ | BPF_K */
	RETURN = 0x06, /* BPF_RET | BPF_K: how many bytes are kept */
	UDP_HEADER = 8, /* bytes: RFC 768 */
};

static void add(
	struct probe_filter *filter, uint16_t code, uint8_t if_true, uint32_t k)
{
	filter->steps[filter->count++] = (struct probe_filter_step){
		code, if_true, 0, k};
}

/* Each has its own end, which equality passes over: a jump reaches 255 steps
 * only. */
static void compare(
	struct probe_filter *filter, uint16_t load, uint32_t at, uint32_t value)
{
	add(filter, load, 0, at);
	add(filter, JUMP_EQUAL, 1, value);
	add(filter, RETURN, 0, 0);
}

static uint32_t big_endian(const char *at, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)at[i];
	return value;
}

void probe_filter_make(
	struct probe_filter *filter, struct slice message, size_t compared)
{
	size_t bytes = 4;

	filter->count = 0;
	compare(filter, LOAD_LENGTH, 0, UDP_HEADER + (uint32_t)message.len);
	for (size_t at = 0; at < compared; at += bytes) {
		while (bytes > compared - at)
			bytes /= 2;
		uint16_t load = bytes == 4   ? LOAD_WORD
				: bytes == 2 ? LOAD_HALF
					     : LOAD_BYTE;
		compare(filter, load, UDP_HEADER + (uint32_t)at,
			big_endian(message.at + at, bytes));
	}
	add(filter, RETURN, 0, UINT32_MAX);
}
