// A capture file as bursts of frames: pcap and pcapng, compressed or not, from a file or a pipe.
//
// Threads    One.
// Memory     From the heap at open; reading takes none.
// Ownership  Frames point into the capture's own buffer, until the next capture_burst().
// Full       At least the first FRAME_LOOK_MAX bytes of a frame are there, which is all that is looked at;
//            `captured` tells its whole length.
#ifndef WEIR_CLI_CAPTURE_H
#define WEIR_CLI_CAPTURE_H

#include "packet/packet.h"
#include "unpack.h"

#include <stdint.h>

#define CAPTURE_BURST 64
#define CAPTURE_ERROR_MAX 1024

struct capture;

// @param path   "-" is standard input
// @param error  filled on failure with one line: the file, what is wrong, what to do
// @return 0, or -errno (-EBADMSG: not a capture) with *out untouched
int capture_open(struct capture **out, const char *path, char error[static CAPTURE_ERROR_MAX]);
// The same of a file that is open already, at its first byte. It belongs to the capture, also where this fails.
int capture_open_from(
	struct capture **out,
	struct unpack *from,
	const char *path,
	char error[static CAPTURE_ERROR_MAX]
);
void capture_close(struct capture *); // NULL is fine

unsigned capture_link(const struct capture *); // enum link_type
const char *capture_link_name(const struct capture *); // of the file: "EN10MB"

// @return how many, 0 at the end
uint16_t capture_burst(struct capture *, struct frame frames[static CAPTURE_BURST]);

uint64_t capture_packets(const struct capture *); // read so far
// Why the end came too early: one line with the file and the packet's number. NULL: it did not.
const char *capture_damage(const struct capture *);
double capture_progress(const struct capture *); // 0..1, negative where it is not known

#endif
