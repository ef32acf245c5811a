// Open alarms, and the queue of one tick's transitions.
#include "detect/alarm.h"

#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/severity.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct open_alarm {
	struct alarm a;
	struct addr holder; // the host that keeps the bit in open_kinds or sent_kinds
	uint64_t held_ns; // end of the last tick that held
	uint64_t lull_ns; // beyond close_ms
	bool slow; // nothing but a slow rise told of it so far
	struct addr takes_target; // all zero: none
	uint8_t takes_kind;
	uint64_t emitted_ns;
	uint64_t fed_ns;
	uint8_t sources[HLL_REGISTERS]; // since start
};

#define FLOODS_KEPT 256
#define AFTER_FLOOD_NS (60 * 1000000000ull) // the mean of half a minute and more holds it so long

struct flooded { // whom an alarm told of, until when
	struct addr target;
	uint64_t end_ns;
};

struct alarms {
	const struct detect_conf *conf;
	struct history *history;
	alarm_fn *emit;
	void *ctx;
	uint32_t n, room; // of open[]
	struct open_alarm *open;
	uint32_t n_queued, queue_room;
	struct alarm *queue;
	uint32_t n_flooded; // ever; a ring
	struct flooded flooded[FLOODS_KEPT];
	uint64_t suppressed;
	uint64_t raised[KIND_N];
};

int alarms_create(
	struct alarms **out,
	const struct detect_conf *conf,
	struct history *history,
	alarm_fn *emit,
	void *ctx
) {
	struct alarms *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->conf = conf;
	s->history = history;
	s->emit = emit;
	s->ctx = ctx;
	*out = s;
	return 0;
}

void alarms_destroy(struct alarms *s) {
	if (s == NULL)
		return;
	free(s->open);
	free(s->queue);
	free(s);
}

void alarms_reconf(struct alarms *s, const struct detect_conf *conf) {
	s->conf = conf;
}

// @return false: no memory
static bool grow(void **array, uint32_t n, uint32_t *room, size_t each) {
	const uint32_t wanted = *room == 0 ? 16 : *room * 2;
	void *more;

	if (n < *room)
		return true;
	more = reallocarray(*array, wanted, each);
	if (more == NULL)
		return false;
	*array = more;
	*room = wanted;
	return true;
}

static void
transition(struct alarms *s, struct open_alarm *o, enum alarm_state state, uint64_t now_ns) {
	o->a.state = (uint8_t)state;
	o->a.revision++;
	o->a.time_ns = now_ns;
	o->emitted_ns = now_ns;
	if (!grow((void **)&s->queue, s->n_queued, &s->queue_room, sizeof(*s->queue))) {
		s->suppressed++;
		return;
	}
	s->queue[s->n_queued++] = o->a;
}

// Networks within others begin with the same address.
static struct open_alarm *find(struct alarms *s, const struct reading *r) {
	const struct addr *holder = r->holder != NULL ? &r->holder->addr : &r->target;

	for (uint32_t i = 0; i < s->n; i++) {
		struct open_alarm *o = &s->open[i];

		if (o->a.kind == r->kind && o->a.role == r->role && addr_equal(&o->holder, holder)
		    && (!kind_row(r->kind)->of_network || o->a.target_prefix_len == r->prefix_len))
			return o;
	}
	return NULL;
}

static uint64_t alarm_id(const char *sensor, const struct alarm *a) {
	uint64_t h = hash_addr(&a->target, a->kind | (uint64_t)a->role << 8);

	for (; *sensor != '\0'; sensor++)
		h = hash_word((uint8_t)*sensor, h);
	return hash_word(a->start_ns, h);
}

static kind_set *open_kinds(struct host *holder, unsigned role) {
	return role == ROLE_SOURCE ? &holder->sent_kinds : &holder->open_kinds;
}

static struct open_alarm *alarm_make(struct alarms *s, const struct reading *r, uint64_t now_ns) {
	struct open_alarm *o;

	if (s->n >= s->conf->alarms || !grow((void **)&s->open, s->n, &s->room, sizeof(*s->open))) {
		s->suppressed++;
		return NULL;
	}
	o = &s->open[s->n++];
	memset(o, 0, sizeof(*o));
	o->holder = r->holder != NULL ? r->holder->addr : r->target;
	o->a.kind = r->kind;
	o->a.role = r->role;
	o->a.target = r->target;
	o->a.target_prefix_len = r->prefix_len;
	o->a.start_ns = r->start_ns;
	o->a.end_ns = o->held_ns = now_ns;
	o->lull_ns = kind_row(r->kind)->lull_ns;
	o->a.id = alarm_id(s->conf->sensor, &o->a);
	o->a.packets = r->rise_packets
		- (r->rise_packets < r->tick_packets ? r->rise_packets : r->tick_packets);
	o->a.bytes
		= r->rise_bytes - (r->rise_bytes < r->tick_bytes ? r->rise_bytes : r->tick_bytes);
	o->slow = r->slow;
	s->raised[r->kind]++;
	if (r->holder != NULL)
		*open_kinds(r->holder, r->role) |= KIND_BIT(r->kind);
	return o;
}

// Does it go on in this very tick? Its second fades only after it.
static bool is_live(const struct alarms *s, const struct reading *r) {
	const double tick_s = (double)s->conf->tick_ns / 1e9;
	const bool is_flood = r->view != NULL && r->scanner == NULL;

	return r->value >= r->threshold
		&& (double)r->tick_packets >= (is_flood ? HOLD_SHARE * r->threshold * tick_s : 1);
}

static void
account(struct alarms *s, struct open_alarm *o, const struct reading *r, uint64_t now_ns) {
	struct alarm *a = &o->a;

	// Two sources that scan one target are one alarm: its tick counts once. A drift has no packets.
	if (o->fed_ns != now_ns && !(r->noted != NULL && kind_of_sensor(r->kind))) {
		a->packets += r->tick_packets;
		a->bytes += r->tick_bytes;
	}
	o->fed_ns = now_ns;
	if (r->view != NULL && r->accusation == NULL)
		hll_merge(o->sources, r->view->source_registers);
	if (r->noted == NULL && r->scanner == NULL) // else the explanation says it
		a->distinct_sources = (uint64_t)fmax(1, round(hll_estimate(o->sources)));
	if (r->value > a->peak)
		a->peak = r->value;
	if (r->holds) {
		o->held_ns = now_ns;
		o->lull_ns = r->noted != NULL && r->noted->lull_ns != 0
			? r->noted->lull_ns
			: kind_row(r->kind)->lull_ns;
	}
	if (r->noted != NULL) {
		o->takes_target = r->noted->takes_target;
		o->takes_kind = r->noted->takes_kind;
	}
	if (is_live(s, r))
		a->end_ns = now_ns;
	if (r->holder != NULL)
		r->holder->alarm_ns = now_ns;
}

static void alarm_drop(struct alarms *s, struct open_alarm *o) {
	struct host *h = history_find(s->history, &o->holder);

	if (h != NULL)
		*open_kinds(h, o->a.role) &= ~KIND_BIT(o->a.kind);
	*o = s->open[--s->n];
}

static void alarm_close(struct alarms *s, struct open_alarm *o, uint64_t now_ns) {
	if (kind_row(o->a.kind)->metric != METRIC_N)
		s->flooded[s->n_flooded++ % FLOODS_KEPT] = (struct flooded) {o->holder, now_ns};
	explain_end(&o->a);
	transition(s, o, ALARM_CLOSE, now_ns);
	alarm_drop(s, o);
}

static void
alarm_judge(struct alarms *s, struct open_alarm *o, const struct reading *r, uint64_t now_ns) {
	const bool is_new = o->a.revision == 0;
	const struct severity_of of = {
		.kind = r->kind,
		.value = r->value,
		.threshold = r->threshold,
		.lasted_ns = r->slow ? 0 : now_ns - o->a.start_ns,
		.bits_per_s = r->bits_per_s,
		.capacity_bits_per_s = 1e6 * s->conf->capacity_mbit_per_s,
	};
	const enum severity severity = severity_of(&of);
	// What only holds is the end of it, most often: there is nothing new to tell.
	const bool live = is_live(s, r);
	const bool worse = live && severity > o->a.severity;
	const bool due = live && now_ns - o->emitted_ns >= s->conf->update_ms * 1000000ull;

	if (!is_new && !worse && !due)
		return;
	if (is_new || worse)
		o->a.severity = (uint8_t)severity;
	explain(&o->a, r);
	transition(s, o, is_new ? ALARM_OPEN : ALARM_UPDATE, now_ns);
}

// It is a part of what another alarm tells of.
static bool is_taken(const struct alarms *s, const struct reading *r) {
	for (uint32_t i = 0; i < s->n; i++)
		if (s->open[i].takes_kind == r->kind && !kind_of_sensor(r->kind)
		    && addr_equal(&s->open[i].takes_target, &r->target))
			return true;
	return false;
}

// What came at once is a part of the mean from which a slow rise is told: it has, or had, its alarm.
static bool was_flooded(const struct alarms *s, const struct addr *target, uint64_t now_ns) {
	for (uint32_t i = 0; i < FLOODS_KEPT && i < s->n_flooded; i++)
		if (s->flooded[i].end_ns + AFTER_FLOOD_NS > now_ns
		    && addr_equal(&s->flooded[i].target, target))
			return true;
	for (uint32_t i = 0; i < s->n; i++)
		if (kind_row(s->open[i].a.kind)->metric != METRIC_N
		    && addr_equal(&s->open[i].holder, target))
			return true;
	return false;
}

void alarms_feed(struct alarms *s, const struct reading *r, uint64_t now_ns) {
	struct open_alarm *o = find(s, r);

	if (r->superseded || is_taken(s, r)) {
		if (o != NULL)
			alarm_close(s, o, now_ns);
		return;
	}
	// The mean behind a flood would keep it open.
	if (o != NULL && !o->slow && r->slow)
		return;
	if (o == NULL && r->above && !(r->slow && was_flooded(s, &r->target, now_ns)))
		o = alarm_make(s, r, now_ns);
	if (o == NULL)
		return;
	o->slow &= r->slow;
	account(s, o, r, now_ns);
	alarm_judge(s, o, r, now_ns);
}

static int by_kind_and_target(const void *x, const void *y) {
	const struct alarm *a = x, *b = y;
	const int targets = memcmp(&a->target, &b->target, sizeof(a->target));

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (targets != 0)
		return targets;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->revision < b->revision ? -1 : a->revision > b->revision;
}

static void emit_queue(struct alarms *s) {
	if (s->n_queued > 1)
		qsort(s->queue, s->n_queued, sizeof(*s->queue), by_kind_and_target);
	for (uint32_t i = 0; i < s->n_queued; i++)
		s->emit(s->ctx, &s->queue[i]);
	s->n_queued = 0;
}

static uint64_t deadline(const struct alarms *s, const struct open_alarm *o) {
	return o->held_ns + s->conf->close_ms * 1000000ull + o->lull_ns;
}

void alarms_tick_end(struct alarms *s, uint64_t now_ns) {
	for (uint32_t i = s->n; i-- > 0;)
		if (deadline(s, &s->open[i]) <= now_ns)
			alarm_close(s, &s->open[i], now_ns);
	emit_queue(s);
}

void alarms_close_all(struct alarms *s, uint64_t now_ns) {
	while (s->n > 0)
		alarm_close(s, &s->open[s->n - 1], now_ns);
	emit_queue(s);
}

uint64_t alarms_deadline(const struct alarms *s) {
	uint64_t first = UINT64_MAX;

	for (uint32_t i = 0; i < s->n; i++)
		if (deadline(s, &s->open[i]) < first)
			first = deadline(s, &s->open[i]);
	return first;
}

uint32_t alarms_open(const struct alarms *s) {
	return s->n;
}

uint64_t alarms_suppressed(const struct alarms *s) {
	return s->suppressed;
}

const uint64_t *alarms_raised(const struct alarms *s) {
	return s->raised;
}
