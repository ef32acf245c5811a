// The walk where there is AVX-512: the upper 4 levels of 16 trees at once, without a gather.
//
// The 16 lanes are 16 trees and one row. A level has 1, 2, 4, 8 nodes of each tree, side by side in
// struct heap_top; the answers so far choose among them by masks, in a small tree of blends. A row's
// values lie in two or four registers, and a permutation fetches each lane's by its feature. The
// lower levels are walked as everywhere: gathers were tried for them and take longer than scalar loads
// (12 cycles for 16 lanes on Zen 5, and 80 micro-operations that keep others out).
#include "model/forest_walk.h"

#include <immintrin.h>

// The keys of a block's rows as 32-bit lanes. Beyond the features they may be anything: no node asks.
struct block_keys {
	alignas(64) uint32_t key[HEAP_LANES][MODEL_FEATURES_MAX];
};

// Nodes of one level of 16 trees.
typedef const uint32_t level_nodes[HEAP_LANES];

// The more than 32 features of a wide row take two permutations and a choice.
static inline bool is_wide(uint32_t n_features) {
	return n_features > 32;
}

static inline void
keys_take(struct block_keys *out, const struct walk_rows *rows, uint32_t n, bool wide) {
	const __m512i odd
		= _mm512_set_epi32(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < (wide ? 64 : 32); k += 16) {
			const uint64_t *from = &rows->value[i][k];

			_mm512_store_si512(
				&out->key[i][k],
				_mm512_permutex2var_epi32(
					_mm512_load_si512(from), odd, _mm512_load_si512(from + 8)
				)
			);
		}
}

static inline __m512i values_of(const uint32_t *key, __m512i feature, bool wide) {
	const __m512i below = _mm512_permutex2var_epi32(
		_mm512_load_si512(key), feature, _mm512_load_si512(key + 16)
	);

	if (!wide)
		return below;
	return _mm512_mask_blend_epi32(
		_mm512_test_epi32_mask(feature, _mm512_set1_epi32(32)),
		below,
		_mm512_permutex2var_epi32(
			_mm512_load_si512(key + 32), feature, _mm512_load_si512(key + 48)
		)
	);
}

static inline __m512i of_two(level_nodes *node, __mmask16 right) {
	return _mm512_mask_blend_epi32(
		right, _mm512_load_si512(node[0]), _mm512_load_si512(node[1])
	);
}

static inline __m512i of_four(level_nodes *node, __mmask16 right, __mmask16 then) {
	return _mm512_mask_blend_epi32(right, of_two(node, then), of_two(node + 2, then));
}

static inline __m512i of_eight(level_nodes *node, __mmask16 right, __mmask16 then, __mmask16 last) {
	return _mm512_mask_blend_epi32(
		right, of_four(node, then, last), of_four(node + 4, then, last)
	);
}

static inline __mmask16 goes_right(const uint32_t *row, __m512i key, __m512i feature, bool wide) {
	return _mm512_cmplt_epu32_mask(key, values_of(row, feature, wide));
}

// Where one row is in each of 16 trees after HEAP_TOP steps: 16 .. 31.
static inline __m128i top_walk(const struct heap_top *top, const uint32_t *row, bool wide) {
	level_nodes *key = top->key, *feature = top->feature;
	const __mmask16 a
		= goes_right(row, _mm512_load_si512(key[1]), _mm512_load_si512(feature[1]), wide);
	const __mmask16 b = goes_right(row, of_two(key + 2, a), of_two(feature + 2, a), wide);
	const __mmask16 c
		= goes_right(row, of_four(key + 4, a, b), of_four(feature + 4, a, b), wide);
	const __mmask16 d
		= goes_right(row, of_eight(key + 8, a, b, c), of_eight(feature + 8, a, b, c), wide);
	__m128i at = _mm_set1_epi8(HEAP_TOP_NODES);

	at = _mm_mask_add_epi8(at, a, at, _mm_set1_epi8(8));
	at = _mm_mask_add_epi8(at, b, at, _mm_set1_epi8(4));
	at = _mm_mask_add_epi8(at, c, at, _mm_set1_epi8(2));
	return _mm_mask_add_epi8(at, d, at, _mm_set1_epi8(1));
}

[[gnu::always_inline]] static inline void rows_together(
	const struct forest_heap *h,
	const struct walk_rows *rows,
	const struct block_keys *keys,
	uint64_t *sum,
	bool wide
) {
	alignas(64) uint8_t place[HEAP_LANES][HEAP_LANES]; // [row][tree]

	for (uint32_t t = 0; t < h->trees; t++) {
		uint64_t at[HEAP_LANES];

		if (t % HEAP_LANES == 0)
			for (uint32_t i = 0; i < HEAP_LANES; i++)
				_mm_store_si128(
					(__m128i *)place[i],
					top_walk(&h->top[t / HEAP_LANES], keys->key[i], wide)
				);
#pragma GCC unroll 16
		for (uint32_t j = 0; j < HEAP_LANES; j++)
			at[j] = place[j][t % HEAP_LANES];
		walk_rows_in_tree(h, t, rows, at, h->depth - HEAP_TOP, sum);
	}
}

[[gnu::always_inline]] static inline uint64_t
row_alone(const struct forest_heap *h, const uint64_t *row, const uint32_t *key, bool wide) {
	alignas(16) uint8_t place[HEAP_LANES];
	uint64_t sum = 0;

	for (uint32_t t = 0; t < h->trees; t += HEAP_LANES) {
		uint64_t at[HEAP_LANES];

		_mm_store_si128((__m128i *)place, top_walk(&h->top[t / HEAP_LANES], key, wide));
#pragma GCC unroll 16
		for (uint32_t j = 0; j < HEAP_LANES; j++)
			at[j] = place[j];
		sum += walk_row_in_trees(h, t, row, at, h->depth - HEAP_TOP);
	}
	return sum;
}

static void together(
	const struct forest_heap *h,
	const struct walk_rows *rows,
	uint32_t n_features,
	uint32_t,
	uint64_t *sum
) {
	struct block_keys keys;
	const bool wide = is_wide(n_features);

	keys_take(&keys, rows, HEAP_LANES, wide);
	if (wide)
		rows_together(h, rows, &keys, sum, true);
	else
		rows_together(h, rows, &keys, sum, false);
}

static void one_by_one(
	const struct forest_heap *h,
	const struct walk_rows *rows,
	uint32_t n_features,
	uint32_t n,
	uint64_t *sum
) {
	struct block_keys keys;
	const bool wide = is_wide(n_features);

	keys_take(&keys, rows, n, wide);
	for (uint32_t i = 0; i < n; i++)
		sum[i] = wide ? row_alone(h, rows->value[i], keys.key[i], true)
			      : row_alone(h, rows->value[i], keys.key[i], false);
}

void forest_walk_avx512(
	const struct forest_heap *h,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	uint64_t *sum
) {
	walk_blocks(h, rows, stride_floats, n_features, n, sum, together, one_by_one);
}
