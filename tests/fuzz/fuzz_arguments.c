/* Whatever argv and the environment hold, for any command: either one printable
 * line says what is wrong, or all that was set is printed, and says the same when
 * it is given as options. A line of the input is a word; one that begins with "$"
 * is a variable, less its DISCOVERY_CLIENT_. */
#include "fuzz.h"

#include "base/log.h"
#include "cmd/arguments.h"
#include "cmd/options.h"

static const struct command commands[] = {
	{"serve", IN_SERVE},
	{"discover", IN_DISCOVER},
	{"discover-one", IN_DISCOVER_ONE},
	{"ifaces", IN_IFACES},
	{"check-segmented", IN_CHECK_SEGMENTED},
	{"completion", IN_COMPLETION, .operand = "bash"},
	{"help", IN_HELP, .operand = "[COMMAND | TOPIC]"},
};

static const char *const variables[] = {"PORT", "MESSAGE", "RESPONSE_PREFIX",
	"TIMEOUT", "RETRIES", "INTERFACES_WHITELIST", "INTERFACES_BLACKLIST",
	"ENABLE_SUBNET_SCAN"};

enum { WORDS_MAX = 128 };

/* Words on the heap, up to a NULL. */
struct words {
	size_t count;
	char *at[WORDS_MAX + 1];
};

static void add_word(struct words *words, struct slice word)
{
	if (words->count < WORDS_MAX)
		words->at[words->count++] = fuzz_string(word);
}

static void free_words(struct words *words)
{
	while (words->count > 0)
		free(words->at[--words->count]);
}

/* The environment, in place of the C library's, whose setenv(3) never frees. */
static char *values[COUNT(variables)];

char *getenv(const char *name)
{
	const char prefix[] = "DISCOVERY_CLIENT_";

	if (strncmp(name, prefix, sizeof prefix - 1) != 0)
		return NULL;
	for (size_t i = 0; i < COUNT(variables); i++)
		if (!strcmp(name + sizeof prefix - 1, variables[i]))
			return values[i];
	return NULL;
}

static void clear_variables(void)
{
	for (size_t i = 0; i < COUNT(variables); i++) {
		free(values[i]);
		values[i] = NULL;
	}
}

static void set_variable(struct slice line)
{
	struct slice name = fuzz_until(&line, '=');

	for (size_t i = 0; i < COUNT(variables); i++) {
		if (!slice_equal(name, slice_of(variables[i])))
			continue;
		free(values[i]);
		values[i] = fuzz_string(line);
	}
}

static void take_words(struct slice *in, struct words *words)
{
	while (in->len > 0) {
		struct slice line = fuzz_until(in, '\n');
		if (slice_starts(line, slice_of("$"))) {
			fuzz_take(&line, 1);
			set_variable(line);
		} else {
			add_word(words, line);
		}
	}
}

static bool is_shown(const struct invocation *invocation, size_t row)
{
	return (options[row].commands & invocation->command->bit) &&
	       options[row].action == OPTION_SET;
}

/* The value as a word of argv: "--name", "--name=VALUE", "-v". */
static void add_option(
	struct words *words, const struct option *option, struct slice value)
{
	struct str word = STR_EMPTY;
	bool takes = option->takes_value;
	enum setting_kind kind = option->setting.kind;

	if (option->name[0])
		option_add_name(option, ORIGIN_OPTION, &word);
	else
		str_addf(&word, "-%c", option->letter);
	if (takes) {
		str_addf(&word, "=");
		str_add(&word, value);
	}
	bool given = takes || slice_equal(value, slice_of("yes"));
	for (uint64_t i = 0; kind == SETTING_COUNT && i < value.len; i++)
		given = value.at[i] != '0';
	if (given)
		add_word(words, str_slice(&word));
	str_release(&word);
}

/* As "NAME=VALUE" on a line each, of which no value has two. */
static void check_json(const struct str *text, struct slice lines)
{
	cJSON *read = expect_json(text);
	const cJSON *at = read->child;

	while (lines.len > 0) {
		struct slice value = fuzz_until(&lines, '\n');
		struct slice name = fuzz_until(&value, '=');
		expect_member(&at, name, value);
	}
	expect(!at);
	cJSON_Delete(read);
}

/* All that is set, as words of argv and, in OUT, to be compared. */
static void print_all(const struct invocation *invocation, struct words *words,
	struct str *out)
{
	struct str text = STR_EMPTY;

	json_begin(&text);
	for (size_t row = 0; row < options_count; row++) {
		const struct option *option = &options[row];
		if (!is_shown(invocation, row))
			continue;
		size_t count = setting_count(
			&option->setting, &invocation->config);
		for (size_t i = 0; i < count; i++) {
			struct str value = STR_EMPTY;
			setting_print(&option->setting, &invocation->config, i,
				&value);
			json_text(&text, option->name, str_slice(&value));
			add_option(words, option, str_slice(&value));
			str_addf(out, "%s=", option->name);
			str_add_str(out, &value);
			str_addf(out, "\n");
			str_release(&value);
		}
	}
	json_end_object(&text);
	check_json(&text, str_slice(out));
	str_release(&text);
}

/* What was read is kept out of the way of what contradicts: only what the user
 * gave is given again. */
static bool is_contradicted(const struct invocation *invocation)
{
	for (size_t row = 0; row < options_count; row++)
		if (is_shown(invocation, row) &&
			option_against(&options[row]).at)
			if (setting_count(&options[row].setting,
				    &invocation->config) &&
				option_is_given(invocation, &options[row]))
				return true;
	return invocation->config.verbose > 1;
}

static void check_again(const struct invocation *invocation)
{
	struct str first = STR_EMPTY, second = STR_EMPTY, told = STR_EMPTY;
	struct invocation again = {
		.commands = commands, .command = invocation->command};
	struct words words = {0}, unused = {0};

	print_all(invocation, &words, &first);
	clear_variables();
	log_init(LOG_ERROR, false, false);
	log_keep(&told);
	if (words.count < WORDS_MAX && !is_contradicted(invocation)) {
		expect(arguments_parse(&again, words.at) == ARGUMENTS_RUN);
		print_all(&again, &unused, &second);
		expect(slice_equal(str_slice(&first), str_slice(&second)));
	}
	config_release(&again.config);
	free_words(&words);
	free_words(&unused);
	str_release(&first);
	str_release(&second);
	str_release(&told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	struct str told = STR_EMPTY;
	struct words words = {0};
	struct slice name = fuzz_until(&in, '\n');
	size_t command = name.len ? (size_t)(unsigned char)name.at[0] : 0;
	struct invocation invocation = {.commands = commands,
		.command = &commands[command % COUNT(commands)]};

	take_words(&in, &words);
	log_init(LOG_ERROR, false, false);
	log_keep(&told);
	enum arguments_outcome outcome = arguments_parse(&invocation, words.at);
	expect((outcome == ARGUMENTS_BAD) == (told.len > 0));
	if (outcome == ARGUMENTS_BAD)
		expect_line(&told);
	if (outcome == ARGUMENTS_RUN)
		check_again(&invocation);
	expect(!invocation.operand || invocation.command->operand);
	config_release(&invocation.config);
	clear_variables();
	free_words(&words);
	str_release(&told);
	return 0;
}
