#include "unit.h"

#include "core/account.h"

#include "tables.h"

/* The last lines have no end, and some are not as they should be. */
static const char passwd[] =
	"root:x:0:0:root:/root:/bin/bash\n"
	"\n"
	"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
	"alice:x:1000:100:Alice,,,:/home/alice:/bin/sh\n"
	"#hidden:x:1:1::/:\n"
	"twice:x:2000:1::/:\n"
	"twice:x:2001:2::/:\n"
	"letters:x:abc:5::/:\n"
	"empty:x::5::/:\n"
	"minus:x:-1:5::/:\n"
	"two\n"
	"short:x\n"
	"::1002:7::/:\n"
	"77:x:78:79::/:\n"
	"wrap:x:4294967296:5::/:\n"
	"none:x:4294967295:5::/:\n"
	"most:x:4294967294:4294967294::/:\n"
	"later:x:1000:6::/:\n"
	"groupless:x:3100\n"
	"nogroup:x:3101:\n"
	"wordgroup:x:3102:users:::\n"
	"maxgroup:x:3103:4294967295:::\n"
	"last:x:3000:3001";

static const char group[] = "root:x:0:\n"
			    "users:x:100:alice,twice\n"
			    "adm:*:4:alice\n"
			    "letters:x:abc:\n"
			    "letters:x:8:\n"
			    "none:x:4294967295:\n"
			    "short:9\n"
			    "12:x:13:\n"
			    "last:x:3001";

/* What a function then finds in variables that it does not set. */
static __attribute__((noinline)) void spoil_stack(void)
{
	volatile char bytes[4096];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = 0x5a;
}

/* Looks for TEXT in files that are alone on the heap. */
static enum account_fault find_in(struct slice text, struct slice users,
	struct slice groups, struct account *account)
{
	struct slice t = exact(text), u = exact(users), g = exact(groups);

	spoil_stack();
	enum account_fault fault = account_find(t, u, g, account);
	exact_free(t);
	exact_free(u);
	exact_free(g);
	return fault;
}

static enum account_fault find(struct slice text, struct account *account)
{
	return find_in(text, slice_of(passwd), slice_of(group), account);
}

struct row {
	const char *text;
	uint32_t uid, gid;
};

/* Whatever was in the account before. */
static void check_found(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < 2 * count; i++) {
		const struct row *row = &rows[i / 2];
		struct account account = {4711, 4711};
		if (i % 2)
			account = (struct account){0, 0};
		enum account_fault fault = find(slice_of(row->text), &account);
		if (fault != ACCOUNT_FOUND || account.uid != row->uid ||
			account.gid != row->gid)
			fail_msg("'%s': %d, %u:%u", row->text, fault,
				account.uid, account.gid);
	}
}

static void a_name_is_a_user_and_his_own_group(void **state)
{
	static const struct row rows[] = {{"root", 0, 0},
		{"nobody", 65534, 65534}, {"alice", 1000, 100},
		{"twice", 2000, 1}, {"later", 1000, 6}, {"last", 3000, 3001},
		{"most", 4294967294, 4294967294}, {"#hidden", 1, 1},
		{" alice\n", 1000, 100}, {"\t1000 ", 1000, 100},
		{" alice:adm ", 1000, 4}, {" 7:8 ", 7, 8}};

	(void)state;
	check_found(rows, COUNT(rows));
}

static void a_group_replaces_the_users_own(void **state)
{
	static const struct row rows[] = {{"alice:adm", 1000, 4},
		{"alice:root", 1000, 0}, {"alice:users", 1000, 100},
		{"alice:last", 1000, 3001}, {"alice:0", 1000, 0},
		{"alice:4711", 1000, 4711}, {"alice:12", 1000, 12},
		{"alice:4294967294", 1000, 4294967294}, {"1000:adm", 1000, 4},
		{"0:0", 0, 0}, {"1:2", 1, 2}, {"4711:last", 4711, 3001},
		{"alice:letters", 1000, 8}};

	(void)state;
	check_found(rows, COUNT(rows));
}

/* The group of the first user that has it; nobody needs to have it. */
static void a_number_has_the_group_of_its_user_or_its_own(void **state)
{
	static const struct row rows[] = {{"0", 0, 0}, {"65534", 65534, 65534},
		{"1000", 1000, 100}, {"2001", 2001, 2}, {"3000", 3000, 3001},
		{"1002", 1002, 7}, {"4711", 4711, 4711}, {"77", 77, 77},
		{"78", 78, 79}, {"5", 5, 5}, {"100", 100, 100},
		{"4294967294", 4294967294, 4294967294}};

	(void)state;
	check_found(rows, COUNT(rows));
}

static void check_fault(struct slice text, enum account_fault expected)
{
	struct account account = {0, 0};
	enum account_fault fault = find(text, &account);

	if (fault != expected)
		fail_msg("'%.*s': %d instead of %d", (int)text.len, text.at,
			fault, expected);
}

static void a_part_without_a_name_is_bad(void **state)
{
	static const struct slice bad[] = {BYTES(""), BYTES(":"), BYTES("::"),
		BYTES("alice:"), BYTES("0:"), BYTES(":adm"), BYTES(":0"),
		BYTES("nobodyknows:"), BYTES(":nobodyknows"), BYTES(" "),
		BYTES(" : "), BYTES("alice: "), BYTES(" :adm")};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		check_fault(bad[i], ACCOUNT_BAD);
}

static void a_user_is_a_whole_name_with_a_number_that_is_one(void **state)
{
	static const struct slice none[] = {BYTES("carol"), BYTES("Alice"),
		BYTES("alic"), BYTES("alicee"), BYTES("lice"), BYTES("al ice"),
		BYTES("alice\0"), BYTES("\0"), BYTES("x"), BYTES("Alice,,,"),
		BYTES("/root"), BYTES("hidden"), BYTES("adm"), BYTES("letters"),
		BYTES("empty"), BYTES("minus"), BYTES("two"), BYTES("short"),
		BYTES("wrap"), BYTES("none"), BYTES("-1"), BYTES("+0"),
		BYTES("0x0"), BYTES("1e3"), BYTES("4294967295"),
		BYTES("4294967296"), BYTES("18446744073709551616"),
		BYTES("carol:carol"), BYTES("carol:0"), BYTES("short:0"),
		BYTES("alice :adm"), BYTES("groupless"), BYTES("nogroup"),
		BYTES("wordgroup"), BYTES("maxgroup"), BYTES("3100"),
		BYTES("3101"), BYTES("3102"), BYTES("3103")};

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		check_fault(none[i], ACCOUNT_NO_USER);
}

static void a_group_is_a_whole_name_too(void **state)
{
	static const struct slice none[] = {BYTES("alice:alice"),
		BYTES("alice:ad"), BYTES("alice:admin"), BYTES("alice:Adm"),
		BYTES("alice: adm"), BYTES("alice:adm:"), BYTES("alice:adm:0"),
		BYTES("alice::adm"), BYTES("alice:*"), BYTES("alice:none"),
		BYTES("alice:short"), BYTES("alice:nobody"),
		BYTES("alice:4294967295"), BYTES("alice:-1"),
		BYTES("alice:0x4"), BYTES("0:carol"), BYTES("4711:carol"),
		BYTES("alice:alice,twice"), BYTES("alice:adm\0")};

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		check_fault(none[i], ACCOUNT_NO_GROUP);
}

/* As in a container that has no such files. */
static void without_files_only_numbers_are_known(void **state)
{
	static const struct slice empty[] = {{NULL, 0}, BYTES(""), BYTES("\n"),
		BYTES(":"), BYTES("::::"), BYTES("\n\n\n:::\n")};
	static const struct {
		const char *text;
		enum account_fault fault;
		uint32_t uid, gid;
	} rows[] = {{"7", ACCOUNT_FOUND, 7, 7}, {"7:8", ACCOUNT_FOUND, 7, 8},
		{"0", ACCOUNT_FOUND, 0, 0}, {"root", ACCOUNT_NO_USER, 0, 0},
		{"root:0", ACCOUNT_NO_USER, 0, 0},
		{"7:root", ACCOUNT_NO_GROUP, 0, 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(empty) * COUNT(rows); i++) {
		struct slice file = empty[i / COUNT(rows)];
		size_t r = i % COUNT(rows);
		struct account account = {4711, 4711};
		assert_int_equal(
			find_in(slice_of(rows[r].text), file, file, &account),
			rows[r].fault);
		if (rows[r].fault == ACCOUNT_FOUND) {
			assert_int_equal(account.uid, rows[r].uid);
			assert_int_equal(account.gid, rows[r].gid);
		}
	}
}

/* Every beginning of the files, each alone on the heap. */
static void a_file_that_ends_anywhere_is_read_to_its_end(void **state)
{
	struct account account;
	size_t found = 0;

	(void)state;
	for (size_t len = 0; len < sizeof passwd; len++) {
		struct slice part = {passwd, len};
		found += find_in(slice_of("last:last"), part, slice_of(group),
				 &account) == ACCOUNT_FOUND;
		find_in(slice_of("4711"), part, part, &account);
		assert_int_equal(account.gid, 4711);
	}
	/* From "last:x:3000:3" on. */
	assert_int_equal(found, strlen("3001"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_a_user_and_his_own_group),
		cmocka_unit_test(a_group_replaces_the_users_own),
		cmocka_unit_test(a_number_has_the_group_of_its_user_or_its_own),
		cmocka_unit_test(a_part_without_a_name_is_bad),
		cmocka_unit_test(
			a_user_is_a_whole_name_with_a_number_that_is_one),
		cmocka_unit_test(a_group_is_a_whole_name_too),
		cmocka_unit_test(without_files_only_numbers_are_known),
		cmocka_unit_test(a_file_that_ends_anywhere_is_read_to_its_end),
	};

	return RUN(tests);
}
