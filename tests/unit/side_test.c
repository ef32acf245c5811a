// Side tables: who was silent longest gives way.
#include "detect/side.h"
#include "test.h"

#include <cmocka.h>

#define S 1000000000ull

static void a_side_table_forgets_who_was_silent_longest(void **) {
	struct side *side = side_create(sizeof(struct side_entry) + 8, SIDE_WAYS); // one set
	struct side_entry *e;

	for (uint64_t key = 1; key <= SIDE_WAYS; key++)
		side_get(side, key << 1, key * S);
	e = side_get(side, 1 << 1, 100 * S); // heard of again
	assert_int_equal(e->seen_ns, 100 * S);
	side_get(side, 99 << 1, 200 * S);
	assert_null(side_find(side, 2 << 1));
	assert_non_null(side_find(side, 1 << 1));
	assert_non_null(side_find(side, 99 << 1));
	assert_int_equal(side_displaced(side), 0); // it was silent for long
	side_get(side, 98 << 1, 200 * S);
	for (uint64_t key = 200; key < 210; key++)
		side_get(side, key << 1, 201 * S);
	assert_true(side_displaced(side) > 0);
	side_destroy(side);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_side_table_forgets_who_was_silent_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
