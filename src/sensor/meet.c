#include "sensor/meet.h"

#include "sensor/cores.h"

static uint16_t worker_of(const struct spread *s, uint32_t hash, uint16_t n_workers) {
	return cores_reader_of_queue(s->table[hash % s->n], n_workers);
}

// Tables of unlike size agree where one repeats the other: every value of the larger one is tried.
static const char *
tables_differ(const struct spread *a, const struct spread *b, uint16_t n_workers) {
	const uint32_t n = a->n > b->n ? a->n : b->n;

	for (uint32_t hash = 0; hash < n; hash++)
		if (worker_of(a, hash, n_workers) != worker_of(b, hash, n_workers))
			return a->n != b->n ? "their hash tables have different sizes"
					    : "their hash tables differ";
	// A size that does not divide the other: the next values part.
	return n % a->n == 0 && n % b->n == 0 ? NULL : "their hash tables have different sizes";
}

// All packets of the port go to one worker, whatever their hash.
static bool one_worker(const struct spread *s, uint16_t n_workers) {
	return s->queues == 1 || n_workers == 1;
}

const char *spread_differs(const struct spread *a, const struct spread *b, uint16_t n_workers) {
	if (one_worker(a, n_workers) && one_worker(b, n_workers))
		return NULL;
	if (one_worker(a, n_workers) || one_worker(b, n_workers))
		return "one has a single queue and the other spreads";
	if (a->by == SPREAD_KERNEL && b->by == SPREAD_KERNEL)
		return a->queues == b->queues ? NULL : "they have different numbers of queues";
	if (a->by != SPREAD_TABLE || b->by != SPREAD_TABLE)
		return "it cannot be told whether they hash alike";
	if (!a->symmetric || !b->symmetric)
		return "the hash of one is not symmetric";
	if (a->functions != b->functions)
		return "they hash different parts of a packet";
	return tables_differ(a, b, n_workers);
}
