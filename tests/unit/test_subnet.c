#include "unit.h"

#include "core/subnet.h"

#include "tables.h"

static const char *text_of(const cJSON *item, const char *key)
{
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(item, key));

	assert_non_null(text);
	return text;
}

static uint64_t number_of(const cJSON *item, const char *key)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(item, key);

	assert_true(cJSON_IsNumber(number));
	return (uint64_t)number->valuedouble;
}

static void assert_addr(uint32_t addr, const cJSON *item, const char *key)
{
	assert_string_equal(ipv4_text(addr).at, text_of(item, key));
}

/* What the stock client said of the address, field by field. */
static void check_fields(const struct network *network,
	const struct subnet_verdict *verdict, const cJSON *stock)
{
	struct network whole;

	assert_addr(network->addr, stock, "ip");
	assert_true(ipv4_parse_network(
		slice_of(text_of(stock, "network")), &whole));
	assert_int_equal(ipv4_first(*network), whole.addr);
	assert_int_equal(network->prefix, whole.prefix);
	assert_int_equal(network->prefix, number_of(stock, "prefix"));
	assert_true(verdict->total_hosts == number_of(stock, "total_hosts"));
	assert_true(verdict->segments == number_of(stock, "segments"));
	assert_addr(verdict->broadcast, stock, "calculated_broadcast");
	assert_addr(
		verdict->likely_broadcast, stock, "likely_broadcast_domain");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(stock, "is_corporate")));
}

static void check_vector(const cJSON *item)
{
	const cJSON *stock = cJSON_GetObjectItemCaseSensitive(
		item, "stock_verdict");
	const char *address = text_of(item, "address");
	struct network network;

	assert_true(ipv4_parse_network(slice_of(address), &network));
	struct subnet_verdict verdict = subnet_judge(network, 0);
	if (verdict.segmented == cJSON_IsNull(stock))
		fail_msg("%s: %d", address, verdict.segmented);
	if (verdict.segmented)
		check_fields(&network, &verdict, stock);
}

static void verdicts_are_those_of_the_stock_client(void **state)
{
	cJSON *table = unit_load("segmented.json");
	const cJSON *item;

	(void)state;
	assert_true(cJSON_GetArraySize(table) >= 15);
	cJSON_ArrayForEach(item, table) check_vector(item);
	cJSON_Delete(table);
}

static void only_what_is_larger_than_a_24_is_flagged(void **state)
{
	(void)state;
	for (unsigned prefix = 0; prefix <= 32; prefix++) {
		struct network network = {IPV4(10, 20, 30, 40), prefix};
		struct subnet_verdict verdict = subnet_judge(network, 0);
		assert_int_equal(verdict.segmented, prefix < 24);
		assert_true(
			verdict.total_hosts ==
			(uint64_t)ipv4_last(network) - ipv4_first(network) + 1);
		assert_true(verdict.segments ==
			    (prefix < 24 ? verdict.total_hosts / 256 : 1));
		assert_int_equal(verdict.broadcast, ipv4_last(network));
		assert_int_equal(
			verdict.likely_broadcast, IPV4(10, 20, 30, 255));
	}
}

static void only_large_private_blocks_are_flagged(void **state)
{
	static const struct {
		uint32_t addr;
		bool segmented;
	} rows[] = {{IPV4(10, 0, 0, 1), true}, {IPV4(10, 255, 0, 1), true},
		{IPV4(9, 255, 0, 1), false}, {IPV4(11, 0, 0, 1), false},
		{IPV4(172, 15, 0, 1), false}, {IPV4(172, 16, 0, 1), true},
		{IPV4(172, 31, 0, 1), true}, {IPV4(172, 32, 0, 1), false},
		{IPV4(172, 0, 0, 1), false}, {IPV4(192, 168, 0, 1), false}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct network network = {rows[i].addr, 20};
		assert_int_equal(
			subnet_judge(network, 0).segmented, rows[i].segmented);
	}
}

static void a_24_is_not_flagged_whatever_its_broadcast(void **state)
{
	static const struct network network = {IPV4(10, 20, 30, 40), 24};

	(void)state;
	assert_false(subnet_judge(network, IPV4(10, 20, 30, 63)).segmented);
	assert_false(subnet_judge(network, IPV4_ALL_HOSTS).segmented);
}

static void only_the_two_large_private_blocks_are_flagged(void **state)
{
	static const struct {
		uint32_t addr;
		bool segmented;
	} rows[] = {
		{IPV4(9, 255, 255, 255), false},
		{IPV4(10, 0, 0, 0), true},
		{IPV4(10, 255, 0, 1), true},
		{IPV4(11, 0, 0, 0), false},
		{IPV4(172, 15, 255, 255), false},
		{IPV4(172, 16, 0, 0), true},
		{IPV4(172, 31, 0, 1), true},
		{IPV4(172, 32, 0, 0), false},
		{IPV4(192, 168, 0, 1), false},
		{IPV4(169, 254, 0, 1), false},
		{IPV4(100, 64, 0, 1), false},
		{IPV4(127, 0, 0, 1), false},
		{0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct network network = {rows[i].addr, 16};
		if (subnet_judge(network, 0).segmented != rows[i].segmented)
			fail_msg("%s", ipv4_text(rows[i].addr).at);
	}
}

/* Which /24 it lies in and which addresses there are stays as it was. */
static void the_broadcast_of_the_kernel_counts(void **state)
{
	static const struct network network = {IPV4(10, 15, 3, 7), 16};
	static const struct {
		uint32_t broadcast;
		bool segmented;
	} rows[] = {
		{IPV4(10, 15, 255, 255), true},
		{IPV4(10, 15, 3, 255), false},
		{IPV4(10, 15, 3, 254), true},
		{IPV4(10, 15, 4, 255), true},
		{IPV4(10, 255, 255, 255), true},
		{IPV4_ALL_HOSTS, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct subnet_verdict verdict = subnet_judge(
			network, rows[i].broadcast);
		assert_int_equal(verdict.segmented, rows[i].segmented);
		assert_int_equal(verdict.broadcast, rows[i].broadcast);
		assert_int_equal(
			verdict.likely_broadcast, IPV4(10, 15, 3, 255));
		assert_true(verdict.total_hosts == 65536);
		assert_true(verdict.segments == 256);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_those_of_the_stock_client),
		cmocka_unit_test(only_what_is_larger_than_a_24_is_flagged),
		cmocka_unit_test(a_24_is_not_flagged_whatever_its_broadcast),
		cmocka_unit_test(only_the_two_large_private_blocks_are_flagged),
		cmocka_unit_test(the_broadcast_of_the_kernel_counts),
		cmocka_unit_test(only_large_private_blocks_are_flagged),
	};

	return RUN(tests);
}
