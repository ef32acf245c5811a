// Which machine instructions a program uses: chosen once at start, by what the processor and its
// operating system can do, or by name.
//
// A part that has code for several sets keeps each in a file of its own, compiled with the flags
// of that set (src/contract/meson.build), and takes an enum isa when it is set up; nothing below the
// programs reads the environment. Whatever is chosen, results are the same to the bit.
//
// Threads    isa_use() before there is more than one thread; the others are pure, any thread.
// Memory     None taken.
#ifndef WEIR_CONTRACT_ISA_H
#define WEIR_CONTRACT_ISA_H

#include <stdbool.h>

#define ISA_ERROR_MAX 160
#define ISA_VARIABLE "WEIR_ISA" // what programs, tests and benches read from their environment

// A later one has all of those before it.
enum isa {
	ISA_SCALAR, // the floor that everything is compiled for: x86-64-v2, or what another machine has
	ISA_AVX2, // AVX2, BMI1, BMI2
	ISA_AVX512, // AVX-512 F, BW, CD, DQ, VL, as x86-64-v4 has them
};
#define ISA_N 3

const char *isa_name(enum isa); // "scalar", "avx2", "avx512"
// @return 0, or -EINVAL where no set has this name
int isa_from_name(enum isa *out, const char *name);
// Has this processor got it, does the system keep its registers, and was it compiled in?
bool isa_supported(enum isa);
enum isa isa_best(void);
// What a person asked for: NULL or "" is the best there is.
// @return 0, -EINVAL (no such name) or -ENOTSUP (not on this machine), with one line in error
int isa_choose(enum isa *out, const char *wish, char error[static ISA_ERROR_MAX]);

// What all that is made from now on in this process uses; without a call it is isa_best().
// @return 0, or -ENOTSUP: not on this machine; nothing changed
int isa_use(enum isa);
enum isa isa_in_use(void);

#endif
