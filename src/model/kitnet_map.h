// Which features go together: correlation of a stream of rows, kept up row by row, and the groups that follow from it.
//
// Kept are the number of rows, each feature's sum c, and of the residuals r = x - c / n the sums of squares and of
// products. The distance of two features is 1 - sum(r_i r_j) / (sqrt(sum r_i^2) sqrt(sum r_j^2)): 0 where they rise
// and fall together, 1 where they have nothing to do with each other, 2 where one rises as the other falls. A feature
// that never varied has distance 1 to all.
//
// Groups: the two closest features of different clusters join these, until one cluster is left (single linkage). That
// tree is then cut from its root: the latest join is undone wherever a cluster has more than m features.
//
// Source: Kitsune (kitnet.h), on the feature mapper.
//
// Threads    One owner.
// Memory     129 KB, none taken.
// Ownership  The caller's.
#ifndef WEIR_MODEL_KITNET_MAP_H
#define WEIR_MODEL_KITNET_MAP_H

#include "model/kitnet.h"

#include <stdint.h>

struct kitnet_map {
	uint32_t n_features;
	uint64_t rows;
	double sum[KITNET_WIDTH_MAX];
	double product[KITNET_WIDTH_MAX][KITNET_WIDTH_MAX]; // of residuals; [i][j] with j <= i
};

// @param row  finite
void kitnet_map_add(struct kitnet_map *, const float *row);
double kitnet_map_distance(const struct kitnet_map *, uint32_t i, uint32_t j);
// @param group  out: of each feature, numbered by their first features
// @return how many groups
uint32_t kitnet_map_groups(const struct kitnet_map *, uint32_t group_max, uint8_t *group);

#endif
