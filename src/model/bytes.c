// Little-endian bytes in and out.
#include "model/internal.h"

#include <stdlib.h>
#include <string.h>

const uint8_t *reader_take(struct reader *in, size_t n) {
	const uint8_t *at = in->at;

	if (n > in->left) {
		in->bad = true;
		in->left = 0;
		return NULL;
	}
	in->at += n;
	in->left -= n;
	return at;
}

uint64_t reader_u64(struct reader *in) {
	const uint8_t *b = reader_take(in, 8);
	uint64_t value = 0;

	for (int i = 7; b != NULL && i >= 0; i--)
		value = value << 8 | b[i];
	return value;
}

uint32_t reader_u32(struct reader *in) {
	const uint8_t *b = reader_take(in, 4);

	if (b == NULL)
		return 0;
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

float reader_f32(struct reader *in) {
	const uint32_t bits = reader_u32(in);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static bool writer_grow(struct writer *out, size_t n) {
	size_t capacity = out->capacity > 0 ? out->capacity : 4096;

	while (capacity - out->n < n)
		capacity *= 2;
	if (capacity == out->capacity)
		return true;

	uint8_t *bytes = realloc(out->bytes, capacity);

	if (bytes == NULL)
		return false;
	out->bytes = bytes;
	out->capacity = capacity;
	return true;
}

void writer_put(struct writer *out, const void *bytes, size_t n) {
	if (out->bad || n == 0)
		return;
	if (!writer_grow(out, n)) {
		out->bad = true;
		return;
	}
	memcpy(out->bytes + out->n, bytes, n);
	out->n += n;
}

void writer_u64(struct writer *out, uint64_t value) {
	uint8_t b[8];

	for (unsigned i = 0; i < 8; i++)
		b[i] = (uint8_t)(value >> 8 * i);
	writer_put(out, b, sizeof(b));
}

void writer_u32(struct writer *out, uint32_t value) {
	const uint8_t b[4] = {
		(uint8_t)value,
		(uint8_t)(value >> 8),
		(uint8_t)(value >> 16),
		(uint8_t)(value >> 24),
	};

	writer_put(out, b, sizeof(b));
}

void writer_f32(struct writer *out, float value) {
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	writer_u32(out, bits);
}
