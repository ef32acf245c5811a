// A redis-server of our own for a measurement: Unix socket, folder of its own under /tmp.
//
// Threads    The main thread.
// Ownership  server_stop() ends the process, waits for it and removes the folder. Only what was started
//            here is ended.
#ifndef WEIR_BENCH_PUBLISH_SERVER_H
#define WEIR_BENCH_PUBLISH_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct server {
	pid_t pid;
	char folder[64];
	char socket[96];
	char version[32];
};

// @param append  keep an append-only file with fsync every second; else nothing on disk
// @return false: one line on standard error
bool server_start(struct server *out, bool append);
void server_stop(struct server *);

// User and system seconds of the server so far.
double server_cpu_s(const struct server *);
// One command, answered by a number or by "+OK" (0). @return -1: it failed
long long server_call(const struct server *, const char *command);

#endif
