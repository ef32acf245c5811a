// Scored flows by their keys.
#include "scores_flows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 1024

static uint32_t bucket_at(const struct scored_flows *s, const struct flow_key *key) {
	return (uint32_t)(flow_key_hash(key, 0) % s->n_buckets);
}

// @return the array, grown to hold one more, or NULL
static void *grown(void *array, uint32_t n, uint32_t *room, size_t one) {
	const uint32_t more = *room != 0 ? *room * 2 : ROOM_FIRST;
	void *to;

	if (n < *room)
		return array;
	to = more > *room ? reallocarray(array, more, one) : NULL;
	if (to != NULL)
		*room = more;
	return to;
}

static bool hash_again(struct scored_flows *s) {
	const uint32_t n = s->n_buckets != 0 ? s->n_buckets * 2 : ROOM_FIRST;
	uint32_t *bucket = calloc(n, sizeof(*bucket));

	if (bucket == NULL)
		return false;
	free(s->bucket);
	s->bucket = bucket;
	s->n_buckets = n;
	for (uint32_t i = 0; i < s->n_flows; i++) { // the youngest of a key stays in front
		uint32_t *at = &bucket[bucket_at(s, &s->flow[i].key)];

		s->flow[i].next = *at;
		*at = i + 1;
	}
	return true;
}

static struct scored_flow *find(struct scored_flows *s, const struct flow *flow) {
	const struct flow_key *key = flow_key_of(flow);
	uint32_t i = s->n_buckets != 0 ? s->bucket[bucket_at(s, key)] : 0;

	while (i != 0 && s->flow[i - 1].serial != flow_serial(flow))
		i = s->flow[i - 1].next;
	return i != 0 ? &s->flow[i - 1] : NULL;
}

static struct scored_flow *flow_add(struct scored_flows *s, const struct flow *flow) {
	struct scored_flow *more = grown(s->flow, s->n_flows, &s->flows_room, sizeof(*s->flow));
	uint32_t *at;

	if (more == NULL)
		return NULL;
	s->flow = more;
	if (s->n_flows >= s->n_buckets && !hash_again(s))
		return NULL;
	at = &s->bucket[bucket_at(s, flow_key_of(flow))];
	s->flow[s->n_flows] = (struct scored_flow) {
		.key = *flow_key_of(flow),
		.serial = flow_serial(flow),
		.first_ns = flow_first_ns(flow),
		.last_ns = UINT64_MAX,
		.packets = UINT64_MAX,
		.next = *at,
	};
	*at = ++s->n_flows;
	return &s->flow[s->n_flows - 1];
}

static void score_waiting(struct scored_flows *s) {
	float raw[MODEL_BATCH_MAX];

	if (s->n_waiting == 0)
		return;
	model_score(s->model, s->waiting[0], FLOW_FEATURE_N, s->n_waiting, raw);
	for (uint32_t i = 0; i < s->n_waiting; i++)
		s->row[s->n_rows - s->n_waiting + i].score = model_calibrate(s->model, raw[i]);
	s->n_waiting = 0;
}

static bool row_add(struct scored_flows *s, struct scored_flow *to, uint64_t packets) {
	struct scored_row *more = grown(s->row, s->n_rows, &s->rows_room, sizeof(*s->row));

	if (more == NULL)
		return false;
	s->row = more;
	s->row[s->n_rows++] = (struct scored_row) {.packets = packets, .score = NAN};
	if (to->first_row == 0)
		to->first_row = s->n_rows;
	else
		s->row[to->last_row - 1].next = s->n_rows;
	to->last_row = s->n_rows;
	return true;
}

void scored_flows_row(struct scored_flows *s, const struct flow *flow, const float *row) {
	struct scored_flow *to;

	if (s->model == NULL || s->failed)
		return;
	to = find(s, flow);
	if (to == NULL)
		to = flow_add(s, flow);
	if (to == NULL || !row_add(s, to, flow_packets(flow))) {
		s->failed = true;
		return;
	}
	memcpy(s->waiting[s->n_waiting++], row, sizeof(s->waiting[0]));
	if (s->n_waiting == MODEL_BATCH_MAX)
		score_waiting(s);
}

void scored_flows_end(struct scored_flows *s, const struct flow *flow) {
	struct scored_flow *to = s->failed ? NULL : find(s, flow);

	if (to == NULL)
		return;
	to->first_ns = flow_first_ns(flow);
	to->last_ns = flow_last_ns(flow);
	to->packets = flow_packets(flow);
}

// From now on the oldest flow of a key is looked at first.
void scored_flows_turn(struct scored_flows *s) {
	score_waiting(s);
	if (s->n_flows == 0)
		return;
	memset(s->bucket, 0, s->n_buckets * sizeof(*s->bucket));
	for (uint32_t i = s->n_flows; i > 0; i--) {
		uint32_t *at = &s->bucket[bucket_at(s, &s->flow[i - 1].key)];

		s->flow[i - 1].next = *at;
		*at = i;
	}
}

static float score_of(const struct scored_flows *s, const struct scored_flow *flow) {
	uint32_t i = flow->first_row;

	while (s->row[i - 1].packets < flow->seen && s->row[i - 1].next != 0)
		i = s->row[i - 1].next;
	return s->row[i - 1].score;
}

float scored_flows_of(struct scored_flows *s, const struct flow_key *key, uint64_t time_ns) {
	uint32_t *at;

	if (s->n_flows == 0)
		return NAN;
	at = &s->bucket[bucket_at(s, key)];
	while (*at != 0) {
		struct scored_flow *flow = &s->flow[*at - 1];

		if (memcmp(&flow->key, key, sizeof(*key)) != 0) {
			at = &flow->next;
			continue;
		}
		if (flow->seen == flow->packets || time_ns > flow->last_ns) {
			*at = flow->next; // it is over, and will not be asked for again
			continue;
		}
		if (time_ns < flow->first_ns)
			return NAN;
		flow->seen++;
		return score_of(s, flow);
	}
	return NAN;
}

void scored_flows_free(struct scored_flows *s) {
	free(s->flow);
	free(s->row);
	free(s->bucket);
}
