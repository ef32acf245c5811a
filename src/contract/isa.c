// What this processor can do. The compilers' own test looks at CPUID and at XGETBV: a set counts only
// where the operating system saves its registers too.
#include "contract/isa.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const names[ISA_N] = {
	[ISA_SCALAR] = "scalar",
	[ISA_AVX2] = "avx2",
	[ISA_AVX512] = "avx512",
};

const char *isa_name(enum isa isa) {
	return names[isa];
}

int isa_from_name(enum isa *out, const char *name) {
	for (unsigned i = 0; i < ISA_N; i++)
		if (strcmp(names[i], name) == 0) {
			*out = (enum isa)i;
			return 0;
		}
	return -EINVAL;
}

#ifdef __x86_64__
static bool has_avx2(void) {
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")
		&& __builtin_cpu_supports("bmi2");
}

static bool has_avx512(void) {
	return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
		&& __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq")
		&& __builtin_cpu_supports("avx512vl");
}
#else
static bool has_avx2(void) {
	return false;
}

static bool has_avx512(void) {
	return false;
}
#endif

bool isa_supported(enum isa isa) {
	switch (isa) {
	case ISA_SCALAR:
		return true;
	case ISA_AVX2:
		return has_avx2();
	case ISA_AVX512:
		return has_avx512();
	}
	return false;
}

static bool is_set;
static enum isa in_use;

int isa_use(enum isa isa) {
	if (!isa_supported(isa))
		return -ENOTSUP;
	in_use = isa;
	is_set = true;
	return 0;
}

enum isa isa_in_use(void) {
	return is_set ? in_use : isa_best();
}

enum isa isa_best(void) {
	if (isa_supported(ISA_AVX512))
		return ISA_AVX512;
	return isa_supported(ISA_AVX2) ? ISA_AVX2 : ISA_SCALAR;
}

int isa_choose(enum isa *out, const char *wish, char error[static ISA_ERROR_MAX]) {
	enum isa isa;

	if (wish == NULL || wish[0] == '\0') {
		*out = isa_best();
		return 0;
	}
	if (isa_from_name(&isa, wish) < 0) {
		snprintf(
			error,
			ISA_ERROR_MAX,
			"%s: \"%.20s\" is none of scalar, avx2, avx512",
			ISA_VARIABLE,
			wish
		);
		return -EINVAL;
	}
	if (!isa_supported(isa)) {
		snprintf(
			error,
			ISA_ERROR_MAX,
			"%s: this machine has no %s; the best it has is %s",
			ISA_VARIABLE,
			wish,
			isa_name(isa_best())
		);
		return -ENOTSUP;
	}
	*out = isa;
	return 0;
}
