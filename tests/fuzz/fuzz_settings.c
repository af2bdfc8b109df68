/* Whatever value an option is given: what is taken is printed as it could be given,
 * and is the same when it is read again; what is refused leaves a line that says
 * what would be right. The first byte says which kind of option it is. */
#include "fuzz.h"

#include "core/config.h"
#include "core/pattern.h"
#include "core/tged.h"

#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
	{SETTING_FLAG, AT(broadcast)},
	{SETTING_SWITCH, AT(scan)},
	{SETTING_COUNT, AT(verbose)},
	{SETTING_NUMBER, AT(port), 1, 65535},
	{SETTING_NUMBER, AT(expect), 0, 65536},
	{SETTING_SECONDS, AT(timeout_ns)},
	{SETTING_TEXT, AT(message), 1, 1024},
	{SETTING_TEXT, AT(user), 2, 4},
	{SETTING_SERVICE, AT(service)},
	{SETTING_CHOICE, AT(output), .choices = "text json ndjson nagios"},
	{SETTING_RATE, AT(rate)},
	{SETTING_NAMES, AT(lists.whitelist)},
	{SETTING_TARGETS, AT(targets)},
	{SETTING_PATHS, AT(targets_files), 1, 4095},
	{SETTING_ADVERTISED, AT(advertise)},
	{SETTING_NETWORKS, AT(addresses)},
	{SETTING_ALLOWED, AT(allow)},
};

static bool is_host(uint32_t addr)
{
	return addr != 0 && addr != IPV4_ALL_HOSTS && addr >> 28 != 14;
}

static void check_network(struct network network)
{
	expect(network.prefix <= 32);
}

/* What holds for all that is taken. */
static void check_bounds(
	const struct setting *setting, const struct config *config)
{
	switch (setting->kind) {
	case SETTING_NUMBER:
		expect(setting->offset != AT(port) || config->port - 1 < 65535);
		expect(config->expect <= 65536);
		break;
	case SETTING_SECONDS:
		expect(config->timeout_ns > 0 &&
			config->timeout_ns <= (int64_t)1000000000000000000);
		break;
	case SETTING_SERVICE:
		expect(config->service.len - 1 < TGED_SERVICE_MAX);
		expect(!memchr(config->service.at, '\n', config->service.len));
		break;
	case SETTING_RATE:
		expect(config->rate.per_second <= LIMITER_RATE_MAX);
		expect(config->rate.burst - 1 < LIMITER_BURST_MAX);
		break;
	case SETTING_ADVERTISED:
		expect(is_host(config->advertise.at[0].server.addr));
		check_network(config->advertise.at[0].askers);
		break;
	case SETTING_NETWORKS:
		check_network(config->addresses.at[0]);
		break;
	case SETTING_ALLOWED:
		check_network(config->allow.at[0]);
		break;
	default:
		break;
	}
}

static void print(const struct setting *setting, const struct config *config,
	struct str *out)
{
	size_t count = setting_count(setting, config);

	expect(count == 1 || (count == 0 && setting->kind == SETTING_NUMBER));
	setting_print(setting, config, 0, out);
	expect(!out->failed);
}

/* As the list of settings shows it. */
static void check_json(struct slice printed)
{
	struct json doc;

	json_init(&doc);
	json_text(&doc, doc.root, "value", printed);
	expect_json(&doc);
	json_release(&doc);
}

/* What it printed is taken again, and printed so. */
static void check_again(const struct setting *setting, struct slice printed)
{
	struct str expected = STR_EMPTY, again = STR_EMPTY;
	struct config config = {0};

	if (setting->kind == SETTING_FLAG || setting->kind == SETTING_COUNT)
		return;
	expect(setting_parse(setting, printed, &config, &expected));
	print(setting, &config, &again);
	expect(slice_equal(printed, str_slice(&again)));
	str_release(&again);
	str_release(&expected);
	config_release(&config);
}

static void check_taken(
	const struct setting *setting, const struct config *config)
{
	struct str printed = STR_EMPTY;

	check_bounds(setting, config);
	print(setting, config, &printed);
	check_json(str_slice(&printed));
	check_again(setting, str_slice(&printed));
	str_release(&printed);
}

/* Numbers are what each digit says. */
static void check_number(
	const struct setting *setting, struct slice value, bool taken)
{
	struct slice digits = slice_trim(value);
	uint64_t number = 0;
	bool good = digits.len > 0;

	if (setting->kind != SETTING_NUMBER)
		return;
	for (size_t i = 0; i < digits.len; i++) {
		good = good && digits.at[i] >= '0' && digits.at[i] <= '9';
		if (number < 1000000)
			number = 10 * number + (uint64_t)(digits.at[i] - '0');
	}
	expect(taken ==
		(good && number >= setting->min && number <= setting->max));
}

/* Each of a list is counted, and a value that is refused is not in it. */
static void check_list(const struct setting *setting, struct slice value)
{
	struct config config = {0};
	struct str ignored = STR_EMPTY;
	size_t taken = 0;

	if (!setting_is_list(setting))
		return;
	for (int i = 0; i < 5; i++) {
		struct slice part = fuzz_take(&value, value.len / 2 + 1);
		taken += setting_parse(setting, part, &config, &ignored);
	}
	expect(setting_count(setting, &config) == taken);
	for (size_t i = 0; i < taken; i++)
		setting_print(setting, &config, i, &ignored);
	str_release(&ignored);
	config_release(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	uint8_t kind = (uint8_t)fuzz_number(&in, 255);
	const struct setting *setting = &settings[kind % COUNT(settings)];
	struct str expected = STR_EMPTY;
	struct config config = {0};

	bool taken = setting_parse(setting, in, &config, &expected);
	expect(!config.out_of_memory);
	check_number(setting, in, taken);
	if (taken)
		check_taken(setting, &config);
	else
		expect_line(&expected);
	expect(taken == (expected.len == 0));
	check_list(setting, in);
	str_release(&expected);
	config_release(&config);
	return 0;
}
