#include "cmd/rights.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "cmd/options.h"
#include "sys/file.h"

/* An account file may be far larger than any that is likely. */
enum { ACCOUNTS_BYTES_MAX = 16 << 20 };

static int tell_bad_user(struct slice user, const char *why)
{
	struct str line = STR_EMPTY;

	str_addf(&line, "bad --user ");
	str_add_quoted(&line, user, SIZE_MAX);
	str_addf(&line, ": %s; expected NAME[:GROUP] or UID[:GID]", why);
	log_lines(LOG_ERROR, &line);
	str_release(&line);
	return EXIT_USAGE;
}

int rights_find(const struct invocation *invocation, struct rights *rights)
{
	static const char faults[][40] = {
		[ACCOUNT_BAD] = "there is a part without a name",
		[ACCOUNT_NO_USER] = "there is no such user in /etc/passwd",
		[ACCOUNT_NO_GROUP] = "there is no such group in /etc/group",
	};
	struct slice user = invocation->config.user;
	struct str passwd = STR_EMPTY, group = STR_EMPTY;

	*rights = (struct rights){{ACCOUNT_NOBODY, ACCOUNT_NOBODY}, user.at};
	/* The default needs no files. */
	if (!options_given(invocation, "user"))
		return EXIT_DONE;
	/* Nor do numbers: what can't be read holds no name. */
	file_read("/etc/passwd", ACCOUNTS_BYTES_MAX, &passwd);
	file_read("/etc/group", ACCOUNTS_BYTES_MAX, &group);
	enum account_fault fault = account_find(
		user, str_slice(&passwd), str_slice(&group), &rights->account);
	str_release(&passwd);
	str_release(&group);
	return fault == ACCOUNT_FOUND ? EXIT_DONE
				      : tell_bad_user(user, faults[fault]);
}

int rights_become(
	const struct invocation *invocation, const struct rights *rights)
{
	const struct account *account = &rights->account;

	if (!rights->becomes ||
		sandbox_become(account->uid, account->gid) == 0) {
		/* Files are read without them: rights_give_up tells of them. */
		(void)sandbox_drop(0);
		return EXIT_DONE;
	}
	if (options_given(invocation, "user")) {
		log_errno(LOG_ERROR, "cannot become --user '%.*s'",
			(int)invocation->config.user.len,
			invocation->config.user.at);
		return EXIT_CANNOT;
	}
	log_at(LOG_WARNING,
		"cannot become nobody (%u): %s; goes on as root, which "
		"--user 0 asks for",
		account->uid, strerror(errno));
	(void)sandbox_drop(0);
	return EXIT_DONE;
}

/* Adds WHAT to what is in force; else says that it is not. ENOTSUP is how this
 * binary was built. */
static void note(struct str *in_force, const char *what, int rc)
{
	if (rc == 0)
		str_addf(in_force, ", %s", what);
	else
		log_errno(errno == ENOTSUP ? LOG_DEBUG : LOG_WARNING,
			"goes on without this: %s", what);
}

static void add_identity(struct str *line)
{
	struct sandbox_identity who = sandbox_identity();

	str_addf(line, "in force: user %u, group %u%s", who.uid, who.gid,
		who.in_groups ? " and others" : "");
}

void rights_give_up(unsigned uses, unsigned keep)
{
	struct str line = STR_EMPTY;

	if (log_shows(LOG_DEBUG))
		add_identity(&line);
	note(&line, "no new privileges", sandbox_gain_nothing());
	note(&line, keep ? "few capabilities" : "no capabilities",
		sandbox_drop(keep));
	note(&line, "limits of resources", sandbox_limit());
	note(&line, "a list of system calls", sandbox_confine(uses));
	log_lines(LOG_DEBUG, &line);
	str_release(&line);
}
