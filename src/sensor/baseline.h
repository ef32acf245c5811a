// A baseline: rows of flows and hosts, sampled from live traffic for a time, from which a model can be trained.
//
//     baseline start 1800 0        for so many seconds; or until so many flow rows were seen (the second)
//     baseline status | stop
//
// While it is taken the sample lies in memory; every sensor.save_s seconds a copy goes to state_folder/baseline.flow
// and baseline.host, so that after a crash it goes on with what is left of its time. At the end it becomes
// baseline-flow.csv and baseline-host.csv there, which `weir train` reads.
//
// Threads    Control's, and the saver's, which has copies.
// Memory     Two reservoirs: BASELINE_ROWS of flows and half as many of hosts, 16 MB, and as much again while
//            they are written.
// Full       A reservoir keeps a fair sample of any number of rows. What a worker's ring cannot take is left out.
#ifndef WEIR_SENSOR_BASELINE_H
#define WEIR_SENSOR_BASELINE_H

#include "detect/detect.h"
#include "detect/reservoir.h"
#include "sensor/saver.h"
#include "sensor/watch.h"

#include <stdbool.h>
#include <stdint.h>

#define BASELINE_ROWS 100000u
#define BASELINE_FOR_S_MAX (31 * 86400u)
#define BASELINE_PATH_MAX 320

struct baseline_note { // what a restart needs to know
	uint64_t left_ns; // of its time; UINT64_MAX: until there are rows enough
	uint64_t taken_ns; // so far
	uint64_t vectors; // 0: until its time is over
};

struct baseline_copy { // the saver's
	struct reservoir *flow, *host;
	struct baseline_note note;
	char folder[BASELINE_PATH_MAX];
	bool final;
};

// baseline_file.c
saver_fn baseline_save; // of a struct baseline_copy
// What a crash left. @return 0, or -errno (-ENOENT: nothing) and one line in error
int baseline_load(
	const char *folder,
	struct reservoir **flow,
	struct reservoir **host,
	struct baseline_note *note,
	char error[static FILE_ERROR_MAX]
);
void baseline_remove(const char *folder);

struct sample { // control's
	bool running;
	struct reservoir *flow, *host;
	struct baseline_note note;
	uint64_t turn_ns, next_save_ns; // monotonic
	uint64_t flow_seen, host_seen; // of the one that was taken last
	struct saver saver;
	struct baseline_copy copy;
	char folder[BASELINE_PATH_MAX]; // "": none, and there is no baseline
	char made[96]; // how the last one ended, "": there was none
};

struct sensor;
void baseline_begin(struct sensor *); // goes on with what a crash left
void baseline_turn(struct sensor *, uint64_t now_ns);
void baseline_end(struct sensor *); // a stopping sensor keeps what there is, to go on later
bool baseline_command(struct sensor *, const char *argument, char *text, size_t n);

#endif
