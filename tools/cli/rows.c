// The rows as they gather, and what kind of file they come from.
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rows_add(struct rows *rows, const float *row) {
	const size_t row_bytes = rows->n_features * sizeof(*row);

	if (rows->n == rows->capacity) {
		const size_t capacity = rows->capacity > 0 ? rows->capacity * 2 : 4096;
		float *value
			= capacity <= ROWS_MAX ? realloc(rows->value, capacity * row_bytes) : NULL;

		if (value == NULL)
			return false;
		rows->value = value;
		rows->capacity = capacity;
	}
	memcpy(rows->value + rows->n++ * rows->n_features, row, row_bytes);
	return true;
}

void rows_thin(struct rows *rows, size_t first, size_t max) {
	const size_t n = rows->n - first, width = rows->n_features;

	if (max == 0 || n <= max)
		return;
	for (size_t i = 0; i < max; i++) // from rows lie behind, never before, where they go
		memmove(rows->value + (first + i) * width,
			rows->value + (first + i * n / max) * width,
			width * sizeof(*rows->value));
	rows->n = first + max;
}

void rows_free(struct rows *rows) {
	free(rows->value);
	*rows = (struct rows) {0};
}

bool rows_name_add(struct rows *rows, const char *name, size_t length) {
	if (rows->n_features == MODEL_FEATURES_MAX || length == 0 || length >= MODEL_NAME_MAX)
		return false;

	char *to = rows->names[rows->n_features];

	memcpy(to, name, length);
	to[length] = '\0';
	for (uint32_t i = 0; i < rows->n_features; i++)
		if (strcmp(rows->names[i], to) == 0)
			return false;
	rows->n_features++;
	return true;
}

// First bytes of captures and of what they are compressed with.
static const struct {
	uint8_t bytes[4];
	uint8_t n;
} magics[] = {
	{{0xd4, 0xc3, 0xb2, 0xa1}, 4}, // pcap, microseconds, little-endian
	{{0xa1, 0xb2, 0xc3, 0xd4}, 4}, // and big-endian
	{{0x4d, 0x3c, 0xb2, 0xa1}, 4}, // nanoseconds
	{{0xa1, 0xb2, 0x3c, 0x4d}, 4},
	{{0x34, 0xcd, 0xb2, 0xa1}, 4}, // Kuznetzov's
	{{0xa1, 0xb2, 0xcd, 0x34}, 4},
	{{0x0a, 0x0d, 0x0d, 0x0a}, 4}, // pcapng
	{{0x1f, 0x8b}, 2}, // gzip
	{{0x28, 0xb5, 0x2f, 0xfd}, 4}, // zstd
	{{0xfd, '7', 'z', 'X'}, 4}, // xz
	{{'B', 'Z', 'h'}, 3}, // bzip2
	{{0x04, 0x22, 0x4d, 0x18}, 4}, // lz4
};

bool rows_is_capture(const char *path) {
	uint8_t head[4] = {0};
	FILE *f = strcmp(path, "-") != 0 ? fopen(path, "rb") : NULL;
	size_t n;

	if (f == NULL)
		return false; // standard input is CSV; the CSV reader says what is wrong with the file
	n = fread(head, 1, sizeof(head), f);
	fclose(f);
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (n >= magics[i].n && memcmp(head, magics[i].bytes, magics[i].n) == 0)
			return true;
	return false;
}
