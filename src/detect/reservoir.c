#include "detect/reservoir.h"

#include "contract/crc32c.h"
#include "contract/hash.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "WEIRRSV"
#define VERSION 1
#define CRC_BYTES 4

struct head {
	char magic[8];
	uint32_t version, n_features, room, note_bytes;
	uint64_t seen, random;
};
static_assert(sizeof(struct head) == 40, "as it lies in the file");

int reservoir_create(struct reservoir **out, uint32_t room, uint32_t n_features, uint64_t seed) {
	struct reservoir *r;

	if (room == 0 || room > RESERVOIR_ROWS_MAX || n_features == 0)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;
	r->room = room;
	r->n_features = n_features;
	r->random = seed;
	r->rows = calloc((size_t)room * n_features, sizeof(float));
	if (r->rows == NULL) {
		free(r);
		return -ENOMEM;
	}
	*out = r;
	return 0;
}

void reservoir_destroy(struct reservoir *r) {
	if (r == NULL)
		return;
	free(r->rows);
	free(r);
}

uint32_t reservoir_kept(const struct reservoir *r) {
	return r->seen < r->room ? (uint32_t)r->seen : r->room;
}

// Below n, each as likely (Lemire: Fast Random Integer Generation in an Interval, ACM TOMACS 29, 2019, without
// its last correction: n is far below 2^64).
static uint64_t below(struct reservoir *r, uint64_t n) {
	r->random = hash_word(r->random, 1);
	return (uint64_t)((unsigned __int128)r->random * n >> 64);
}

void reservoir_put(struct reservoir *r, const float *row) {
	const uint64_t at = r->seen < r->room ? r->seen : below(r, r->seen + 1);

	r->seen++;
	if (at < r->room)
		memcpy(&r->rows[at * r->n_features], row, r->n_features * sizeof(*row));
}

static size_t rows_bytes(const struct reservoir *r) {
	return (size_t)reservoir_kept(r) * r->n_features * sizeof(float);
}

size_t reservoir_bytes(const struct reservoir *r, size_t note_bytes) {
	return sizeof(struct head) + note_bytes + rows_bytes(r) + CRC_BYTES;
}

void reservoir_pack(const struct reservoir *r, const void *note, size_t note_bytes, uint8_t *to) {
	const struct head head = {
		.magic = MAGIC,
		.version = VERSION,
		.n_features = r->n_features,
		.room = r->room,
		.note_bytes = (uint32_t)note_bytes,
		.seen = r->seen,
		.random = r->random,
	};
	const size_t n = reservoir_bytes(r, note_bytes) - CRC_BYTES;
	uint32_t crc;

	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), note, note_bytes);
	memcpy(to + sizeof(head) + note_bytes, r->rows, rows_bytes(r));
	crc = crc32c(0, to, n);
	memcpy(to + n, &crc, sizeof(crc));
}

static int wrong(char *error, const char *what) {
	snprintf(error, RESERVOIR_ERROR_MAX, "%s", what);
	return -EBADMSG;
}

static bool head_is_sound(const struct head *h, uint32_t n_features, size_t note_bytes) {
	return h->version == VERSION && h->n_features == n_features && h->note_bytes == note_bytes
		&& h->room > 0 && h->room <= RESERVOIR_ROWS_MAX;
}

int reservoir_unpack(
	struct reservoir **out,
	uint32_t n_features,
	void *note,
	size_t note_bytes,
	const uint8_t *from,
	size_t n,
	char error[static RESERVOIR_ERROR_MAX]
) {
	struct reservoir *r;
	struct head head;
	uint32_t crc;
	int ret;

	if (n < sizeof(head) + CRC_BYTES || memcmp(from, MAGIC, 8) != 0)
		return wrong(error, "not a sample of rows");
	memcpy(&head, from, sizeof(head));
	memcpy(&crc, &from[n - CRC_BYTES], CRC_BYTES);
	if (crc != crc32c(0, from, n - CRC_BYTES))
		return wrong(error, "checksum: it is damaged or cut off");
	if (!head_is_sound(&head, n_features, note_bytes))
		return wrong(error, "made by another version of Weir");
	ret = reservoir_create(&r, head.room, n_features, head.random);
	if (ret < 0)
		return ret;
	r->seen = head.seen;
	if (n != reservoir_bytes(r, note_bytes)) {
		reservoir_destroy(r);
		return wrong(error, "its rows are not as many as it says");
	}
	memcpy(note, from + sizeof(head), note_bytes);
	memcpy(r->rows, from + sizeof(head) + note_bytes, rows_bytes(r));
	*out = r;
	return 0;
}
