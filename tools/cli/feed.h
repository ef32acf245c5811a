// Packets from a file: a capture, or a packet list that stands in for one. And what a file is, told by its bytes.
//
// Threads    One.
// Ownership  Frames point into the source's own buffer, until the next feed_burst().
#ifndef WEIR_CLI_FEED_H
#define WEIR_CLI_FEED_H

#include "capture.h"
#include "columns.h"
#include "csv_in.h"
#include "packet_list.h"

#include <stdbool.h>
#include <stdint.h>

#define FEED_ERROR_MAX CAPTURE_ERROR_MAX

// One of: a capture; CSV with its columns, and where these are a packet list's, the list.
struct feed {
	struct capture *capture;
	struct csv_in *csv;
	struct columns columns;
	struct packet_list *list;
};

// @param path    "-" is standard input
// @param format  enum csv_format, or -1: the file tells
// @return 0, or -1 with one line in error and *out empty
int feed_open(struct feed *out, const char *path, int format, char error[static FEED_ERROR_MAX]);
void feed_close(struct feed *);

static inline bool feed_has_packets(const struct feed *f) {
	return f->capture != NULL || f->list != NULL;
}

// Of a feed that has packets.
unsigned feed_link(const struct feed *); // enum link_type
const char *feed_link_name(const struct feed *);
uint16_t feed_burst(struct feed *, struct frame frames[static CAPTURE_BURST]);
uint64_t feed_packets(const struct feed *);
const char *feed_damage(const struct feed *);
double feed_progress(const struct feed *);

#endif
