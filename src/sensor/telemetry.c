// DPDK telemetry (dpdk-telemetry.py -f weir-NAME): /weir/stats, /weir/workers, /weir/distributors,
// /weir/queues, /weir/ports.
//
// The callbacks run in telemetry's own thread, on a copy that control makes once a second.
#include "sensor/run.h"

#include <weir/addr.h>

#include <rte_telemetry.h>

#include <stdio.h>
#include <string.h>

static struct sensor *shown_sensor; // set before the first callback, for the life of the process

static void copy_stats(struct stats *out) {
	pthread_mutex_lock(&shown_sensor->shown_lock);
	*out = shown_sensor->shown;
	pthread_mutex_unlock(&shown_sensor->shown_lock);
}

static void
add_counters(struct rte_tel_data *d, const struct counter_info info[], const void *c, unsigned n) {
	for (unsigned i = 0; i < n; i++)
		rte_tel_data_add_dict_u64(d, info[i].name, counter_at(c, i));
}

static int tell_stats(const char *, const char *, struct rte_tel_data *d) {
	uint64_t seen, analysed, lost;
	struct stats st;

	copy_stats(&st);
	seen = stats_seen(&st, &analysed, &lost);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_u64(d, "uptime_ns", st.uptime_ns);
	rte_tel_data_add_dict_u64(d, "seen", seen);
	rte_tel_data_add_dict_u64(d, "analysed", analysed);
	rte_tel_data_add_dict_u64(d, "lost", lost);
	rte_tel_data_add_dict_u64(d, "flows_used", st.flows_used);
	rte_tel_data_add_dict_u64(d, "flows_capacity", st.flows_capacity);
	add_counters(d, control_counter_info, &st.control, CONTROL_COUNTER_N);
	return 0;
}

typedef void tell_one_fn(const struct stats *st, unsigned i, struct rte_tel_data *one);

// A dictionary for each of n. Its keys allow letters, digits, '_' and '/' only: all go by number.
static int
tell_each(const struct stats *st, unsigned n, tell_one_fn *tell, struct rte_tel_data *d) {
	char name[16];

	rte_tel_data_start_dict(d);
	for (unsigned i = 0; i < n; i++) {
		struct rte_tel_data *one = rte_tel_data_alloc();

		if (one == NULL)
			return -1;
		rte_tel_data_start_dict(one);
		tell(st, i, one);
		snprintf(name, sizeof(name), "%u", i);
		if (rte_tel_data_add_dict_container(d, name, one, 0) != 0) {
			rte_tel_data_free(one);
			return -1;
		}
	}
	return 0;
}

static void tell_big_flow(const struct big_flow *f, struct rte_tel_data *one) {
	char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], text[RTE_TEL_MAX_STRING_LEN];

	snprintf(
		text,
		sizeof(text),
		"%s port %u to %s port %u, protocol %u",
		addr_text(&f->src, UINT8_MAX, src),
		f->sport,
		addr_text(&f->dst, UINT8_MAX, dst),
		f->dport,
		f->proto
	);
	rte_tel_data_add_dict_string(one, "biggest_flow", text);
	rte_tel_data_add_dict_u64(one, "biggest_flow_packets", f->packets);
	rte_tel_data_add_dict_u64(one, "biggest_flow_bytes", f->bytes);
}

static void tell_worker(const struct stats *st, unsigned i, struct rte_tel_data *one) {
	const struct worker_second *second = &st->second[i];

	add_counters(one, worker_counter_info, &st->worker[i], WORKER_COUNTER_N);
	add_counters(one, core_counter_info, &st->core[i], CORE_COUNTER_N);
	rte_tel_data_add_dict_u64(one, "last_second_packets", second->packets);
	rte_tel_data_add_dict_u64(one, "last_second_bytes", second->bytes);
	if (second->n_flows > 0)
		tell_big_flow(&second->flow[0], one);
}

static void tell_distributor(const struct stats *st, unsigned i, struct rte_tel_data *one) {
	add_counters(one, core_counter_info, &st->distributor[i], CORE_COUNTER_N);
}

static void tell_queue(const struct stats *st, unsigned i, struct rte_tel_data *one) {
	const struct queue_counters *q = &st->queue[i];

	rte_tel_data_add_dict_string(one, "port", st->port_name[q->port]);
	rte_tel_data_add_dict_u64(one, "queue", q->queue);
	rte_tel_data_add_dict_u64(one, "reader", q->reader);
	rte_tel_data_add_dict_u64(one, "packets", q->packets);
}

static void tell_port(const struct stats *st, unsigned i, struct rte_tel_data *one) {
	rte_tel_data_add_dict_string(one, "name", st->port_name[i]);
	add_counters(one, port_counter_info, &st->port[i], PORT_COUNTER_N);
}

static int tell_workers(const char *, const char *, struct rte_tel_data *d) {
	struct stats st;

	copy_stats(&st);
	return tell_each(&st, st.n_workers, tell_worker, d);
}

static int tell_distributors(const char *, const char *, struct rte_tel_data *d) {
	struct stats st;

	copy_stats(&st);
	return tell_each(&st, st.n_distributors, tell_distributor, d);
}

static int tell_queues(const char *, const char *, struct rte_tel_data *d) {
	struct stats st;

	copy_stats(&st);
	return tell_each(&st, st.n_queues, tell_queue, d);
}

static int tell_ports(const char *, const char *, struct rte_tel_data *d) {
	struct stats st;

	copy_stats(&st);
	return tell_each(&st, st.n_ports, tell_port, d);
}

static const struct {
	const char *name;
	telemetry_cb tell;
	const char *help;
} commands[] = {
	{"/weir/stats",
	 tell_stats,
	 "Totals of the sensor: seen, analysed, lost; flows; alarms; events"},
	{"/weir/workers", tell_workers, "Counters of each worker, its load and its biggest flow"},
	{"/weir/distributors",
	 tell_distributors,
	 "Load of each distributor, and what its rings lost"},
	{"/weir/queues", tell_queues, "Packets of each receive queue, and who reads it"},
	{"/weir/ports", tell_ports, "Counters of each port"},
};

int telemetry_start(struct sensor *s) {
	int ret = 0;

	shown_sensor = s;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		ret |= rte_telemetry_register_cmd(
			commands[i].name, commands[i].tell, commands[i].help
		);
	return ret;
}
