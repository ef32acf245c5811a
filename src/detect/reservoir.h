// A sample of rows of which nobody knows how many will come: each row that came is in it with the same chance.
//
// Source: algorithm R, Vitter: Random Sampling with a Reservoir, ACM TOMS 11(1), 1985.
//
// Threads    One owner.
// Memory     From the heap at creation: room * features * 4 bytes.
// Ownership  The caller's until reservoir_destroy().
// Full       A newcomer takes the place of a row at random, or is left out.
#ifndef WEIR_DETECT_RESERVOIR_H
#define WEIR_DETECT_RESERVOIR_H

#include <stddef.h>
#include <stdint.h>

#define RESERVOIR_ROWS_MAX 1000000u
#define RESERVOIR_ERROR_MAX 128

struct reservoir {
	uint32_t room; // rows
	uint32_t n_features;
	uint64_t seen;
	uint64_t random; // state of the generator
	float *rows;
};

// @return 0, -EINVAL, -ENOMEM
int reservoir_create(struct reservoir **out, uint32_t room, uint32_t n_features, uint64_t seed);
void reservoir_destroy(struct reservoir *); // NULL is fine
void reservoir_put(struct reservoir *reservoir, const float *row);
uint32_t reservoir_kept(const struct reservoir *reservoir);

// As bytes, with a note of the caller's: for a restart. Little-endian: magic "WEIRRSV\0", version, features, room,
// bytes of the note, seen, state of the generator, note, rows kept, CRC-32C.
size_t reservoir_bytes(const struct reservoir *reservoir, size_t note_bytes);
void reservoir_pack(
	const struct reservoir *reservoir,
	const void *note,
	size_t note_bytes,
	uint8_t *to
);
// @return 0, -EBADMSG with one line in error, -ENOMEM
int reservoir_unpack(
	struct reservoir **out,
	uint32_t n_features,
	void *note,
	size_t note_bytes,
	const uint8_t *from,
	size_t n,
	char error[static RESERVOIR_ERROR_MAX]
);

#endif
