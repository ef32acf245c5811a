#include "detect/noted.h"

#include "detect/side.h"

#include <math.h>
#include <stdlib.h>

static const struct note_reader *const readers[] = {
#define X(name) &name##_reader,
	NOTE_READERS(X)
#undef X
};
#define READERS (sizeof(readers) / sizeof(readers[0]))

struct readers {
	void *memory[READERS];
};

static void memory_free(const struct note_reader *reader, void *memory) {
	if (memory == NULL)
		return;
	if (reader->memory_bytes == 0) {
		side_destroy(memory);
		return;
	}
	for (unsigned i = 0; i < NOTE_SIDES_MAX && reader->side[i].entry_bytes > 0; i++)
		side_destroy(*(struct side **)((char *)memory + reader->side[i].at));
	free(memory);
}

static void *memory_new(const struct note_reader *reader) {
	char *memory;

	if (reader->memory_bytes == 0)
		return side_create(reader->side[0].entry_bytes, reader->side[0].entries);
	memory = calloc(1, reader->memory_bytes);
	for (unsigned i = 0; memory != NULL && i < NOTE_SIDES_MAX; i++) {
		const struct note_side *side = &reader->side[i];

		if (side->entry_bytes == 0)
			break;
		*(struct side **)(memory + side->at)
			= side_create(side->entry_bytes, side->entries);
		if (*(struct side **)(memory + side->at) == NULL) {
			memory_free(reader, memory);
			return NULL;
		}
	}
	return memory;
}

struct readers *readers_create(void) {
	struct readers *r = calloc(1, sizeof(*r));

	for (unsigned i = 0; r != NULL && i < READERS; i++) {
		r->memory[i] = memory_new(readers[i]);
		if (r->memory[i] == NULL) {
			readers_destroy(r);
			return NULL;
		}
	}
	return r;
}

void readers_destroy(struct readers *r) {
	if (r == NULL)
		return;
	for (unsigned i = 0; i < READERS; i++)
		memory_free(readers[i], r->memory[i]);
	free(r);
}

void readers_take(struct readers *r, const struct notes *notes, uint64_t end_ns) {
	uint64_t missed = 0;

	for (uint32_t n = 0; n < notes->n; n++)
		for (unsigned i = 0; i < READERS; i++)
			readers[i]->take(r->memory[i], &notes->slot[n]);
	for (unsigned kind = 0; kind < NOTE_KIND_N; kind++)
		missed += notes->missed[kind];
	for (unsigned i = 0; missed > 0 && i < READERS; i++)
		if (readers[i]->missed != NULL)
			readers[i]->missed(r->memory[i], notes->missed, end_ns);
}

void readers_read(struct readers *r, struct noting *noting) {
	for (unsigned i = 0; i < READERS; i++)
		readers[i]->read(r->memory[i], noting);
}

struct noted *noting_add(
	struct noting *noting,
	unsigned kind,
	const struct addr *target,
	double value,
	uint64_t packets,
	uint64_t since_ns
) {
	const struct kind_conf *conf = &noting->conf->kind[kind];
	const struct network_conf *net = network_of(noting->conf, target);
	struct noted *noted = &noting->noted[noting->n];
	struct reading *r = &noting->reading[noting->n];
	const double threshold = kind_threshold(noting->conf, kind);

	if (!conf->enabled || noting->n == NOTED_MAX || value < threshold * HOLD_SHARE
	    || (net != NULL && net->allow))
		return NULL;
	noting->n++;
	*noted = (struct noted) {.distinct_sources = 1};
	*r = (struct reading) {
		.kind = (uint8_t)kind,
		.target = *target,
		.prefix_len = addr_is_ip4(target) ? 32 : 128,
		.value = value,
		.threshold = threshold,
		.baseline = NAN,
		.interval_ns = noting->now_ns > since_ns ? noting->now_ns - since_ns : 1,
		.start_ns = since_ns,
		.tick_packets = packets,
		.rise_packets = packets,
		.above = value >= threshold,
		.holds = true,
		.score = NAN,
		.noted = noted,
	};
	return noted;
}

void noting_threshold(struct noting *noting, const struct threshold *threshold) {
	struct reading *r = &noting->reading[noting->n - 1];

	r->threshold = threshold->per_s;
	r->baseline = threshold->baseline;
	r->set_by = threshold->set_by;
	r->above = r->value >= r->threshold;
	r->holds = r->value >= r->threshold * HOLD_SHARE;
}
