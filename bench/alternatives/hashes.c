// Hash functions of a flow's key: what each costs in a loop over keys in the first-level cache.
//
// A NIC's RSS hash costs nothing where there is one; veth, memif, null and capture files have none, and
// it does not reach into tunnels, nor is it the same for both directions unless its key is made so.
// rte_softrss() is what the same function costs in software.
#include "bench/alternatives/contest.h"
#include "bench/alternatives/parts.h"
#include "flow/path.h"

#include <rte_hash_crc.h>
#include <rte_jhash.h>
#include <rte_thash.h>

#define KEYS 256u // 12 KB
#define RSS_KEY_BYTES 52

static void run_ours(const struct flow_key *key, unsigned n, uint64_t *hash, uint64_t seed) {
	for (unsigned i = 0; i < n; i++)
		hash[i] = flow_key_mix(&key[i], seed);
}

static void run_crc(const struct flow_key *key, unsigned n, uint64_t *hash, uint64_t seed) {
	for (unsigned i = 0; i < n; i++)
		hash[i] = rte_hash_crc(&key[i], sizeof(key[i]), (uint32_t)seed);
}

static void run_jhash(const struct flow_key *key, unsigned n, uint64_t *hash, uint64_t seed) {
	for (unsigned i = 0; i < n; i++)
		hash[i] = rte_jhash_32b(
			(const uint32_t *)(const void *)&key[i], sizeof(key[i]) / 4, (uint32_t)seed
		);
}

// As an adapter does it: addresses and ports, 12 or 36 bytes.
static void run_toeplitz(const struct flow_key *key, unsigned n, uint64_t *hash, uint64_t seed) {
	uint64_t rss_key[(RSS_KEY_BYTES + 7) / 8];

	for (unsigned i = 0; i < sizeof(rss_key) / sizeof(rss_key[0]); i++)
		rss_key[i] = random_word(seed + i);
	for (unsigned i = 0; i < n; i++) {
		const unsigned words = addr_is_ip4(&key[i].lo) ? 1 : 4;
		uint32_t tuple[9];

		memcpy(tuple, &key[i].lo.d[4 - words], words * sizeof(tuple[0]));
		memcpy(tuple + words, &key[i].hi.d[4 - words], words * sizeof(tuple[0]));
		tuple[2 * words] = (uint32_t)key[i].lo_port << 16 | key[i].hi_port;
		hash[i] = rte_softrss_be(tuple, 2 * words + 1, (const uint8_t *)rss_key);
	}
}

#if defined(__x86_64__)
static bool aes_available(void) {
	return __builtin_cpu_supports("aes");
}

// Two rounds a part, then two over their sum: an attempt, not a function that anybody has judged.
__attribute__((target("aes,sse4.1"))) static void
run_aes(const struct flow_key *key, unsigned n, uint64_t *hash, uint64_t seed) {
	const __m128i s0 = _mm_set_epi64x((int64_t)seed, (int64_t)(seed ^ HASH_K0));
	const __m128i s1 = _mm_set_epi64x((int64_t)(seed ^ HASH_K1), (int64_t)seed);
	const __m128i s2 = _mm_set_epi64x((int64_t)(seed ^ HASH_K2), (int64_t)(seed ^ HASH_K3));

	for (unsigned i = 0; i < n; i++) {
		const __m128i *part = (const __m128i *)(const void *)&key[i];
		__m128i a = _mm_xor_si128(_mm_loadu_si128(&part[0]), s0);
		__m128i b = _mm_xor_si128(_mm_loadu_si128(&part[1]), s1);
		__m128i c = _mm_xor_si128(_mm_loadu_si128(&part[2]), s2);

		a = _mm_aesenc_si128(_mm_aesenc_si128(a, s1), s2);
		b = _mm_aesenc_si128(_mm_aesenc_si128(b, s2), s0);
		c = _mm_aesenc_si128(_mm_aesenc_si128(c, s0), s1);
		a = _mm_xor_si128(_mm_xor_si128(a, b), c);
		a = _mm_aesenc_si128(_mm_aesenc_si128(a, s0), s1);
		hash[i] = (uint64_t)_mm_cvtsi128_si64(a);
	}
}
#else
static bool aes_available(void) {
	return false;
}
#define run_aes run_ours
#endif

const struct hash_function hash_functions[HASH_FUNCTION_N] = {
	[HASH_OURS] = {"multiply and fold, 64 bits (ours)", run_ours, NULL},
	[HASH_CRC] = {"CRC-32C, six words (rte_hash_crc)", run_crc, NULL},
	[HASH_JHASH] = {"rte_jhash", run_jhash, NULL},
	[HASH_TOEPLITZ] = {"Toeplitz in software (rte_softrss_be)", run_toeplitz, NULL},
	[HASH_AES] = {"AES rounds, 64 bits", run_aes, aes_available},
};

struct hashing {
	const struct hash_function *function;
	const struct flow_key *key;
	uint64_t seed;
};

static uint64_t hash_some(void *ctx) {
	const struct hashing *h = ctx;
	uint64_t hash[KEYS];

	for (unsigned i = 0; i < 16; i++) {
		h->function->run(h->key, KEYS, hash, h->seed);
		__asm__ volatile("" ::"r"(hash) : "memory");
	}
	return 16 * KEYS;
}

json_t *part_hashes(const struct part_conf *conf) {
	static struct flow_key key[KEYS];
	struct hashing hashing[HASH_FUNCTION_N];
	struct entrant entrant[HASH_FUNCTION_N];
	unsigned n = 0;

	for (unsigned i = 0; i < KEYS; i++)
		key_make(&key[i], i, conf->seed);
	for (unsigned i = 0; i < HASH_FUNCTION_N; i++) {
		const struct hash_function *f = &hash_functions[i];

		if (f->available != NULL && !f->available())
			continue;
		hashing[n] = (struct hashing) {f, key, conf->seed};
		entrant[n]
			= (struct entrant) {.name = f->name, .run = hash_some, .ctx = &hashing[n]};
		n++;
	}
	contest_run(entrant, n, conf->seconds);
	if (!conf->quiet)
		contest_print("a hash of a key of 48 bytes", entrant, n);
	return contest_json(entrant, n);
}
