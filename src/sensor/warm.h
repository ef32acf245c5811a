// Warm start: what is usual for the hosts outlives the process.
//
// Every sensor.save_s seconds control makes an image of what is usual, some hosts a turn, and a thread of its
// own writes it (the disk may take its time); once more at the end. So a crash loses what was learned in
// save_s seconds and the few that the writing takes. At the start the file is read; one that is not sound is
// put aside as FILE.bad and the sensor starts without.
//
// Threads    Control's, and the saver's.
// Memory     The image: image.h. None between two of them.
// Full       A disk that is slower than save_s: the next image waits for it.
#ifndef WEIR_SENSOR_WARM_H
#define WEIR_SENSOR_WARM_H

#include "config/config.h"
#include "detect/image.h"
#include "sensor/saver.h"

struct warm {
	char path[CONFIG_PATH_MAX + 16]; // "": nothing outlives a restart
	struct image image; // the saver's while it is busy
	struct saver saver;
	bool making; // control adds hosts to it
	uint64_t next_ns; // monotonic
};

// @param folder  sensor.state_folder, or ""
void warm_begin(struct warm *warm, const char *folder, struct detect *detect, uint64_t now_ns);
void warm_turn(
	struct warm *warm,
	const struct detect *detect,
	const struct conf *conf,
	uint64_t now_ns
);
void warm_end(struct warm *warm, const struct detect *detect); // the last image; waits for the disk

#endif
