// What a capture file is, read with libpcap before the driver opens it.
//
// net_pcap (22.11) tells neither the link type nor the end of the file, and goes silent at
// damage; so the records are counted here first.
#ifndef WEIR_SENSOR_CAPTURE_H
#define WEIR_SENSOR_CAPTURE_H

#include "sensor/sensor.h"

#include <stdbool.h>
#include <stdint.h>

struct capture {
	uint64_t packets; // that can be read
	uint64_t bytes; // captured
	uint8_t link; // enum link_type
	bool cut_short; // damage or truncation after the last of them
	bool finer_than_us; // has time stamps that the driver will round down to microseconds
	char damage[256]; // libpcap's words, where cut_short
};

// @return 0, or SENSOR_PORT and error
int capture_read(struct capture *out, const char *path, char error[static SENSOR_ERROR_MAX]);

#endif
