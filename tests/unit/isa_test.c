// Instruction sets: names, choice, and what the kernel says of the same processor.
#include "contract/isa.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char error[ISA_ERROR_MAX];

static void names_are_found_again(void **) {
	enum isa isa;

	for (unsigned i = 0; i < ISA_N; i++) {
		assert_int_equal(isa_from_name(&isa, isa_name((enum isa)i)), 0);
		assert_int_equal(isa, i);
	}
	assert_int_equal(isa_from_name(&isa, "avx"), -EINVAL);
	assert_int_equal(isa_from_name(&isa, "AVX2"), -EINVAL);
}

static void without_a_wish_it_is_the_best(void **) {
	enum isa isa = ISA_SCALAR;

	assert_int_equal(isa_choose(&isa, NULL, error), 0);
	assert_int_equal(isa, isa_best());
	assert_int_equal(isa_choose(&isa, "", error), 0);
	assert_int_equal(isa, isa_best());
	assert_int_equal(isa_choose(&isa, "scalar", error), 0);
	assert_int_equal(isa, ISA_SCALAR);
}

static void what_cannot_be_had_is_said(void **) {
	enum isa isa = ISA_SCALAR;

	assert_int_equal(isa_choose(&isa, "sse9", error), -EINVAL);
	assert_non_null(strstr(error, "WEIR_ISA: \"sse9\" is none of scalar, avx2, avx512"));
	for (unsigned i = 0; i < ISA_N; i++) {
		const char *name = isa_name((enum isa)i);

		print_message("  %s: %s\n", name, isa_supported((enum isa)i) ? "yes" : "no");
		if (isa_supported((enum isa)i)) {
			assert_int_equal(isa_choose(&isa, name, error), 0);
			assert_int_equal(isa, i);
		} else {
			assert_int_equal(isa_choose(&isa, name, error), -ENOTSUP);
			assert_non_null(strstr(error, "this machine has no"));
		}
	}
}

static void a_choice_holds_for_the_process(void **) {
	assert_int_equal(isa_in_use(), isa_best());
	for (unsigned i = 0; i < ISA_N; i++) {
		const enum isa before = isa_in_use();

		if (isa_supported((enum isa)i)) {
			assert_int_equal(isa_use((enum isa)i), 0);
			assert_int_equal(isa_in_use(), i);
		} else {
			assert_int_equal(isa_use((enum isa)i), -ENOTSUP);
			assert_int_equal(isa_in_use(), before);
		}
	}
}

static void a_later_set_has_the_earlier_ones(void **) {
	assert_true(isa_supported(ISA_SCALAR));
	assert_true(isa_supported(isa_best()));
	for (unsigned i = 1; i < ISA_N; i++)
		if (isa_supported((enum isa)i))
			assert_true(isa_supported((enum isa)(i - 1)));
}

static bool kernel_lists(const char *flags, const char *flag) {
	char word[24];

	snprintf(word, sizeof(word), " %s ", flag);
	return strstr(flags, word) != NULL;
}

static void the_kernel_agrees(void **) {
	static const struct {
		enum isa isa;
		const char *flags[9];
	} sets[] = {
		{ISA_AVX2, {"avx2", "bmi1", "bmi2"}},
		{ISA_AVX512,
		 {"avx2",
		  "bmi1",
		  "bmi2",
		  "avx512f",
		  "avx512bw",
		  "avx512cd",
		  "avx512dq",
		  "avx512vl"}},
	};
	char line[8192] = "";
	FILE *f = fopen("/proc/cpuinfo", "r");

	while (f != NULL && strncmp(line, "flags", 5) != 0 && fgets(line, sizeof(line) - 2, f))
		;
	if (f != NULL)
		fclose(f);
	if (strncmp(line, "flags", 5) != 0) {
		print_message("  not compared: /proc/cpuinfo lists no flags here\n");
		return;
	}
	line[strcspn(line, "\n")] = ' ';
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		bool all = true;

		for (const char *const *flag = sets[i].flags; *flag != NULL; flag++)
			all = all && kernel_lists(line, *flag);
		assert_int_equal(isa_supported(sets[i].isa), all);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_again),
		cmocka_unit_test(without_a_wish_it_is_the_best),
		cmocka_unit_test(what_cannot_be_had_is_said),
		cmocka_unit_test(a_choice_holds_for_the_process),
		cmocka_unit_test(a_later_set_has_the_earlier_ones),
		cmocka_unit_test(the_kernel_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
