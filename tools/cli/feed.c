// What a file is, and its packets.
#include "feed.h"

#include "unpack.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

// Text, as CSV is: no control characters but blanks and line ends. What is too short to tell is for libpcap to judge.
static bool looks_like_text(const uint8_t *bytes, size_t n) {
	if (n >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
		return true; // UTF-16, which the reader of CSV names
	for (size_t i = 0; i < n; i++)
		if ((bytes[i] < ' ' && strchr("\t\r\n", bytes[i]) == NULL) || bytes[i] == 0x7f
		    || bytes[i] == '\0')
			return false;
	return n > 0 && memchr(bytes, '\xff', n) == NULL;
}

static int csv_begin(struct feed *f, int format, char *error) {
	if (columns_read(&f->columns, f->csv, format) < 0) {
		snprintf(error, FEED_ERROR_MAX, "%s", csv_in_error(f->csv));
		return -1;
	}
	if (f->columns.format != CSV_PACKETS)
		return 0;
	f->list = packet_list_create(f->csv, &f->columns);
	if (f->list == NULL)
		snprintf(error, FEED_ERROR_MAX, "out of memory");
	return f->list != NULL ? 0 : -1;
}

static int
open_csv(struct feed *f, struct unpack *from, const char *path, int format, char *error) {
	f->csv = csv_in_create(from, path);
	if (f->csv != NULL)
		return csv_begin(f, format, error);
	snprintf(error, FEED_ERROR_MAX, "%.300s: out of memory", path);
	return -1;
}

int feed_open(struct feed *out, const char *path, int format, char error[static FEED_ERROR_MAX]) {
	uint8_t first[UNPACK_PEEK_MAX];
	struct unpack *from;
	size_t n;
	int ret = 0;

	*out = (struct feed) {0};
	if (unpack_open(&from, path) < 0) // again, for its words about why
		return capture_open(&out->capture, path, error) < 0 ? -1 : 0;
	n = unpack_peek(from, first, sizeof(first));
	if (format >= 0 || looks_like_text(first, n))
		ret = open_csv(out, from, path, format, error);
	else
		ret = capture_open_from(&out->capture, from, path, error) < 0 ? -1 : 0;
	if (ret < 0)
		feed_close(out);
	return ret;
}

void feed_close(struct feed *f) {
	capture_close(f->capture);
	packet_list_destroy(f->list);
	csv_in_close(f->csv);
	columns_free(&f->columns);
	*f = (struct feed) {0};
}

unsigned feed_link(const struct feed *f) {
	return f->capture != NULL ? capture_link(f->capture) : (unsigned)LINK_ETHERNET;
}

const char *feed_link_name(const struct feed *f) {
	return f->capture != NULL ? capture_link_name(f->capture) : "packet list";
}

uint16_t feed_burst(struct feed *f, struct frame frames[static CAPTURE_BURST]) {
	static_assert(CAPTURE_BURST == PACKET_LIST_BURST);
	return f->capture != NULL ? capture_burst(f->capture, frames)
				  : packet_list_burst(f->list, frames);
}

uint64_t feed_packets(const struct feed *f) {
	return f->capture != NULL ? capture_packets(f->capture)
				  : packet_list_told(f->list)->packets;
}

const char *feed_damage(const struct feed *f) {
	return f->capture != NULL ? capture_damage(f->capture) : csv_in_error(f->csv);
}

double feed_progress(const struct feed *f) {
	return f->capture != NULL ? capture_progress(f->capture) : csv_in_progress(f->csv);
}
