// Models: train, save, load, score a batch. One interface for every kind.
//
// Threads    A model is immutable once made: any number of threads may score with it.
// Memory     From the heap, at train or load; scoring takes none.
// Ownership  The caller owns a model until model_destroy().
// Full       Training keeps what its options say; the file has a limit (MODEL_FILE_BYTES_MAX).
#ifndef WEIR_MODEL_MODEL_H
#define WEIR_MODEL_MODEL_H

#include "contract/isa.h"

#include <weir/model.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_FILE_BYTES_MAX (64u << 20)
#define MODEL_FEATURES_MAX 64
#define MODEL_NAME_MAX 32
#define MODEL_ERROR_MAX 160
#define MODEL_BATCH_MAX 64
#define MODEL_CLASSES_MAX 64
#define MODEL_CLASS_NAME_MAX 48
#define MODEL_OPTIONS_MAX 8
#define MODEL_MEMBERS_MAX 16 // of an ensemble
#define MODEL_PARTS_MAX 100 // of the files, left out in turn

struct model;

// A number that training of a kind may be told: --NAME on the command line.
struct model_option {
	const char *name;
	const char *about; // one line; it says what 0 does where that is special
	double least, most, usual;
	bool whole;
};

// A kind of model, as a person sees it.
struct model_kind_info {
	uint32_t kind; // its number in files
	const char *name; // "forest"
	const char *about; // one line
	bool classifies; // is trained on rows with classes, and names one
	bool prepares; // scales its rows and knows categories
	bool combines; // is made of other models, not of rows
	uint32_t rows_usual; // it is trained on at most so many, drawn from those there are; 0: all
	uint32_t rows_most; // more do not fit; 0: there is no such limit
	const struct model_option *options; // NULL where there are none
	uint32_t n_options;
};

// The kinds, by their numbers. @return NULL behind the last
const struct model_kind_info *model_kind_at(unsigned i);
const struct model_kind_info *model_kind_find(const char *name); // NULL: no such kind

struct model_info {
	uint32_t kind; // its number in files
	const char *kind_name; // "forest"
	uint32_t n_features;
	const char *const *feature_names;
	uint32_t n_classes; // 0: no classifier
	uint32_t normal_class;
	const float *baseline; // n_features: an ordinary row, or NULL where the file has none
	const char *meta; // JSON: how it was made
	uint32_t n_calibration;
	size_t bytes;
	uint32_t crc;
	enum isa isa; // that it is scored with: isa_in_use() when it was made
};

// @param error  filled with one line without newline on failure: what is wrong and where in the file;
//               the path is the caller's to say
// @return 0, -errno of open/read, -EBADMSG (not a model, damaged), -ENOTSUP (version, kind)
int model_load(struct model **out, const char *path, char error[static MODEL_ERROR_MAX]);
int model_parse(
	struct model **out,
	const void *bytes,
	size_t n,
	char error[static MODEL_ERROR_MAX]
);
// Writes beside the path and renames: a reader sees the old file or the new one.
int model_save(const struct model *, const char *path, char error[static MODEL_ERROR_MAX]);
void model_destroy(struct model *); // NULL is fine

void model_info(const struct model *, struct model_info *out);
// Do its features equal these, in order? @return 0, or -EINVAL and the first difference in error
int model_check_features(
	const struct model *,
	const char *const names[],
	uint32_t n,
	char error[static MODEL_ERROR_MAX]
);

// What the kind says of itself: sizes and settings. @return JSON object, to be freed; NULL: no memory
char *model_describe(const struct model *);
const char *model_class_name(const struct model *, uint32_t class_); // class_ < n_classes

// Score n <= MODEL_BATCH_MAX rows of n_features float each, stride_floats apart.
// raw: the kind's own score, higher is stranger (forest: 2^(-E(h)/c(psi)), Liu et al., ICDM 2008;
// equals minus scikit-learn's score_samples). A NaN or infinite feature counts as 0.
// Of a classifier: the most votes that a class has that is not the normal one, less those of the normal one.
void model_score(
	const struct model *,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *raw
);
// Share of held-back normal rows that score lower than raw, 0..1. Of n rows a share of up to
// 1 - 1/n is told apart (calibrate.c); raw above all of them ranks between that and 1.
float model_calibrate(const struct model *, float raw);

// A model that scores as @p inner does, with its calibration, and tells of each batch on the thread that has it
// scored: for sampling rows and watching scores where a model is swapped in by pointer. It has no file.
// @param inner  stays the caller's and alive; NULL: every score, calibrated or not, is 0
typedef void model_tap_fn(
	void *ctx,
	const struct model *inner,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	const float *raw
);
// @return 0, -ENOMEM
int model_tap(
	struct model **out,
	const struct model *inner,
	uint32_t n_features,
	model_tap_fn *tell,
	void *ctx
);

// The model that a tap stands for; any other is itself. NULL: a tap of none
const struct model *model_behind(const struct model *);

// The class of n <= MODEL_BATCH_MAX rows: that with the most votes, of equal ones the first.
// @param votes  n x n_classes, the kind's own measure; NULL: not wanted
// @return 0, or -ENOTSUP where the model is no classifier
int model_classify(
	const struct model *,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	uint32_t *class_,
	float *votes
);

// What the features of a row did to its score, against an ordinary row.
struct model_attribution {
	float score; // raw
	float baseline_score; // raw: what an ordinary row gets
	// Their sum is score - baseline_score, to MODEL_ATTRIBUTION_TOLERANCE of the larger of 1 and |score|.
	float contribution[MODEL_FEATURES_MAX];
};
#define MODEL_ATTRIBUTION_TOLERANCE 1e-5

// Forest: path attribution. Others: replacement with the baseline row (attribute.c). Not for the data path: it takes
// up to a thousand scores.
// @return 0, or -ENODATA: the file has no baseline row
int model_attribute(const struct model *, const float *row, struct model_attribution *out);

// What a member of an ensemble says of a row.
struct model_opinion {
	const char *kind_name;
	float weight;
	float raw;
	float calibrated;
	bool strange; // its vote
};

// @return how many members; 0 where the model is no ensemble
uint32_t model_opinions(
	const struct model *,
	const float *row,
	struct model_opinion out[static MODEL_MEMBERS_MAX]
);

// Training, of every kind.
enum model_scaling {
	MODEL_SCALING_STANDARD, // mean and standard deviation
	MODEL_SCALING_ROBUST, // median and interquartile range
	MODEL_SCALING_LOG, // logarithm, then mean and standard deviation: sizes, times, rates
	MODEL_SCALING_NONE,
};
#define MODEL_SCALING_N 4
extern const char *const model_scaling_names[MODEL_SCALING_N];

struct model_rows {
	const float *value; // n x n_features, row by row
	size_t n;
	const char *const *names; // of the features
	uint32_t n_features;
	const uint32_t *class_; // of each row, < n_classes; NULL: no classes
	const char *const *class_names;
	uint32_t n_classes;
	uint32_t normal_class;
	const uint32_t *source; // of each row, < n_sources: the file it is of; NULL: not told
	uint32_t n_sources;
};

// What an ensemble is made of.
struct model_members {
	const struct model *const *model;
	const float *weight; // > 0 each; NULL: all alike
	uint32_t n;
};

struct model_training {
	const struct model_kind_info *kind;
	double option[MODEL_OPTIONS_MAX]; // as kind->options
	enum model_scaling scaling; // where the kind prepares
	uint64_t categories; // bit k: feature k is a category; where the kind prepares
	uint32_t rows_max; // trained on; 0: all
	double contamination; // 0..0.5: share of training rows taken as strange; 0 for none.
		// META's "threshold" is the raw score that this share reaches.
	double hold_back; // 0..0.5: share of rows kept for calibration, not trained on; at 0
		// the rows trained on calibrate, which flatters
	uint32_t
		parts; // 2 or more, and sources are told: no row is held back; the sources are dealt into so many parts,
	// and rows of each, scored by a model of the others, calibrate (train_calibrate.c). Not of what combines models
	uint64_t seed;
	const char *meta; // JSON object with what the caller wants kept, or NULL
	const struct model_members *members; // of an ensemble; NULL for other kinds
};

// What is usual for the kind.
void model_training_init(struct model_training *, const struct model_kind_info *);

// @return 0, -EINVAL (options, no rows, a NaN: error says which), -ENOTSUP (a kind that is not made from
//         rows), -EFBIG, -ENOMEM
int model_train(
	struct model **out,
	const struct model_rows *rows,
	const struct model_training *training,
	char error[static MODEL_ERROR_MAX]
);

// Isolation forest (Liu, Ting, Zhou: Isolation Forest, ICDM 2008): model_train() of that kind, options by name.
struct forest_options {
	uint32_t trees; // 1..1000
	uint32_t sample; // rows per tree, 2..65536; fewer where there are fewer rows
	double contamination; // 0..0.5: share of training rows taken as strange; 0 for none.
		// META's "threshold" is the raw score that this share reaches.
	double hold_back; // 0..0.5: share of rows kept for calibration, not trained on; at 0
		// the rows trained on calibrate, which flatters
	uint64_t seed;
	const char *meta; // JSON object with what the caller wants kept, or NULL
};
extern const struct forest_options forest_defaults;

// @param rows  n_rows x n_features, row by row
// @return 0, -EINVAL (options, no rows, a NaN: error says which), -ENOMEM
int forest_train(
	struct model **out,
	const float *rows,
	size_t n_rows,
	const char *const names[],
	uint32_t n_features,
	const struct forest_options *options,
	char error[static MODEL_ERROR_MAX]
);

#endif
