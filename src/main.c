#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <version.h>

#include "base/log.h"
#include "cmd/arguments.h"
#include "cmd/checks.h"
#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/nagios.h"
#include "cmd/output.h"
#include "cmd/settings.h"
#include "sys/manager.h"

static const struct command commands[] = {
	{"serve", IN_SERVE, command_serve, NULL,
		"answer the clients that look for this host, until stopped"},
	{"discover", IN_DISCOVER, command_discover, NULL,
		"find the servers on the networks of this host"},
	{"discover-one", IN_DISCOVER_ONE, command_discover, NULL,
		"find one server: the first that answers"},
	{"ifaces", IN_IFACES, command_ifaces, NULL,
		"show the IPv4 interfaces, and which discover would use"},
	{"check-segmented", IN_CHECK_SEGMENTED, command_check_segmented, NULL,
		"tell whether a network is likely many segments"},
	{"completion", IN_COMPLETION, command_completion, "bash",
		"make bash complete commands, options and values"},
	{"help", IN_HELP, command_help, "[COMMAND | TOPIC]",
		"show the commands, all of one, or a topic"},
	{.name = NULL},
};

/* A socket must never become descriptor 0, 1 or 2. In place of a closed one
 * stands a descriptor that can be neither read nor written, so that a closed
 * standard output is noticed (open(2), O_PATH). */
static void hold_standard_descriptors(void)
{
	struct pollfd fds[] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};

	poll(fds, 3, 0);
	for (int fd = 0; fd <= 2; fd++)
		if ((fds[fd].revents & POLLNVAL) && open("/", O_PATH) != fd)
			return;
}

static int show_help(const struct command *command)
{
	struct str out = STR_EMPTY;

	help_add_command(&out, command);
	output_str(&out);
	str_release(&out);
	return EXIT_DONE;
}

static int show_version(void)
{
	output_write(slice_of("udpdisc " VERSION "\n"));
	return EXIT_DONE;
}

static int run(const struct command *command, char **argv)
{
	struct invocation invocation = {
		.commands = commands, .command = command};
	const struct config *config = &invocation.config;
	int status = EXIT_USAGE;

	switch (arguments_parse(&invocation, argv)) {
	case ARGUMENTS_SHOW_HELP:
		status = show_help(command);
		break;
	case ARGUMENTS_SHOW_VERSION:
		status = show_version();
		break;
	case ARGUMENTS_BAD:
		if (config->out_of_memory)
			status = EXIT_CANNOT;
		break;
	case ARGUMENTS_RUN:
		if (!checks_pass(&invocation))
			break;
		log_init(config->quiet ? LOG_ERROR : LOG_INFO + config->verbose,
			command->bit == IN_SERVE && config->json,
			command->bit == IN_SERVE);
		if (config->output != OUTPUT_NAGIOS)
			nagios_forget();
		checks_warn(&invocation);
		settings_log(&invocation);
		status = command->run(&invocation);
		break;
	}
	config_release(&invocation.config);
	return status;
}

static void tell_unknown_command(const char *word)
{
	const struct command *near = commands;

	while (near->name &&
		!slice_is_near(slice_of(word), slice_of(near->name)))
		near++;
	log_at(LOG_ERROR, "unknown command '%s'; %s%s%ssee 'udpdisc help'",
		word, near->name ? "did you mean " : "",
		near->name ? near->name : "", near->name ? "? " : "");
}

static int dispatch(char **argv)
{
	const char *word = argv[0];

	if (!word) {
		log_at(LOG_ERROR, "no command; see 'udpdisc help'");
		return EXIT_USAGE;
	}
	if (!strcmp(word, "-V") || !strcmp(word, "--version")) {
		if (!argv[1])
			return show_version();
		log_at(LOG_ERROR, "unexpected operand '%s'; see 'udpdisc help'",
			argv[1]);
		return EXIT_USAGE;
	}
	if (!strcmp(word, "-h") || !strcmp(word, "--help"))
		word = "help";
	const struct command *command = command_find(commands, word);
	if (command)
		return run(command, argv + 1);
	if (word[0] == '-')
		log_at(LOG_ERROR,
			"expected a command before '%s'; see 'udpdisc help'",
			word);
	else
		tell_unknown_command(word);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;

	nagios_begin(argv);
	hold_standard_descriptors();
	/* The write fails instead: EPIPE, EFBIG. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (manager_is_journal())
		log_to_journal();
	if (argc > 0) {
		const char *slash = strrchr(argv[0], '/');
		command = command_find(commands, slash ? slash + 1 : argv[0]);
		argv++;
	}
	return nagios_end(
		output_status(command ? run(command, argv) : dispatch(argv)));
}
