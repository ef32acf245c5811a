// What rests on notes, in a test: notes in windows, tick by tick, and the alarms that come of them.
#ifndef WEIR_TESTS_NOTED_SCENE_H
#define WEIR_TESTS_NOTED_SCENE_H

#include "detect/detect.h"
#include "host/note.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull
#define S 1000000000ull
#define ALARMS_MAX 256

struct scene {
	struct detect *detect;
	struct window *window;
	void *memory;
	uint64_t now_ns;
	uint32_t n;
	struct alarm alarm[ALARMS_MAX];
};

static inline void keep(void *ctx, const struct alarm *alarm) {
	struct scene *s = ctx;

	assert_true(s->n < ALARMS_MAX);
	s->alarm[s->n++] = *alarm;
}

static inline struct scene *scene_new(void) {
	const struct window_conf conf = {64, 64, 64, 1};
	struct scene *s = calloc(1, sizeof(*s));

	s->memory = zeroed(64, window_bytes(&conf));
	assert_int_equal(window_create(&s->window, &conf, s->memory), 0);
	assert_int_equal(detect_create(&s->detect, &detect_defaults, NULL, keep, s), 0);
	s->now_ns = 1000 * S;
	return s;
}

static inline void scene_free(struct scene *s) {
	detect_destroy(s->detect);
	free(s->memory);
	free(s);
}

// What was noted since the last call, as one window of the tick that goes on.
static inline void tick(struct scene *s) {
	const uint64_t tick_ns = detect_defaults.tick_ns;

	s->window->start_ns = s->now_ns - s->now_ns % tick_ns;
	s->window->end_ns = s->window->start_ns + tick_ns;
	s->window->ticks = 1;
	detect_windows(s->detect, &s->window, 1);
	window_reset(s->window, 0);
}

static inline void wait_ms(struct scene *s, uint64_t ms) {
	const uint64_t before = s->now_ns / detect_defaults.tick_ns;

	if ((s->now_ns + ms * MS) / detect_defaults.tick_ns != before)
		tick(s);
	s->now_ns += ms * MS;
}

static inline struct note *note(struct scene *s, unsigned kind, uint32_t src, uint32_t dst) {
	struct note *n = notes_add(s->window->notes, kind);
	const uint8_t a[4] = {10, 0, (uint8_t)(src >> 8), (uint8_t)src};
	const uint8_t b[4] = {10, 0, (uint8_t)(dst >> 8), (uint8_t)dst};

	assert_non_null(n);
	*n = (struct note) {.kind = (uint8_t)kind};
	n->ts_ns = s->now_ns;
	n->src = addr_from_ip4(a);
	n->dst = addr_from_ip4(b);
	return n;
}

static inline unsigned opened(const struct scene *s, unsigned kind) {
	unsigned n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		n += s->alarm[i].state == ALARM_OPEN && s->alarm[i].kind == kind;
	return n;
}

static inline const struct alarm *the(const struct scene *s, unsigned kind) {
	for (uint32_t i = 0; i < s->n; i++)
		if (s->alarm[i].kind == kind && s->alarm[i].state == ALARM_OPEN)
			return &s->alarm[i];
	fail_msg("no alarm of kind %s", event_kind_name(kind));
	return NULL;
}

static inline void target_is(const struct alarm *a, const char *text) {
	char target[ADDR_TEXT_MAX];

	addr_text(&a->target, UINT8_MAX, target);
	assert_string_equal(target, text);
}

static inline struct note *
tcp(struct scene *s, unsigned kind, uint32_t src, uint32_t dst, uint16_t sport) {
	struct note *n = note(s, kind, src, dst);

	n->proto = 6;
	n->sport = sport;
	n->dport = 80;
	return n;
}

static inline void begin(struct scene *s, uint32_t src, uint16_t sport) {
	tcp(s, NOTE_OPENED, src, 80, sport);
	tcp(s, NOTE_PAYLOAD, src, 80, sport);
}

static inline void
end(struct scene *s, uint32_t src, uint16_t sport, uint64_t age_ns, uint64_t payload) {
	struct note *n = tcp(s, NOTE_CLOSED, src, 80, sport);

	n->connection = (struct note_connection) {
		.first_ns = s->now_ns - age_ns, .payload = {200, payload}};
}

static inline struct note *
asks_dns(struct scene *s, uint32_t client, const char *name, uint16_t type) {
	struct note *n = note(s, NOTE_DNS, client, 53);
	unsigned at = 12;

	n->sport = 4000;
	n->dport = 53;
	n->proto = 17;
	n->data[5] = 1;
	while (*name != '\0') {
		const unsigned length = (unsigned)strcspn(name, ".");

		n->data[at++] = (uint8_t)length;
		memcpy(&n->data[at], name, length);
		at += length;
		name += length + (name[length] == '.');
	}
	n->data[at++] = 0;
	n->data[at++] = (uint8_t)(type >> 8);
	n->data[at++] = (uint8_t)type;
	n->data[at++] = 0;
	n->data[at++] = 1;
	n->n_data = (uint16_t)at;
	n->payload_bytes = (uint16_t)at;
	return n;
}

#endif
