/* Whatever value an option is given: what is taken is printed as it could be given,
 * and is the same when it is read again; what is refused leaves a line that says
 * what would be right. The first byte says which kind of option it is. */
#include "fuzz.h"

#include "core/config.h"
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
static void check_json(const struct str *printed)
{
	struct str text = STR_EMPTY;

	json_begin(&text);
	json_str(&text, "value", printed);
	json_end_object(&text);
	cJSON *read = expect_json(&text);
	const cJSON *at = read->child;
	expect_member(&at, slice_of("value"), str_slice(printed));
	expect(!at);
	cJSON_Delete(read);
	str_release(&text);
}

static bool is_same_network(struct network a, struct network b)
{
	return a.addr == b.addr && a.prefix == b.prefix;
}

/* What both hold, where the text alone does not tell: fuzz_target looks at
 * targets. */
static bool is_same(const struct setting *setting, const struct config *a,
	const struct config *b)
{
	const struct advertised *x = a->advertise.at, *y = b->advertise.at;

	switch (setting->kind) {
	case SETTING_SWITCH:
		return a->scan == b->scan;
	case SETTING_NUMBER:
		return a->port == b->port && a->expect == b->expect;
	case SETTING_SECONDS:
		return a->timeout_ns == b->timeout_ns;
	case SETTING_CHOICE:
		return a->output == b->output;
	case SETTING_RATE:
		return a->rate.per_second == b->rate.per_second &&
		       (!a->rate.per_second || a->rate.burst == b->rate.burst);
	case SETTING_ADVERTISED:
		/* A prefix of 0 is for all, whatever is before it. */
		return x->askers.prefix == y->askers.prefix &&
		       (x->askers.prefix == 0 ||
			       x->askers.addr == y->askers.addr) &&
		       x->server.addr == y->server.addr &&
		       x->server.port == y->server.port;
	case SETTING_NETWORKS:
		return is_same_network(a->addresses.at[0], b->addresses.at[0]);
	case SETTING_ALLOWED:
		return is_same_network(a->allow.at[0], b->allow.at[0]);
	default:
		return true;
	}
}

/* What it printed is taken again, is the same, and printed so. */
static void check_again(const struct setting *setting,
	const struct config *former, struct slice printed)
{
	struct str expected = STR_EMPTY, again = STR_EMPTY;
	struct config config = {0};

	if (setting->kind == SETTING_FLAG || setting->kind == SETTING_COUNT)
		return;
	expect(setting_parse(setting, printed, &config, &expected));
	expect(is_same(setting, former, &config));
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
	check_json(&printed);
	for (size_t i = 0; setting_is_number(setting) && i < printed.len; i++)
		expect(strchr("0123456789.", printed.at[i]));
	check_again(setting, config, str_slice(&printed));
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
