// Scenes for the tests of detection: packets made one by one, in the order of time, through parser, flows,
// windows and the control side as in the sensor.
#ifndef WEIR_TEST_SCENE_H
#define WEIR_TEST_SCENE_H

#include "detect/detect.h"
#include "pipeline/pipeline.h"
#include "test.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000ull
#define S 1000000000ull
#define SCENE_ALARMS_MAX 4096

struct scene {
	bool ip6;
	uint64_t now_ns;
	void *memory;
	struct pipeline *pipeline;
	struct detect *detect;
	uint32_t n;
	struct alarm alarm[SCENE_ALARMS_MAX]; // each transition
	uint32_t random;
	bool wide; // hosts beyond 24 bits have that IPv4 address as it stands
	bool late; // control does not take windows; packets are not held back for it
	uint32_t ticks_max; // of a window that came
};

static inline uint32_t scene_random(struct scene *s) {
	s->random ^= s->random << 13;
	s->random ^= s->random >> 17;
	s->random ^= s->random << 5;
	return s->random;
}

static inline void scene_keep(void *ctx, const struct alarm *alarm) {
	struct scene *s = ctx;

	assert(s->n < SCENE_ALARMS_MAX);
	s->alarm[s->n++] = *alarm;
}

// @param host_model  or NULL
static inline struct scene *
scene_open_with(bool ip6, const struct detect_conf *conf, const struct model *host_model) {
	const struct pipeline_conf pc = {
		.packet = {.link = LINK_RAW_IP},
		.flow = {1 << 16, 60 * S, 10 * S, 2 * S, 1, .tell_singles = false},
		.window = {4096, 16384, 1024, 1},
		.tick_ns = TICK_NS_DEFAULT,
		.findings_slots = 256,
		.findings_per_tick = 64,
		.score_slots = 256,
		.finding_score = 2,
		// A window that control does not take is merged with the next, as live.
		.lossless = false,
	};
	struct scene *s = calloc(1, sizeof(*s));
	int ret;

	s->memory = zeroed(4096, pipeline_bytes(&pc));
	ret = pipeline_create(&s->pipeline, &pc, s->memory);
	assert(ret == 0);
	ret = detect_create(&s->detect, conf, host_model, scene_keep, s);
	assert(ret == 0);
	(void)ret;
	s->ip6 = ip6;
	s->now_ns = 1000 * S;
	s->random = 2463534242u;
	return s;
}

static inline struct scene *scene_open(bool ip6, const struct detect_conf *conf) {
	return scene_open_with(ip6, conf, NULL);
}

static inline void scene_close(struct scene *s) {
	detect_destroy(s->detect);
	free(s->memory);
	free(s);
}

static inline void scene_drain(struct scene *s) {
	struct window *w;

	if (s->late)
		return;
	while ((w = pipeline_window_take(s->pipeline)) != NULL) {
		if (w->ticks > s->ticks_max)
			s->ticks_max = w->ticks;
		detect_windows(s->detect, &w, 1);
		pipeline_window_give(s->pipeline, w);
	}
}

// Time passes.
static inline void scene_wait(struct scene *s, uint64_t ns) {
	s->now_ns += ns;
	pipeline_clock(s->pipeline, s->now_ns);
	scene_drain(s);
	detect_clock(s->detect, s->now_ns - s->now_ns % TICK_NS_DEFAULT);
}

static inline void scene_finish(struct scene *s) {
	while (!pipeline_finish(s->pipeline))
		scene_drain(s);
	scene_drain(s);
	detect_finish(s->detect);
}

// Host n of the scene: 10.n in IPv4, 2001:db8::n in IPv6.
static inline struct addr scene_addr(const struct scene *s, uint32_t n) {
	uint8_t b[16] = {0x20, 0x01, 0x0d, 0xb8};

	n = htonl(s->ip6 || (s->wide && n > 0xffffff) ? n : 0x0a000000 | (n & 0xffffff));
	if (!s->ip6)
		return addr_from_ip4(&n);
	memcpy(&b[4], &n, 4); // spread over networks as IPv4's are
	memcpy(&b[12], &n, 4);
	return addr_from_ip6(b);
}

struct shot {
	uint32_t src, dst; // hosts
	uint16_t sport, dport;
	uint8_t proto; // PROTO_ICMP means ICMPv6 too
	uint8_t flags; // TCP; ICMP: type, echo request by IPv4's number
	uint16_t payload;
	uint16_t fragment; // offset / 8, 0x2000 more
	uint8_t ttl; // 0: 64
	uint32_t seq, ack;
	bool anywhere; // src is an IPv4 address as it stands
	const char *words; // the payload begins so, as far as it goes; NULL: with anything
};

static inline void put16(uint8_t *at, uint32_t v) {
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static inline void put32(uint8_t *at, uint32_t v) {
	put16(at, v >> 16);
	put16(at + 2, v);
}

static inline uint32_t shot_transport(const struct scene *s, const struct shot *p, uint8_t *at) {
	memset(at, 0, 20);
	put16(at, p->sport);
	put16(&at[2], p->dport);
	switch (p->proto) {
	case PROTO_TCP:
		put32(&at[4], p->seq);
		put32(&at[8], p->ack);
		at[12] = 0x50;
		at[13] = p->flags;
		put16(&at[14], 1024);
		return 20;
	case PROTO_UDP:
		put16(&at[4], 8 + p->payload);
		return 8;
	default: // echo request and reply; others as they are
		at[0] = p->flags;
		if (s->ip6 && p->flags == 8)
			at[0] = 128;
		if (s->ip6 && p->flags == 0)
			at[0] = 129;
		if (s->ip6 && p->flags == 3)
			at[0] = 1;
		at[1] = 0;
		return 8;
	}
}

static inline uint32_t shot_frame(const struct scene *s, const struct shot *p, uint8_t *f) {
	const uint32_t ip4 = htonl(p->src);
	const struct addr src = p->anywhere ? addr_from_ip4(&ip4) : scene_addr(s, p->src);
	const struct addr dst = scene_addr(s, p->dst);
	const uint8_t ttl = p->ttl != 0 ? p->ttl : 64;
	const uint32_t ext = s->ip6 && p->fragment != 0 ? 8 : 0;
	uint8_t *at = &f[(s->ip6 ? 40 : 20) + ext];
	uint32_t n = p->payload;

	if ((p->fragment & 0x1fff) == 0)
		n += shot_transport(s, p, at);
	if (p->words != NULL)
		memcpy(&at[n - p->payload], p->words, strnlen(p->words, p->payload));
	memset(f, 0, s->ip6 ? 40 : 20);
	if (!s->ip6) {
		f[0] = 0x45;
		put16(&f[2], 20 + n);
		put16(&f[6], p->fragment);
		f[8] = ttl;
		f[9] = p->proto;
		memcpy(&f[12], &src.b[12], 4);
		memcpy(&f[16], &dst.b[12], 4);
		return 20 + n;
	}
	f[0] = 0x60;
	put16(&f[4], ext + n);
	f[6] = p->proto == PROTO_ICMP ? PROTO_ICMP6 : p->proto;
	f[7] = ttl;
	memcpy(&f[8], src.b, 16);
	memcpy(&f[24], dst.b, 16);
	if (ext != 0) {
		f[40] = f[6];
		f[41] = 0;
		put16(&f[42], (uint32_t)(p->fragment << 3) | (p->fragment >> 13 & 1));
		put32(&f[44], p->seq);
		f[6] = 44;
	}
	return 40 + ext + n;
}

// One packet at the scene's present.
static inline void shoot(struct scene *s, struct shot p) {
	static uint8_t frame[2048];
	const uint32_t n = shot_frame(s, &p, frame);
	const struct frame f = {.data = frame, .captured = n, .ts_ns = s->now_ns};

	while (pipeline_burst(s->pipeline, &f, 1) == 0)
		scene_drain(s);
	scene_drain(s);
	if (p.words != NULL) // nobody else says them
		memset(frame, 0, sizeof(frame));
}

// A whole TCP connection at once: handshake, request, answer of @p segments, end.
static inline void connection(
	struct scene *s,
	uint32_t client,
	uint16_t sport,
	uint32_t server,
	uint16_t dport,
	unsigned segments
) {
	struct shot up = {client, server, sport, dport, PROTO_TCP, TCP_SYN, .seq = 1000};
	struct shot down
		= {server, client, dport, sport, PROTO_TCP, TCP_SYN | TCP_ACK, .seq = 5000};

	down.ack = 1001;
	shoot(s, up);
	shoot(s, down);
	up.flags = TCP_ACK;
	up.seq = 1001;
	up.ack = down.seq = 5001;
	shoot(s, up);
	up.flags = TCP_ACK | TCP_PSH;
	up.payload = 100;
	shoot(s, up);
	up.seq = down.ack = 1101;
	up.flags = TCP_ACK;
	up.payload = 0;
	for (unsigned i = 0; i < segments; i++) {
		down.flags = TCP_ACK;
		down.payload = 1400;
		shoot(s, down);
		down.seq += 1400;
		up.ack = down.seq;
		if (i % 2 == 1)
			shoot(s, up);
	}
	down.payload = 0;
	down.flags = up.flags = TCP_FIN | TCP_ACK;
	shoot(s, down);
	up.ack = down.seq + 1;
	shoot(s, up);
}

// Alarms opened. @p kind KIND_N: of any kind
static inline unsigned scene_opened(const struct scene *s, unsigned kind) {
	unsigned n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		n += s->alarm[i].state == ALARM_OPEN
			&& (kind == KIND_N || s->alarm[i].kind == kind);
	return n;
}

static inline const struct alarm *
scene_find(const struct scene *s, unsigned kind, enum alarm_state state) {
	for (uint32_t i = 0; i < s->n; i++)
		if (s->alarm[i].kind == kind && s->alarm[i].state == state)
			return &s->alarm[i];
	return NULL;
}

static inline void scene_print(const struct scene *s) {
	for (uint32_t i = 0; i < s->n; i++) {
		char t[ADDR_TEXT_MAX];

		printf("    %s %s %s: %s\n",
		       alarm_state_name(s->alarm[i].state),
		       event_kind_name(s->alarm[i].kind),
		       addr_text(&s->alarm[i].target, s->alarm[i].target_prefix_len, t),
		       s->alarm[i].words);
	}
}

#endif
