// The rows as they gather, and what kind of file they come from.
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool rows_grow(struct rows *rows) {
	const size_t capacity = rows->capacity > 0 ? rows->capacity * 2 : 4096;
	float *value;

	if (capacity > ROWS_MAX)
		return false;
	value = realloc(rows->value, capacity * rows->n_features * sizeof(*value));
	if (value == NULL)
		return false;
	rows->value = value;
	if (rows->label != NULL) {
		uint32_t *class_of = realloc(rows->class_of, capacity * sizeof(*class_of));

		if (class_of == NULL)
			return false;
		rows->class_of = class_of;
	}
	rows->capacity = capacity;
	return true;
}

bool rows_add(struct rows *rows, const float *row) {
	if (rows->n == rows->capacity && !rows_grow(rows))
		return false;
	memcpy(rows->value + rows->n * rows->n_features, row, rows->n_features * sizeof(*row));
	if (rows->label != NULL)
		rows->class_of[rows->n] = rows->class_next;
	rows->n++;
	return true;
}

int rows_class(struct rows *rows, const char *name) {
	const size_t length = strlen(name);

	for (uint32_t c = 0; c < rows->n_classes; c++)
		if (strcmp(rows->classes[c], name) == 0)
			return (int)c;
	if (rows->n_classes == MODEL_CLASSES_MAX || length == 0 || length >= MODEL_CLASS_NAME_MAX)
		return -1;
	for (size_t i = 0; i < length; i++)
		if (name[i] < ' ' || name[i] > '~')
			return -1;
	memcpy(rows->classes[rows->n_classes], name, length + 1);
	return (int)rows->n_classes++;
}

int rows_normal_class(const struct rows *rows, const char *name) {
	for (uint32_t c = 0; c < rows->n_classes; c++) {
		const char *class = rows->classes[c];

		if (name != NULL
			    ? strcmp(class, name) == 0
			    : strcasecmp(class, "normal") == 0 || strcasecmp(class, "benign") == 0)
			return (int)c;
	}
	return -1;
}

void rows_thin(struct rows *rows, size_t first, size_t max) {
	const size_t n = rows->n - first, width = rows->n_features;

	if (max == 0 || n <= max)
		return;
	for (size_t i = 0; i < max; i++) { // from rows lie behind, never before, where they go
		const size_t to = first + i, from = first + i * n / max;

		memmove(rows->value + to * width,
			rows->value + from * width,
			width * sizeof(*rows->value));
		if (rows->label != NULL)
			rows->class_of[to] = rows->class_of[from];
	}
	rows->n = first + max;
}

bool rows_source_end(struct rows *rows) {
	uint32_t *source = reallocarray(rows->source, rows->n + 1, sizeof(*source));

	if (source == NULL)
		return false;
	rows->source = source;
	while (rows->n_sourced < rows->n)
		source[rows->n_sourced++] = rows->n_sources;
	rows->n_sources++;
	return true;
}

void rows_free(struct rows *rows) {
	free(rows->source);
	free(rows->class_of);
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
