/* Whichever servers answer in whichever rounds: each is kept once, with the first
 * of its replies and the ways by which they came; a round that is sorted is in
 * order; each that comes up goes down after three rounds without an answer, in
 * order, and none else does; as a list of them says that is looked through. */
#include "fuzz.h"

#include "core/watch.h"

enum { SERVERS = 64, ROUNDS_MAX = 24 };

static const char *const field_examples[] = {"", "A:1\n", "A:2\n", "B:\n"};

/* What is known of each server, which a byte stands for. */
static struct model {
	bool answered, up;
	unsigned missed;
	struct slice raw; /* of the first answer in this round */
	size_t paths;
	unsigned char seen[16];
} models[SERVERS];

static size_t answered_count;
static struct result last_down;
static bool has_down;

static struct result server_of(size_t i, struct slice raw)
{
	return (struct result){
		.server = {0x0a000000 + (uint32_t)(i >> 4), (uint16_t)(i & 3)},
		.fields = slice_of(field_examples[i >> 2 & 3]),
		.raw = raw,
	};
}

static size_t index_of(const struct result *result)
{
	size_t fields = 0;

	while (!slice_equal(result->fields, slice_of(field_examples[fields])))
		fields++;
	return (result->server.addr & 15) << 4 | fields << 2 |
	       result->server.port;
}

static bool note_path(struct model *m, unsigned char path)
{
	for (size_t i = 0; i < m->paths; i++)
		if (m->seen[i] == path)
			return false;
	if (m->paths < RESULT_PATHS_MAX)
		m->seen[m->paths++] = path;
	return true;
}

static void answer(struct results *answered, struct slice *in)
{
	size_t i = fuzz_number(in, SERVERS - 1);
	unsigned char way = (unsigned char)fuzz_number(in, 255);
	struct model *m = &models[i];
	struct result found = server_of(i, fuzz_take(in, way & 3));
	struct result_path path = {
		.interface = way >> 6, .source = way >> 2 & 15};
	const struct result *at;

	enum results_outcome outcome = results_add(
		answered, &found, &path, &at);
	expect(outcome == (m->answered ? RESULTS_KNOWN : RESULTS_NEW));
	if (!m->answered)
		m->raw = found.raw;
	answered_count += !m->answered;
	m->answered = true;
	note_path(m, way >> 2);
	expect(index_of(at) == i && slice_equal(at->raw, m->raw));
	expect(at->path_count == m->paths);
	expect(at->paths[0].source == (m->seen[0] & 15));
	expect(answered->count == answered_count);
	expect(results_hold(answered, &found));
}

static int compare(const struct result *a, const struct result *b)
{
	if (a->server.addr != b->server.addr)
		return a->server.addr < b->server.addr ? -1 : 1;
	if (a->server.port != b->server.port)
		return a->server.port < b->server.port ? -1 : 1;
	return slice_compare(a->fields, b->fields);
}

static void on_down(void *context, const struct result *result)
{
	size_t i = index_of(result);

	expect(context == models);
	expect(models[i].up && models[i].missed == WATCH_MISSES - 1);
	expect(!models[i].answered);
	expect(!has_down || compare(&last_down, result) < 0);
	has_down = true;
	/* The fields of the examples outlive it. */
	last_down = server_of(i, (struct slice){"", 0});
	models[i].up = false;
}

static void end_round(struct watch *watch, struct results *answered)
{
	size_t up = 0;

	has_down = false;
	watch_end_round(watch, answered, on_down, models);
	expect(answered->count == 0);
	for (size_t i = 0; i < SERVERS; i++) {
		struct model *m = &models[i];
		m->missed = m->answered ? 0 : m->missed + m->up;
		m->up |= m->answered;
		expect(!m->up || m->missed < WATCH_MISSES);
		struct result server = server_of(i, (struct slice){"", 0});
		expect(watch_knows(watch, &server) == m->up);
		m->answered = false;
		if (!m->up)
			m->missed = 0;
		m->paths = 0;
		up += m->up;
	}
	answered_count = 0;
	expect(watch->up.count == up);
}

static void check_sorted(struct results *answered)
{
	results_sort(answered);
	for (size_t i = 0; i < answered->count; i++) {
		const struct model *m = &models[index_of(&answered->at[i])];
		expect(m->answered);
		expect(slice_equal(answered->at[i].raw, m->raw));
		expect(i == 0 ||
			compare(&answered->at[i - 1], &answered->at[i]) < 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	const struct siphash_key key = {{5, 6}};
	struct results answered;
	struct watch watch;

	memset(models, 0, sizeof models);
	answered_count = 0;
	watch_init(&watch, key);
	results_init(&answered, key);
	for (int rounds = 0; in.len > 0 && rounds < ROUNDS_MAX; rounds++) {
		unsigned many = (unsigned)fuzz_number(&in, 15);
		for (; many > 0 && in.len > 0; many--)
			answer(&answered, &in);
		if (in.len > 0)
			end_round(&watch, &answered);
	}
	check_sorted(&answered);
	results_release(&answered);
	watch_release(&watch);
	return 0;
}
