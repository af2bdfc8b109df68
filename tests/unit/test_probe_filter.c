#include "unit.h"
#include "filter.h"

#include "tables.h"

/* The program for the kernel and the rule in user space are one rule. */

enum { LEN_MAX = SERVER_IP_MESSAGE_MAX };

static const uint64_t first_seed = 20260131;

/* A message with its program, and what is tried with it. */
struct trial {
	uint64_t seed; /* as it was at the start */
	uint64_t random;
	struct slice message; /* on its own on the heap */
	size_t compared;
	struct probe_filter filter;
	size_t passed, dropped;
};

static void trial_begin(struct trial *t, uint64_t seed,
	enum filter_content content, size_t len, size_t compared)
{
	static char storage[LEN_MAX];

	*t = (struct trial){.seed = seed, .random = seed, .compared = compared};
	t->message = exact(filter_message(&t->random, content, len, storage));
	memset(&t->filter, 0xff, sizeof t->filter); /* it is made anew */
	probe_filter_make(&t->filter, t->message, compared);
	if (!filter_is_sound(&t->filter))
		fail_msg("seed %ju, %zu of %zu bytes: no program",
			(uintmax_t)seed, compared, len);
}

static void trial_end(struct trial *t)
{
	exact_free(t->message);
}

/* Whether the rule lets it pass. */
static bool is_to_pass(const struct trial *t, struct slice datagram)
{
	if (t->compared == t->message.len)
		return server_ip_is_probe(datagram, t->message);
	return datagram.len == t->message.len &&
	       memcmp(datagram.at, t->message.at, t->compared) == 0;
}

static void check(struct trial *t, struct slice datagram)
{
	uint64_t header = (uint64_t)filter_random(&t->random) << 33 |
			  filter_random(&t->random);
	bool passes = is_to_pass(t, datagram);
	enum filter_outcome outcome = filter_judge(
		&t->filter, datagram, header);

	if (outcome != (passes ? FILTER_PASSES : FILTER_DROPS))
		fail_msg("seed %ju, %zu of %zu bytes, a datagram of %zu: %d",
			(uintmax_t)t->seed, t->compared, t->message.len,
			datagram.len, outcome);
	t->passed += passes;
	t->dropped += !passes;
}

static void check_flipped(struct trial *t, char *bytes, size_t at)
{
	char was = bytes[at];

	bytes[at] = (char)(was ^ (int)(1 + filter_below(&t->random, 255)));
	check(t, (struct slice){bytes, t->message.len});
	bytes[at] = was;
}

/* The message, and what differs from it at one place: each of its bytes, or its
 * length. */
static void check_neighbours(struct trial *t)
{
	static const char nuls[FILTER_DATAGRAM_MAX];
	char bytes[FILTER_DATAGRAM_MAX] = {0};
	size_t len = t->message.len;

	memcpy(bytes, t->message.at, len);
	check(t, (struct slice){bytes, len});
	for (size_t i = 0; i < len; i++)
		check_flipped(t, bytes, i);
	check(t, (struct slice){bytes, len - 1});
	check(t, (struct slice){bytes + 1, len - 1});
	for (size_t more = 1; more <= 9; more++)
		check(t, (struct slice){bytes, len + more});
	check(t, (struct slice){bytes, FILTER_DATAGRAM_MAX});
	bytes[len] = bytes[len - 1];
	check(t, (struct slice){bytes, len + 1});
	check(t, (struct slice){bytes + 1, len});
	check(t, (struct slice){nuls, len});
	check(t, (struct slice){"", 0});
}

static void each_message_passes_and_no_neighbour(void **state)
{
	struct trial t;

	(void)state;
	for (size_t len = 1; len <= LEN_MAX; len++) {
		trial_begin(&t, first_seed + len, CONTENT_NOISE, len, len);
		check_neighbours(&t);
		/* One or the other of them can be the message by chance. */
		assert_in_range(t.passed, 1, 3);
		assert_int_equal(t.passed + t.dropped, len + 17);
		trial_end(&t);
	}
}

/* Where programs change their form, and at the ends. */
static const size_t lengths[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 63,
	64, 65, 127, 253, 254, 255, 256, 257, 258, 300, 511, 512, 600, 681, 682,
	765, 766, 1000, 1020, 1021, 1022, 1023, 1024};

static void any_bytes_may_be_in_a_message(void **state)
{
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(lengths) * CONTENTS; i++) {
		enum filter_content content = i % CONTENTS;
		size_t len = lengths[i / CONTENTS];
		trial_begin(&t, first_seed + i, content, len, len);
		check_neighbours(&t);
		assert_in_range(t.passed, 1, 4);
		trial_end(&t);
	}
}

static void random_datagrams_pass_as_the_rule_says(void **state)
{
	static char storage[FILTER_DATAGRAM_MAX];
	size_t passed = 0, dropped = 0;
	uint64_t seed = first_seed;
	struct trial t;

	(void)state;
	for (int i = 0; i < 400; i++) {
		enum filter_content content = filter_below(&seed, CONTENTS);
		size_t most = i % 2 ? LEN_MAX : 20;
		size_t len = 1 + filter_below(&seed, most);
		trial_begin(&t, seed, content, len, len);
		for (int n = 0; n < 250; n++) {
			struct slice datagram = exact(
				filter_datagram(&t.random, t.message, storage));
			check(&t, datagram);
			exact_free(datagram);
		}
		passed += t.passed;
		dropped += t.dropped;
		trial_end(&t);
	}
	assert_in_range(passed, 10000, 40000);
	assert_int_equal(passed + dropped, 400 * 250);
}

/* Where the kernel takes no long program only the front is compared. */
static void check_part(size_t len, size_t compared, uint64_t seed)
{
	static char storage[FILTER_DATAGRAM_MAX];
	struct trial t;

	trial_begin(&t, seed, CONTENT_NOISE, len, compared);
	check_neighbours(&t);
	/* The bytes that are not compared may be any. */
	assert_in_range(t.passed, 1 + len - compared, 5 + len - compared);
	for (int i = 0; i < 20; i++)
		check(&t, filter_datagram(&t.random, t.message, storage));
	trial_end(&t);
}

static void a_part_passes_what_has_the_length_and_the_front(void **state)
{
	(void)state;
	for (size_t len = 1; len <= 24; len++)
		for (size_t compared = 0; compared < len; compared++)
			check_part(len, compared, first_seed + len * 32);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		for (size_t part = 2; part <= 16; part *= 2)
			check_part(
				lengths[i], lengths[i] / part, first_seed + i);
		check_part(lengths[i], lengths[i] - 1, first_seed + i);
	}
}

/* The kernel runs them for each datagram: none has a step that it needs not. */
static void a_program_is_as_short_as_can_be(void **state)
{
	static const char bytes[LEN_MAX];
	struct probe_filter filter;
	size_t longest = 0;

	(void)state;
	for (size_t len = 1; len <= LEN_MAX; len++) {
		probe_filter_make(&filter, (struct slice){bytes, len}, len);
		size_t loads = len / 4 + (len / 2) % 2 + len % 2;
		assert_int_equal(filter.count, 3 + 3 * loads + 1);
		longest = filter.count > longest ? filter.count : longest;
	}
	assert_int_equal(longest, PROBE_FILTER_STEPS_MAX);
	probe_filter_make(&filter, (struct slice){bytes, LEN_MAX}, 0);
	assert_int_equal(filter.count, 3 + 1);
}

/* As tcpdump -d would show it: what is told here by hand. */
static void a_short_program_is_the_one_expected(void **state)
{
	static const struct probe_filter_step expected[] = {
		{BPF_LD | BPF_W | BPF_LEN, 0, 0, 0},
		{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 8 + 7},
		{BPF_RET | BPF_K, 0, 0, 0},
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, 8},
		{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0x41ff0080},
		{BPF_RET | BPF_K, 0, 0, 0},
		{BPF_LD | BPF_H | BPF_ABS, 0, 0, 12},
		{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0xfe42},
		{BPF_RET | BPF_K, 0, 0, 0},
		{BPF_LD | BPF_B | BPF_ABS, 0, 0, 14},
		{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0xfd},
		{BPF_RET | BPF_K, 0, 0, 0},
		{BPF_RET | BPF_K, 0, 0, UINT32_MAX},
	};
	struct slice message = BYTES("A\xff\0\x80\xfe\x42\xfd");
	struct probe_filter filter;

	(void)state;
	probe_filter_make(&filter, message, message.len);
	assert_int_equal(filter.count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++)
		if (memcmp(&filter.steps[i], &expected[i], sizeof *expected) !=
			0)
			fail_msg("step %zu: %x %u %u %x", i,
				filter.steps[i].code, filter.steps[i].if_true,
				filter.steps[i].if_false, filter.steps[i].k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_program_is_the_one_expected),
		cmocka_unit_test(a_program_is_as_short_as_can_be),
		cmocka_unit_test(each_message_passes_and_no_neighbour),
		cmocka_unit_test(any_bytes_may_be_in_a_message),
		cmocka_unit_test(random_datagrams_pass_as_the_rule_says),
		cmocka_unit_test(
			a_part_passes_what_has_the_length_and_the_front),
	};

	return RUN(tests);
}
