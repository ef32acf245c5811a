// What every unit test needs beside cmocka.
#ifndef WEIR_TEST_H
#define WEIR_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

// Memory as the makers of big tables want it; free() it.
static inline void *zeroed(size_t align, size_t bytes) {
	const size_t whole = (bytes + align - 1) / align * align;
	void *memory = aligned_alloc(align, whole);

	return memory == NULL ? NULL : memset(memory, 0, whole);
}

// cmocka's assert_float_equal casts to float.
#define assert_near(a, b, tolerance)                                                               \
	do {                                                                                       \
		const double a_ = (a), b_ = (b);                                                   \
                                                                                                   \
		if (!(fabs(a_ - b_) <= (tolerance)))                                               \
			fail_msg(                                                                  \
				"%s = %.17g, %s = %.17g: further apart than %g",                   \
				#a,                                                                \
				a_,                                                                \
				#b,                                                                \
				b_,                                                                \
				(double)(tolerance)                                                \
			);                                                                         \
	} while (0)

#endif
