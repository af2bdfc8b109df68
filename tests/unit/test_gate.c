#include "unit.h"
#include "host.h"

#include "core/gate.h"
#include "tables.h"

/* Time here is virtual: it passes when a test says so. */
static const int64_t now = 1000000007;

static const struct target neighbour = {.to = {IPV4(10, 0, 0, 8), 9999}};
static const struct target routed = {.to = {IPV4(8, 8, 8, 8), 9999}};
static const struct target own = {.to = {IPV4(10, 0, 0, 1), 9999}};
static const struct target broadcast = {
	.to = {IPV4(10, 0, 0, 255), 9999}, .interface = ETH0};

/* In the first round, with nothing in the way. */
static void begin(struct schedule *s)
{
	const struct schedule_config config = {.timeout_ns = MS(500),
		.rate = 1000,
		.port = 9999,
		.length = 15,
		.network = &host};

	schedule_init(s, &config);
	s->round = 1;
	s->deadline_ns = now + MS(500);
	s->hold_ns = s->pace.due_ns = now;
	s->pace.on_link = s->pace.routed = (struct pace_way){1, now};
}

static void a_wait_ends_with_the_deadline(void **state)
{
	struct schedule s;

	(void)state;
	begin(&s);
	for (int ms = 499; ms <= 501; ms++) {
		struct step step = gate_wait(&s, now + MS(ms));
		assert_int_equal(step.action, STEP_WAIT);
		assert_int_equal(step.until_ns, now + MS(ms <= 500 ? ms : 500));
	}
}

/* All of a sweep is, and of single targets what comes behind so many. */
static void what_is_many_is_rated(void **state)
{
	struct schedule s;

	(void)state;
	begin(&s);
	s.swept = broadcast;
	assert_true(gate_is_rated(&s, &s.swept));
	for (s.next = SCHEDULE_AT_ONCE - 1; s.next <= SCHEDULE_AT_ONCE + 1;
		s.next++) {
		bool many = s.next >= SCHEDULE_AT_ONCE;
		assert_int_equal(gate_is_rated(&s, &neighbour), many);
		assert_int_equal(gate_is_rated(&s, &routed), many);
		assert_false(gate_is_rated(&s, &own));
		assert_false(gate_is_rated(&s, &broadcast));
	}
}

/* Targets lie on either side of the one that is swept. */
static void only_what_is_swept_is_swept(void **state)
{
	struct {
		struct target before;
		struct schedule schedule;
		struct target after;
	} s = {.before = broadcast, .after = broadcast};

	(void)state;
	begin(&s.schedule);
	s.schedule.swept = broadcast;
	assert_true(gate_is_paced(&s.schedule, &s.schedule.swept));
	assert_false(gate_is_paced(&s.schedule, &s.before));
	assert_false(gate_is_paced(&s.schedule, &s.after));
	assert_false(gate_is_rated(&s.schedule, &s.before));
	assert_false(gate_is_rated(&s.schedule, &s.after));
	assert_true(gate_is_on_link(&s.schedule, &neighbour));
	assert_false(gate_is_on_link(&s.schedule, &routed));
}

static void the_first_round_waits_for_what_is_paced(void **state)
{
	static const struct {
		enum schedule_phase phase;
		unsigned round;
		const struct target *target;
		bool opens;
	} rows[] = {{PHASE_ROUNDS, 1, &neighbour, true},
		{PHASE_ROUNDS, 1, &routed, true},
		{PHASE_ROUNDS, 1, &own, false},
		{PHASE_ROUNDS, 1, &broadcast, false},
		{PHASE_ROUNDS, 0, &neighbour, false},
		{PHASE_ROUNDS, 2, &neighbour, false},
		{PHASE_SWEEP, 1, &neighbour, false},
		{PHASE_LAST, 1, &neighbour, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct schedule s;
		begin(&s);
		s.phase = rows[i].phase;
		s.round = rows[i].round;
		gate_open_deadline(&s, rows[i].target);
		assert_int_equal(s.deadline_ns,
			rows[i].opens ? INT64_MAX : now + MS(500));
		gate_close_deadline(&s, now + MS(7));
		assert_int_equal(
			s.deadline_ns, now + MS(rows[i].opens ? 507 : 500));
	}
}

/* What is in the way, what comes then, and when. */
struct obstacle {
	int64_t hold_ns, due_ns, look_ns;
	size_t room;
	bool many;
	enum step_action action;
	int64_t until_ns;
	bool opens;
};

static void check_send(
	const struct obstacle *o, const struct target *target, bool on_link)
{
	struct target copy = *target;
	struct schedule s;
	struct step step;

	begin(&s);
	s.hold_ns = now + o->hold_ns;
	s.pace.due_ns = now + o->due_ns;
	*(on_link ? &s.pace.on_link : &s.pace.routed) = (struct pace_way){
		o->room, now + o->look_ns};
	s.next = o->many ? SCHEDULE_AT_ONCE : 0;
	step = gate_send(&s, &copy, now);
	assert_int_equal(step.action, o->action);
	assert_ptr_equal(step.target, o->action == STEP_SEND ? &copy : NULL);
	assert_int_equal(
		step.until_ns, o->action == STEP_WAIT ? now + o->until_ns : 0);
	assert_int_equal(s.deadline_ns == INT64_MAX, o->opens);
}

static void a_probe_goes_when_nothing_is_in_its_way(void **state)
{
	static const struct obstacle rows[] = {
		{0, 0, 0, 1, true, STEP_SEND, 0, false},
		{1, 0, 0, 1, true, STEP_WAIT, 1, false},
		{MS(500) + 1, 0, 0, 1, true, STEP_WAIT, MS(500), false},
		{2, 1, 1, 0, true, STEP_WAIT, 2, false},
		{0, 1, 0, 1, true, STEP_WAIT, 1, true},
		{0, MS(600), 0, 1, true, STEP_WAIT, MS(600), true},
		{0, 1, 0, 1, false, STEP_SEND, 0, false},
		{0, 0, 0, 0, false, STEP_LOOK, 0, true},
		{0, 0, 1, 0, false, STEP_WAIT, 1, true},
		{0, 0, MS(600), 0, false, STEP_WAIT, MS(600), true},
		{0, 0, 1, 1, false, STEP_SEND, 0, false},
		{0, -1, -1, 0, true, STEP_LOOK, 0, true},
		{-1, -1, -1, 1, true, STEP_SEND, 0, false},
	};
	static const struct obstacle all = {
		0, 1, 1, 0, true, STEP_SEND, 0, false};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_send(&rows[i], &neighbour, true);
		check_send(&rows[i], &routed, false);
	}
	check_send(&all, &own, true);
	check_send(&all, &broadcast, true);
}

/* The table is looked at while a proxy could answer late. */
static void begin_watch(struct schedule *s)
{
	begin(s);
	s->pace.asked = PACE_PROXY_QUEUE + 1;
	s->latest.sent_ns = now - MS(999);
	s->watch_ns = now;
}

/* What comes instead of a wait for 100 ms. */
static struct step watch(const struct schedule *s)
{
	const struct step wait = {
		.action = STEP_WAIT, .until_ns = now + MS(100)};

	return gate_watch(s, now, wait);
}

static void assert_waits(const struct schedule *s, int64_t for_ns)
{
	struct step step = watch(s);

	assert_int_equal(step.action, STEP_WAIT);
	assert_int_equal(step.until_ns, now + for_ns);
}

static void late_proxies_are_watched_for(void **state)
{
	struct schedule s;

	(void)state;
	begin_watch(&s);
	assert_int_equal(watch(&s).action, STEP_LOOK);
	s.watch_ns = now - 1;
	assert_int_equal(watch(&s).action, STEP_LOOK);
	s.watch_ns = now + 1;
	assert_waits(&s, 1);
	s.watch_ns = now + MS(100) - 1;
	assert_waits(&s, MS(100) - 1);
	s.watch_ns = now + MS(101);
	assert_waits(&s, MS(100));
}

static void nobody_watches_where_it_tells_nothing(void **state)
{
	struct schedule s;

	(void)state;
	begin_watch(&s);
	s.pace.asked = PACE_PROXY_QUEUE;
	assert_waits(&s, MS(100));
	begin_watch(&s);
	s.latest.sent_ns = now - MS(2000);
	assert_waits(&s, MS(100));
	s.latest.sent_ns = now - MS(1000);
	assert_waits(&s, MS(100));
	s.latest.sent_ns++;
	assert_int_equal(watch(&s).action, STEP_LOOK);
	s.pace.slow = true;
	assert_waits(&s, MS(100));
	begin_watch(&s);
	s.pace.blind = true;
	assert_waits(&s, MS(100));
	begin_watch(&s);
	s.pace.full = true;
	assert_waits(&s, MS(100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_ends_with_the_deadline),
		cmocka_unit_test(what_is_many_is_rated),
		cmocka_unit_test(only_what_is_swept_is_swept),
		cmocka_unit_test(the_first_round_waits_for_what_is_paced),
		cmocka_unit_test(a_probe_goes_when_nothing_is_in_its_way),
		cmocka_unit_test(late_proxies_are_watched_for),
		cmocka_unit_test(nobody_watches_where_it_tells_nothing),
	};

	return RUN(tests);
}
