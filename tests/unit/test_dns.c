#include "unit.h"

#include "core/dns.h"

#include "tables.h"

/* Of these texts messages are made: the header behind its id (RFC 1035, 4.1.1),
 * the question, and records whose names point to that. */
#define ID "\x12\x34"
#define COUNTS(answers) "\0\1\0" answers "\0\0\0\0"
#define QUESTION "\3db1\7example\3com\0\0\1\0\1"
#define HEAD(answers) ID "\x81\x80" COUNTS(answers) QUESTION
#define NAME "\xc0\x0c"
/* As long as a label can be. */
#define BYTES_63                                                               \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define TTL "\0\0\0\x3c"
#define A(addr) NAME "\0\1\0\1" TTL "\0\4" addr
/* db1 is an alias of db7, which the name behind is an address of. */
#define CNAME NAME "\0\5\0\1" TTL "\0\6\3db7\xc0\x10"
#define A_OF_ALIAS "\xc0\x2d\0\1\0\1" TTL "\0\4\x0a\0\0\7"
#define AAAA NAME "\0\x1c\0\1" TTL "\0\x10\x20\1\x0d\xb8zzzzzzzzzzzz"

static struct dns_query make_query(void)
{
	struct dns_query query;

	assert_true(dns_query_init(
		&query, slice_of("db1.example.com"), slice_of(""), 0x1234));
	return query;
}

static enum dns_outcome read_exactly(const struct dns_query *query,
	struct slice bytes, struct dns_addresses *found)
{
	struct slice datagram = exact(bytes);

	found->count = 99;
	enum dns_outcome outcome = dns_read(query, datagram, found);
	exact_free(datagram);
	assert_true((found->count > 0) == (outcome == DNS_ANSWERED));
	assert_true(found->count <= DNS_ADDRESSES_MAX);
	return outcome;
}

static void a_query_is_written_to_the_byte(void **state)
{
	static const struct slice expected = BYTES(
		ID "\1\0\0\1\0\0\0\0\0\0" QUESTION);
	static const struct {
		const char *name, *domain;
	} rows[] = {{"db1.example.com", ""}, {"db1.example.com.", ""},
		{"db1", "example.com"}, {"db1", "example.com."},
		{"db1.", "example.com"}, {"db1.example.com", "."}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_query query;
		assert_true(dns_query_init(&query, slice_of(rows[i].name),
			slice_of(rows[i].domain), 0x1234));
		if (!slice_equal((struct slice){query.at, query.len}, expected))
			fail_msg("row %zu", i);
	}
}

/* No byte but a dot ends a label, and a name. */
static void other_bytes_stand_in_labels(void **state)
{
	static const struct slice expected = BYTES(
		ID "\1\0\0\1\0\0\0\0\0\0\5d-b/-\2-a\0\0\1\0\1");
	struct dns_query query;

	(void)state;
	assert_true(dns_query_init(
		&query, slice_of("d-b/-"), slice_of("-a"), 0x1234));
	assert_true(slice_equal((struct slice){query.at, query.len}, expected));
	assert_int_equal(dns_bare(slice_of("a-")).len, 2);
	assert_int_equal(dns_bare(slice_of("a.")).len, 1);
}

/* Labels of LENGTH bytes, COUNT of them, with dots between. */
static struct slice labels(char *at, size_t count, size_t length)
{
	memset(at, 'x', count * (length + 1));
	for (size_t i = 1; i < count; i++)
		at[i * (length + 1) - 1] = '.';
	return (struct slice){at, count * (length + 1) - 1};
}

static void a_name_has_its_limits(void **state)
{
	static const char *const bad[] = {"a..b", ".a", "..", "a.b..", "a.."};
	struct dns_query query;
	char text[600];
	struct slice name;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (dns_query_init(&query, slice_of(bad[i]), slice_of(""), 1) ||
			dns_query_init(
				&query, slice_of("db"), slice_of(bad[i]), 1))
			fail_msg("%s", bad[i]);
	}
	name = labels(text, 1, 63);
	assert_true(dns_query_init(&query, name, slice_of(""), 1));
	name = labels(text, 1, 64);
	assert_false(dns_query_init(&query, name, slice_of(""), 1));
	/* 127 labels and the root are 255 bytes. */
	name = labels(text, 127, 1);
	assert_true(dns_query_init(&query, name, slice_of(""), 1));
	assert_int_equal(query.len, 12 + 255 + 4);
	assert_false(dns_query_init(&query, name, slice_of("y"), 1));
	name.len++;
	text[252] = 'x';
	text[253] = 'x';
	assert_false(dns_query_init(&query, name, slice_of(""), 1));
	name = labels(text, 299, 1);
	assert_false(dns_query_init(&query, name, slice_of(""), 1));
	assert_false(dns_query_init(&query, slice_of("db"), name, 1));
}

static const struct {
	struct slice datagram;
	enum dns_outcome outcome;
	size_t count;
	uint32_t last;
} answers[] = {
	{BYTES(HEAD("\1") A("\x0a\0\0\1")), DNS_ANSWERED, 1, 0x0a000001},
	{BYTES(HEAD("\2") A("\x0a\0\0\1") A("\xff\xfe\xfd\xfc")), DNS_ANSWERED,
		2, 0xfffefdfc},
	{BYTES(HEAD("\2") CNAME A_OF_ALIAS), DNS_ANSWERED, 1, 0x0a000007},
	{BYTES(HEAD("\3") AAAA CNAME A("\1\2\3\4")), DNS_ANSWERED, 1,
		0x01020304},
	/* What is behind the answers, additional records, is not one. */
	{BYTES(HEAD("\1") CNAME A_OF_ALIAS), DNS_NO_ADDRESS, 0, 0},
	{BYTES(HEAD("\1") A("\1\2\3\4") "more"), DNS_ANSWERED, 1, 0x01020304},
	{BYTES(HEAD("\0")), DNS_NO_ADDRESS, 0, 0},
	{BYTES(HEAD("\1") CNAME), DNS_NO_ADDRESS, 0, 0},
	{BYTES(HEAD("\1") AAAA), DNS_NO_ADDRESS, 0, 0},
	/* Another class, and an address of another size. */
	{BYTES(HEAD("\1") NAME "\0\1\0\3" TTL "\0\4abcd"), DNS_NO_ADDRESS, 0,
		0},
	{BYTES(HEAD("\1") NAME "\0\1\0\1" TTL "\0\5abcde"), DNS_NO_ADDRESS, 0,
		0},
	{BYTES(HEAD("\1") NAME "\0\1\0\0" TTL "\0\4abcd"), DNS_NO_ADDRESS, 0,
		0},
	{BYTES(HEAD("\1") NAME "\0\1\0\1" TTL "\0\0"), DNS_NO_ADDRESS, 0, 0},
	/* Another type of the same size. */
	{BYTES(HEAD("\1") NAME "\0\0\0\1" TTL "\0\4abcd"), DNS_NO_ADDRESS, 0,
		0},
	{BYTES(HEAD("\1") NAME "\0\2\0\1" TTL "\0\4abcd"), DNS_NO_ADDRESS, 0,
		0},
	/* The root, and a name without a pointer. */
	{BYTES(HEAD("\1") "\0\0\1\0\1" TTL "\0\4\1\2\3\4"), DNS_ANSWERED, 1,
		0x01020304},
	{BYTES(HEAD("\1") "\2ab\1c\0\0\1\0\1" TTL "\0\4\1\2\3\4"), DNS_ANSWERED,
		1, 0x01020304},
	/* Pointers to themselves, ahead and past the end. */
	{BYTES(HEAD("\1") "\xc0\x21\0\1\0\1" TTL "\0\4\1\2\3\4"), DNS_ANSWERED,
		1, 0x01020304},
	{BYTES(HEAD("\1") "\1a\xff\xff\0\1\0\1" TTL "\0\4\1\2\3\4"),
		DNS_ANSWERED, 1, 0x01020304},
	/* Reserved kinds of labels. */
	{BYTES(HEAD("\1") "\x40z\0\1\0\1" TTL "\0\4\1\2\3\4"), DNS_FAILED, 0,
		0},
	{BYTES(HEAD("\1") "\x80z\0\1\0\1" TTL "\0\4\1\2\3\4"), DNS_FAILED, 0,
		0},
	{BYTES(HEAD("\1") "\xbfz\0\1\0\1" TTL "\0\4\1\2\3\4"), DNS_FAILED, 0,
		0},
	{BYTES(HEAD("\1") "\x40\0\1\0\1" TTL "\0\4\1\2\3\4"), DNS_FAILED, 0, 0},
	{BYTES(HEAD("\1") "\x40" BYTES_63 "x\0\0\1\0\1" TTL "\0\4\1\2\3\4"),
		DNS_FAILED, 0, 0},
	{BYTES(HEAD("\1") "\x3f" BYTES_63 "\0\0\1\0\1" TTL "\0\4\1\2\3\4"),
		DNS_ANSWERED, 1, 0x01020304},
	/* Nothing is looked for behind them. */
	{BYTES(HEAD("\2") "\x40" A("\1\2\3\4")), DNS_FAILED, 0, 0},
	/* Less than it promises, which TC explains. */
	{BYTES(HEAD("\1") A("\1\2\3")), DNS_FAILED, 0, 0},
	{BYTES(HEAD("\2") A("\1\2\3\4")), DNS_ANSWERED, 1, 0x01020304},
	{BYTES(HEAD("\1")), DNS_FAILED, 0, 0},
	{BYTES(ID "\x83\x80" COUNTS("\0") QUESTION), DNS_FAILED, 0, 0},
	{BYTES(ID "\x83\x80" COUNTS("\1") QUESTION CNAME), DNS_FAILED, 0, 0},
	{BYTES(ID "\x83\x80" COUNTS("\2") QUESTION A("\1\2\3\4") NAME),
		DNS_ANSWERED, 1, 0x01020304},
	/* RCODEs; whatever else there is. */
	{BYTES(ID "\x81\x83" COUNTS("\0") QUESTION), DNS_NO_NAME, 0, 0},
	{BYTES(ID "\x81\x83" COUNTS("\1") QUESTION CNAME), DNS_NO_NAME, 0, 0},
	{BYTES(ID "\x81\x81" COUNTS("\0") QUESTION), DNS_FAILED, 0, 0},
	{BYTES(ID "\x81\x82" COUNTS("\1") QUESTION A("\1\2\3\4")), DNS_FAILED,
		0, 0},
	{BYTES(ID "\x81\x84" COUNTS("\0") QUESTION), DNS_FAILED, 0, 0},
	{BYTES(ID "\x81\x85" COUNTS("\0") QUESTION), DNS_FAILED, 0, 0},
	{BYTES(ID "\x81\x8f" COUNTS("\0") QUESTION), DNS_FAILED, 0, 0},
	{BYTES(ID "\x81\x81\0\0\0\0\0\0\0\0"), DNS_FAILED, 0, 0},
	{BYTES(ID "\x81\x85\0\0\0\0\0\0\0\0"), DNS_FAILED, 0, 0},
	/* The case of a letter does not matter (RFC 1035, 2.3.3). */
	{BYTES(ID "\x81\x80" COUNTS("\1") "\3Db1\7EXAMPLE\3coM\0\0\1\0\1" A(
		 "\1\2\3\4")),
		DNS_ANSWERED, 1, 0x01020304},
};

static void what_an_answer_says(void **state)
{
	const struct dns_query query = make_query();
	struct dns_addresses found;

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		enum dns_outcome outcome = read_exactly(
			&query, answers[i].datagram, &found);
		if (outcome != answers[i].outcome ||
			found.count != answers[i].count ||
			(found.count &&
				found.at[found.count - 1] != answers[i].last))
			fail_msg("row %zu: %d, %zu", i, (int)outcome,
				found.count);
	}
}

static void what_is_no_answer_to_it(void **state)
{
	static const struct slice rows[] = {
		{NULL, 0},
		BYTES(""),
		BYTES(ID),
		BYTES("\x12\x35\x81\x80" COUNTS("\1") QUESTION A("\1\2\3\4")),
		BYTES("\x12\x33\x81\x80" COUNTS("\1") QUESTION A("\1\2\3\4")),
		BYTES("\x34\x12\x81\x80" COUNTS("\1") QUESTION A("\1\2\3\4")),
		/* A query, and an answer to a status request. */
		BYTES(ID "\1\0" COUNTS("\0") QUESTION),
		BYTES(ID "\x91\x80" COUNTS("\1") QUESTION A("\1\2\3\4")),
		/* None, two and other questions. */
		BYTES(ID "\x81\x80\0\0\0\1\0\0\0\0" A("\1\2\3\4")),
		BYTES(ID "\x81\x80\0\0\0\1\0\0\0\0" QUESTION A("\1\2\3\4")),
		BYTES(ID "\x81\x83\0\0\0\0\0\0\0\0"),
		BYTES(ID "\x81\x80\0\2\0\1\0\0\0\0" QUESTION QUESTION A(
			"\1\2\3\4")),
		BYTES(ID "\x81\x80" COUNTS(
			"\1") "\3db2\7example\3com\0\0\1\0\1" A("\1\2\3\4")),
		BYTES(ID "\x81\x80" COUNTS(
			"\1") "\3db1\7example\3com\0\0\x1c\0\1" A("\1\2\3\4")),
		BYTES(ID "\x81\x80" COUNTS(
			"\1") "\3db1\7example\3com\0\0\1\0\3" A("\1\2\3\4")),
		BYTES(ID "\x81\x83" COUNTS("\0") "\3db1\0\0\1\0\1"),
		BYTES(ID "\x81\x82" COUNTS(
			"\0") "\3db2\7example\3com\0\0\1\0\1"),
		BYTES(ID "\x81\x80" COUNTS("\1") "\xc0\x0c\0\1\0\1" A(
			"\1\2\3\4")),
		BYTES(ID "\x81\x80" COUNTS(
			"\1") "\3db1\7example\3cOm\xff\0\1\0\1" A("\1\2\3\4")),
	};
	const struct dns_query query = make_query();
	struct dns_addresses found;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (read_exactly(&query, rows[i], &found) != DNS_FOREIGN)
			fail_msg("row %zu", i);
}

/* How far an answer of two addresses came. */
static void each_truncation_is_bounded(void **state)
{
	static const struct slice whole = BYTES(
		HEAD("\2") A("\x0a\0\0\1") A("\x0a\0\0\2"));
	enum { QUESTION_END = 12 + sizeof QUESTION - 1, RECORD = 16 };
	const struct dns_query query = make_query();
	struct dns_addresses found;

	(void)state;
	assert_int_equal(whole.len, QUESTION_END + 2 * RECORD);
	for (size_t len = 0; len <= whole.len; len++) {
		enum dns_outcome outcome = read_exactly(
			&query, (struct slice){whole.at, len}, &found);
		if (len < QUESTION_END)
			assert_int_equal(outcome, DNS_FOREIGN);
		else if (len < QUESTION_END + RECORD)
			assert_int_equal(outcome, DNS_FAILED);
		else
			assert_int_equal(
				found.count, (len - QUESTION_END) / RECORD);
	}
}

static void more_than_there_is_room_for_is_left_out(void **state)
{
	static const struct slice head = BYTES(HEAD("\x8c")),
				  record = BYTES(A("\x0a\0\0"));
	const struct dns_query query = make_query();
	struct str text = STR_EMPTY;
	struct dns_addresses found;

	(void)state;
	str_add(&text, head);
	for (int i = 0; i < 140; i++) {
		char last = (char)i;
		str_add(&text, record);
		str_add(&text, (struct slice){&last, 1});
	}
	assert_int_equal(
		read_exactly(&query, str_slice(&text), &found), DNS_ANSWERED);
	assert_int_equal(found.count, DNS_ADDRESSES_MAX);
	for (size_t i = 0; i < found.count; i++)
		assert_int_equal(found.at[i], 0x0a000000 + i);
	str_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_written_to_the_byte),
		cmocka_unit_test(other_bytes_stand_in_labels),
		cmocka_unit_test(a_name_has_its_limits),
		cmocka_unit_test(what_an_answer_says),
		cmocka_unit_test(what_is_no_answer_to_it),
		cmocka_unit_test(each_truncation_is_bounded),
		cmocka_unit_test(more_than_there_is_room_for_is_left_out),
	};

	return RUN(tests);
}
