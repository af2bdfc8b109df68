/*
 * Runs while the program is built, on the host that builds it: writes what help
 * says of the options, which stands in options.def, and the files that argv names
 * by NAME=FILE, each as its name, a line feed and its text, with form feeds
 * between, packed as base/unpack reads it, as an array of C.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/unpack.h"

static const char option_texts[] = ".options\n"
#define OPTION(name, letter, variable, argument, help, ...)                    \
	argument "\t" help "\n"
#include "cmd/options.def"
	;

static void die(const char *what, const char *name)
{
	(void)fprintf(stderr, "pack: %s '%s'\n", what, name);
	exit(1);
}

static char text[UNPACK_MAX];
static size_t text_len;

static void add(const char *bytes, size_t len)
{
	if (len > sizeof text - text_len)
		die("too much text, at", bytes);
	memcpy(text + text_len, bytes, len);
	text_len += len;
}

/* ARGUMENT is NAME=FILE. */
static void add_file(const char *argument)
{
	size_t name_len = strcspn(argument, "=");
	const char *path = argument + name_len + 1;
	FILE *file = argument[name_len] ? fopen(path, "rb") : NULL;

	if (!file)
		die("cannot read the file of", argument);
	add("\f", 1);
	add(argument, name_len);
	add("\n", 1);
	for (int byte; (byte = getc(file)) != EOF;) {
		char letter = (char)byte;
		if (byte <= 0 || byte > 126 || byte == '\f')
			die("no plain ASCII in", path);
		add(&letter, 1);
	}
	(void)fclose(file);
}

/* --- bits ------------------------------------------------------------------ */

static unsigned byte_so_far = 1;

static void put(unsigned value, unsigned count)
{
	while (count--) {
		byte_so_far = byte_so_far << 1 | (value >> count & 1);
		if (byte_so_far < 256)
			continue;
		/* A char may be signed or not: a number would not do. */
		printf("'\\x%x',\n", byte_so_far - 256);
		byte_so_far = 1;
	}
}

static unsigned bits_behind_highest(size_t value)
{
	unsigned bits = 0;

	while (value >>= 1)
		bits++;
	return bits;
}

static void put_number(size_t value)
{
	for (unsigned left = bits_behind_highest(value); left--;)
		put(2 | (value >> left & 1), 2);
	put(0, 1);
}

/* --- the shortest way to say it ---------------------------------------------- */

/* From each place on: the bits of the best way, and its first step, which is a
 * character where LENGTH is 1. */
static struct step {
	unsigned bits;
	size_t length, distance;
} steps[UNPACK_MAX + 1];

static unsigned cost(size_t length, size_t distance)
{
	return 1 + 2 * bits_behind_highest(length - 1) + 1 +
	       2 * bits_behind_highest(
			   ((distance - 1) >> UNPACK_LOW_BITS) + 1) +
	       1 + UNPACK_LOW_BITS;
}

/* Looks at what stands DISTANCE before AT; what is no longer than LENGTH some
 * nearer place had, too. The new LENGTH. */
static size_t consider(size_t at, size_t distance, size_t length)
{
	size_t common = 0;

	while (at + common < text_len &&
		text[at + common] == text[at + common - distance])
		common++;
	for (; length < common; length++) {
		unsigned bits = cost(length + 1, distance) +
				steps[at + length + 1].bits;
		if (bits < steps[at].bits)
			steps[at] = (struct step){bits, length + 1, distance};
	}
	return length;
}

static void find_steps(void)
{
	for (size_t at = text_len; at--;) {
		size_t length = 1;
		steps[at] = (struct step){steps[at + 1].bits + 8, 1, 0};
		for (size_t distance = 1; distance <= at; distance++)
			length = consider(at, distance, length);
	}
}

static void put_steps(void)
{
	for (size_t at = 0; at < text_len; at += steps[at].length) {
		const struct step *step = &steps[at];
		if (step->length == 1) {
			put((unsigned char)text[at], 8);
			continue;
		}
		put(1, 1);
		put_number(step->length - 1);
		put_number(((step->distance - 1) >> UNPACK_LOW_BITS) + 1);
		put((unsigned)(step->distance - 1), UNPACK_LOW_BITS);
	}
	put(0, 8);
	put(0, 7);
}

int main(int argc, char **argv)
{
	add(option_texts, sizeof option_texts - 1);
	for (int i = 1; i < argc; i++)
		add_file(argv[i]);
	find_steps();
	puts("static const char packed_texts[] = {");
	put_steps();
	puts("};");
	return ferror(stdout) || fclose(stdout) ? 1 : 0;
}
