// The models that a configuration names: found, loaded, and checked to be of our features.
//
// Threads    Any, each with its own; not for the data path.
// Memory     From the heap.
// Ownership  models_free() gives back what models_load() filled.
#ifndef WEIR_CONFIG_MODELS_H
#define WEIR_CONFIG_MODELS_H

#include "config/config.h"
#include "model/model.h"

#define MODELS_ERROR_MAX (MODEL_ERROR_MAX + 2 * CONFIG_PATH_MAX + 128)

struct models {
	struct model *flow; // of FLOW_FEATURES; NULL: flows are not scored
	struct model *host; // of HOST_FEATURES; NULL: no `unknown` alarms
};

// The file behind a setting: itself, or the one that Weir comes with where it says MODEL_SHIPPED:
// of the installation, or of the source tree that this was built from.
// @return the file, "" for none; where Weir is not installed, where it should be
const char *models_flow_file(const struct conf *, char file[static CONFIG_PATH_MAX]);
const char *models_host_file(const struct conf *, char file[static CONFIG_PATH_MAX]);

// @return 0, or -errno with one line in error and *out empty
int models_load(struct models *out, const struct conf *, char error[static MODELS_ERROR_MAX]);
void models_free(struct models *);

#endif
