#include "unit.h"

#include "core/advertised.h"

#include "tables.h"

/* Which rule fits whom, and which is never reached. */

#define RULE(a, b, c, d, prefix)                                               \
	{                                                                      \
		{IPV4(a, b, c, d), prefix},                                    \
		{                                                              \
			IPV4(9, 9, 9, 9), 0                                    \
		}                                                              \
	}

static void assert_found(const struct advertised *rules, size_t count,
	uint32_t asker, const struct advertised *expected)
{
	const struct advertised *found = advertised_find(rules, count, asker);

	if (found != expected)
		fail_msg("%s: rule %td instead of %td", ipv4_text(asker).at,
			found ? found - rules : -1,
			expected ? expected - rules : -1);
}

static void without_rules_none_fits(void **state)
{
	static const struct advertised rule = RULE(0, 0, 0, 0, 0);

	(void)state;
	assert_null(advertised_find(NULL, 0, IPV4(10, 0, 0, 7)));
	assert_null(advertised_find(&rule, 0, IPV4(10, 0, 0, 7)));
}

static void the_first_rule_that_fits_the_asker_is_found(void **state)
{
	static const struct advertised rules[] = {RULE(10, 1, 2, 3, 32),
		RULE(10, 1, 99, 99, 16), RULE(10, 0, 0, 0, 8),
		RULE(192, 168, 0, 0, 31), RULE(10, 1, 2, 0, 24)};
	static const struct {
		uint32_t asker;
		int rule; /* or -1 */
	} rows[] = {{IPV4(10, 1, 2, 3), 0}, {IPV4(10, 1, 2, 2), 1},
		{IPV4(10, 1, 2, 4), 1}, {IPV4(10, 1, 0, 0), 1},
		{IPV4(10, 1, 255, 255), 1}, {IPV4(10, 0, 255, 255), 2},
		{IPV4(10, 2, 0, 0), 2}, {IPV4(10, 255, 255, 255), 2},
		{IPV4(192, 168, 0, 0), 3}, {IPV4(192, 168, 0, 1), 3},
		{IPV4(192, 168, 0, 2), -1}, {IPV4(9, 255, 255, 255), -1},
		{IPV4(11, 0, 0, 0), -1}, {IPV4(138, 1, 2, 3), -1}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_found(rules, COUNT(rules), rows[i].asker,
			rows[i].rule < 0 ? NULL : &rules[rows[i].rule]);
	/* No more than COUNT of them. */
	assert_found(rules, 2, IPV4(10, 0, 0, 1), NULL);
	assert_found(rules, 3, IPV4(10, 0, 0, 1), &rules[2]);
}

static void a_rule_for_all_fits_all(void **state)
{
	static const struct advertised rules[] = {
		RULE(10, 0, 0, 0, 8), RULE(172, 16, 5, 1, 0)};
	static const uint32_t others[] = {0, 1, IPV4(9, 255, 255, 255),
		IPV4(127, 0, 0, 1), IPV4(128, 0, 0, 0), IPV4_ALL_HOSTS};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++)
		assert_found(rules, 2, others[i], &rules[1]);
	assert_found(rules, 2, IPV4(10, 0, 0, 7), &rules[0]);
}

static void assert_before(
	const struct advertised *rules, size_t index, int expected)
{
	const struct advertised *before = advertised_before(rules, index);

	if (before != (expected < 0 ? NULL : &rules[expected]))
		fail_msg("rule %zu: rule %td instead of %d", index,
			before ? before - rules : -1, expected);
}

static void a_rule_is_dead_behind_one_that_covers_it(void **state)
{
	static const struct advertised rules[] = {RULE(10, 1, 0, 0, 16),
		RULE(10, 1, 2, 0, 24), RULE(10, 0, 0, 0, 8),
		RULE(10, 1, 7, 7, 16), RULE(10, 2, 3, 4, 32),
		RULE(11, 0, 0, 0, 8), RULE(0, 0, 0, 0, 0), RULE(10, 1, 2, 3, 0),
		RULE(12, 0, 0, 0, 8), RULE(10, 9, 0, 0, 16)};
	static const int expected[] = {-1, 0, -1, 0, 2, -1, -1, 6, 6, 2};

	(void)state;
	for (size_t i = 0; i < COUNT(rules); i++)
		assert_before(rules, i, expected[i]);
}

/* Two that cover it together are not one that can be named. */
static void two_halves_are_not_one_rule(void **state)
{
	static const struct advertised rules[] = {RULE(10, 0, 0, 0, 9),
		RULE(10, 128, 0, 0, 9), RULE(10, 0, 0, 0, 8)};

	(void)state;
	for (size_t i = 0; i < COUNT(rules); i++)
		assert_before(rules, i, -1);
}

/* Numbers that are the same in each run. */
static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*seed >> 33);
}

/* Rules for networks within 10.0.0.0/28, where each asker can be looked at. */
enum { RULES = 4, ASKERS = 16 };

static void draw_rules(struct advertised rules[RULES], uint64_t *seed)
{
	for (size_t i = 0; i < RULES; i++)
		rules[i] = (struct advertised){
			{IPV4(10, 0, 0, draw(seed) % ASKERS),
				28 + draw(seed) % 5},
			{IPV4(9, 9, 9, 9), 0}};
}

/* Whether RULE fits an asker, told in another way than the source tells it. */
static bool fits(const struct advertised *rule, uint32_t asker)
{
	return asker >= ipv4_first(rule->askers) &&
	       asker <= ipv4_last(rule->askers);
}

static int slow_find(const struct advertised *rules, uint32_t asker)
{
	for (int i = 0; i < RULES; i++)
		if (fits(&rules[i], asker))
			return i;
	return -1;
}

static int slow_before(const struct advertised *rules, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		bool covers = true;
		for (uint32_t a = 0; a < ASKERS; a++) {
			uint32_t asker = IPV4(10, 0, 0, 0) + a;
			covers = covers && (fits(&rules[i], asker) ||
						   !fits(&rules[index], asker));
		}
		if (covers)
			return (int)i;
	}
	return -1;
}

static void all_is_as_a_look_at_each_asker_says(void **state)
{
	struct advertised rules[RULES];
	uint64_t seed = 1;
	size_t dead = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		draw_rules(rules, &seed);
		for (uint32_t a = 0; a < ASKERS; a++) {
			uint32_t asker = IPV4(10, 0, 0, 0) + a;
			int found = slow_find(rules, asker);
			assert_found(rules, RULES, asker,
				found < 0 ? NULL : &rules[found]);
		}
		for (size_t i = 0; i < RULES; i++) {
			int before = slow_before(rules, i);
			assert_before(rules, i, before);
			dead += before >= 0;
		}
	}
	assert_in_range(dead, 1000, 11000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_rules_none_fits),
		cmocka_unit_test(the_first_rule_that_fits_the_asker_is_found),
		cmocka_unit_test(a_rule_for_all_fits_all),
		cmocka_unit_test(a_rule_is_dead_behind_one_that_covers_it),
		cmocka_unit_test(two_halves_are_not_one_rule),
		cmocka_unit_test(all_is_as_a_look_at_each_asker_says),
	};

	return RUN(tests);
}
