#include "world.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct moment {
	uint64_t at_ns;
	uint64_t order; // first come first served among equals: the same on every run
	uint32_t actor;
};

static atomic_bool interrupted;

void world_interrupt(int) {
	atomic_store_explicit(&interrupted, true, memory_order_relaxed);
}

bool world_interrupted(void) {
	return atomic_load_explicit(&interrupted, memory_order_relaxed);
}

static bool before(const struct moment *a, const struct moment *b) {
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void sift_up(struct moment *heap, uint32_t i, struct moment m) {
	while (i > 0 && before(&m, &heap[(i - 1) / 2])) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = m;
}

static void sift_down(struct moment *heap, uint32_t n, struct moment m) {
	uint32_t i = 0;

	for (uint32_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &m))
			break;
		heap[i] = heap[child];
	}
	heap[i] = m;
}

int world_create(struct world *w, const struct settings *settings, struct output *output) {
	*w = (struct world) {
		.settings = settings,
		.attack = settings,
		.output = output,
		.rng = {.state = rng_mix(settings->seed + 1)},
		.now_ns = settings->start_ns,
		.end_ns = settings->start_ns + (uint64_t)(settings->seconds * SECOND_NS),
	};
	if (settings->seconds * (double)SECOND_NS > 9e18)
		w->end_ns = NEVER - 1;
	return 0;
}

void world_destroy(struct world *w) {
	free(w->actors);
	free(w->free_list);
	free(w->heap);
}

static bool grow(struct world *w) {
	const uint32_t room = w->room ? 2 * w->room : 1024;
	void *p;

	if (room > ACTORS_MAX)
		return false;
	if ((p = realloc(w->actors, room * sizeof(*w->actors))) == NULL)
		return false;
	w->actors = p;
	if ((p = realloc(w->free_list, room * sizeof(*w->free_list))) == NULL)
		return false;
	w->free_list = p;
	if ((p = realloc(w->heap, room * sizeof(*w->heap))) == NULL)
		return false;
	w->heap = p;
	w->room = room;
	return true;
}

struct actor *world_add(struct world *w, step_fn *step, uint64_t at_ns) {
	if (w->n_free == 0 && w->n_actors == w->room && !grow(w)) {
		w->refused++;
		return NULL;
	}
	const uint32_t i = w->n_free > 0 ? w->free_list[--w->n_free] : w->n_actors++;

	w->actors[i] = (struct actor) {.step = step, .rng = rng_split(&w->rng)};
	sift_up(w->heap,
		w->n_heap,
		(struct moment) {.at_ns = at_ns, .order = w->order++, .actor = i});
	w->n_heap++;
	return &w->actors[i];
}

void world_run(struct world *w) {
	while (w->n_heap > 0 && !w->stop && !world_interrupted()) {
		const struct moment m = w->heap[0];

		if (m.at_ns >= w->end_ns)
			break;
		w->now_ns = m.at_ns;
		w->part = PART_NORMAL; // unless the step knows better
		// A step works on a copy: what it adds may move the actors.
		struct actor a = w->actors[m.actor];
		const uint64_t next = a.step(w, &a);

		w->actors[m.actor] = a;
		// The heap's top may have stayed where it was only if nothing earlier came: nothing can.
		const struct moment again
			= {.at_ns = next > m.at_ns ? next : m.at_ns,
			   .order = w->order++,
			   .actor = m.actor};

		if (next == NEVER) {
			w->free_list[w->n_free++] = m.actor;
			w->n_heap--;
			if (w->n_heap > 0)
				sift_down(w->heap, w->n_heap, w->heap[w->n_heap]);
		} else {
			sift_down(w->heap, w->n_heap, again);
		}
	}
}

void world_put(struct world *w, const uint8_t *frame, uint32_t n) {
	const bool ip6 = frame[12] == 0x86 && frame[13] == 0xdd;

	if (w->stop)
		return;
	w->output->part = w->part;
	w->error = w->output->put(w->output, frame, n, w->now_ns);
	w->tally.sent[w->part][ip6]++;
	w->packets++;
	w->bytes += n;
	w->stop = w->error < 0 || w->packets == w->settings->packets;
}

void world_say(struct world *w, struct words *words) {
	uint8_t frame[FRAME_BYTES_MAX];

	if (words->ip_id == 0)
		words->ip_id = ++w->ip_id;
	world_put(w, frame, craft(words, frame));
}

static uint64_t reply_step(struct world *w, struct actor *a) {
	w->part = a->reply.part;
	world_say(w, &a->reply.words);
	return NEVER;
}

void world_say_later(struct world *w, const struct words *words, uint64_t delay_ns) {
	struct actor *const a = world_add(w, reply_step, w->now_ns + delay_ns);

	if (a != NULL)
		a->reply = (struct reply_state) {
			.words = *words, .part = w->part == PART_ATTACK ? PART_ANSWER : w->part};
}
