// What is usual for every host and network, as a file: for a warm start.
//
//     offset  size  what (little-endian)
//     0       8     magic "WEIRUSL\0"
//     8       4     version (IMAGE_VERSION)
//     12      4     rates of a host (USUAL_N)
//     16      4     hours of a week
//     20      4     reserved, 0
//     24      8     when it was made, packet time [ns]
//     32      ..    hosts, one behind the other (image.c), then networks in the same form
//     end-12  4     how many networks
//     end-8   4     how many hosts
//     end-4   4     CRC-32C of all bytes before it
//
// Made host by host, in slices between two ticks, so a host is as it was at its own moment; one that moves in
// the table meanwhile can be there twice (the later one counts) or, once, be missing.
//
// Threads    image_step() and image_load() are detect's owner's; a finished image belongs to whoever holds it,
//            so that another thread can write it. image_write(), image_read(): any.
// Memory     From the heap: 0.3 to 12 KB a host in pieces of a MiB. Loading takes no more than the table has.
// Ownership  The caller's until image_free().
// Full       Hosts beyond the table's size are left out when loading, and counted.
#ifndef WEIR_DETECT_IMAGE_H
#define WEIR_DETECT_IMAGE_H

#include "detect/detect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAGIC "WEIRUSL"
#define IMAGE_VERSION 2
#define IMAGE_ERROR_MAX 256
#define IMAGE_BYTES_MAX (4ull << 30)

struct image_piece;
struct image { // all zero: empty
	struct image_piece *first, *last;
	uint32_t at; // slot of the table
	uint32_t hosts, nets;
	uint64_t bytes;
	bool begun;
	bool failed; // no memory
};

// The next @p slots of the table. @return true: it is whole, or has failed
bool image_step(struct image *image, const struct detect *detect, uint32_t slots);
void image_free(struct image *image);

// Beside the path and renamed: a reader sees the old file or the new one. Waits for the disk.
// @return 0, or -errno and one line in error
int image_write(const struct image *image, const char *path, char error[static IMAGE_ERROR_MAX]);

struct image_news { // of a load
	uint64_t made_ns;
	uint32_t hosts; // taken in
	uint32_t nets; // likewise
	uint32_t left_out; // for which the table had no room
};
// Before the first window. Nothing is taken in of a file that is not sound.
// @return 0, or -errno (-ENOENT: there is none), -EBADMSG, and one line in error that says what is wrong
//         with it
int image_load(
	struct detect *detect,
	const char *path,
	struct image_news *news,
	char error[static IMAGE_ERROR_MAX]
);
// The same of bytes in memory.
int image_parse(
	struct detect *detect,
	const uint8_t *bytes,
	size_t n,
	struct image_news *news,
	char error[static IMAGE_ERROR_MAX]
);

struct history;
struct nets;
struct nets *detect_nets(const struct detect *detect); // detect.c
struct history *detect_history(const struct detect *detect); // detect.c
uint64_t detect_now_ns(const struct detect *detect); // end of the last tick

#endif
