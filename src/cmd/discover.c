#include "cmd/command.h"

#include <signal.h>

#include "base/log.h"
#include "base/num.h"
#include "cmd/nagios.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/report.h"
#include "cmd/run.h"
#include "cmd/watch.h"
#include "core/tged.h"
#include "sys/event.h"

/* How a run ends that a signal breaks off. */
static int tell_signal(const struct run *run)
{
	const char *file = output_file();
	struct str line = STR_EMPTY;

	str_addf(&line, "ended by %s",
		run->end.signal == SIGINT ? "SIGINT" : "SIGTERM");
	if (file) {
		str_addf(&line, "; ");
		str_add_quoted(&line, slice_of(file), SIZE_MAX);
		str_addf(&line, " is as it was");
	} else {
		str_addf(&line, "; ");
		num_add_count(&line, run->discovery.results.count, "server");
		str_addf(&line, " answered so far");
	}
	log_lines(LOG_ERROR, &line);
	str_release(&line);
	return EXIT_SIGNAL + run->end.signal;
}

static void write_all(struct run *run)
{
	const struct output_writer *writer = run->setup->writer;
	struct discovery *discovery = &run->discovery;

	results_sort(&discovery->results);
	results_sort(&discovery->without);
	if (!writer || (run->end.signal && output_file()))
		return;
	if (writer->all)
		writer->all(discovery, run_is_single(run->setup->invocation));
	output_commit();
}

static int conclude(struct run *run)
{
	const struct invocation *invocation = run->setup->invocation;
	const struct discovery *discovery = &run->discovery;

	if (!run->end.signal && !run_asked(run)) {
		report_shortfall(invocation, discovery, &run->unresolved, true);
		return EXIT_CANNOT;
	}
	write_all(run);
	if (!output_works())
		return EXIT_CANNOT;
	discover_report_losses(&run->reporter, &run->end);
	if (run->end.signal)
		return tell_signal(run);
	discover_report_unasked(&run->reporter);
	if (discovery->results.count < discovery->config.expected) {
		report_shortfall(invocation, discovery, &run->unresolved, true);
		return EXIT_FEWER;
	}
	report_topology(invocation, discovery);
	return EXIT_DONE;
}

static int discover(const struct run_setup *setup)
{
	struct run run;
	int status = run_begin(&run, setup, NULL);

	if (status == EXIT_DONE && !run_has_targets(&run))
		status = EXIT_CANNOT;
	if (status == EXIT_DONE) {
		/* From here on what was found is printed in any case. */
		event_hold(true);
		if (setup->invocation->config.output != OUTPUT_NAGIOS)
			event_last_words("");
		status = run_loop(&run);
		if (status == EXIT_DONE)
			status = conclude(&run);
		if (setup->invocation->config.output == OUTPUT_NAGIOS)
			status = nagios_conclude(&run.discovery, status);
	}
	run_release(&run);
	return status;
}

/* NULL where nothing is to be printed. */
static const struct output_writer *choose_writer(
	const struct invocation *invocation)
{
	const struct config *config = &invocation->config;

	if (config->quiet && !options_given(invocation, "output") &&
		!output_file())
		return NULL;
	return output_writers[config->output];
}

/* What a run prints that ends before it has asked anyone. */
static const char *last_words(const struct run_setup *setup)
{
	if (setup->writer != &output_json_writer || output_file())
		return "";
	return run_is_single(setup->invocation) ? "null\n" : "[]\n";
}

static void end_by_signals(const struct run_setup *setup)
{
	const struct config *config = &setup->invocation->config;

	if (config->output == OUTPUT_NAGIOS)
		return; /* see nagios_begin */
	event_last_words(last_words(setup));
	event_end_by(config->watch ? EXIT_DONE : -1);
}

static int run_all(struct run_setup *setup)
{
	int status;

	end_by_signals(setup);
	status = plan_read(setup->invocation, &setup->texts);
	if (status == EXIT_DONE)
		status = setup->invocation->config.watch ? watch_rounds(setup)
							 : discover(setup);
	plan_release_texts(&setup->texts);
	return status;
}

/* What is asked: the message, or a request for the service. */
static void add_probe(const struct config *config, struct str *probe)
{
	if (config->service.at)
		tged_format_request(probe, config->service);
	else
		str_add(probe, config->message);
}

int command_discover(const struct invocation *invocation)
{
	const struct config *config = &invocation->config;
	struct slice file = config->output_file;
	struct str probe = STR_EMPTY;
	int status = EXIT_CANNOT;

	/* It points into argv, and so ends with a NUL. */
	if (file.at && !output_open_file(file.at))
		return EXIT_CANNOT;
	add_probe(config, &probe);
	if (probe.failed) {
		log_at(LOG_ERROR, "out of memory");
	} else {
		struct run_setup setup = {
			.invocation = invocation,
			.writer = choose_writer(invocation),
			.probe = str_slice(&probe),
		};
		status = run_all(&setup);
	}
	str_release(&probe);
	return status;
}
