// What is said of a CSV file of flows or hosts: the rows, the strangest of them, the sums.
//
// Threads    One.
// Memory     None taken but by jansson.
#ifndef WEIR_CLI_ROW_PRINT_H
#define WEIR_CLI_ROW_PRINT_H

#include "columns.h"
#include "flow_row.h"
#include "page.h"
#include "row_model.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ROW_STRANGEST 20
#define ROW_SHARES 1000 // of the distribution
#define KNOWN_N (KNOWN_TOLD + 1)

struct row_strange {
	float score;
	uint64_t number; // of the row, from 1
	unsigned long line;
	struct flow_row row;
};

struct row_sums {
	const char *file;
	const struct columns *columns;
	const struct row_model *model;
	const char *damage; // NULL: read to the end
	float marked_from; // score
	uint64_t rows, scored, too_short, unusable, marked;
	unsigned long unusable_line; // the first
	uint64_t first_ns, last_ns; // first > last: no times
	uint64_t known[ROW_VALUES_MAX][KNOWN_N];
	uint64_t share[ROW_SHARES];
	unsigned n_strangest;
	struct row_strange strangest[ROW_STRANGEST]; // most first
};

unsigned row_features(const struct columns *); // how many a row has
const char *row_feature_name(const struct columns *, unsigned feature);

// For all that prints them.
#define ROW_WORDS_MAX 1200
#define ROW_QUANTILES 4
extern const double row_quantiles[ROW_QUANTILES];
extern const char *const row_known_names[KNOWN_N];
enum known row_known(const struct row_sums *, unsigned feature); // the least that some row has
double row_quantile(const struct row_sums *, double share);
void row_model_words(const struct row_sums *, char out[static ROW_WORDS_MAX]);
// How many features of the rows stand in for what the file cannot tell, where the model wants them; 0: none.
unsigned row_assumed(const struct row_sums *);
// Where there are any: what that does to the scores, and what to do. Each is empty where there are none.
struct row_doubt {
	char scores[ROW_WORDS_MAX];
	char instead[ROW_WORDS_MAX];
};
void row_doubt_words(const struct row_sums *, struct row_doubt *out);

void row_csv_head(FILE *, const struct columns *);
void row_csv(FILE *, const struct columns *, const struct row_strange *);

void row_print_sums(FILE *, const struct row_sums *);

// row_output.c
bool row_print_mapping_json(FILE *, const struct row_sums *); // @return false: no memory
bool row_print_row_json(FILE *, const struct row_sums *, const struct row_strange *);
bool row_print_sums_json(FILE *, const struct row_sums *);
void row_page(struct page *, const struct row_sums *); // begins the file's section

#endif
