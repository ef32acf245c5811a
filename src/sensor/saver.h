// A thread that writes one thing at a time, so that control never waits for the disk.
//
// Threads    Control's, but for `what`, which is the thread's from saver_start() until saver_ended().
// Memory     None taken.
// Full       One at a time: who finds it busy comes again.
#ifndef WEIR_SENSOR_SAVER_H
#define WEIR_SENSOR_SAVER_H

#include "detect/file_put.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef int saver_fn(void *what, char error[static FILE_ERROR_MAX]); // 0 or -errno

struct saver {
	bool busy;
	saver_fn *run;
	void *what;
	int result; // the thread's until `done`
	char error[FILE_ERROR_MAX]; // likewise
	atomic_bool done; // the thread stores, control loads
	pthread_t thread;
};

// Without a thread it is done here and now.
void saver_start(struct saver *saver, saver_fn *run, void *what);
// Has it just ended? Then `result` and `error` hold. @return false: not busy, or still at it
bool saver_ended(struct saver *saver);
bool saver_wait(struct saver *saver); // the same, however long it takes

#endif
