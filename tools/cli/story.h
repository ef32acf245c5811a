// What is told of one row: its score, what each feature did to it, and what the members of an ensemble say.
//
// Threads    One.
// Memory     None kept.
// Ownership  A story points to what its caller owns.
#ifndef WEIR_CLI_STORY_H
#define WEIR_CLI_STORY_H

#include "model/model.h"
#include "rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// @return false: standard output cannot be written
bool story_tell(const struct model *, const struct rows *, const char *file, size_t row, bool json);

#endif
