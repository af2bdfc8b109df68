/* Prints the list of system calls of the uses that its argument, a digit, has as bits, as
 * strace shows what the kernel is given of it; qemu would show an address. */

#include <stdarg.h>

#define syscall show_program
static long show_program(long number, ...);

#include "sys/sandbox.c"

#undef syscall
#include <stdio.h>

static const char *operation(unsigned code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return "BPF_LD";
	case BPF_ALU | BPF_AND | BPF_K:
		return "BPF_AND";
	case BPF_JMP | BPF_JGE | BPF_K:
		return "BPF_JGE";
	case BPF_JMP | BPF_JEQ | BPF_K:
		return "BPF_JEQ";
	}
	return "BPF_RET";
}

static void show_step(const struct sock_filter *step)
{
	if (step->code != (BPF_RET | BPF_K))
		printf("BPF_JUMP(%s, %#x, %u, %u)\n", operation(step->code),
			step->k, step->jt, step->jf);
	else if (step->k == SECCOMP_RET_ALLOW)
		printf("BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)\n");
	else
		printf("BPF_STMT(BPF_RET, SECCOMP_RET_ERRNO|%#x)\n",
			step->k - SECCOMP_RET_ERRNO);
}

/* In place of syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program). */
static long show_program(long number, ...)
{
	const struct sock_fprog *program;
	va_list rest;

	if (number != SYS_seccomp)
		return -1;
	va_start(rest, number);
	(void)va_arg(rest, int);
	(void)va_arg(rest, unsigned long);
	program = va_arg(rest, const struct sock_fprog *);
	va_end(rest);
	for (unsigned i = 0; i < program->len; i++)
		show_step(program->filter + i);
	return 0;
}

int main(int argc, char **argv)
{
	return argc != 2 || sandbox_confine((unsigned)(*argv[1] - '0')) != 0;
}
