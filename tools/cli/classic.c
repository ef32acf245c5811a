// A megabyte of records at a time. A burst begins by having as many whole records in the buffer as it can take,
// so that how the file comes (a pipe gives little at a time) is not to be seen in it; it is smaller only at
// the end, and where the buffer holds no more.
#include "classic.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (1u << 20)
#define NS_PER_S 1000000000ull

enum { MAGIC_US = 0xa1b2c3d4, MAGIC_NS = 0xa1b23c4d };

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t reserved[2];
	uint32_t snap_bytes;
	uint32_t link;
};
static_assert(sizeof(struct file_header) == CLASSIC_HEADER_BYTES, "as it lies in the file");

struct record_header {
	int32_t seconds;
	int32_t fraction; // micro- or nanoseconds
	uint32_t captured; // bytes that follow
	uint32_t length;
};
#define RECORD_HEADER_BYTES ((uint32_t)sizeof(struct record_header))
static_assert(sizeof(struct record_header) == 16, "as it lies in the file");
static_assert(
	BUFFER_BYTES >= 2 * (sizeof(struct record_header) + CLASSIC_RECORD_MAX),
	"any record fits, with room to read more"
);

struct classic {
	struct unpack *from;
	uint32_t snap_bytes;
	uint32_t ns_per_fraction; // 0: the header has not been read
	bool over; // no more bytes
	uint32_t at, n; // what is left of the buffer: [at, n)
	char error[CLASSIC_ERROR_MAX];
	uint8_t bytes[BUFFER_BYTES];
};

bool classic_is(const uint8_t header[static CLASSIC_HEADER_BYTES]) {
	struct file_header h;

	memcpy(&h, header, sizeof(h));
	return (h.magic == MAGIC_US || h.magic == MAGIC_NS) && h.major == 2 && h.minor == 4;
}

struct classic *classic_create(struct unpack *from, uint32_t snap_bytes) {
	struct classic *c = malloc(sizeof(*c));

	if (c == NULL)
		return NULL;
	memset(c, 0, offsetof(struct classic, bytes));
	c->from = from;
	c->snap_bytes = snap_bytes;
	return c;
}

void classic_destroy(struct classic *c) {
	free(c);
}

const char *classic_error(const struct classic *c) {
	return c->error[0] != '\0' ? c->error : NULL;
}

// What is left goes to the front, and the rest is filled once or until there are @p want bytes.
static void refill(struct classic *c, uint32_t want) {
	memmove(c->bytes, &c->bytes[c->at], c->n - c->at);
	c->n -= c->at;
	c->at = 0;
	while (!c->over && c->n < want) {
		const ssize_t got = unpack_read(c->from, &c->bytes[c->n], BUFFER_BYTES - c->n);

		if (got < 0)
			snprintf(c->error, sizeof(c->error), "%s", unpack_error(c->from));
		c->over = got <= 0;
		c->n += got > 0 ? (uint32_t)got : 0;
	}
}

static void cut_short(struct classic *c, const char *what, uint32_t want, uint32_t got) {
	snprintf(
		c->error,
		sizeof(c->error),
		"truncated dump file; tried to read %u %s bytes, only got %u",
		want,
		what,
		got
	);
}

static struct record_header header_at(const struct classic *c, uint32_t at) {
	struct record_header h;

	memcpy(&h, &c->bytes[at], sizeof(h));
	return h;
}

// Records that are whole in the buffer, up to @p max.
static uint16_t count_whole(const struct classic *c, uint16_t max) {
	uint32_t at = c->at;
	uint16_t n = 0;

	for (; n < max && c->n - at >= RECORD_HEADER_BYTES; n++) {
		const struct record_header h = header_at(c, at);

		if (h.captured > CLASSIC_RECORD_MAX || c->n - at - RECORD_HEADER_BYTES < h.captured)
			break;
		at += RECORD_HEADER_BYTES + h.captured;
	}
	return n;
}

static uint16_t records_ready(struct classic *c, uint16_t max) {
	uint16_t n = count_whole(c, max);

	while (n < max && !c->over && c->n - c->at < BUFFER_BYTES) {
		refill(c, c->n - c->at + 1);
		n = count_whole(c, max);
	}
	return n;
}

// No record is whole, and no more bytes come, or never enough.
static void conclude(struct classic *c) {
	const uint32_t left = c->n - c->at;
	struct record_header h;

	if (left == 0 || c->error[0] != '\0')
		return;
	if (left < RECORD_HEADER_BYTES) {
		cut_short(c, "header", RECORD_HEADER_BYTES, left);
		return;
	}
	h = header_at(c, c->at);
	if (h.captured <= CLASSIC_RECORD_MAX)
		cut_short(c, "captured", h.captured, left - RECORD_HEADER_BYTES);
	else
		snprintf(
			c->error,
			sizeof(c->error),
			"invalid packet capture length %u, bigger than maximum of %u",
			h.captured,
			CLASSIC_RECORD_MAX
		);
}

// A file may hold any number here. As to libpcap, seconds from 2038 on are before 1970.
static uint64_t record_ns(const struct classic *c, const struct record_header *h) {
	return (h->seconds > 0 ? (uint64_t)h->seconds * NS_PER_S : 0)
		+ (h->fraction > 0 ? (uint64_t)h->fraction * c->ns_per_fraction : 0);
}

static void take(struct classic *c, struct frame *frame) {
	const struct record_header h = header_at(c, c->at);
	const uint8_t *data = &c->bytes[c->at + RECORD_HEADER_BYTES];

	*frame = (struct frame) {
		.data = data,
		.captured = h.captured < c->snap_bytes ? h.captured : c->snap_bytes,
		.ts_ns = record_ns(c, &h),
	};
	c->at += RECORD_HEADER_BYTES + h.captured;
}

static bool begin(struct classic *c) {
	struct file_header h;

	refill(c, sizeof(h));
	if (c->n < sizeof(h)) // it was there when the kind of file was told
		return false;
	memcpy(&h, c->bytes, sizeof(h));
	c->ns_per_fraction = h.magic == MAGIC_NS ? 1 : 1000;
	c->at = sizeof(h);
	return true;
}

uint16_t classic_burst(struct classic *c, struct frame frames[], uint16_t max) {
	uint16_t n;

	if (c->ns_per_fraction == 0 && !begin(c))
		return 0;
	n = records_ready(c, max);
	for (uint16_t i = 0; i < n; i++)
		take(c, &frames[i]);
	if (n == 0)
		conclude(c);
	return n;
}
