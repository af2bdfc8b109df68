#include "discovering.h"

#include "core/watch.h"

#include "tables.h"

/* Many rounds, in virtual time. */

/* Of libasan, whose header for it gcc leaves out. */
size_t __sanitizer_get_allocated_size(const volatile void *at);
int __sanitizer_install_malloc_and_free_hooks(
	void (*on_malloc)(const volatile void *at, size_t size),
	void (*on_free)(const volatile void *at));

/* Bytes that are allocated now; what ASan holds back after a free is none. */
static long allocated;

static void on_malloc(const volatile void *at, size_t size)
{
	(void)at;
	allocated += (long)size;
}

static void on_free(const volatile void *at)
{
	if (at)
		allocated -= (long)__sanitizer_get_allocated_size(at);
}

/* 64 servers, one a bit. */
enum { SERVERS = 64 };
#define BIT(i) ((uint64_t)1 << (i))

static char replies[SERVERS][32];

static void make_replies(void)
{
	for (unsigned i = 0; i < SERVERS; i++)
		snprintf(replies[i], sizeof replies[i],
			"SERVER_IP:10.0.0.%u:%u", 100 + i / 2, 8000 + i);
}

/* The same numbers in each run (Marsaglia, Xorshift RNGs). */
static uint64_t state = 88172645463325252;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* A watch, and what it told. */
struct scene {
	struct watch watch;
	uint64_t up; /* who is */
	uint64_t came, went; /* in this round */
	unsigned last; /* who went down before, and one more */
};

static unsigned find(const struct result *result)
{
	return result->server.port - 8000u;
}

static void on_up(struct scene *scene, const struct result *result)
{
	uint64_t bit = BIT(find(result));

	assert_false(scene->up & bit);
	scene->up |= bit;
	scene->came |= bit;
}

static void on_down(void *context, const struct result *result)
{
	struct scene *scene = context;
	unsigned i = find(result);

	assert_true(scene->up & BIT(i));
	assert_true(i >= scene->last);
	scene->last = i + 1;
	scene->up &= ~BIT(i);
	scene->went |= BIT(i);
}

static void hear(struct scene *scene, struct discovery *d, unsigned i)
{
	const struct datagram datagram = {.data = slice_of(replies[i]),
		.source = {IPV4(10, 0, 0, 100) + i / 2, 9999},
		.interface = ETH0};
	const struct result *result;

	if (discovery_receive(d, &datagram, start + MS(1), &result) ==
			DISCOVERY_NEW &&
		!watch_knows(&scene->watch, result))
		on_up(scene, result);
}

/* A whole run, in which those of WHO answer, the last one first. */
static void hold_round(struct scene *scene, uint64_t who)
{
	int64_t now = start;
	struct discovery d;
	struct step step;

	scene->came = scene->went = scene->last = 0;
	begin(&d, MS(50), 0);
	add_one(&d, IPV4(10, 0, 0, 255), ETH0);
	assert_true(schedule_prepare(&d.schedule));
	schedule_start(&d.schedule, start);
	while ((step = discovery_next(&d, now)).action != STEP_END) {
		if (step.action == STEP_WAIT) {
			now = step.until_ns;
			continue;
		}
		assert_int_equal(step.action, STEP_SEND);
		schedule_sent(&d.schedule, step.target, now, 0);
		for (unsigned i = SERVERS; i-- > 0;)
			if (who & BIT(i))
				hear(scene, &d, i);
	}
	watch_end_round(&scene->watch, &d.results, on_down, scene);
	discovery_release(&d);
}

static void begin_scene(struct scene *scene)
{
	*scene = (struct scene){.up = 0};
	watch_init(&scene->watch, (struct siphash_key){{7, 8}});
}

/* In which round each server answered last; 0: it is not up. */
struct model {
	unsigned round;
	unsigned seen[SERVERS];
};

static void hold_model(
	struct model *model, uint64_t who, uint64_t *came, uint64_t *went)
{
	*came = *went = 0;
	model->round++;
	for (unsigned i = 0; i < SERVERS; i++) {
		unsigned *seen = &model->seen[i];
		if (who & BIT(i)) {
			*came |= *seen ? 0 : BIT(i);
			*seen = model->round;
		} else if (*seen && model->round - *seen == WATCH_MISSES) {
			*went |= BIT(i);
			*seen = 0;
		}
	}
}

/* Mostly the ones of the round before; at times all or none. */
static uint64_t choose(uint64_t before)
{
	uint64_t r = draw();

	if (r % 64 == 0)
		return 0;
	if (r % 64 == 1)
		return UINT64_MAX;
	return before ^ (draw() & draw() & (r & 1024 ? draw() : UINT64_MAX));
}

static void it_tells_what_a_simple_model_tells(void **unused)
{
	struct model model = {0};
	struct scene scene;
	uint64_t who = 0, came, went;
	int told = 0;

	(void)unused;
	begin_scene(&scene);
	for (int round = 0; round < 10000; round++) {
		who = choose(who);
		hold_model(&model, who, &came, &went);
		hold_round(&scene, who);
		if (scene.came != came || scene.went != went)
			fail_msg("round %d: %llx and %llx instead of %llx and "
				 "%llx",
				round, (unsigned long long)scene.came,
				(unsigned long long)scene.went,
				(unsigned long long)came,
				(unsigned long long)went);
		told += (came != 0) + (went != 0);
	}
	assert_in_range(told, 5000, 20000);
	watch_release(&scene.watch);
}

/* A few servers at a time, others each time. */
static uint64_t few(void)
{
	return draw() & draw() & draw() & draw() & draw();
}

static const uint64_t always = BIT(3) | BIT(20) | BIT(63);

/* Goes on from ROUND to the end of the one that is UNTIL, the last ones with the
 * ALWAYS alone; what is allocated then. */
static long measure(struct scene *scene, int round, int until)
{
	while (round++ < until)
		hold_round(
			scene, round > until - WATCH_MISSES ? always : few());
	assert_true(scene->up == always);
	return allocated;
}

static void a_million_rounds_end_with_the_memory_of_ten(void **unused)
{
	struct scene scene;
	long before = allocated;

	(void)unused;
	begin_scene(&scene);
	long ten = measure(&scene, 0, 10);
	assert_in_range(ten - before, 3 * sizeof(struct result), 100000);
	assert_int_equal(measure(&scene, 10, 1000000), ten);
	watch_release(&scene.watch);
	assert_int_equal(allocated, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_tells_what_a_simple_model_tells),
		cmocka_unit_test(a_million_rounds_end_with_the_memory_of_ten),
	};

	make_replies();
	if (!__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free))
		return 1;
	return RUN(tests);
}
