#ifndef SETTINGS_H
#define SETTINGS_H

#include "unit.h"

#include "core/config.h"

/* A setting of each kind, and what is tried with it. */

#define AT(member) offsetof(struct config, member)

static const char choices[] = "text json ndjson";

static const struct setting flag = {SETTING_FLAG, AT(broadcast)};
static const struct setting toggle = {SETTING_SWITCH, AT(scan)};
static const struct setting count = {SETTING_COUNT, AT(verbose)};
static const struct setting number = {SETTING_NUMBER, AT(port), 1, 65535};
static const struct setting from_zero = {SETTING_NUMBER, AT(retries), 0, 16};
static const struct setting seconds = {SETTING_SECONDS, AT(timeout_ns)};
static const struct setting text = {SETTING_TEXT, AT(message), 2, 4};
static const struct setting service = {SETTING_SERVICE, AT(service)};
static const struct setting rate = {SETTING_RATE, AT(rate)};
static const struct setting choice = {
	SETTING_CHOICE, AT(output), .choices = choices};
static const struct setting names = {SETTING_NAMES, AT(lists.whitelist)};
static const struct setting targets = {SETTING_TARGETS, AT(targets)};
static const struct setting paths = {SETTING_PATHS, AT(targets_files), 1, 6};
static const struct setting advertised = {SETTING_ADVERTISED, AT(advertise)};
static const struct setting networks = {SETTING_NETWORKS, AT(addresses)};
static const struct setting allowed = {SETTING_ALLOWED, AT(allow)};

/* Reads a value that is good and compares its print, at its INDEX. */
static inline void assert_good(const struct setting *setting,
	struct config *config, struct slice value, size_t index,
	const char *printed)
{
	struct str expected = STR_EMPTY, out = STR_EMPTY;

	if (!setting_parse(setting, value, config, &expected))
		fail_msg("'%.*s': expected %s", (int)value.len, value.at,
			str_text(&expected));
	assert_text(&expected, "");
	setting_print(setting, config, index, &out);
	assert_text(&out, printed);
	str_release(&out);
	str_release(&expected);
}

/* Refuses a value that is bad, and says what would be right. */
static inline void assert_bad(const struct setting *setting,
	struct config *config, struct slice value, const char *right)
{
	struct str expected = STR_EMPTY;

	if (setting_parse(setting, value, config, &expected))
		fail_msg("'%.*s' was taken", (int)value.len, value.at);
	assert_text(&expected, right);
	str_release(&expected);
}

#endif
