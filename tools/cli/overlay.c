// Two captures as one: merged by time.
#include "overlay.h"

void overlay_begin(
	struct overlay *out,
	struct capture *attack,
	struct capture *quiet,
	uint64_t before_ns,
	uint64_t after_ns
) {
	*out = (struct overlay) {
		.attack = {.capture = attack},
		.quiet = {.capture = quiet},
		.before_ns = before_ns,
		.after_ns = after_ns,
	};
}

// Are there frames, or can some be fetched? Frames fetched before are no more.
static void fetch(struct overlay_source *s) {
	if (s->at < s->n || s->capture == NULL)
		return;
	s->at = 0;
	s->n = capture_burst(s->capture, s->frame);
	if (s->n == 0)
		s->capture = NULL; // at its end
}

static bool has(const struct overlay_source *s) {
	return s->at < s->n;
}

static const struct frame *first(const struct overlay_source *s) {
	return &s->frame[s->at];
}

// Stamps of both are known: move the quiet one's clock. A clock has no time before 0.
static void start(struct overlay *o) {
	const uint64_t attack_ns = first(&o->attack)->ts_ns;
	const uint64_t before_ns = o->before_ns < attack_ns ? o->before_ns : attack_ns;

	o->started = true;
	o->last_ns = attack_ns;
	if (has(&o->quiet))
		o->shift_ns = attack_ns - before_ns - first(&o->quiet)->ts_ns;
}

static bool quiet_is_next(const struct overlay *o) {
	uint64_t ns;

	if (!has(&o->quiet))
		return false;
	ns = first(&o->quiet)->ts_ns + o->shift_ns;
	if (o->over)
		return ns <= o->last_ns + o->after_ns;
	return ns < first(&o->attack)->ts_ns;
}

static void take(struct overlay *o, bool quiet, struct frame *out) {
	struct overlay_source *s = quiet ? &o->quiet : &o->attack;

	*out = s->frame[s->at++];
	if (quiet)
		out->ts_ns += o->shift_ns;
	else if (out->ts_ns > o->last_ns)
		o->last_ns = out->ts_ns;
}

uint16_t overlay_burst(
	struct overlay *o,
	struct frame frames[static CAPTURE_BURST],
	bool of_attack[static CAPTURE_BURST]
) {
	uint16_t n = 0;

	fetch(&o->attack);
	fetch(&o->quiet);
	if (!o->started && has(&o->attack))
		start(o);
	o->over = !has(&o->attack);
	if (!o->started)
		return 0; // no attack: nothing is laid over anything
	while (n < CAPTURE_BURST) {
		const bool quiet = quiet_is_next(o);

		if (!quiet && o->over)
			break;
		of_attack[n] = !quiet;
		take(o, quiet, &frames[n++]);
		// What is empty now is fetched by the next call: its frames are in this burst.
		if (!has(&o->attack) != o->over || (o->quiet.capture != NULL && !has(&o->quiet)))
			break;
	}
	return n;
}
