// The runs of bench/publish: events through the sensor's publisher, redis-benchmark's XADD of the same
// size, and the delay from the publisher's queue to a reader of the stream.
//
// Threads    The main thread is control; the publisher has its own; a delay run adds a reader.
#ifndef WEIR_BENCH_PUBLISH_RUNS_H
#define WEIR_BENCH_PUBLISH_RUNS_H

#include "bench/publish/server.h"

#include <stddef.h>
#include <stdint.h>

struct run {
	uint64_t events;
	double seconds;
	double client_cpu_s, server_cpu_s;
	uint64_t commands; // that the server ran
	bool right; // as many as sent, none lost, the stream's end is the last one
};

// @param alarms  events are of so many alarms in turn; 0: each is an alarm of its own
bool run_publisher(struct run *out, const struct server *, uint64_t events, uint64_t alarms);
// @param pipeline  commands that redis-benchmark sends before it waits
bool run_peer(
	struct run *out,
	const struct server *,
	uint64_t events,
	unsigned pipeline,
	size_t bytes
);

struct delays {
	uint64_t events; // seen by the reader
	double p50_us, p99_us, max_us; // publish_alarm() to the reader of the stream
};
bool run_delays(struct delays *out, const struct server *, unsigned per_second, double seconds);

size_t event_bytes(void); // of the events that are sent
uint64_t events_max(void); // MAXLEN of the stream

#endif
