// What the first reading notes, and the second one's lines.
#include "scores.h"

#include "contract/hash.h"
#include "scores_alarms.h"
#include "scores_flows.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)
#define HOSTS_FIRST 4096
#define HOST_ROW_NS NS_PER_S // a host's row is of the second before its time

// From this packet on the stream's time is the stamp and so much.
struct clock_change {
	uint64_t packet; // from 0
	uint64_t offset_ns; // modulo 2^64
};

struct host_score {
	uint64_t time_ns; // end of its second
	struct addr addr;
	float score;
	uint32_t zero;
};

struct scores {
	struct scores_conf conf;
	uint64_t n; // packets
	uint64_t offset_ns;
	FILE *clock_changes, *host_scores;
	struct scored_flows flows;

	// Second reading. The rows of now, by address.
	struct host_score *host; // time_ns 0: free
	uint32_t n_hosts, hosts_used;
	bool has_next_host, has_next_change;
	struct host_score next_host;
	struct clock_change next_change;
};

struct scores *scores_create(const struct scores_conf *conf) {
	struct scores *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->conf = *conf;
	s->flows.model = conf->flow_model;
	s->clock_changes = tmpfile();
	s->host_scores = tmpfile();
	s->n_hosts = HOSTS_FIRST;
	s->host = calloc(s->n_hosts, sizeof(*s->host));
	if (s->clock_changes == NULL || s->host_scores == NULL || s->host == NULL) {
		scores_destroy(s);
		return NULL;
	}
	return s;
}

void scores_destroy(struct scores *s) {
	if (s == NULL)
		return;
	if (s->clock_changes != NULL)
		fclose(s->clock_changes);
	if (s->host_scores != NULL)
		fclose(s->host_scores);
	scored_flows_free(&s->flows);
	free(s->host);
	free(s);
}

void scores_packet(struct scores *s, uint64_t ts_ns, uint64_t stream_ns) {
	const struct clock_change change = {s->n++, stream_ns - ts_ns};

	if (change.offset_ns == s->offset_ns)
		return;
	s->offset_ns = change.offset_ns;
	fwrite(&change, sizeof(change), 1, s->clock_changes);
}

void scores_flow_row(void *ctx, const struct flow *flow, const float row[static FLOW_FEATURE_N]) {
	struct scores *s = ctx;

	scored_flows_row(&s->flows, flow, row);
}

void scores_flow_end(struct scores *s, const struct flow *flow) {
	scored_flows_end(&s->flows, flow);
}

void scores_host_row(
	struct scores *s,
	uint64_t time_ns,
	const struct addr *host,
	const float row[static HOST_FEATURE_N]
) {
	struct host_score one = {.time_ns = time_ns, .addr = *host};
	float raw;

	if (s->conf.host_model == NULL)
		return;
	model_score(s->conf.host_model, row, HOST_FEATURE_N, 1, &raw);
	one.score = model_calibrate(s->conf.host_model, raw);
	fwrite(&one, sizeof(one), 1, s->host_scores);
}

void scores_head(FILE *out) {
	fputs("packet,time_s,flow_score,host_score,alarm\n", out);
}

static void print_score(FILE *out, float score) {
	if (isnan(score))
		fputc(',', out);
	else
		fprintf(out, ",%.9g", (double)score);
}

void scores_line(
	FILE *out,
	uint64_t number,
	const uint64_t *time_ns,
	float flow,
	float host,
	uint64_t alarm
) {
	fprintf(out, "%" PRIu64 ",", number);
	if (time_ns != NULL)
		fprintf(out, "%" PRIu64 ".%09" PRIu64, *time_ns / NS_PER_S, *time_ns % NS_PER_S);
	print_score(out, flow);
	print_score(out, host);
	fputc(',', out);
	if (alarm != 0)
		fprintf(out, "%016" PRIx64, alarm);
	fputc('\n', out);
}

// The place of an address, or a free one.
static struct host_score *host_slot(struct scores *s, const struct addr *addr) {
	uint32_t i = (uint32_t)(hash_end(hash_pair(addr->w[0], addr->w[1], 0), 0) % s->n_hosts);

	while (s->host[i].time_ns != 0 && !addr_equal(&s->host[i].addr, addr))
		i = (i + 1) % s->n_hosts;
	return &s->host[i];
}

// Half full: what is past goes; where that is not enough, a table twice as large.
static bool hosts_make_room(struct scores *s, uint64_t now_ns) {
	struct host_score *old = s->host;
	const uint32_t n = s->n_hosts;
	uint32_t alive = 0;

	for (uint32_t i = 0; i < n; i++)
		alive += old[i].time_ns > now_ns;
	s->n_hosts = alive > n / 4 ? n * 2 : n;
	s->host = calloc(s->n_hosts, sizeof(*s->host));
	if (s->host == NULL) {
		s->host = old;
		s->n_hosts = n;
		return false;
	}
	for (uint32_t i = 0; i < n; i++)
		if (old[i].time_ns > now_ns)
			*host_slot(s, &old[i].addr) = old[i];
	s->hosts_used = alive;
	free(old);
	return true;
}

static void host_next(struct scores *s) {
	s->has_next_host = fread(&s->next_host, sizeof(s->next_host), 1, s->host_scores) == 1;
}

// All rows whose second holds this time. A host's rows are a second apart, so when the next one comes, the last
// one is past. @return false: no memory
static bool hosts_until(struct scores *s, uint64_t now_ns) {
	for (; s->has_next_host && s->next_host.time_ns <= now_ns + HOST_ROW_NS; host_next(s)) {
		struct host_score *slot;

		if (s->hosts_used >= s->n_hosts / 2 && !hosts_make_room(s, now_ns))
			return false;
		slot = host_slot(s, &s->next_host.addr);
		s->hosts_used += slot->time_ns == 0;
		*slot = s->next_host;
	}
	return true;
}

static float host_score_of(struct scores *s, const struct packet *p, uint64_t now_ns) {
	float score = NAN;

	for (unsigned i = 0; i < 2; i++) {
		const struct host_score *slot = host_slot(s, &p->end[i]);

		if (slot->time_ns > now_ns)
			score = fmaxf(score, slot->score); // of a number and NaN, the number
	}
	return score;
}

static void change_next(struct scores *s) {
	s->has_next_change
		= fread(&s->next_change, sizeof(s->next_change), 1, s->clock_changes) == 1;
}

static uint64_t stream_ns(struct scores *s, const struct frame *frame) {
	if (s->has_next_change && s->next_change.packet == s->n) {
		s->offset_ns = s->next_change.offset_ns;
		change_next(s);
	}
	return frame->ts_ns + s->offset_ns;
}

static bool
packet_write(struct scores *s, FILE *out, struct scores_alarms *alarms, const struct frame *frame) {
	const uint64_t now_ns = stream_ns(s, frame);
	float flow = NAN, host = NAN;
	uint64_t alarm = 0;
	struct flow_key key;
	struct packet p;

	packet_parse(&s->conf.packet, frame, &p);
	if (p.class == PACKET_FLOW) {
		if (!hosts_until(s, now_ns))
			return false;
		flow_key_from_packet(&key, &p);
		flow = scored_flows_of(&s->flows, &key, now_ns);
		host = host_score_of(s, &p, now_ns);
		alarm = scores_alarms_of(alarms, &p, now_ns);
	}
	scores_line(out, ++s->n, &frame->ts_ns, flow, host, alarm);
	return true;
}

static bool turn(struct scores *s) {
	const bool ok = !s->flows.failed && fflush(s->clock_changes) == 0
		&& fflush(s->host_scores) == 0 && !ferror(s->clock_changes)
		&& !ferror(s->host_scores);

	rewind(s->clock_changes);
	rewind(s->host_scores);
	scored_flows_turn(&s->flows);
	s->n = s->offset_ns = 0;
	change_next(s);
	host_next(s);
	return ok;
}

int scores_write(
	struct scores *s,
	FILE *out,
	struct feed *again,
	const struct alarm_list *alarms,
	char error[static SCORES_ERROR_MAX]
) {
	const uint64_t wanted = s->n;
	struct frame frames[CAPTURE_BURST];
	struct scores_alarms *at = scores_alarms_create(alarms);
	bool ok = turn(s) && at != NULL;
	uint16_t n;

	snprintf(error, SCORES_ERROR_MAX, "no memory or no room for temporary files");
	while (ok && s->n < wanted && (n = feed_burst(again, frames)) > 0)
		for (uint16_t i = 0; ok && i < n; i++)
			ok = packet_write(s, out, at, &frames[i]);
	if (ok && s->n != wanted) {
		snprintf(error, SCORES_ERROR_MAX, "the file changed while it was read");
		ok = false;
	}
	scores_alarms_destroy(at);
	return ok ? 0 : -1;
}
