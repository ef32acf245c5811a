// The walk where there is AVX-512: the upper 4 levels of 16 trees at once, without a gather.
//
// The 16 lanes are 16 trees and one row. A level has 1, 2, 4, 8 nodes of each tree, side by side in
// struct heap_top; the answers so far choose among them by masks, in a small tree of blends. A row's
// values lie in two or four registers, and a permutation fetches each lane's by its feature. The
// lower levels are walked as everywhere: gathers were tried for them and take longer than scalar loads
// (12 cycles for 16 lanes on Zen 5, and 80 micro-operations that keep others out).
#include "model/forest_walk.h"

#include <immintrin.h>

// Nodes of one level of 16 trees.
typedef const uint32_t level_nodes[HEAP_LANES];

// The more than 32 features of a wide row take two permutations and a choice.
static inline bool is_wide(uint32_t n_features) {
	return n_features > 32;
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

[[gnu::always_inline]] static inline void places_find(
	struct places *out,
	const struct heap_top *top,
	const struct walk_rows *rows,
	bool wide
) {
	for (uint32_t i = 0; i < rows->n; i++)
		_mm_store_si128((__m128i *)out->at[i], top_walk(top, rows->key[i], wide));
}

// Out of line: what is in the registers here would push out the 16 walks that follow.
[[gnu::noinline]] static void
start(struct places *out, const struct heap_top *top, const struct walk_rows *rows) {
	if (is_wide(rows->n_features))
		places_find(out, top, rows, true);
	else
		places_find(out, top, rows, false);
}

void forest_walk_avx512(
	const struct forest_heap *h,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	uint64_t *sum
) {
	walk_all(h, rows, stride_floats, n_features, n, sum, start, HEAP_TOP);
}
