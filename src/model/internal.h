// What the files of this folder share: a model in memory, the table row of a kind, and the
// reading and writing of sections.
//
// A new kind is one row in model.c and the file(s) that fill it in.
//
// Threads    Readers and writers have one owner; a finished struct model is read by anyone.
// Memory     From the heap.
// Ownership  A struct model owns all it points to.
#ifndef WEIR_MODEL_INTERNAL_H
#define WEIR_MODEL_INTERNAL_H

#include "model/model.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_META_BYTES_MAX (4u << 20)
#define MODEL_CALIBRATION_MAX 4096
#define MODEL_TAG_LENGTH 4
#define MODEL_CRC_BYTES 4

// Bytes that were read and must be taken in order. Every take is checked; the first that does not
// fit sets `bad` and all later ones give zeros, so that a parser tests once per record.
struct reader {
	const uint8_t *at;
	size_t left;
	bool bad;
};

// Bytes on their way to a file. A failed allocation sets `bad`; later puts do nothing.
struct writer {
	uint8_t *bytes;
	size_t n;
	size_t capacity;
	bool bad;
};

// One point of the calibration: this share of normal rows scores lower than raw.
struct calibration_point {
	float share;
	float raw;
};

#define CALIBRATION_SLICES 1024

struct calibration {
	uint32_t n;
	struct calibration_point *point; // shares rise, raws do not fall
	// The points by slices of equal width from the lowest raw to the highest, so that few are looked at.
	float low;
	float slices_per_raw;
	uint16_t first[CALIBRATION_SLICES + 1]; // point of a slice; of the last one + 1: n
};
static_assert(MODEL_CALIBRATION_MAX <= UINT16_MAX);

struct model_ops {
	uint32_t kind; // enum model_kind
	const char *name;
	char tag[MODEL_TAG_LENGTH + 1]; // of the section that holds the kind's own data
	float raw_max; // no raw score lies above
	// @return 0, -EBADMSG with the error filled, -ENOMEM
	int (*parse)(void **body, struct reader *, uint32_t n_features, char *error);
	void (*write)(const void *body, struct writer *);
	// n <= MODEL_BATCH_MAX rows; what is not finite counts as 0
	void (*score
	)(const void *body,
	  const float *rows,
	  uint32_t stride_floats,
	  uint32_t n_features,
	  uint32_t n,
	  float *raw);
	enum isa (*isa)(const void *body); // that scores
	void (*destroy)(void *body); // NULL is fine
};

struct model {
	const struct model_ops *ops;
	void *body; // of the kind
	uint32_t n_features;
	char names[MODEL_FEATURES_MAX][MODEL_NAME_MAX];
	const char *name_at[MODEL_FEATURES_MAX]; // into names
	char *meta;
	struct calibration calibration;
	size_t bytes; // of its file
	uint32_t crc;
};

extern const struct model_ops forest_ops; // forest_file.c

const struct model_ops *model_ops_find(uint32_t kind); // NULL if there is none

// An empty model of a kind, with names copied. NULL: no memory.
struct model *model_new(const struct model_ops *, const char *const names[], uint32_t n_features);

// One line to error, and rc back.
[[gnu::format(printf, 3, 4)]] int
model_fail(char error[static MODEL_ERROR_MAX], int rc, const char *format, ...);

// calibrate.c
void floats_sort(float *values, size_t n);
// @param raw  scores of normal rows; sorted in place
// @return 0, -ENOMEM
int calibration_make(struct calibration *out, float *raw, size_t n, float raw_max);
int calibration_parse(struct calibration *out, struct reader *, char *error);
void calibration_write(const struct calibration *, struct writer *);
float calibration_share(const struct calibration *, float raw);
// Linear between order statistics, as numpy's percentile does. @param sorted  n > 0, rising
double calibration_quantile(const float *sorted, size_t n, double share);

// bytes.c
const uint8_t *reader_take(struct reader *, size_t n); // NULL where fewer are left
uint32_t reader_u32(struct reader *);
uint64_t reader_u64(struct reader *);
float reader_f32(struct reader *);
void writer_put(struct writer *, const void *bytes, size_t n);
void writer_u32(struct writer *, uint32_t);
void writer_u64(struct writer *, uint64_t);
void writer_f32(struct writer *, float);
// save.c
// The whole file. @return 0, -ENOMEM, -EFBIG
int model_image(struct writer *out, const struct model *);

#endif
