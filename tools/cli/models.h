// Which models a capture is scored with.
//
// Threads    One.
// Memory     From the heap; models_free() gives it back.
#ifndef WEIR_CLI_MODELS_H
#define WEIR_CLI_MODELS_H

#include "config/models.h"

// A file of its own says by its features what it scores: flows or hosts. Where none is given, the
// configuration's are taken, and so by default those that Weir comes with.
// @param n_paths  0: none given
// @return 0, or -errno with one line in error and *out empty
int models_choose(
	struct models *out,
	const struct conf *conf,
	const char *const paths[],
	unsigned n_paths,
	char error[static MODELS_ERROR_MAX]
);

#endif
