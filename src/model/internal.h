// What the files of this folder share: a model in memory, the table row of a kind, and the
// reading and writing of sections.
//
// A kind is one file of kinds/: NAME.c defines `const struct model_ops model_NAME`, and meson finds it there. Training,
// files, memory, scaling, classes, calibration, options of the command line and attribution come with that row; so
// do the tests that every kind must pass (tests/unit/model_kinds_test.c). What is its own it tests in
// tests/unit/model/NAME_test.c, which meson finds as well.
//
// Threads    Readers and writers have one owner; a finished struct model is read by anyone.
// Memory     From the heap.
// Ownership  A struct model owns all it points to.
#ifndef WEIR_MODEL_INTERNAL_H
#define WEIR_MODEL_INTERNAL_H

#include "model/model.h"
#include "model/prepare.h"

#include <jansson.h>

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

// What the body of a model may rely on. `width` values are in each row that it is given: the
// model's features, or where the kind has them prepared, what prepare.h makes of these.
struct model_shape {
	uint32_t width;
	uint32_t n_classes; // 0: no classifier
	const char *const *names; // of the model's features
};

// What a kind is trained on. All values are finite; row i is rows[order[i] * stride_floats].
struct model_ground {
	struct model_shape shape;
	const float *rows;
	uint32_t stride_floats; // of prepared rows a multiple of PREPARE_LANES, 0 behind the width
	uint32_t *order; // may be swapped about
	uint32_t n_rows; // in order, at least 2
	const uint32_t *class; // of rows[i], or NULL: no classifier
	const double *option; // as in info.options, each within its limits
	uint64_t seed;
	const struct model_members *members; // of an ensemble, else NULL
};

// The body is body_bytes, all zero before it is trained or parsed. A kind that fails leaves it as it is then: release()
// gives back what of it there is.
struct model_ops {
	struct model_kind_info info;
	char tag[MODEL_TAG_LENGTH + 1]; // of the section that holds the kind's own data
	size_t body_bytes;
	float raw_max; // no raw score lies above; INFINITY: there is no bound
	bool by_isa; // scored by the instruction set that is in use when it is made
	bool may_lack_baseline; // its file need not have a section BASE
	// @return 0, or -errno with the error filled. NULL: made in another way
	int (*train)(void *body, const struct model_ground *, char *error);
	// What the section must be, for rows of this shape; every score of what is accepted is a number.
	// @return 0, -EBADMSG with the error filled, -ENOMEM
	int (*parse)(void *body, struct reader *, const struct model_shape *, char *error);
	void (*write)(const void *body, struct writer *);
	// n <= MODEL_BATCH_MAX rows; prepared ones are finite, of others what is not finite counts as 0.
	// A classifier has votes in its place: n x n_classes, the highest wins.
	void (*score
	)(const void *body,
	  const float *rows,
	  uint32_t stride_floats,
	  uint32_t width,
	  uint32_t n,
	  float *raw);
	void (*votes
	)(const void *body, const float *rows, uint32_t stride_floats, uint32_t n, float *votes);
	// Sizes and settings that a person asks for, as keys of the object.
	void (*describe)(const void *body, json_t *into);
	// A kind's own way of attribution; NULL: by replacement with the baseline row (attribute.c).
	// contribution: one for each of the row's values; they sum to raw - *baseline.
	void (*attribute
	)(const void *body, const float *row, uint32_t width, float *contribution, float *baseline);
	void (*release)(void *body); // what the body owns, not the body; NULL: it owns nothing
};

struct model {
	const struct model_ops *ops;
	void *body; // of the kind
	enum isa isa; // that scores
	uint32_t n_features;
	char names[MODEL_FEATURES_MAX][MODEL_NAME_MAX];
	const char *name_at[MODEL_FEATURES_MAX]; // into names
	char *meta;
	uint32_t n_classes; // 0: no classifier
	uint32_t normal; // class; what is not of it is strange
	char (*classes)[MODEL_CLASS_NAME_MAX]; // n_classes
	struct prepare *prepare; // NULL where the kind takes rows as they are
	float *baseline; // n_features: an ordinary row; NULL in a file of before there was one
	struct calibration calibration;
	size_t bytes; // of its file
	uint32_t crc;
};

const struct model_ops *model_ops_find(uint32_t kind); // NULL if there is none
struct model_shape model_shape(const struct model *);

// An empty model of a kind, with names copied and a body of zeros. NULL: no memory.
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

// parts.c: sections that not every model has
int classes_parse(struct model *, struct reader *, char *error);
void classes_write(const struct model *, struct writer *);
int baseline_parse(struct model *, struct reader *, char *error);
void baseline_write(const struct model *, struct writer *);

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
