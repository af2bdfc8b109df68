/* Stands for a binary of another architecture, FOREIGN, which QEMU runs under the
 * name that this was started by. */

#include <stdio.h>
#include <unistd.h>

enum { WORDS_MAX = 4096 };

int main(int argc, char **argv)
{
	const char *words[WORDS_MAX] = {QEMU, "-0", argv[0], FOREIGN};

	for (int i = 1; i < argc && i + 4 < WORDS_MAX; i++)
		words[i + 3] = argv[i];
	execv(QEMU, (char **)words);
	perror(QEMU);
	return 127;
}
