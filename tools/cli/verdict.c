// Alarms beside the truth.
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

static struct seen_alarm *find(const struct seen *seen, uint64_t id) {
	for (size_t i = seen->n; i > 0; i--) // the youngest are the likeliest
		if (seen->alarm[i - 1].alarm.id == id)
			return &seen->alarm[i - 1];
	return NULL;
}

static struct seen_alarm *add(struct seen *seen) {
	if (seen->n == seen->room && seen->n < ALARMS_MAX) {
		const size_t room = seen->room != 0 ? seen->room * 2 : 32;
		struct seen_alarm *more = reallocarray(seen->alarm, room, sizeof(*more));

		if (more == NULL)
			return NULL;
		seen->alarm = more;
		seen->room = room;
	}
	return seen->n < ALARMS_MAX ? &seen->alarm[seen->n++] : NULL;
}

void seen_put(void *ctx, const struct alarm *alarm) {
	struct seen *seen = ctx;
	struct seen_alarm *at = alarm->state == ALARM_OPEN ? NULL : find(seen, alarm->id);

	if (at == NULL) {
		at = add(seen);
		if (at == NULL) {
			seen->beyond += alarm->state == ALARM_OPEN;
			return;
		}
		*at = (struct seen_alarm) {.opened_ns = alarm->time_ns};
	}
	at->alarm = *alarm;
	if (alarm->severity > at->severity)
		at->severity = alarm->severity;
}

void seen_free(struct seen *seen) {
	free(seen->alarm);
	*seen = (struct seen) {0};
}

static uint64_t time_of(const struct label_time *t, uint64_t first_ns, uint64_t untold_ns) {
	switch (t->from) {
	case TIME_EPOCH:
		return (uint64_t)t->ns;
	case TIME_IN_FILE:
		return first_ns + (uint64_t)t->ns;
	default:
		return untold_ns;
	}
}

struct span span_of(const struct truth *truth, uint64_t first_ns, uint64_t last_ns) {
	const struct label *label = truth->label;
	const struct span span = {
		.start_ns = time_of(&label->start, first_ns, first_ns),
		.end_ns = time_of(&label->end, first_ns, last_ns),
		.start_known = label->start.from != TIME_UNTOLD || label->class == LABEL_ATTACK,
	};

	return span;
}

static bool in_time(const struct span *span, const struct seen_alarm *seen) {
	return seen->alarm.start_ns <= span->end_ns + VERDICT_MARGIN_NS
		&& seen->alarm.end_ns + VERDICT_MARGIN_NS >= span->start_ns;
}

static void take_right(struct verdict *v, const struct seen_alarm *seen) {
	const uint64_t opened_ns = seen->opened_ns, start_ns = v->span.start_ns;

	v->alarms++;
	if (v->right)
		return;
	v->right = true;
	v->best = seen;
	if (v->span.start_known)
		v->delay_ns = opened_ns > start_ns ? opened_ns - start_ns : 0;
}

static void take(struct verdict *v, struct seen_alarm *seen) {
	const bool judged = v->truth.target_from != NULL;
	const bool named = v->truth.right[seen->alarm.kind];
	const bool aimed = judged && truth_about(&v->truth, &seen->alarm);

	v->named = v->named || named;
	v->aimed = v->aimed || aimed || (!judged && named);
	if (named && (aimed || !judged)) {
		take_right(v, seen);
	} else if (named || aimed || !judged) {
		v->others += named || aimed;
		v->best = v->best == NULL ? seen : v->best;
	} else {
		return;
	}
	v->detected = true;
	seen->belongs = seen->belongs || named || aimed;
}

static const char *exclusion(const struct verdict *v) {
	if (v->truth.excluded != NULL)
		return v->truth.excluded;
	return v->packets < TRUTH_PACKETS_MIN ? "fewer than 250 packets" : NULL;
}

void verdict_find(struct verdict *v, struct seen *seen) {
	static_assert(TRUTH_PACKETS_MIN == 250, "the words say so");

	v->excluded = exclusion(v);
	v->delay_ns = UINT64_MAX;
	for (size_t i = 0; i < seen->n; i++)
		if (in_time(&v->span, &seen->alarm[i]))
			take(v, &seen->alarm[i]);
}

const char *verdict_word(const struct verdict *v) {
	if (v->excluded != NULL)
		return "excluded";
	if (v->right)
		return "right";
	if (v->named)
		return "wrong target";
	if (v->aimed)
		return "wrong name";
	return v->detected ? "beside" : "missed";
}
