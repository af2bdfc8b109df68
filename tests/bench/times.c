/* times RUNS SECONDS COMMAND [ARGUMENT]... [-- COMMAND [ARGUMENT]...]...: runs the
 * commands in turns, RUNS times each or for so many seconds, with stdout and stderr
 * thrown away. The order of each turn is another one, since some leave the caches
 * cold to who comes next. Prints, for each, the median of the wall clock in nanoseconds from
 * start to exit, of the processor time in microseconds, the most memory in KiB, and
 * the highest exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { COMMANDS_MAX = 8, RUNS_MAX = 100000 };

struct command {
	char **argv;
	int64_t *wall_ns, *cpu_us;
	long memory_kib;
	int status;
};

/* What waits for ever must not outlive us. */
static volatile sig_atomic_t running;

static void end(int number)
{
	if (running > 0)
		kill((pid_t)running, SIGKILL);
	_exit(128 + number);
}

static int64_t us(struct timeval time)
{
	return time.tv_sec * INT64_C(1000000) + time.tv_usec;
}

static void run(struct command *command, long n,
	const posix_spawn_file_actions_t *actions)
{
	struct rusage used;
	int status;
	pid_t pid = 0;
	int64_t began_ns = now_ns();

	errno = posix_spawnp(
		&pid, command->argv[0], actions, NULL, command->argv, environ);
	running = pid;
	if (errno != 0 || wait4(pid, &status, 0, &used) != pid)
		err(3, "%s", command->argv[0]);
	running = 0;
	command->wall_ns[n] = now_ns() - began_ns;
	command->cpu_us[n] = us(used.ru_utime) + us(used.ru_stime);
	if (used.ru_maxrss > command->memory_kib)
		command->memory_kib = used.ru_maxrss;
	status = WIFEXITED(status) ? WEXITSTATUS(status)
				   : 128 + WTERMSIG(status);
	if (status > command->status)
		command->status = status;
}

/* Each once, in an order by chance. */
static void run_all(struct command *commands, int count, long n,
	const posix_spawn_file_actions_t *actions)
{
	int order[COMMANDS_MAX] = {0};

	for (int i = 0; i < count; i++) {
		int j = (int)by_chance((uint32_t)i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (int i = 0; i < count; i++)
		run(&commands[order[i]], n, actions);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static long long median(int64_t *values, long count)
{
	qsort(values, (size_t)count, sizeof *values, compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

int main(int argc, char **argv)
{
	struct command commands[COMMANDS_MAX] = {0};
	posix_spawn_file_actions_t actions;
	int count = 0;
	long n = 0;

	if (argc < 4)
		errx(2, "usage: times RUNS SECONDS COMMAND [-- COMMAND]...");
	long runs = (long)number(argv[1], 1, RUNS_MAX);
	int64_t end_ns = now_ns() + number(argv[2], 1, 3600) * 1000000000;
	for (int i = 3; i < argc; i++) {
		if (count == COMMANDS_MAX)
			errx(2, "too many commands");
		commands[count++].argv = argv + i;
		while (i < argc && strcmp(argv[i], "--") != 0)
			i++;
		argv[i] = NULL;
	}
	for (int i = 0; i < count; i++) {
		commands[i].wall_ns = calloc((size_t)runs, sizeof(int64_t));
		commands[i].cpu_us = calloc((size_t)runs, sizeof(int64_t));
		if (!commands[i].wall_ns || !commands[i].cpu_us)
			err(3, "memory");
	}
	signal(SIGTERM, end);
	posix_spawn_file_actions_init(&actions);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		posix_spawn_file_actions_addopen(
			&actions, fd, "/dev/null", O_RDWR, 0);
	for (; n < runs && (n == 0 || now_ns() < end_ns); n++)
		run_all(commands, count, n, &actions);
	for (int i = 0; i < count; i++)
		printf("%lld %lld %ld %d\n", median(commands[i].wall_ns, n),
			median(commands[i].cpu_us, n), commands[i].memory_kib,
			commands[i].status);
}
