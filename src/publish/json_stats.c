// The sensor's counters as JSON, from the tables of weir/stats.h.
#include "packet/app.h"
#include "publish/json.h"
#include "publish/text.h"

#include <string.h>

static json_t *count(uint64_t value) {
	return json_integer((json_int_t)value);
}

static json_t *whole(json_t *object, int failed) {
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

static int
set_counters(json_t *o, const struct counter_info *info, unsigned n, const void *counters) {
	int failed = 0;

	for (unsigned i = 0; i < n; i++)
		failed |= json_object_set_new(o, info[i].name, count(counter_at(counters, i)));
	return failed;
}

// Most reasons and protocols never occur: only those that did are written.
static json_t *nonzero_json(const struct counter_info *info, unsigned n, const uint64_t *values) {
	json_t *o = json_object();
	int failed = o == NULL;

	for (unsigned i = 0; i < n; i++)
		if (values[i] != 0)
			failed |= json_object_set_new(o, info[i].name, count(values[i]));
	return whole(o, failed);
}

static int set_worker(json_t *o, const struct worker_counters *c) {
	int failed = 0;

	failed |= set_counters(o, worker_counter_info, WORKER_COUNTER_N, c);
	failed |= json_object_set_new(
		o, "malformed_by", nonzero_json(malformed_info, MALFORMED_N, c->malformed_by)
	);
	failed |= json_object_set_new(
		o, "protocol", nonzero_json(protocol_info, PROTOCOL_N, c->protocol)
	);
	return failed;
}

json_t *worker_counters_json(const struct worker_counters *counters) {
	json_t *o = json_object();

	return whole(o, set_worker(o, counters));
}

static int set_core(json_t *o, const struct core_counters *c) {
	return set_counters(o, core_counter_info, CORE_COUNTER_N, c);
}

static json_t *address(const struct addr *a) {
	char text[ADDR_TEXT_MAX];

	return json_string(addr_text(a, UINT8_MAX, text));
}

static json_t *big_flow_json(const struct big_flow *flow) {
	json_t *o = json_object();
	char protocol[8];
	int failed = 0;

	failed |= json_object_set_new(
		o, "protocol", json_string(protocol_text(flow->proto, protocol))
	);
	failed |= json_object_set_new(o, "source", address(&flow->src));
	failed |= json_object_set_new(o, "source_port", count(flow->sport));
	failed |= json_object_set_new(o, "target", address(&flow->dst));
	failed |= json_object_set_new(o, "target_port", count(flow->dport));
	failed |= json_object_set_new(o, "packets", count(flow->packets));
	failed |= json_object_set_new(o, "bytes", count(flow->bytes));
	return whole(o, failed);
}

static json_t *second_json(const struct worker_second *second) {
	json_t *o = json_object(), *flows = json_array();
	int failed = 0;

	for (uint32_t i = 0; i < second->n_flows && i < STATS_BIG_FLOWS_MAX; i++)
		failed |= json_array_append_new(flows, big_flow_json(&second->flow[i]));
	failed |= json_object_set_new(o, "packets", count(second->packets));
	failed |= json_object_set_new(o, "bytes", count(second->bytes));
	failed |= json_object_set_new(o, "flows", flows);
	return whole(o, failed);
}

static json_t *ports_json(const struct stats *stats) {
	json_t *list = json_array();
	int failed = list == NULL;

	for (unsigned i = 0; i < stats->n_ports && i < STATS_PORTS_MAX; i++) {
		const char *name = stats->port_name[i];
		const size_t n = strnlen(name, sizeof(stats->port_name[i]));
		json_t *o = json_object();
		json_t *text = json_stringn(name, n);

		failed |= json_object_set_new(o, "name", text != NULL ? text : json_string("?"));
		failed |= set_counters(o, port_counter_info, PORT_COUNTER_N, &stats->port[i]);
		failed |= json_array_append_new(list, o);
	}
	return whole(list, failed);
}

// Readers are distributors where there are any, else workers.
static json_t *queues_json(const struct stats *stats) {
	json_t *list = json_array();
	int failed = list == NULL;

	for (unsigned i = 0; i < stats->n_queues && i < STATS_QUEUES_MAX; i++) {
		const struct queue_counters *q = &stats->queue[i];
		json_t *o = json_object();

		failed |= json_object_set_new(o, "port", count(q->port));
		failed |= json_object_set_new(o, "queue", count(q->queue));
		failed |= json_object_set_new(o, "reader", count(q->reader));
		failed |= json_object_set_new(o, "packets", count(q->packets));
		failed |= json_array_append_new(list, o);
	}
	return whole(list, failed);
}

static json_t *distributors_json(const struct stats *stats) {
	json_t *list = json_array();
	int failed = list == NULL;

	for (unsigned i = 0; i < stats->n_distributors && i < STATS_DISTRIBUTORS_MAX; i++) {
		json_t *o = json_object();

		failed |= json_object_set_new(o, "distributor", count(i));
		failed |= set_core(o, &stats->distributor[i]);
		failed |= json_array_append_new(list, o);
	}
	return whole(list, failed);
}

static json_t *workers_json(const struct stats *stats) {
	json_t *list = json_array();
	int failed = list == NULL;

	for (unsigned i = 0; i < stats->n_workers && i < STATS_WORKERS_MAX; i++) {
		json_t *o = json_object();

		failed |= json_object_set_new(o, "worker", count(i));
		failed |= set_worker(o, &stats->worker[i]);
		failed |= set_core(o, &stats->core[i]);
		failed |= json_object_set_new(o, "second", second_json(&stats->second[i]));
		failed |= json_array_append_new(list, o);
	}
	return whole(list, failed);
}

// seen = analysed + malformed + each loss: the sum that an operator can check.
static json_t *accounting_json(const struct worker_counters *all, const struct stats *stats) {
	struct port_counters ports = {0};
	uint64_t distributor_dropped = 0;
	json_t *o = json_object();
	int failed = 0;

	for (unsigned i = 0; i < stats->n_ports && i < STATS_PORTS_MAX; i++) {
		ports.port_missed += stats->port[i].port_missed;
		ports.port_no_mbuf += stats->port[i].port_no_mbuf;
		ports.port_errors += stats->port[i].port_errors;
	}
	for (unsigned i = 0; i < stats->n_workers && i < STATS_WORKERS_MAX; i++)
		distributor_dropped += stats->core[i].distributor_dropped;
	failed |= json_object_set_new(
		o,
		"seen",
		count(all->rx_packets + ports.port_missed + ports.port_no_mbuf + ports.port_errors
		      + distributor_dropped)
	);
	failed |= json_object_set_new(
		o, "analysed", count(all->flow_packets + all->host_only + all->not_ip)
	);
	failed |= json_object_set_new(o, "malformed", count(all->malformed));
	failed |= json_object_set_new(o, "port_missed", count(ports.port_missed));
	failed |= json_object_set_new(o, "port_no_mbuf", count(ports.port_no_mbuf));
	failed |= json_object_set_new(o, "port_errors", count(ports.port_errors));
	failed |= json_object_set_new(o, "distributor_dropped", count(distributor_dropped));
	return whole(o, failed);
}

static json_t *app_json(const struct app_share *share) {
	json_t *o = json_object();
	int failed = 0;

	failed |= json_object_set_new(o, "flows", count(share->flows));
	failed |= json_object_set_new(o, "ended", count(share->ended));
	failed |= json_object_set_new(o, "ended_bytes", count(share->ended_bytes));
	return whole(o, failed);
}

json_t *apps_json(const struct app_share app[static STATS_APPS_MAX]) {
	json_t *o = json_object();
	int failed = o == NULL;

	for (unsigned i = 0; i < APP_N; i++)
		if (app[i].flows != 0 || app[i].ended != 0)
			failed |= json_object_set_new(o, app_name(i), app_json(&app[i]));
	return whole(o, failed);
}

static json_t *control_json(const struct control_counters *control) {
	json_t *o = json_object();

	return whole(o, set_counters(o, control_counter_info, CONTROL_COUNTER_N, control));
}

static int set_head(json_t *o, const char *sensor, const struct stats *stats) {
	char time[TIME_TEXT_MAX];
	json_t *name = json_string(sensor);
	int failed = 0;

	failed |= json_object_set_new(o, "type", json_string("stats"));
	failed |= json_object_set_new(o, "version", count(EVENT_VERSION));
	failed |= json_object_set_new(o, "sensor", name != NULL ? name : json_string("?"));
	failed |= json_object_set_new(o, "time", json_string(time_text(stats->time_ns, time)));
	failed |= json_object_set_new(o, "time_ns", count(stats->time_ns));
	failed |= json_object_set_new(o, "uptime_s", real_json((double)stats->uptime_ns / 1e9));
	failed |= json_object_set_new(o, "flows_used", count(stats->flows_used));
	failed |= json_object_set_new(o, "flows_capacity", count(stats->flows_capacity));
	failed |= json_object_set_new(o, "event_delay_us_p50", count(stats->event_delay_us_p50));
	failed |= json_object_set_new(o, "event_delay_us_max", count(stats->event_delay_us_max));
	return failed;
}

json_t *stats_json(const char *sensor, const struct stats *stats) {
	struct worker_counters all = {0};
	json_t *o = json_object();
	int failed = 0;

	for (unsigned i = 0; i < stats->n_workers && i < STATS_WORKERS_MAX; i++)
		worker_counters_add(&all, &stats->worker[i]);
	failed |= set_head(o, sensor, stats);
	failed |= json_object_set_new(o, "accounting", accounting_json(&all, stats));
	failed |= json_object_set_new(o, "applications", apps_json(stats->app));
	failed |= json_object_set_new(o, "control", control_json(&stats->control));
	failed |= json_object_set_new(o, "ports", ports_json(stats));
	failed |= json_object_set_new(o, "queues", queues_json(stats));
	failed |= json_object_set_new(o, "total", worker_counters_json(&all));
	failed |= json_object_set_new(o, "workers", workers_json(stats));
	failed |= json_object_set_new(o, "distributors", distributors_json(stats));
	return whole(o, failed);
}
