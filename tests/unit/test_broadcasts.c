#include "memory.h"
#include "unit.h"
#include "host.h"

#include "core/broadcasts.h"
#include "tables.h"

static const struct netif_lists all = {{NULL, 0}, {NULL, 0}};

static void begin(struct schedule *schedule)
{
	const struct schedule_config config = {
		.timeout_ns = 1000, .rate = 1000, .port = 9999};

	schedule_init(schedule, &config);
}

static void the_first_address_counts_too(void **state)
{
	const struct netif_table two = {
		host_links, COUNT(host_links), host_addresses + 1, 2};
	struct schedule s;

	(void)state;
	begin(&s);
	assert_true(broadcasts_add(&s, &two, &all, true));
	assert_int_equal(s.targets.count, 3);
	assert_int_equal(s.targets.at[0].to.addr, IPV4(10, 0, 0, 255));
	assert_int_equal(s.targets.at[1].to.addr, IPV4_ALL_HOSTS);
	assert_int_equal(s.targets.at[2].to.addr, IPV4(192, 0, 2, 255));
	schedule_release(&s);
}

/* With ever more targets before, it is another one that has no room. */
static void without_memory_it_says_so(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (uint32_t before = 0; before < 70; before++) {
		struct schedule s;
		begin(&s);
		for (uint32_t i = 0; i < before; i++)
			assert_true(schedule_add_target(
				&s, (struct endpoint){i + 1, 9999}, 0));
		memory_left = 0;
		bool added = broadcasts_add(&s, &host, &all, true);
		memory_restore();
		/* Three directed ones, and one an interface. */
		assert_int_equal(added, s.targets.count == before + 5);
		failed += !added;
		schedule_release(&s);
	}
	assert_in_range(failed, 5, 65);
}

static void targets_are_the_broadcasts_of_what_is_selected(void **state)
{
	struct netif_lists eth1 = {slice_of("eth1"), {NULL, 0}};
	struct schedule s;

	(void)state;
	begin(&s);
	assert_true(broadcasts_add(&s, &host, &all, false));
	assert_int_equal(s.targets.count, 3);
	assert_int_equal(s.targets.at[0].to.addr, IPV4(10, 0, 0, 255));
	assert_int_equal(s.targets.at[0].to.port, 9999);
	assert_int_equal(s.targets.at[0].interface, ETH0);
	assert_int_equal(s.targets.at[1].to.addr, IPV4(192, 0, 2, 255));
	assert_int_equal(s.targets.at[2].to.addr, IPV4(172, 16, 255, 255));
	assert_int_equal(s.targets.at[2].interface, ETH1);
	schedule_release(&s);
	begin(&s);
	assert_true(broadcasts_add(&s, &host, &eth1, false));
	assert_int_equal(s.targets.count, 1);
	schedule_release(&s);
}

static void limited_broadcasts_go_out_once_an_interface(void **state)
{
	size_t limited = 0;
	struct schedule s;

	(void)state;
	begin(&s);
	assert_true(broadcasts_add(&s, &host, &all, true));
	assert_int_equal(s.targets.count, 5);
	for (size_t i = 0; i < s.targets.count; i++)
		limited += s.targets.at[i].to.addr == IPV4_ALL_HOSTS;
	assert_int_equal(limited, 2);
	schedule_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_address_counts_too),
		cmocka_unit_test(without_memory_it_says_so),
		cmocka_unit_test(
			targets_are_the_broadcasts_of_what_is_selected),
		cmocka_unit_test(limited_broadcasts_go_out_once_an_interface),
	};

	return RUN(tests);
}
