#include "talk.h"

static void say(struct world *w, struct actor *a, unsigned from) {
	struct talk_state *const t = &a->talk;
	const struct talk_app *const app = t->app;
	const struct side *const src = &t->side[from], *const dst = &t->side[!from];
	struct words words = {
		.src = src->addr,
		.dst = dst->addr,
		.sport = src->port,
		.dport = dst->port,
		.ttl = app->ttl ? app->ttl : src->ttl,
		.proto = app->proto,
		.fill = from ? app->fill_in : app->fill_out,
		.fill_seed = rng_next(&a->rng),
		.payload = (uint16_t
		)(from ? rng_between(&a->rng, app->in_min, app->in_max)
		       : rng_between(&a->rng, app->out_min, app->out_max)),
	};

	if (app->proto == IP_ICMP) { // identifier, sequence number
		words.icmp_type = from ? ICMP_ECHO_REPLY : ICMP_ECHO;
		words.sport = t->side[0].port;
		words.dport = t->n;
	}
	t->n++;
	world_say(w, &words);
}

static void round_draw(struct actor *a) {
	struct talk_state *const t = &a->talk;
	const double in = rng_lognormal(&a->rng, t->app->in.median, t->app->in.sigma);

	t->out = t->app->out;
	t->in = rng_unit(&a->rng) >= t->app->answered ? 0
		: in < 1			      ? 1
		: in < t->app->in.most		      ? (uint32_t)in
						      : (uint32_t)t->app->in.most;
}

static uint64_t round_end(struct world *w, struct actor *a) {
	struct talk_state *const t = &a->talk;
	const struct spread *const pause = &t->app->pause_ms;
	const double ms = rng_lognormal(&a->rng, pause->median, pause->sigma);

	if (--t->rounds == 0)
		return NEVER;
	round_draw(a);
	return w->now_ns + (uint64_t)((ms < pause->most ? ms : pause->most) * MILLISECOND_NS);
}

static uint64_t talk_step(struct world *w, struct actor *a) {
	struct talk_state *const t = &a->talk;
	const bool asks = t->out > 0;

	say(w, a, !asks);
	if (asks)
		t->out--;
	else
		t->in--;
	if (t->out == 0 && t->in == 0)
		return round_end(w, a);
	if (asks && t->out == 0)
		return w->now_ns + t->side[1].lag_ns;
	return w->now_ns + t->app->gap_us * MICROSECOND_NS;
}

// A stream of its own pace: one packet a round, and the rate is the scene's.
static uint64_t stream_step(struct world *w, struct actor *a) {
	struct talk_state *const t = &a->talk;

	say(w, a, 0);
	if (--t->rounds == 0)
		return NEVER;
	return w->now_ns + (uint64_t)((double)t->in * (0.9 + 0.2 * rng_unit(&a->rng)));
}

// A mean of more rounds than can be counted is a stream without an end.
static uint32_t rounds_draw(struct rng *r, double mean) {
	const double more = rng_exponential(r, mean - 1);

	return more < UINT32_MAX ? 1 + (uint32_t)more : UINT32_MAX;
}

void talk_begin(
	struct world *w,
	const struct talk_app *app,
	const struct side sides[2],
	double rate
) {
	struct actor *const a = world_add(w, app->gap_us ? talk_step : stream_step, w->now_ns);

	if (a == NULL)
		return;
	struct talk_state *const t = &a->talk;

	t->app = app;
	t->side[0] = sides[0];
	t->side[1] = sides[1];
	t->side[0].port = app->client_port ? app->client_port
					   : (uint16_t)rng_between(&a->rng, 32768, 60999);
	t->side[1].port = app->port;
	t->rounds = rounds_draw(&a->rng, app->rounds);
	round_draw(a);
	if (app->gap_us == 0)
		t->in = (uint32_t)(1e9 / rate); // a stream keeps its gap here [ns]
}

static uint64_t neighbour_step(struct world *w, struct actor *a) {
	uint8_t frame[FRAME_BYTES_MAX];
	const bool answer = a->talk.n++ > 0;

	world_put(
		w,
		frame,
		craft_neighbour(&a->talk.side[0].addr, &a->talk.side[1].addr, answer, frame)
	);
	return answer ? NEVER : w->now_ns + a->talk.side[1].lag_ns;
}

void neighbour_begin(struct world *w, const struct side sides[2]) {
	struct actor *const a = world_add(w, neighbour_step, w->now_ns);

	if (a == NULL)
		return;
	a->talk.side[0] = sides[0];
	a->talk.side[1] = sides[1];
}
