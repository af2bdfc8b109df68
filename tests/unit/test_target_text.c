#include "unit.h"

#include "core/target_text.h"

#include "memory.h"
#include "tables.h"

#define LABEL_63                                                               \
	"a23456789012345678901234567890123456789012345678901234567890123"
#define NAME_253                                                               \
	LABEL_63 "." LABEL_63 "." LABEL_63                                     \
		 ".b234567890123456789012345678901234567890123456789012345678" \
		 "901"

static bool parses(struct slice text, struct target_text *target)
{
	struct slice bytes = exact(text);
	bool ok = target_parse(bytes, target);

	exact_free(bytes);
	return ok;
}

/* Whether TEXT is of this KIND and prints so. */
static void check(const char *text, enum target_kind kind, const char *printed)
{
	struct target_text target;
	struct str out = STR_EMPTY;

	if (!target_parse(slice_of(text), &target))
		fail_msg("'%s' was refused", text);
	if (target.kind != kind)
		fail_msg("'%s' is of kind %d", text, target.kind);
	target_print(&target, &out);
	assert_text(&out, printed);
	str_release(&out);
}

static void an_address_may_have_a_port(void **state)
{
	struct target_text target;

	(void)state;
	check("10.0.0.5", TARGET_ADDRESS, "10.0.0.5");
	check("10.0.0.5:1", TARGET_ADDRESS, "10.0.0.5:1");
	check(" \t10.0.0.5:65535\r\n", TARGET_ADDRESS, "10.0.0.5:65535");
	check("0.0.0.1", TARGET_ADDRESS, "0.0.0.1");
	check("223.255.255.255", TARGET_ADDRESS, "223.255.255.255");
	check("240.0.0.0", TARGET_ADDRESS, "240.0.0.0");
	check("255.255.255.255:80", TARGET_ADDRESS, "255.255.255.255:80");
	assert_true(parses(slice_of("10.0.0.5"), &target));
	assert_int_equal(target.to.addr, IPV4(10, 0, 0, 5));
	assert_int_equal(target.to.port, 0);
}

static void a_network_has_a_prefix_or_a_netmask(void **state)
{
	struct target_text target;

	(void)state;
	check("10.1.0.0/24", TARGET_NETWORK, "10.1.0.0/24");
	check(" 10.1.2.3/255.255.240.0\n", TARGET_NETWORK, "10.1.2.3/20");
	check("10.1.2.3/31", TARGET_NETWORK, "10.1.2.3/31");
	check("10.1.2.3/32", TARGET_NETWORK, "10.1.2.3/32");
	check("0.0.0.1/32", TARGET_NETWORK, "0.0.0.1/32");
	check("1.0.0.0/8", TARGET_NETWORK, "1.0.0.0/8");
	check("208.0.0.0/3", TARGET_NETWORK, "208.0.0.0/3");
	check("64.0.0.0/2", TARGET_NETWORK, "64.0.0.0/2");
	check("223.255.255.0/24", TARGET_NETWORK, "223.255.255.0/24");
	check("240.0.0.0/8", TARGET_NETWORK, "240.0.0.0/8");
	assert_true(parses(slice_of("10.1.2.3/20"), &target));
	assert_int_equal(target.network.addr, IPV4(10, 1, 2, 3));
	assert_int_equal(target.network.prefix, 20);
}

static void a_network_holds_no_address_that_is_refused(void **state)
{
	static const struct slice bad[] = {BYTES("0.0.0.0/32"),
		BYTES("0.0.0.1/31"), BYTES("0.1.2.3/8"), BYTES("10.0.0.0/0"),
		BYTES("10.0.0.0/1"), BYTES("224.0.0.0/32"),
		BYTES("224.0.0.0/4"), BYTES("225.0.0.0/3"),
		BYTES("239.255.255.0/24"), BYTES("192.0.0.0/2"),
		BYTES("128.0.0.0/1")};
	struct target_text target;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (parses(bad[i], &target))
			fail_msg("%s", bad[i].at);
}

static void a_name_may_have_a_port(void **state)
{
	struct target_text target;

	(void)state;
	check("db1.example.com", TARGET_NAME, "db1.example.com");
	check("db1.example.com.", TARGET_NAME, "db1.example.com.");
	check("localhost:8000", TARGET_NAME, "localhost:8000");
	check(" localhost:8000\n", TARGET_NAME, "localhost:8000");
	check("localhost:08", TARGET_NAME, "localhost:8");
	check("0x7f.example", TARGET_NAME, "0x7f.example");
	check("a0x7f", TARGET_NAME, "a0x7f");
	check(" db_1 ", TARGET_NAME, "db_1");
	check("DB-1", TARGET_NAME, "DB-1");
	check("a", TARGET_NAME, "a");
	check("a.", TARGET_NAME, "a.");
	check("a.z.A.Z", TARGET_NAME, "a.z.A.Z");
	check("az-AZ_0x9", TARGET_NAME, "az-AZ_0x9");
	check("web:1", TARGET_NAME, "web:1");
	check("web:65535", TARGET_NAME, "web:65535");
	check("4.example", TARGET_NAME, "4.example");
	check("10.0.0.5a", TARGET_NAME, "10.0.0.5a");
	check("1-2", TARGET_NAME, "1-2");
	check(LABEL_63, TARGET_NAME, LABEL_63);
	check(NAME_253, TARGET_NAME, NAME_253);
	check(NAME_253 ".", TARGET_NAME, NAME_253 ".");
	check(NAME_253 ".:80", TARGET_NAME, NAME_253 ".:80");
	assert_true(parses(slice_of("web:80"), &target));
	assert_int_equal(target.name.len, 3);
	assert_int_equal(target.to.port, 80);
	assert_true(parses(slice_of("web"), &target));
	assert_int_equal(target.to.port, 0);
}

static void what_is_none_of_them_is_refused(void **state)
{
	static const struct slice bad[] = {{NULL, 0}, BYTES(""), BYTES(" "),
		BYTES("."), BYTES(".."), BYTES(".a"), BYTES("a.."),
		BYTES("a..b"), BYTES("-a"), BYTES("a.-b"), BYTES("a b"),
		BYTES("a,b"), BYTES("a/b"), BYTES("a/24"), BYTES("a\0"),
		BYTES("a\nb"), BYTES("b\xc3\xbc"), BYTES("*"), BYTES("a:"),
		BYTES("a:0"), BYTES("a:65536"), BYTES("a:80:81"), BYTES("a:b"),
		BYTES("a :80"), BYTES("a: 80"), BYTES(":80"), BYTES(":"),
		BYTES("#"), BYTES("a`"), BYTES("a{"), BYTES("a@"), BYTES("a["),
		BYTES("a~"), BYTES("a\x7f"), BYTES("a+"), BYTES("a:"),
		/* addresses that went wrong */
		BYTES("0.0.0.0"), BYTES("0.0.0.0:80"), BYTES("224.0.0.0"),
		BYTES("239.255.255.255:80"), BYTES("10.0.0.256"),
		BYTES("10.0.0"), BYTES("10.0.0.1.5"), BYTES("10"),
		BYTES("10.0.0.5:"), BYTES("10.0.0.5:0"),
		BYTES("10.0.0.5:65536"), BYTES("10.0.0.5:80:81"),
		BYTES("010.0.0.5"), BYTES("10.0.0.05"), BYTES("10.0.0.5."),
		BYTES("a.5"), BYTES("example.007"), BYTES("a.5."),
		BYTES("0x7f000001"), BYTES("0XE0000001:80"),
		BYTES("10.0.0.0x5"), BYTES("10.0.0.0x5."),
		/* networks */
		BYTES("10.0.0.0/"), BYTES("10.0.0.0/33"), BYTES("/24"),
		BYTES("10.0.0/24"), BYTES("10.0.0.0/24:80"),
		BYTES("10.0.0.0:80/24"), BYTES("10.0.0.0/0.0.0.255"),
		BYTES("10.0.0.0-10.0.0.9"),
		/* names that are too long */
		BYTES(LABEL_63 "4"), BYTES("b." LABEL_63 "4.b"),
		BYTES(NAME_253 "2"), BYTES(NAME_253 "2."),
		/* IPv6 */
		BYTES("::"), BYTES("::1"), BYTES("[::1]:80"),
		BYTES("fe80::1%eth0"), BYTES("2001:db8::/32")};
	struct target_text target;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (parses(bad[i], &target))
			fail_msg("row %zu: '%.*s'", i, (int)bad[i].len,
				bad[i].at);
}

static void every_octet_that_leads_is_a_host_or_refused(void **state)
{
	struct target_text target;

	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		char text[32];
		bool multicast = octet >= 224 && octet <= 239;
		snprintf(text, sizeof text, "%u.0.0.1", octet);
		assert_int_equal(
			target_parse(slice_of(text), &target), !multicast);
		snprintf(text, sizeof text, "%u.0.0.0/8", octet);
		assert_int_equal(target_parse(slice_of(text), &target),
			!multicast && octet != 0 && octet != 255);
	}
}

#define EXPECTED                                                               \
	"ADDR[:PORT], NETWORK or HOST[:PORT], like 10.0.0.5, 10.1.0.0/24 or "  \
	"db1.example.com (not 0.0.0.0 or multicast)"

/* And of IPv6 more is said. */
static void what_would_be_right_is_told(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {{"", EXPECTED}, {"10.0.0.256", EXPECTED}, {"a:b", EXPECTED},
		{"10.0.0.1:80:81", EXPECTED},
		{"a:b:c", EXPECTED "; IPv6 is not supported"},
		{"::1", EXPECTED "; IPv6 is not supported"},
		{"[fe80::1]:80", EXPECTED "; IPv6 is not supported"},
		{"web:80:81", EXPECTED}, {"x:", EXPECTED}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str out = STR_EMPTY;
		str_addf(&out, "expected ");
		target_add_expected(slice_of(rows[i].text), &out);
		assert_true(slice_equal((struct slice){out.at + 9, out.len - 9},
			slice_of(rows[i].expected)));
		str_release(&out);
	}
}

static void targets_are_listed_in_order(void **state)
{
	static const char *const texts[] = {
		"10.0.0.1:80", "10.1.0.0/24", "web:81", "10.0.0.1:80"};
	struct target_list list = {0};
	struct target_text target;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_true(target_parse(slice_of(texts[i]), &target));
		assert_true(target_list_add(&list, target));
	}
	assert_int_equal(list.count, COUNT(texts));
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct str out = STR_EMPTY;
		target_print(&list.at[i], &out);
		assert_text(&out, texts[i]);
		str_release(&out);
	}
	free(list.at);
}

static void without_memory_the_list_stays_as_it_was(void **state)
{
	struct target_list list = {0};
	struct target_text target;

	(void)state;
	assert_true(target_parse(slice_of("web:81"), &target));
	memory_left = 0;
	assert_false(target_list_add(&list, target));
	memory_restore();
	assert_int_equal(list.count, 0);
	assert_true(target_list_add(&list, target));
	memory_left = 0;
	assert_false(target_list_add(&list, target));
	memory_restore();
	assert_int_equal(list.count, 1);
	assert_int_equal(list.at[0].to.port, 81);
	free(list.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_may_have_a_port),
		cmocka_unit_test(a_network_has_a_prefix_or_a_netmask),
		cmocka_unit_test(a_network_holds_no_address_that_is_refused),
		cmocka_unit_test(a_name_may_have_a_port),
		cmocka_unit_test(what_is_none_of_them_is_refused),
		cmocka_unit_test(every_octet_that_leads_is_a_host_or_refused),
		cmocka_unit_test(what_would_be_right_is_told),
		cmocka_unit_test(targets_are_listed_in_order),
		cmocka_unit_test(without_memory_the_list_stays_as_it_was),
	};

	return RUN(tests);
}
