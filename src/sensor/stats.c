// Once a second: what the sensor counted, for Redis, telemetry and its own judgement.
//
// Port counters are read after the workers' so that what is seen is never less than what was
// analysed; between the two, packets in flight (and in the distributors' rings) differ. At the end
// both are exact.
#include "sensor/log.h"
#include "sensor/run.h"

#include <rte_cycles.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static uint64_t load_relaxed(const _Atomic uint64_t *counter) {
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void collect_distributors(const struct sensor *s, struct stats *out) {
	out->n_distributors = (uint16_t)s->n_distributors;
	for (uint32_t i = 0; i < s->n_distributors; i++) {
		const struct distributor *d = s->distributor[i];

		core_load_read(&d->shown.load, s->tsc_per_us, &out->distributor[i]);
		for (uint16_t k = 0; k < d->n_workers; k++) {
			const uint64_t dropped = load_relaxed(&d->shown.dropped[k]);

			out->distributor[i].distributor_dropped += dropped;
			out->core[k].distributor_dropped += dropped;
		}
	}
}

static uint16_t index_of_port(const struct sensor *s, uint16_t id) {
	uint16_t i = 0;

	while (i + 1u < s->n_ports && s->port[i].id != id)
		i++;
	return i;
}

static void collect_queues(
	const struct sensor *s,
	struct stats *out,
	uint16_t reader,
	const struct worker_queue queue[],
	const _Atomic uint64_t taken[],
	uint8_t n
) {
	for (uint8_t i = 0; i < n && out->n_queues < STATS_QUEUES_MAX; i++)
		out->queue[out->n_queues++] = (struct queue_counters) {
			.port = index_of_port(s, queue[i].port),
			.queue = queue[i].queue,
			.reader = reader,
			.packets = load_relaxed(&taken[i]),
		};
}

static void collect_readers(const struct sensor *s, struct stats *out) {
	for (uint32_t i = 0; i < s->n_distributors; i++) {
		const struct distributor *d = s->distributor[i];

		collect_queues(s, out, (uint16_t)i, d->queue, d->shown.taken, d->n_queues);
	}
	for (uint32_t k = 0; k < s->n_workers && s->n_distributors == 0; k++) {
		const struct worker *w = s->worker[k];

		collect_queues(s, out, (uint16_t)k, w->queue, w->shown.taken, w->n_queues);
	}
}

static void collect_workers(struct sensor *s, struct stats *out) {
	out->n_workers = (uint16_t)s->n_workers;
	for (uint32_t k = 0; k < s->n_workers; k++) {
		const struct worker *w = s->worker[k];

		pipeline_counters(w->pipeline, &out->worker[k]);
		core_load_read(&w->shown.load, s->tsc_per_us, &out->core[k]);
		out->second[k] = s->second[k];
		out->flows_used += pipeline_flows_used(w->pipeline);
		out->flows_capacity += s->plan->conf->pipeline.flow.capacity;
	}
}

static void collect_ports(struct sensor *s, struct stats *out) {
	out->n_ports = (uint16_t)s->n_ports;
	for (uint32_t i = 0; i < s->n_ports; i++) {
		if (s->ports_final)
			out->port[i] = s->final_port[i];
		else
			port_counters(&s->port[i], &out->port[i]);
		snprintf(
			out->port_name[i], sizeof(out->port_name[i]), "%s", s->port[i].plan->label
		);
	}
}

// A driver that forgets what it counted since the last look (memif, when its peer hangs up) is
// corrected by what was taken from its queues.
static void raise_to_taken(struct stats *out) {
	uint64_t taken[STATS_PORTS_MAX] = {0};

	for (uint16_t i = 0; i < out->n_queues; i++)
		taken[out->queue[i].port] += out->queue[i].packets;
	for (uint16_t i = 0; i < out->n_ports; i++)
		if (out->port[i].port_packets < taken[i])
			out->port[i].port_packets = taken[i];
}

// Known and nothing is 1: 0 says that it is not known.
static uint64_t thousandths(double index) {
	return isnan(index) ? 0 : (uint64_t)fmax(1, round(1000 * index));
}

void stats_collect(struct sensor *s, struct stats *out) {
	memset(out, 0, sizeof(*out));
	out->time_ns = s->plan->file ? now_realtime_ns() : clock_at(&s->clock, rte_rdtsc());
	out->uptime_ns = now_monotonic_ns() - s->start_ns;
	collect_workers(s, out);
	collect_distributors(s, out);
	collect_readers(s, out);
	collect_ports(s, out);
	raise_to_taken(out);
	detect_counters(s->detect, &out->control);
	detect_apps(s->detect, out->app);
	publish_counters(s->publish, &out->control);
	out->control.reloads = s->reloads;
	out->control.reloads_refused = s->reloads_refused;
	out->control.flow_drift = thousandths(s->watch.flow_drift.index);
	out->control.host_drift = thousandths(s->watch.host_drift.index);
	out->control.baseline_rows = s->sample.running ? s->sample.flow->seen : 0;
	out->control.baseline_lost = watch_rows_lost(&s->watch);
}

uint64_t stats_seen(const struct stats *st, uint64_t *analysed, uint64_t *lost) {
	uint64_t seen = 0;

	*analysed = 0;
	*lost = 0;
	for (uint16_t k = 0; k < st->n_workers; k++) {
		const struct worker_counters *w = &st->worker[k];

		seen += w->rx_packets;
		*analysed += w->flow_packets + w->host_only + w->not_ip;
		*lost += st->core[k].distributor_dropped;
	}
	for (uint16_t i = 0; i < st->n_ports; i++)
		*lost += st->port[i].port_missed + st->port[i].port_no_mbuf
			+ st->port[i].port_errors;
	return seen + *lost;
}

void stats_second(struct sensor *s, uint64_t now_ns) {
	uint64_t seen, analysed, lost;
	struct stats now;

	(void)now_ns;
	stats_collect(s, &now);
	publish_delay(s->publish, &now.event_delay_us_p50, &now.event_delay_us_max);
	publish_stats(s->publish, &now);
	seen = stats_seen(&now, &analysed, &lost);
	// A file's time is not the clock's, and nothing of it is lost.
	if (!s->plan->file)
		detect_losses(s->detect, now.time_ns, lost - s->last_lost, seen - s->last_seen);
	detect_drift(s->detect, now.time_ns, SCORED_FLOWS, s->watch.flow_drift.index);
	detect_drift(s->detect, now.time_ns, SCORED_HOSTS, s->watch.host_drift.index);
	if (lost > s->last_lost)
		log_line(
			LOG_WARNING,
			"lost in the last second: %" PRIu64 " of %" PRIu64 " packets",
			lost - s->last_lost,
			seen - s->last_seen
		);
	s->last_lost = lost;
	s->last_seen = seen;
	pthread_mutex_lock(&s->shown_lock);
	s->shown = now;
	pthread_mutex_unlock(&s->shown_lock);
}

static void
log_nonzero(const char *of, const struct counter_info info[], const void *c, unsigned n) {
	for (unsigned i = 0; i < n; i++)
		if (counter_at(c, i) > 0)
			log_counter(
				"  %s %s: %" PRIu64 "%s%s",
				of,
				info[i].name,
				counter_at(c, i),
				strcmp(info[i].unit, "1") == 0 ? "" : " ",
				strcmp(info[i].unit, "1") == 0 ? "" : info[i].unit
			);
}

void stats_log(const struct sensor *s, const struct stats *st) {
	uint64_t analysed, lost, malformed = 0;
	const uint64_t seen = stats_seen(st, &analysed, &lost);
	char of[32];

	(void)s;
	for (uint16_t k = 0; k < st->n_workers; k++)
		malformed += st->worker[k].malformed;
	log_counter(
		"seen %" PRIu64 " = analysed %" PRIu64 " + malformed %" PRIu64 " + lost %" PRIu64,
		seen,
		analysed,
		malformed,
		lost
	);
	for (uint16_t i = 0; i < st->n_ports; i++)
		log_nonzero(st->port_name[i], port_counter_info, &st->port[i], PORT_COUNTER_N);
	for (uint16_t k = 0; k < st->n_workers; k++) {
		snprintf(of, sizeof(of), "worker %u", k);
		log_nonzero(of, worker_counter_info, &st->worker[k], WORKER_COUNTER_N);
		log_nonzero(of, core_counter_info, &st->core[k], CORE_COUNTER_N);
	}
	for (uint16_t i = 0; i < st->n_distributors; i++) {
		snprintf(of, sizeof(of), "distributor %u", i);
		log_nonzero(of, core_counter_info, &st->distributor[i], CORE_COUNTER_N);
	}
	log_nonzero("control", control_counter_info, &st->control, CONTROL_COUNTER_N);
}
