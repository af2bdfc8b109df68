/* Whatever is to be asked, whatever the kernel takes and says, and whatever comes
 * when: the client ends, at its deadline where nothing holds it up; asks each
 * target, once a round, none before it is due, and none that answered; keeps each
 * server once, with all the ways by which it came, and tells which probe it
 * answers; at the end they are in order, and are JSON. */
#include <math.h>

#include "client.h"

#include "core/reply.h"

enum { SERVERS_MAX = 512 };

/* The servers as they should be kept. */
struct server {
	struct endpoint at;
	struct slice fields, raw; /* on the heap */
	bool without;
	size_t paths;
	struct result_path path[RESULT_PATHS_MAX];
};

static struct {
	struct server at[SERVERS_MAX];
	size_t count, with;
} servers;

static void release_servers(void)
{
	for (size_t i = 0; i < servers.count; i++) {
		fuzz_free(servers.at[i].fields);
		fuzz_free(servers.at[i].raw);
	}
	servers.count = servers.with = 0;
}

/* Where a claim can't lead from here the source stands for it. */
static struct endpoint find_address(const struct reply *reply,
	const struct datagram *datagram, const struct netif_table *table)
{
	struct endpoint at = reply->server;
	unsigned first = at.addr >> 24;
	bool local = network_is_local(table, datagram->source.addr);

	if (!reply->has_claimed_addr || first == 0 ||
		(first >= 224 && first < 240) || (first == 127 && !local) ||
		network_is_broadcast(table, at.addr))
		at.addr = datagram->source.addr;
	return at;
}

static struct server *find_server(
	struct endpoint at, struct slice fields, bool without)
{
	for (size_t i = 0; i < servers.count; i++) {
		struct server *s = &servers.at[i];
		if (s->at.addr == at.addr && s->at.port == at.port &&
			s->without == without && slice_equal(s->fields, fields))
			return s;
	}
	return NULL;
}

static void note_path(struct server *server, const struct datagram *datagram)
{
	struct result_path path = {.interface = datagram->interface,
		.source = datagram->source.addr};

	for (size_t i = 0; i < server->paths; i++)
		if (server->path[i].interface == path.interface &&
			server->path[i].source == path.source)
			return;
	if (server->paths < RESULT_PATHS_MAX)
		server->path[server->paths++] = path;
}

/* A target that answers need not be asked again; by another port it is known only
 * where it is alone. */
static void note_answer(struct endpoint source)
{
	const struct targets *targets = &client.discovery.schedule.targets;
	size_t there = 0, last = 0, exact = targets->count;

	for (size_t i = 0; i < targets->count; i++) {
		const struct target *t = &targets->at[i];
		if (t->interface || t->to.addr != source.addr)
			continue;
		there++;
		last = i;
		if (t->sent && t->to.port == source.port)
			exact = i;
	}
	if (exact < targets->count)
		client.answered[exact] = true;
	else if (there == 1)
		client.answered[last] = true;
}

static void check_result(const struct result *result,
	const struct server *server, const struct datagram *datagram)
{
	unsigned rounds = client.discovery.config.schedule.retries + 1;

	expect(result->server.addr == server->at.addr);
	expect(result->server.port == server->at.port);
	expect(slice_equal(result->fields, server->fields));
	expect(slice_equal(result->raw, server->raw));
	expect(result->attempt >= 1 && result->attempt <= rounds);
	expect(result->path_count == server->paths);
	for (size_t i = 0; i < server->paths; i++) {
		expect(result->paths[i].source == server->path[i].source);
		expect(result->paths[i].rtt_ns >= 0 &&
			result->paths[i].rtt_ns < client.now_ns);
	}
	expect(datagram->source.port || !result->source_port);
}

static enum discovery_verdict expect_kept(const struct reply *reply,
	const struct datagram *datagram, bool without, struct server **server)
{
	const struct netif_table *table = &client.net.table;
	struct endpoint at = find_address(reply, datagram, table);
	struct slice fields = str_slice(&reply->fields);

	note_answer(datagram->source);
	*server = NULL;
	if (network_is_local(table, datagram->source.addr) &&
		client.discovery.config.ignore_local)
		return DISCOVERY_LOCAL;
	*server = find_server(at, fields, without);
	bool known = *server;
	if (!known && servers.count < SERVERS_MAX) {
		*server = &servers.at[servers.count++];
		**server = (struct server){.at = at,
			.fields = fuzz_alone(fields),
			.raw = fuzz_alone(datagram->data),
			.without = without};
		servers.with += !without;
	}
	expect(*server);
	note_path(*server, datagram);
	return without ? DISCOVERY_INVALID
	       : known ? DISCOVERY_KNOWN
		       : DISCOVERY_NEW;
}

static void receive(const struct datagram *datagram)
{
	struct discovery *discovery = &client.discovery;
	enum discovery_verdict expected = DISCOVERY_FOREIGN, verdict;
	struct server *server = NULL;
	const struct result *result;
	struct reply reply;

	client_check_asked(datagram);
	enum reply_kind kind = reply_read(&reply, discovery_protocol(discovery),
		discovery->config.response_prefix, datagram);
	if (kind == REPLY_SERVER || kind == REPLY_INVALID)
		expected = expect_kept(
			&reply, datagram, kind == REPLY_INVALID, &server);
	else if (kind == REPLY_MALFORMED)
		expected = DISCOVERY_MALFORMED;
	verdict = discovery_receive(
		discovery, datagram, client.now_ns, &result);
	expect(verdict == expected);
	expect((result != NULL) ==
		(verdict == DISCOVERY_NEW || verdict == DISCOVERY_KNOWN));
	if (result)
		check_result(result, server, datagram);
	expect(discovery->results.count == servers.with);
	expect(discovery->without.count == servers.count - servers.with);
	reply_release(&reply);
}

static struct slice take_data(struct slice *in)
{
	static const char *const examples[] = {"SERVER_IP:10.0.0.9",
		"SERVER_IP:10.0.0.9:80", "SERVER_IP:127.0.0.1",
		"SERVER_IP:0.0.0.0:1", "SERVER_IP:224.0.0.1", "SERVER_IP:x",
		"DISCOVER_SERVER", "TGED REPLY 1.0\r\nIP: 10.0.0.9\r\n\r\n",
		"TGED REPLY 1.0\r\nPORT: 80\r\n\r\n", "TGED REPLY 1.0\n",
		"TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n",
		"TGED REPLY 1.0\nIP:10.0.0.255\nA:\xff\n"};
	uint8_t form = (uint8_t)fuzz_number(in, 255);

	return form < 240 ? slice_of(examples[form % COUNT(examples)])
			  : fuzz_take(in, fuzz_number(in, 63));
}

/* From a target, a host of a sweep, or anybody. */
static void take_datagram(struct slice *in)
{
	const struct targets *targets = &client.discovery.schedule.targets;
	uint8_t form = (uint8_t)fuzz_number(in, 255), who = form >> 4;
	struct datagram datagram = {.truncated = (form & 15) == 15,
		.interface = 1 + (form & 3),
		.source.port = form & 4 ? 8000 : PORT};

	if (form & 8 && targets->count)
		datagram.source = targets->at[who % targets->count].to;
	else if (form & 128 && client.host_count)
		datagram.source.addr =
			client.hosts[who * 5 % client.host_count].addr;
	else
		datagram.source.addr = network_take_address(
			in, &client.net.table);
	if ((form & 12) == 12)
		datagram.source.port = 1234;
	datagram.data = fuzz_alone(take_data(in));
	receive(&datagram);
	fuzz_free(datagram.data);
}

/* Whatever the input says of the kernel's table; it has room at the end. */
static void look(struct slice *in)
{
	struct pace_table table = {.size = 1024, .queue = 212992};
	uint8_t form = (uint8_t)fuzz_number(in, 255);

	if (form & 1) {
		table.unresolved = fuzz_number(in, 1023);
		table.held = fuzz_number(in, 1023);
		table.queued = fuzz_number(in, UINT16_MAX) * 8;
		table.late = form >> 4;
	}
	client_look((form & 3) == 2 ? NULL : &table);
}

static void send_probe(struct slice *in, struct target *target)
{
	static const int errors[] = {
		EAGAIN, ENOBUFS, ENODEV, ENETUNREACH, EPERM};
	uint8_t form = (uint8_t)fuzz_number(in, 255);

	if (client.stuck)
		client_send(target, errors[form % 2]);
	else
		client_send(
			target, form < 200 ? 0 : errors[form % COUNT(errors)]);
}

/* Until then, or until something comes. */
static void wait_until(struct slice *in, int64_t until_ns)
{
	uint8_t form = (uint8_t)fuzz_number(in, 255);
	int64_t span_ns = until_ns - client.now_ns;

	expect(span_ns > 0);
	if (client.quiet && client.host_count == 0)
		expect(until_ns <= client_start + client_timeout());
	if (form >= 128) {
		client.now_ns += span_ns / 128 * (form - 128);
		take_datagram(in);
	} else {
		client.now_ns = until_ns + form * (int64_t)NS_PER_MS / 16;
	}
}

/* Whether it may be over, and whether it must. */
static void check_over(bool ended)
{
	const struct schedule *schedule = &client.discovery.schedule;
	bool enough = client.discovery.config.count &&
		      servers.with >= client.discovery.config.count;
	bool late = client.now_ns - client_start >= client_timeout();
	size_t asked = 0;

	expect(!enough || ended);
	expect(discovery_is_enough(&client.discovery) == enough);
	if (enough || !client.quiet || client.host_count)
		return;
	for (size_t i = 0; i < schedule->targets.count; i++)
		asked += client.tried[i] || client.answered[i];
	if (asked == schedule->targets.count)
		expect(ended == late);
	else
		expect(!ended);
}

static void run(struct slice *in)
{
	const struct schedule_config *config =
		&client.discovery.config.schedule;
	int64_t over_ns = INT64_MAX;

	for (size_t steps = 0;; steps++) {
		struct step step = discovery_next(
			&client.discovery, client.now_ns);
		client_check_round();
		check_over(step.action == STEP_END);
		expect(steps < STEPS_MAX);
		if (step.action == STEP_END)
			break;
		if (step.action == STEP_SEND)
			send_probe(in, step.target);
		else if (step.action == STEP_LOOK)
			look(in);
		else
			wait_until(in, step.until_ns);
		/* From then on nothing holds it up: the rounds have their
		 * deadline, and the sweeps another. */
		if (in->len == 0 && over_ns == INT64_MAX)
			over_ns = client.now_ns +
				  (1 + !!client.host_count) *
					  config->timeout_ns +
				  (int64_t)client.host_count * 2 * NS_PER_S /
					  config->rate +
				  70 * (int64_t)NS_PER_S;
		expect(client.now_ns <= over_ns);
	}
}

/* Each was asked, but for those of a scan that was not due. */
static void check_all_asked(void)
{
	const struct schedule *schedule = &client.discovery.schedule;
	size_t expected = client.discovery.config.expected, sent = 0;

	for (size_t i = 0; i < client.host_count; i++)
		sent += !client.hosts[i].interface && client.hosts[i].sent;
	expect(sweep_asked(&schedule->sweep) >= sent);
	expect(sweep_asked(&schedule->sweep) <= schedule->sweep.total);
	expect(schedule_swept_total(schedule) >= schedule->sweep.total);
	if (discovery_is_enough(&client.discovery) || !client.quiet)
		return;
	for (size_t i = 0; i < client.host_count; i++) {
		struct host *host = &client.hosts[i];
		struct endpoint to = {host->addr, PORT};
		bool due = !host->interface || servers.with < expected;
		if (client_asks(to, host->interface))
			continue;
		expect(!due || host->tried > 0);
		expect(!host->interface || expected > 0 || !host->tried);
	}
}

/* Only what is whole is read as a number, and anything else as infinite. */
static void expect_ms(const cJSON **next, int64_t ns)
{
	const cJSON *at = *next;
	int64_t ms = ns / NS_PER_MS;

	expect(at && cJSON_IsNumber(at) && !strcmp(at->string, "rtt_ms"));
	expect(at->valuedouble == (ns % NS_PER_MS ? HUGE_VAL : (double)ms));
	*next = at->next;
}

static void check_json(const struct results *results)
{
	struct str text = STR_EMPTY;

	json_begin(&text);
	for (size_t i = 0; i < results->count; i++) {
		const struct result *result = &results->at[i];
		json_text(&text, "raw_response", result->raw);
		json_decimal(&text, "rtt_ms", result->paths[0].rtt_ns, 6);
	}
	json_end_object(&text);
	cJSON *read = expect_json(&text);
	const cJSON *at = read->child;
	for (size_t i = 0; i < results->count; i++) {
		const struct result *result = &results->at[i];
		expect_member(&at, slice_of("raw_response"), result->raw);
		expect_ms(&at, result->paths[0].rtt_ns);
	}
	expect(!at);
	cJSON_Delete(read);
	str_release(&text);
}

static void check_sorted(void)
{
	struct results *results = &client.discovery.results;

	results_sort(results);
	for (size_t i = 0; i < results->count; i++) {
		const struct result *a = &results->at[i], *b = a - (i > 0);
		expect(find_server(a->server, a->fields, false));
		expect(i == 0 || b->server.addr <= a->server.addr);
		if (i > 0 && a->server.addr == b->server.addr)
			expect(b->server.port < a->server.port ||
				(b->server.port == a->server.port &&
					slice_compare(b->fields, a->fields) <
						0));
	}
	check_json(results);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);

	client_begin(&in);
	run(&in);
	check_all_asked();
	check_sorted();
	discovery_release(&client.discovery);
	release_servers();
	return 0;
}
