// DPDK telemetry (dpdk-telemetry.py -f weir-NAME): /weir/stats, /weir/workers, /weir/ports.
//
// The callbacks run in telemetry's own thread, on a copy that control makes once a second.
#include "sensor/run.h"

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

static int tell_workers(const char *, const char *, struct rte_tel_data *d) {
	struct stats st;
	char name[16];

	copy_stats(&st);
	rte_tel_data_start_dict(d);
	for (uint16_t k = 0; k < st.n_workers; k++) {
		struct rte_tel_data *one = rte_tel_data_alloc();

		if (one == NULL)
			return -1;
		rte_tel_data_start_dict(one);
		add_counters(one, worker_counter_info, &st.worker[k], WORKER_COUNTER_N);
		snprintf(name, sizeof(name), "%u", k);
		if (rte_tel_data_add_dict_container(d, name, one, 0) != 0) {
			rte_tel_data_free(one);
			return -1;
		}
	}
	return 0;
}

// The dictionary's keys allow letters, digits, '_' and '/' only: interfaces go by number.
static int tell_ports(const char *, const char *, struct rte_tel_data *d) {
	struct stats st;
	char name[16];

	copy_stats(&st);
	rte_tel_data_start_dict(d);
	for (uint16_t i = 0; i < st.n_ports; i++) {
		struct rte_tel_data *one = rte_tel_data_alloc();

		if (one == NULL)
			return -1;
		rte_tel_data_start_dict(one);
		rte_tel_data_add_dict_string(one, "name", st.port_name[i]);
		add_counters(one, port_counter_info, &st.port[i], PORT_COUNTER_N);
		snprintf(name, sizeof(name), "%u", i);
		if (rte_tel_data_add_dict_container(d, name, one, 0) != 0) {
			rte_tel_data_free(one);
			return -1;
		}
	}
	return 0;
}

static const struct {
	const char *name;
	telemetry_cb tell;
	const char *help;
} commands[] = {
	{"/weir/stats",
	 tell_stats,
	 "Totals of the sensor: seen, analysed, lost; flows; alarms; events"},
	{"/weir/workers", tell_workers, "Counters of each worker"},
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
