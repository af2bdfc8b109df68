#include "cmd/nagios.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/report.h"
#include "sys/event.h"

enum state {
	STATE_OK,
	STATE_WARNING,
	STATE_CRITICAL,
	STATE_UNKNOWN,
};

static struct {
	bool wanted;
	bool written; /* the line */
	struct str reason; /* the first error */
} state = {false, false, STR_EMPTY};

/* Whether WORD, with NEXT behind it, is "-o nagios" in one of its forms. */
static bool asks(const char *word, const char *next)
{
	const char *value = NULL, *o;

	if (!strcmp(word, "--output"))
		value = next;
	else if (!strncmp(word, "--output=", 9))
		value = word + 9;
	else if (word[0] == '-' && word[1] != '-' && (o = strchr(word, 'o')))
		value = o[1] ? o + 1 : next;
	return value && !strcmp(value, "nagios");
}

#define ENDED "UDPDISC UNKNOWN - ended by a signal\n"

void nagios_begin(char *const *argv)
{
	static const int others[] = {
		SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2};

	for (; *argv && !state.wanted; argv++)
		state.wanted = asks(argv[0], argv[1]);
	if (!state.wanted)
		return;
	log_keep(&state.reason);
	event_last_words(ENDED);
	event_end_by(STATE_UNKNOWN);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		event_end_by_too(others[i]);
}

void nagios_forget(void)
{
	if (!state.wanted)
		return;
	state.wanted = false;
	log_keep(NULL);
	event_last_words("");
	event_end_by(-1);
}

/* Behind a bar there are numbers for a machine. */
static void add_text(struct str *line, const struct str *text)
{
	struct slice rest = str_slice(text), part;
	const char *bar = "";

	for (; slice_cut(&rest, '|', &part); bar = "\\x7c") {
		str_addf(line, "%s", bar);
		str_add_printable(line, part);
	}
	line->failed = line->failed || text->failed;
}

#define OUT_OF_MEMORY "UDPDISC UNKNOWN - out of memory\n"

/* Whether it is not that of a process without memory. */
static bool write_line(
	enum state as, const struct str *text, const struct str *numbers)
{
	static const char names[][9] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
	struct str line = STR_EMPTY;

	str_addf(&line, "UDPDISC %s - ", names[as]);
	add_text(&line, text);
	str_add_str(&line, numbers);
	str_addf(&line, "\n");
	/* There is one line. */
	event_hold(true);
	event_last_words("");
	bool whole = !line.failed;
	output_write(whole ? str_slice(&line) : slice_of(OUT_OF_MEMORY));
	str_release(&line);
	return whole;
}

static enum state judge(int status, size_t count)
{
	if (status == EXIT_DONE)
		return STATE_OK;
	if (status != EXIT_FEWER)
		return STATE_UNKNOWN;
	return count ? STATE_WARNING : STATE_CRITICAL;
}

int nagios_conclude(const struct discovery *discovery, int status)
{
	const struct results *results = &discovery->results;
	enum state as = judge(status, results->count);
	struct str text = STR_EMPTY, numbers = STR_EMPTY;
	int64_t took_ns = event_now_ns() - discovery->schedule.start_ns;
	int64_t ms = (took_ns + NS_PER_MS / 2) / NS_PER_MS;

	if (as == STATE_UNKNOWN)
		return status;
	num_add_count(&text, results->count, "server");
	report_add_servers(&text, results);
	if (state.reason.len) {
		str_addf(&text, results->count ? "; " : ": ");
		str_add_str(&text, &state.reason);
	}
	str_addf(&numbers,
		" | servers=%zu;;;0 time=%" PRId64 ".%03" PRId64 "s;;;0",
		results->count, ms / 1000, ms % 1000);
	text.failed = text.failed || state.reason.failed;
	if (!write_line(as, &text, &numbers))
		as = STATE_UNKNOWN;
	if (output_file())
		event_last_words(ENDED);
	output_commit();
	/* Else there is another line to be written, about that. */
	state.written = output_works();
	str_release(&state.reason);
	str_release(&text);
	str_release(&numbers);
	return (int)as;
}

int nagios_end(int status)
{
	static const struct str none = STR_EMPTY;

	/* Help, and a run of another format, can do without the line. */
	if (state.wanted && !state.written && status > EXIT_FEWER) {
		write_line(STATE_UNKNOWN, &state.reason, &none);
		status = STATE_UNKNOWN;
	}
	str_release(&state.reason);
	return status;
}
