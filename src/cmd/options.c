#include "cmd/options.h"

#include "core/discovery.h"
#include "core/server_ip.h"

#define IN_BOTH (IN_DISCOVER | IN_DISCOVER_ONE)
#define IN_LISTS (IN_SERVE | IN_BOTH | IN_IFACES | IN_CHECK_SEGMENTED)
#define IN_ALL (IN_LISTS | IN_HELP | IN_COMPLETION)
#define AT(member) .offset = offsetof(struct config, member)

/* What open(2) takes (PATH_MAX), less the NUL. */
enum { PATH_BYTES_MAX = 4095 };
/* Two names as useradd(8) lets them be, and the colon. */
enum { USER_BYTES_MAX = 65 };

const struct option options[] = {
#define OPTION(name, letter, from, argument, help, in, ...)                    \
	{name, letter, sizeof(argument) > 1, .commands = in, from, __VA_ARGS__},
#include "cmd/options.def"
#undef OPTION
};

const size_t options_count = sizeof options / sizeof *options;

_Static_assert(sizeof options / sizeof *options <= OPTIONS_MAX,
	"struct invocation holds an origin for each option");

const struct option *option_find(
	const struct invocation *invocation, struct slice name, char letter)
{
	for (size_t i = 0; i < options_count; i++) {
		const struct option *o = &options[i];
		if (!(o->commands & invocation->command->bit))
			continue;
		if (letter ? o->letter == letter
			   : o->name[0] && slice_equal(slice_of(o->name), name))
			return o;
	}
	return NULL;
}

void option_add_name(
	const struct option *option, enum origin origin, struct str *out)
{
	if (origin == ORIGIN_VARIABLE)
		str_addf(out, "%s", option->variable);
	else
		str_addf(out, "--%s", option->name);
}

struct slice option_against(const struct option *option)
{
	return option->words && option->action == OPTION_SET
		       ? slice_of(option->words)
		       : (struct slice){NULL, 0};
}

bool option_is_given(
	const struct invocation *invocation, const struct option *option)
{
	return invocation->origins[option - options] == ORIGIN_OPTION;
}

bool options_exclude(
	const struct invocation *invocation, const struct option *option)
{
	for (size_t i = 0; i < options_count; i++) {
		struct slice rest = option_against(&options[i]), name;
		while (option_is_given(invocation, &options[i]) &&
			slice_cut(&rest, ' ', &name))
			if (slice_equal(name, slice_of(option->name)))
				return true;
	}
	return false;
}

bool options_given(const struct invocation *invocation, const char *name)
{
	const struct option *option = option_find(
		invocation, slice_of(name), 0);

	return option && option_is_given(invocation, option);
}

void options_add_name(
	const struct invocation *invocation, const char *name, struct str *out)
{
	const struct option *option = option_find(
		invocation, slice_of(name), 0);

	if (option)
		option_add_name(
			option, invocation->origins[option - options], out);
}

void options_add_origin(
	const struct invocation *invocation, size_t row, struct str *out)
{
	switch (invocation->origins[row]) {
	case ORIGIN_VARIABLE:
		option_add_name(&options[row], ORIGIN_VARIABLE, out);
		break;
	case ORIGIN_OPTION:
		str_addf(out, "option");
		break;
	case ORIGIN_DEFAULT:
		str_addf(out, "default");
		break;
	}
}
