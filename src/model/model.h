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

#include <stddef.h>
#include <stdint.h>

#define MODEL_FILE_BYTES_MAX (64u << 20)
#define MODEL_FEATURES_MAX 64
#define MODEL_NAME_MAX 32
#define MODEL_ERROR_MAX 160
#define MODEL_BATCH_MAX 64

struct model;

struct model_info {
	uint32_t kind; // enum model_kind
	const char *kind_name; // "forest"
	uint32_t n_features;
	const char *const *feature_names;
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

// Score n <= MODEL_BATCH_MAX rows of n_features float each, stride_floats apart.
// raw: the kind's own score, higher is stranger (forest: 2^(-E(h)/c(psi)), Liu et al., ICDM 2008;
// equals minus scikit-learn's score_samples). A NaN or infinite feature counts as 0.
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

// Isolation forest (Liu, Ting, Zhou: Isolation Forest, ICDM 2008).
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
