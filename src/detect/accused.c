// The clues of one sender.
#include "detect/accused.h"

#include "detect/clues.h"

#define SECOND_NS 1000000000ull
#define COMPLETED 0.05
#define AMPLIFIED_MIN 20
#define AMPLIFIED_SHARE 0.1 // of what it sends
#define DISTANCES_MANY 3

static void distance_clues(struct clues *c, const struct host *sender, const struct view *v) {
	const uint64_t seen = v->in->ttl_classes, usual = distances_usual(&sender->out_ttls);
	const int n = __builtin_popcountll(seen);

	if (n == 1)
		clue_add(c, -.5, "all from one distance (TTL)");
	if (usual == 0)
		return;
	if ((seen & ~usual) == 0)
		clue_add(c, -2, "from the distance of its other packets (TTL)");
	else
		clue_add(c, 2.5, "from a distance that its packets never had (TTL)");
	if (__builtin_popcountll(seen & ~usual) >= DISTANCES_MANY)
		clue_add(c, 1.5, "from many distances");
}

static double amplified(const struct host_record *r) {
	double sum = 0;

	for (unsigned i = 0; i < AMP_N; i++)
		sum += r->amplified[i];
	return sum;
}

// Of the senders, this one included.
static unsigned began_with(const struct history *history, const struct host *sender) {
	unsigned n = 0;

	for (uint32_t i = 0; i < history_senders(history); i++) {
		const uint64_t since_ns = history_sender_at(history, i)->sent_since_ns;

		n += since_ns <= sender->sent_since_ns + SECOND_NS
			&& sender->sent_since_ns <= since_ns + SECOND_NS;
	}
	return n;
}

void accused_weigh(
	struct accusation *out,
	const struct history *history,
	const struct host *sender,
	const struct view *v
) {
	const double back = amplified(v->out), sent = v->in->count[HOST_PACKETS];
	const unsigned together = began_with(history, sender);
	struct clues c = {.n = 0};

	clue_add(&c, -.5, "one host of the networks inside");
	if (v->in->count[HOST_ESTABLISHED] > COMPLETED * v->in->count[HOST_SYN])
		clue_add(&c, -3, "a part of the handshakes that it began is completed");
	distance_clues(&c, sender, v);
	if (back >= AMPLIFIED_MIN && back >= AMPLIFIED_SHARE * sent)
		clue_add(&c, 3, "amplified answers come back to it");
	if (together >= ACCUSED_TOGETHER)
		clue_add(&c, 3, "%u inside hosts began within a second", together);
	out->forged = clues_weigh(&c, out->why);
}
static_assert(sizeof(((struct accusation *)0)->why) == WHY_TEXT_MAX);
