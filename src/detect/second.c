// Sum of a sliding window that cannot subtract.
#include "detect/second.h"

#include <stdlib.h>
#include <string.h>

struct part {
	bool used; // else `r` holds anything
	struct host_record r;
};

struct second {
	uint32_t n;
	uint32_t at; // place of the tick that goes on
	struct part back; // sum of this block's places before `at`
	struct part sum;
	struct part place[]; // up to `at`: this block's ticks; beyond: sums to the end of the last
};

static void part_add(struct part *to, const struct host_record *from) {
	if (to->used)
		host_record_merge(&to->r, from);
	else
		to->r = *from;
	to->used = true;
}

static void part_clear(struct part *p, const struct addr *addr) {
	memset(p, 0, sizeof(*p));
	p->r.addr = *addr;
	p->r.prefix_len = UINT8_MAX;
}

struct second *second_create(uint32_t ticks, uint32_t phase, const struct addr *addr) {
	struct second *s = malloc(sizeof(*s) + ticks * sizeof(s->place[0]));

	if (s == NULL)
		return NULL;
	s->n = ticks;
	s->at = phase % ticks;
	for (uint32_t i = 0; i < ticks; i++)
		s->place[i].used = false;
	part_clear(&s->back, addr);
	part_clear(&s->sum, addr);
	return s;
}

void second_destroy(struct second *s) {
	free(s);
}

void second_add(struct second *s, const struct host_record *record) {
	part_add(&s->place[s->at], record);
}

const struct host_record *second_tick(const struct second *s) {
	return s->place[s->at].used ? &s->place[s->at].r : NULL;
}

// The block is full: each place becomes the sum from there to the end.
static void turn(struct second *s) {
	for (uint32_t i = s->n - 1; i-- > 0;)
		if (s->place[i + 1].used)
			part_add(&s->place[i], &s->place[i + 1].r);
	s->back.used = false;
	s->at = 0;
}

bool second_advance(struct second *s) {
	const struct addr addr = s->sum.r.addr;
	const struct part *tick = &s->place[s->at];

	if (tick->used)
		part_add(&s->back, &tick->r);
	s->sum.used = false;
	if (s->back.used)
		part_add(&s->sum, &s->back.r);
	if (s->at + 1 < s->n && s->place[s->at + 1].used)
		part_add(&s->sum, &s->place[s->at + 1].r);
	if (!s->sum.used)
		part_clear(&s->sum, &addr);
	if (++s->at == s->n)
		turn(s);
	s->place[s->at].used = false;
	return s->sum.used;
}

const struct host_record *second_sum(const struct second *s) {
	return &s->sum.r;
}
