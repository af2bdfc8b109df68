#include "faults.h"
#include "discovering.h"

#include "core/broadcasts.h"
#include "core/tged.h"
#include "core/watch.h"
#include "tables.h"

/* Text that takes no memory: what a run did. With faults it does the same, as soon
 * as there is memory again. */
struct account {
	struct str text;
	char room[1 << 16];
};

static struct account did, should;

static void begin_account(void)
{
	str_init_fixed(&did.text, did.room, sizeof did.room);
}

/* The first run, with all memory, is the model. */
static void end_account(void)
{
	assert_false(did.text.failed);
	if (faults.run < 0) {
		memcpy(should.room, did.room, did.text.len + 1);
		return;
	}
	assert_string_equal(did.room, should.room);
}

/* --- a discovery -------------------------------------------------------------- */

#define FIELDS                                                                 \
	"TGED REPLY 1.0\r\nHOST: test\r\nIP: 10.0.0.5\r\nPORT: 80\r\n"         \
	"HOST: longer than the one before, and so a buffer has to grow\r\n\r\n"
#define NO_SERVICE "TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n"

/* Replies, and how long after the start they come. */
static const struct heard {
	int at_ms;
	uint32_t source;
	int interface;
	const char *server_ip, *tged;
} replies[] = {
	{1, IPV4(10, 0, 0, 9), ETH0, "SERVER_IP:10.0.0.9", FIELDS},
	{2, IPV4(10, 0, 0, 9), ETH0, "SERVER_IP:10.0.0.9", FIELDS},
	{3, IPV4(10, 0, 0, 9), ETH1, "SERVER_IP:10.0.0.9", FIELDS},
	{4, IPV4(192, 0, 2, 9), ETH0, "SERVER_IP:10.0.0.9", FIELDS},
	{5, IPV4(10, 0, 0, 8), ETH0, "SERVER_IP:10.0.0.8:1", NO_SERVICE},
	{6, IPV4(10, 0, 0, 8), ETH0, "junk", "junk"},
	{7, IPV4(10, 0, 0, 8), ETH0, "SERVER_IP:x", NO_SERVICE},
	{400, IPV4(10, 0, 0, 7), ETH0, "SERVER_IP:10.0.0.7:2",
		"TGED REPLY 1.0\r\nPORT: 7\r\n\r\n"},
	{1500, IPV4(10, 7, 0, 2), ETH1, "SERVER_IP:10.7.0.2:3",
		"TGED REPLY 1.0\r\nA: b\r\n\r\n"},
};

static void write_result(struct str *to, const struct result *r)
{
	str_addf(to, "%s:%u from %u round %u [%.*s] \"%.*s\"",
		ipv4_text(r->server.addr).at, r->server.port, r->source_port,
		r->attempt, (int)r->raw.len, r->raw.at, (int)r->fields.len,
		r->fields.len ? r->fields.at : "");
	for (size_t i = 0; i < r->path_count; i++)
		str_addf(to, " by %s %s", r->paths[i].name,
			ipv4_text(r->paths[i].source).at);
	str_addf(to, "\n");
}

static void write_results(struct str *to, const struct results *results)
{
	for (size_t i = 0; i < results->count; i++)
		write_result(to, &results->at[i]);
}

/* That what was found before stands as it was. */
static void assert_results_begin(
	const struct results *results, const char *before)
{
	static char room[1 << 14];
	struct str now;

	str_init_fixed(&now, room, sizeof room);
	write_results(&now, results);
	assert_false(now.failed);
	assert_true(!strncmp(room, before, strlen(before)));
}

/* Hears it, and once more where there was no memory, which is told as a server that
 * was not kept, or leaves out a path of one that is known. */
static void hear_it(struct discovery *d, const struct heard *heard)
{
	bool is_tged = discovery_protocol(d) == PROTOCOL_TGED;
	struct slice data = exact(
		slice_of(is_tged ? heard->tged : heard->server_ip));
	const struct datagram datagram = {.data = data,
		.source = {heard->source, 9999},
		.interface = heard->interface};
	int64_t now_ns = start + MS(heard->at_ms);
	size_t lost = d->overflow, foreign = d->foreign;
	enum discovery_verdict verdict = DISCOVERY_FOREIGN;
	const struct result *result = NULL;
	static char before[1 << 14];
	struct str text;

	str_init_fixed(&text, before, sizeof before);
	write_results(&text, &d->results);
	if (FAULTY(verdict = discovery_receive(
			   d, &datagram, now_ns, &result))) {
		assert_true(verdict == DISCOVERY_OVERFLOW ||
			    verdict == DISCOVERY_KNOWN);
		assert_int_equal(
			d->overflow, lost + (verdict == DISCOVERY_OVERFLOW));
		assert_int_equal(d->foreign, foreign);
		if (verdict == DISCOVERY_OVERFLOW) {
			assert_null(result);
			assert_results_begin(&d->results, before);
		}
		enum discovery_verdict again = discovery_receive(
			d, &datagram, now_ns, &result);
		assert_int_not_equal(again, DISCOVERY_OVERFLOW);
		verdict = again;
	}
	exact_free(data);
	str_addf(&did.text, "heard %u\n", verdict);
	if (result)
		write_result(&did.text, result);
}

/* CALL, which adds to the schedule; again where it had no memory. */
#define ADD(call)                                                              \
	do {                                                                   \
		bool added = false;                                            \
		bool struck = FAULTY(added = (call));                          \
		assert_int_equal(added, !struck);                              \
		if (struck)                                                    \
			assert_true(call);                                     \
	} while (0)

static void add_targets(struct discovery *d)
{
	static const struct netif_lists all = {.whitelist = {NULL, 0}};
	struct schedule *schedule = &d->schedule;

	ADD(broadcasts_add(schedule, &host, &all, true));
	for (uint32_t i = 1; i <= 40; i++)
		ADD(schedule_add_target(schedule,
			(struct endpoint){IPV4(10, 0, 1, 0) + i, 9999}, 0));
	for (uint32_t i = 0; i < 3; i++)
		ADD(schedule_add_network(
			schedule, (struct network){IPV4(10, 7, i, 0), 29}));
	ADD(schedule_add_scan(
		schedule, (struct network){IPV4(172, 16, 5, 0), 28}, ETH1));
	ADD(schedule_prepare(schedule));
}

/* To the end, in virtual time, with the replies as they come. */
static void run_to_the_end(struct discovery *d)
{
	const struct pace_table table = {.size = PACE_TABLE_SIZE};
	int64_t now_ns = start;
	size_t next = 0;

	schedule_start(&d->schedule, now_ns);
	for (int i = 0; i < 100000; i++) {
		struct step step = discovery_next(d, now_ns);
		int64_t until_ns = step.until_ns;
		if (step.action == STEP_END)
			return;
		if (step.action == STEP_SEND) {
			str_addf(&did.text, "%lld %s\n", (long long)now_ns,
				ipv4_text(step.target->to.addr).at);
			schedule_sent(&d->schedule, step.target, now_ns, 0);
		}
		if (step.action == STEP_LOOK)
			schedule_looked(&d->schedule, now_ns, &table);
		if (step.action != STEP_WAIT)
			continue;
		if (next < COUNT(replies) &&
			start + MS(replies[next].at_ms) <= until_ns)
			until_ns = start + MS(replies[next].at_ms);
		now_ns = until_ns > now_ns ? until_ns : now_ns;
		while (next < COUNT(replies) &&
			start + MS(replies[next].at_ms) <= now_ns)
			hear_it(d, &replies[next++]);
	}
	fail();
}

static struct slice service;

static void discover(void)
{
	const struct discovery_config config = {
		.probe = slice_of("DISCOVER_SERVER"),
		.response_prefix = slice_of("SERVER_IP:"),
		.service = service,
		.schedule = {.timeout_ns = MS(1000),
			.retries = 2,
			.rate = 1000,
			.port = 9999,
			.network = &host},
		.expected = 100,
		.network = &host,
		.key = {{1, 2}},
	};
	struct discovery d;

	begin_account();
	discovery_init(&d, &config);
	add_targets(&d);
	run_to_the_end(&d);
	write_results(&did.text, &d.results);
	write_results(&did.text, &d.without);
	discovery_release(&d);
	end_account();
}

static void a_discovery_goes_on_as_it_would(void **state)
{
	(void)state;
	service = (struct slice){NULL, 0};
	faults_in_turn(discover);
	assert_non_null(strstr(should.room, "10.7.0.2:3"));
	assert_non_null(strstr(should.room, "by eth0 192.0.2.9"));
	assert_non_null(strstr(should.room, "172.16.5.14"));
}

static void one_of_services_does(void **state)
{
	(void)state;
	service = slice_of("SQL");
	faults_in_turn(discover);
	assert_non_null(strstr(should.room, "10.0.0.5:80"));
	assert_non_null(strstr(should.room, "IP: "));
}

/* --- a watch ------------------------------------------------------------------ */

enum { SERVERS = 12 };

/* By number: whether it answers in a round, who is up, who was told as down. */
static bool answers[SERVERS], down[SERVERS];

static uint32_t addr_of(unsigned server)
{
	return IPV4(10, 0, 0, 0) + server;
}

static struct result server_of(unsigned server)
{
	return (struct result){.server = {addr_of(server), 80},
		.fields = slice_of(""),
		.raw = slice_of("reply")};
}

static void on_down(void *context, const struct result *result)
{
	unsigned server = result->server.addr - IPV4(10, 0, 0, 0);

	(void)context;
	assert_in_range(server, 0, SERVERS - 1);
	assert_false(down[server]);
	down[server] = true;
}

static bool is_up(const struct watch *watch, unsigned server)
{
	const struct result result = server_of(server);

	return watch_knows(watch, &result);
}

/* Whoever was up is up still or was told as down, and not both. */
static bool hold_round(struct watch *watch)
{
	const struct result_path path = {.interface = ETH0, .name = "eth0"};
	struct results answered;
	const struct result *at;
	bool before[SERVERS];

	results_init(&answered, (struct siphash_key){{5, 6}});
	for (unsigned i = 0; i < SERVERS; i++) {
		const struct result found = server_of(i);
		before[i] = is_up(watch, i);
		down[i] = false;
		if (answers[i])
			results_add(&answered, &found, &path, &at);
	}
	bool struck = FAULTY(watch_end_round(watch, &answered, on_down, NULL));
	assert_int_equal(answered.count, 0);
	for (unsigned i = 0; i < SERVERS; i++) {
		assert_int_equal(
			before[i] || answers[i], is_up(watch, i) + down[i]);
		assert_true(!answers[i] || is_up(watch, i));
	}
	results_release(&answered);
	return struck;
}

static void answer_by(unsigned mask)
{
	for (unsigned i = 0; i < SERVERS; i++)
		answers[i] = mask >> i & 1;
}

static void hold_watch(void)
{
	static const unsigned masks[] = {0xfff, 0x001, 0x800, 0x0f0, 0, 0xff0};
	struct watch watch;
	bool struck = false;

	watch_init(&watch, (struct siphash_key){{3, 4}});
	for (size_t i = 0; i < COUNT(masks); i++) {
		answer_by(masks[i]);
		struck |= hold_round(&watch);
		for (unsigned n = 0; i == 2 && !struck && n < SERVERS; n++)
			assert_true(is_up(&watch, n));
	}
	/* With memory again: as from the start. */
	faults.due = -1;
	answer_by(0xfff);
	hold_round(&watch);
	assert_int_equal(watch.up.count, SERVERS);
	answer_by(0);
	for (int i = 0; i < WATCH_MISSES; i++)
		hold_round(&watch);
	assert_int_equal(watch.up.count, 0);
	watch_release(&watch);
}

static void whoever_came_up_in_a_watch_goes_down(void **state)
{
	(void)state;
	faults_in_turn(hold_watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULTS_TEST(a_discovery_goes_on_as_it_would),
		FAULTS_TEST(one_of_services_does),
		FAULTS_TEST(whoever_came_up_in_a_watch_goes_down),
	};

	return RUN_FAULTS(tests);
}
