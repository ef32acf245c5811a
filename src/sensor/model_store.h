// Models that were activated: copies in state_folder/models, and models.json that says which came when.
//
//     {"version": 1, "flow": [{"number": 3, "from": "/tmp/x.weir", "kind": "forest", "crc": 305419896,
//       "time": 1790000000, "back": false}], "host": []}
//
// The last one of a role that was not taken back is in use, before the configuration's. A file that is not sound
// is told of and counts as none.
//
// Threads    Control's.
// Memory     The caller's.
// Full       STORE_MAX of each role: the oldest, and its copy, give way.
#ifndef WEIR_SENSOR_MODEL_STORE_H
#define WEIR_SENSOR_MODEL_STORE_H

#include "config/config.h"
#include "config/models.h"
#include "sensor/sensor.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_MAX 16
#define STORE_PATH_MAX (CONFIG_PATH_MAX + 48)

enum store_role { STORE_FLOW, STORE_HOST, STORE_ROLES };
extern const char *const store_role_name[STORE_ROLES];

struct stored {
	uint32_t number;
	uint32_t crc;
	uint64_t time_s;
	bool back; // taken back
	char kind[32];
	char from[CONFIG_PATH_MAX];
};

struct model_store {
	char folder[CONFIG_PATH_MAX]; // "": nothing is stored
	uint32_t n[STORE_ROLES];
	struct stored entry[STORE_ROLES][STORE_MAX]; // in the order of time
};

// @return 0; -ENOENT: none yet, it is empty; -errno and one line in error, and it is empty
int store_open(
	struct model_store *store,
	const char *state_folder,
	char error[static SENSOR_ERROR_MAX]
);
const struct stored *store_active(const struct model_store *store, unsigned role); // NULL: none
void store_path(
	const struct model_store *store,
	unsigned role,
	uint32_t number,
	char path[static STORE_PATH_MAX]
);
// Keep a copy, as the one in use. @return 0, or -errno and one line in error, and nothing has changed
int store_add(
	struct model_store *store,
	unsigned role,
	const struct model *model,
	const char *from,
	uint64_t time_s,
	char error[static SENSOR_ERROR_MAX]
);
// The one in use is taken back. @return 0, -ENOENT: there is none; or as above
int store_back(struct model_store *store, unsigned role, char error[static SENSOR_ERROR_MAX]);

#endif
