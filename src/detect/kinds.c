// The table of kinds, from their rows, and what several of them share.
#include "detect/kinds.h"

#include "detect/explain.h"
#include "detect/reading.h"

#include <stdio.h>

#define ONE_WAY 50 // packets in for one out: the other direction is not seen, or there is none

static const struct kind_row *const rows[KIND_N] = {
#define X(id, name, title, per_s, ms) [KIND_##id] = &kind_row_##id,
	EVENT_KINDS(X)
#undef X
#define X(id, name, title) [KIND_AMP_##id] = &kind_row_AMP_##id,
		AMPLIFIER_SERVICES(X)
#undef X
};

const struct kind_row *kind_row(unsigned kind) {
	return rows[kind];
}

bool kind_of_sensor(unsigned kind) {
	return kind < KIND_N && rows[kind]->of_sensor;
}

double kind_threshold(const struct detect_conf *conf, unsigned kind) {
	const struct kind_row *row = rows[kind];
	const double floor_per_s = conf->kind[kind].floor_per_s;

	if (row->metric != METRIC_N || row->of_sensor)
		return floor_per_s;
	return floor_per_s * (row->floor_times > 0 ? row->floor_times : SPAN_SECONDS);
}

double share_of(double part, double all) {
	return all > 0 ? part / all : 0;
}

bool is_one_way(const struct view *v) {
	return (uint64_t)v->out->count[HOST_PACKETS] * ONE_WAY < v->in->count[HOST_PACKETS];
}

void tell_stray(const struct reading *, char *text, size_t room) {
	snprintf(text, room, " that belong to no connection");
}

void tell_mbit(const struct reading *r, char *text, size_t room) {
	char n[NUMBER_TEXT_MAX];

	words_number(r->view->row[HOST_FEATURE_IN_BYTES] * 8 / 1e6, n);
	snprintf(text, room, ", %s Mbit/s in all", n);
}

void tell_size(const struct reading *r, char *text, size_t room) {
	snprintf(text, room, ", mean %.0f bytes", r->view->row[HOST_FEATURE_IN_SIZE]);
}
