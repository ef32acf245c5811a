#include "fast.h"

#include "scenes.h"
#include "trace.h"
#include "vary.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define BURST 64u
#define BURST_NS 20000.0 // packets of this time leave together
#define FLOOD_FRAMES 8192u // half a megabyte of small frames: they stay in the second cache
#define SCAN_FRAMES (1u << 18) // every port, and every answer
#define MIX_FRAMES (1u << 20)
#define LATE 1.02 // with a rate, the number of packets ends the run, or a device that is this late
#define LATE_S 0.05
#define GAP_ONE (1ull << 32)

// When packets are due: nanoseconds and a fraction, so that no rate drifts.
struct pace {
	uint64_t ns;
	uint64_t fraction, gap; // of 2^32
};

// One family of the scene, or all of a mix.
struct source {
	struct settings settings;
	struct trace trace;
	struct vary vary;
	uint32_t at; // frame
	uint64_t round;
	bool each; // its attack's packets are varied one by one
};

struct fast {
	struct source source[2];
	unsigned n_sources; // 2: by share
	uint64_t share, share_sum; // of 2^32: of the second source
	struct rng rng;
	struct pace pace;
	uint64_t left; // packets to go
	uint64_t end_ns; // of a device: by the host's clock
	uint16_t burst;
};

struct volley { // one burst
	uint8_t *frame[BURST];
	uint64_t time_ns[BURST];
	uint16_t length[BURST];
	uint8_t part[BURST];
	bool ip6[BURST];
};

static uint64_t monotonic_ns(void) {
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static uint32_t frames_of(const struct scene *scene) {
	if (scene->mix != NULL)
		return MIX_FRAMES;
	return scene->step == flood_step || scene->step == fragment_step ? FLOOD_FRAMES
									 : SCAN_FRAMES;
}

static int source_create(struct source *s, const struct settings *settings) {
	uint32_t frames = frames_of(settings->scene);
	int error;

	if (settings->normal > 0)
		frames = MIX_FRAMES;
	s->settings = *settings;
	error = trace_make(&s->trace, &s->settings, frames, settings->memory_mb);
	if (error < 0)
		return error;
	s->each = !s->trace.answers;
	return vary_create(&s->vary, &s->settings);
}

static int sources_create(struct fast *f, const struct settings *settings) {
	const double share = settings->ip6_share;
	const bool split = settings->scene->mix == NULL && share >= 0;
	struct settings one;
	int error;

	f->n_sources = split && share > 0 && share < 1 ? 2 : 1;
	if (!split)
		return source_create(&f->source[0], settings);
	f->share = (uint64_t)(share * (double)GAP_ONE);
	for (unsigned i = 0; i < f->n_sources; i++) {
		one = scene_family(settings, f->n_sources == 2 ? i == 1 : share == 1);
		one.ip6_share = -1;
		error = source_create(&f->source[i], &one);
		if (error < 0)
			return error;
	}
	return 0;
}

static void pace_step(struct pace *p) {
	p->fraction += p->gap;
	p->ns += p->fraction >> 32;
	p->fraction &= GAP_ONE - 1;
}

static int
fast_create(struct fast *f, const struct settings *settings, double rate, struct tally *tally) {
	const double burst = rate * BURST_NS / (double)SECOND_NS;
	const int error = sources_create(f, settings);

	if (error < 0)
		return error;
	for (unsigned i = 0; i < f->n_sources; i++)
		tally->conversations_refused += f->source[i].trace.refused;
	f->rng.state = rng_mix(settings->seed ^ 0xfa57);
	f->pace = (struct pace
	) {.ns = settings->start_ns, .gap = (uint64_t)((double)SECOND_NS / rate * (double)GAP_ONE)};
	f->burst = burst < 1 ? 1 : burst > BURST ? BURST : (uint16_t)burst;
	f->left = settings->packets > 0 ? settings->packets
		: rate >= RATE_MAX	? UINT64_MAX
					: (uint64_t)(rate * settings->seconds + 0.5);
	f->end_ns = settings->port == NULL ? UINT64_MAX
					   : monotonic_ns()
			+ (uint64_t
			)((rate < RATE_MAX ? settings->seconds * LATE + LATE_S : settings->seconds)
			  * (double)SECOND_NS);
	return 0;
}

static void fast_destroy(struct fast *f) {
	for (unsigned i = 0; i < 2; i++) {
		vary_destroy(&f->source[i].vary);
		trace_free(&f->source[i].trace);
	}
}

static struct source *next_source(struct fast *f) {
	f->share_sum += f->share;
	if (f->share_sum < GAP_ONE || f->n_sources == 1)
		return &f->source[0];
	f->share_sum -= GAP_ONE;
	return &f->source[1];
}

static void copy_lines(uint8_t *to, const uint8_t *from, uint32_t n) {
	for (uint32_t i = 0; i < n; i += TRACE_LINE)
		memcpy(to + i, from + i, TRACE_LINE);
}

static const struct trace_frame *next_frame(struct fast *f, struct source *s, uint8_t *out) {
	const struct trace_frame *const frame = &s->trace.frame[s->at];

	copy_lines(out, trace_bytes(&s->trace, frame), frame->length);
	if (s->each && frame->part == PART_ATTACK)
		vary_attack(&s->vary, &f->rng, frame, out);
	else
		vary_round(frame, s->round, out);
	if (++s->at == s->trace.n) {
		s->at = 0;
		s->round++;
	}
	return frame;
}

static void fill(struct fast *f, struct volley *v, uint16_t n) {
	for (uint16_t i = 0; i < n; i++) {
		const struct trace_frame *const frame = next_frame(f, next_source(f), v->frame[i]);

		v->length[i] = frame->length;
		v->part[i] = frame->part;
		v->ip6[i] = frame->ip6;
		v->time_ns[i] = f->pace.ns;
		pace_step(&f->pace);
	}
}

static void count(struct tally *tally, const struct volley *v, uint16_t taken, uint16_t n) {
	for (uint16_t i = 0; i < taken; i++) {
		tally->sent[v->part[i]][v->ip6[i]]++;
		tally->bytes += v->length[i];
	}
	tally->refused += (uint64_t)(n - taken);
}

static int one_volley(struct fast *f, struct output *output, struct tally *tally) {
	struct volley v;
	const uint16_t want = f->left < f->burst ? (uint16_t)f->left : f->burst;
	const uint16_t n = output->room(output, v.frame, want);
	int taken;

	if (n == 0)
		return -ENOBUFS;
	fill(f, &v, n);
	output->part = PART_NORMAL;
	for (uint16_t i = 0; i < n && output->part != PART_ATTACK; i++)
		output->part = v.part[i];
	taken = output->send(output, v.length, v.time_ns, n);
	if (taken < 0)
		return taken;
	count(tally, &v, (uint16_t)taken, n);
	f->left -= n;
	return 0;
}

int fast_run(
	struct output *output,
	const struct settings *settings,
	double packets_per_s,
	struct tally *tally
) {
	static struct fast f;
	int error = fast_create(&f, settings, packets_per_s, tally);

	while (error == 0 && f.left > 0 && !world_interrupted() && monotonic_ns() < f.end_ns)
		error = one_volley(&f, output, tally);
	fast_destroy(&f);
	return error;
}
