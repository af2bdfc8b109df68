#include "cmd/services_report.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

/* Why a path could not be read. */
static const char *error_text(int error)
{
	switch (error) {
	case EINVAL:
		return "it is not a regular file";
	case EFBIG:
		return "there is more than 1 MiB in all";
	case EISDIR:
		return "it was a file and is a folder now, which needs a "
		       "restart";
	case E2BIG:
		return "there are more than 4096 files";
	}
	return strerror(error);
}

void services_report_fault(
	const struct live_services *services, const char *end)
{
	const struct live_fault *fault = &services->fault;
	struct str line = STR_EMPTY;

	if (fault->error)
		str_addf(&line, "cannot read '");
	str_add_str(&line, &fault->text);
	if (fault->error)
		str_addf(&line, "': %s", error_text(fault->error));
	str_addf(&line, "%s", end);
	log_lines(LOG_ERROR, &line);
	str_release(&line);
}

static void warn_of_double(const struct live_services *services,
	const struct services_double *found)
{
	struct str line = STR_EMPTY;

	str_addf(&line, "service ");
	str_add_quoted(
		&line, services->table.at[found->at].name, NAME_SHOWN_MAX);
	str_addf(&line, " of '%s' gives way to that of '%s'",
		services->files.at[found->file], services->files.at[found->by]);
	log_lines(LOG_WARNING, &line);
	str_release(&line);
}

void services_report_oddities(const struct live_services *services)
{
	size_t count = services->double_count;

	if (services->files.count == 0)
		log_at(LOG_WARNING, "there is no *.json in '%s'",
			services->path);
	for (size_t i = 0; i < count && i < LIVE_DOUBLES_MAX; i++)
		warn_of_double(services, &services->doubles[i]);
	if (count > LIVE_DOUBLES_MAX)
		log_at(LOG_WARNING, "%zu services are in several files", count);
}
