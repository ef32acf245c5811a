#include "tcp.h"

#define MSS 1448
#define FIRST_WINDOW 10 // segments, RFC 6928
#define CLIENT 0
#define SERVER 1

enum phase {
	SYN_SENT,
	SYN_ANSWERED,
	ESTABLISH,
	EXCHANGE,
	ROUND,
	RESEND,
	FIRST_FIN,
	SECOND_FIN,
	LAST_ACK
};

static double spread_draw(struct rng *r, const struct spread *s) {
	const double v = rng_lognormal(r, s->median, s->sigma);

	return v < s->most ? v : s->most;
}

static void
say(struct world *w,
    struct actor *a,
    unsigned from,
    uint8_t flags,
    uint32_t seq,
    uint32_t ack,
    uint16_t payload) {
	const struct tcp_state *const t = &a->tcp;
	const struct side *const src = &t->side[from], *const dst = &t->side[!from];
	struct words words = {
		.src = src->addr,
		.dst = dst->addr,
		.sport = src->port,
		.dport = dst->port,
		.ttl = src->ttl,
		.proto = IP_TCP,
		.flags = flags,
		.seq = seq,
		.ack = flags & ACK ? ack : 0,
		.window = flags & RST ? 0 : 64240,
		.mss = flags & SYN ? 1460 : 0,
		.payload = payload,
		.fill = t->app->fill,
		.fill_seed = payload ? a->rng.state ^ seq : 0,
	};

	world_say(w, &words);
}

static void say_empty(struct world *w, struct actor *a, unsigned from, uint8_t flags) {
	say(w, a, from, flags, a->tcp.side[from].seq, a->tcp.side[!from].seq, 0);
}

static uint32_t segments(uint64_t bytes) {
	return (uint32_t)((bytes + MSS - 1) / MSS);
}

// Send `bytes` from one side, then (if any) `answer` from the other.
static uint64_t
transfer_begin(struct actor *a, unsigned sender, uint64_t bytes, uint64_t answer, uint64_t at_ns) {
	struct tcp_state *const t = &a->tcp;

	t->sender = (uint8_t)sender;
	t->left = bytes;
	t->answer = answer;
	t->window = FIRST_WINDOW;
	t->round_bytes = 0;
	t->round_ns = at_ns;
	t->phase = ROUND;
	return at_ns;
}

static void round_begin(struct tcp_state *t) {
	const uint64_t most = (uint64_t)t->window * MSS;

	t->round_bytes = (uint32_t)(t->left < most ? t->left : most);
	t->left -= t->round_bytes;
	t->round_seq = t->side[t->sender].seq;
	t->side[t->sender].seq += t->round_bytes;
	t->sent = t->acked = 0;
}

static uint32_t round_acks(const struct tcp_state *t) {
	const uint32_t n = segments(t->round_bytes);

	// What is answered at once is acknowledged by the answer.
	return n == 1 && t->left == 0 && t->answer > 0 ? 0 : (n + 1) / 2;
}

static uint64_t ack_ns(const struct tcp_state *t) {
	const uint32_t n = segments(t->round_bytes), i = 2u * t->acked + 1;

	return t->round_ns + (uint64_t)(i < n ? i : n - 1) * t->gap_ns + t->side[!t->sender].lag_ns;
}

static uint64_t data_ns(const struct tcp_state *t) {
	return t->round_ns + (uint64_t)t->sent * t->gap_ns;
}

static void say_segment(struct world *w, struct actor *a, uint32_t i) {
	const struct tcp_state *const t = &a->tcp;
	const uint32_t at = i * MSS, n = t->round_bytes - at < MSS ? t->round_bytes - at : MSS;
	const bool last = t->left == 0 && at + n == t->round_bytes;

	say(w,
	    a,
	    t->sender,
	    last ? PSH | ACK : ACK,
	    t->round_seq + at,
	    t->side[!t->sender].seq,
	    (uint16_t)n);
}

static void say_ack(struct world *w, struct actor *a) {
	const struct tcp_state *const t = &a->tcp;
	const uint32_t end = (2u * t->acked + 2) * MSS;

	say(w,
	    a,
	    !t->sender,
	    ACK,
	    t->side[!t->sender].seq,
	    t->round_seq + (end < t->round_bytes ? end : t->round_bytes),
	    0);
}

static uint64_t exchange_end(struct world *w, struct actor *a) {
	struct tcp_state *const t = &a->tcp;

	t->phase = --t->exchanges > 0 ? EXCHANGE : FIRST_FIN;
	return w->now_ns + (uint64_t)(spread_draw(&a->rng, &t->app->think_ms) * MILLISECOND_NS)
		+ MICROSECOND_NS;
}

static uint64_t round_end(struct world *w, struct actor *a) {
	struct tcp_state *const t = &a->tcp;
	const uint64_t trip_ns = (uint64_t)t->side[0].lag_ns + t->side[1].lag_ns;
	const uint32_t n = segments(t->round_bytes);

	if (rng_unit(&a->rng) < t->app->resent * n) {
		t->phase = RESEND;
		return w->now_ns + trip_ns;
	}
	t->window = t->window * 2 < t->app->window_max ? t->window * 2 : t->app->window_max;
	t->round_bytes = 0;
	if (t->left > 0) {
		t->round_ns = t->round_ns + trip_ns > w->now_ns ? t->round_ns + trip_ns : w->now_ns;
		return t->round_ns;
	}
	if (t->answer > 0)
		return transfer_begin(
			a,
			!t->sender,
			t->answer,
			0,
			w->now_ns + t->side[!t->sender].lag_ns
				+ (uint64_t)(rng_exponential(&a->rng, 3) * MILLISECOND_NS)
		);
	return exchange_end(w, a);
}

static uint64_t round_step(struct world *w, struct actor *a) {
	struct tcp_state *const t = &a->tcp;

	if (t->round_bytes == 0)
		round_begin(t);
	const uint32_t n = segments(t->round_bytes), acks = round_acks(t);

	if (t->sent < n && (t->acked == acks || data_ns(t) <= ack_ns(t))) {
		say_segment(w, a, t->sent++);
	} else {
		say_ack(w, a);
		t->acked++;
	}
	if (t->sent == n && t->acked == acks)
		return round_end(w, a);
	if (t->sent < n && (t->acked == acks || data_ns(t) <= ack_ns(t)))
		return data_ns(t);
	return ack_ns(t);
}

// A segment of the round was lost behind the tap: it is seen again, and the window shrinks.
static uint64_t resend_step(struct world *w, struct actor *a) {
	struct tcp_state *const t = &a->tcp;

	say_segment(w, a, rng_below(&a->rng, segments(t->round_bytes)));
	t->window = t->window > 4 ? t->window / 2 : 2;
	t->phase = ROUND;
	t->round_bytes = 0;
	t->round_ns = w->now_ns + t->side[0].lag_ns + t->side[1].lag_ns;
	if (t->left > 0)
		return t->round_ns;
	if (t->answer > 0)
		return transfer_begin(a, !t->sender, t->answer, 0, t->round_ns);
	return exchange_end(w, a);
}

static uint64_t exchange_begin(struct world *w, struct actor *a) {
	struct tcp_state *const t = &a->tcp;
	const uint64_t request = (uint64_t)spread_draw(&a->rng, &t->app->request);

	return transfer_begin(
		a,
		CLIENT,
		request > 0 ? request : 1,
		(uint64_t)spread_draw(&a->rng, &t->app->answer),
		w->now_ns + 20 * MICROSECOND_NS
	);
}

static uint64_t handshake_step(struct world *w, struct actor *a) {
	struct tcp_state *const t = &a->tcp;

	switch (t->phase) {
	case SYN_SENT:
		say_empty(w, a, CLIENT, SYN);
		if (rng_unit(&a->rng) < t->app->resent) // the first one never arrived
			return w->now_ns + SECOND_NS;
		t->phase = SYN_ANSWERED;
		t->side[CLIENT].seq++;
		return w->now_ns + t->side[SERVER].lag_ns;
	case SYN_ANSWERED:
		say_empty(w, a, SERVER, SYN | ACK);
		t->side[SERVER].seq++;
		t->phase = ESTABLISH;
		return w->now_ns + t->side[CLIENT].lag_ns;
	default:
		say_empty(w, a, CLIENT, ACK);
		return exchange_begin(w, a);
	}
}

static uint64_t close_step(struct world *w, struct actor *a) {
	struct tcp_state *const t = &a->tcp;
	const unsigned closer = t->sender; // who answered last closes, as web servers do

	switch (t->phase) {
	case FIRST_FIN:
		if (rng_unit(&a->rng) < t->app->reset) {
			say_empty(w, a, CLIENT, RST | ACK);
			return NEVER;
		}
		say_empty(w, a, closer, FIN | ACK);
		t->side[closer].seq++;
		t->phase = SECOND_FIN;
		return w->now_ns + t->side[!closer].lag_ns;
	case SECOND_FIN:
		say_empty(w, a, !closer, FIN | ACK);
		t->side[!closer].seq++;
		t->phase = LAST_ACK;
		return w->now_ns + t->side[closer].lag_ns;
	default:
		say_empty(w, a, closer, ACK);
		return NEVER;
	}
}

static uint64_t tcp_step(struct world *w, struct actor *a) {
	switch (a->tcp.phase) {
	case EXCHANGE:
		return exchange_begin(w, a);
	case ROUND:
		return round_step(w, a);
	case RESEND:
		return resend_step(w, a);
	case FIRST_FIN:
	case SECOND_FIN:
	case LAST_ACK:
		return close_step(w, a);
	default:
		return handshake_step(w, a);
	}
}

void tcp_begin(
	struct world *w,
	const struct tcp_app *app,
	const struct side sides[2],
	double rate
) {
	struct actor *const a = world_add(w, tcp_step, w->now_ns);

	if (a == NULL)
		return;
	struct tcp_state *const t = &a->tcp;

	t->app = app;
	for (unsigned i = 0; i < 2; i++) {
		t->side[i] = sides[i];
		t->side[i].seq = (uint32_t)rng_next(&a->rng);
	}
	t->side[CLIENT].port = (uint16_t)rng_between(&a->rng, 32768, 60999);
	t->side[SERVER].port = app->port;
	t->exchanges = 1 + (uint32_t)rng_exponential(&a->rng, app->exchanges - 1);
	// Two segments have one acknowledgement: two thirds of the rate is data.
	t->gap_ns = app->gap_us ? app->gap_us * 1000u : (uint32_t)(1.5e9 / rate);
}
