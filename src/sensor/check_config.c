#include "sensor/check_config.h"

#include "config/models.h"
#include "sensor/eal.h"

#include <weir/addr.h>

#include <inttypes.h>
#include <string.h>

static unsigned long mib(uint64_t bytes) {
	return (unsigned long)((bytes + (1u << 20) - 1) >> 20);
}

static void print_ports(FILE *out, const struct plan *plan) {
	fprintf(out, "Ports\n");
	for (uint32_t i = 0; i < plan->n_ports; i++) {
		const struct port_plan *p = &plan->port[i];

		fprintf(out, "  %s: %s (%s)\n", p->label, port_kind_name(p->kind), p->why);
		fprintf(out,
			"    %u queue%s of %u descriptors, %u packet buffers of %u bytes a queue, "
			"NUMA "
			"node %d\n",
			p->queues,
			p->queues == 1 ? "" : "s",
			p->descriptors,
			p->mbufs,
			p->mbuf_room,
			p->numa);
		if (p->netif.index != 0)
			fprintf(out,
				"    driver %s, MTU %u, %s%s\n",
				p->netif.driver[0] != '\0' ? p->netif.driver : "unknown",
				p->netif.mtu,
				p->netif.address[0] != '\0' ? "address " : "no address",
				p->netif.address);
		if (p->args[0] != '\0')
			fprintf(out, "    DPDK device %s,%s\n", p->device, p->args);
	}
}

// The queues that worker k, or distributor k, reads.
static void print_queues(FILE *out, const struct plan *plan, uint16_t k) {
	bool any = false;

	fprintf(out, " reads");
	for (uint32_t i = 0; i < plan->n_ports; i++)
		for (uint16_t q = 0; q < plan->port[i].queues; q++)
			if (cores_reader_of_queue(q, cores_readers(&plan->cores)) == k)
				any |= fprintf(out, " %s:%u", plan->port[i].label, q) > 0;
	if (!any)
		fprintf(out, " nothing: there is no queue for it");
}

static void print_distributors(FILE *out, const struct plan *plan) {
	for (uint16_t i = 0; i < plan->cores.n_distributors; i++) {
		fprintf(out, "  distributor %u on CPU %u", i, plan->cores.distributor_cpu[i]);
		print_queues(out, plan, i);
		fprintf(out,
			" and spreads flows over %u worker%s, a ring of %u packets to each (%s)\n",
			plan->cores.n_workers,
			plan->cores.n_workers == 1 ? "" : "s",
			plan->conf->ring_slots,
			plan->distribute_why);
	}
}

static void print_cores(FILE *out, const struct plan *plan) {
	char text[LCORES_TEXT_MAX];

	fprintf(out, "Cores\n");
	fprintf(out, "  control and publisher on CPU %u\n", plan->cores.control_cpu);
	print_distributors(out, plan);
	for (uint16_t k = 0; k < plan->cores.n_workers; k++) {
		fprintf(out, "  worker %u on CPU %u", k, plan->cores.worker_cpu[k]);
		if (!plan->distribute)
			print_queues(out, plan, k);
		fprintf(out, "\n");
	}
	if (plan->idle_sleep_us > 0)
		fprintf(out, "  idle workers sleep up to %u us\n", plan->idle_sleep_us);
	else if (!plan->file)
		fprintf(out, "  idle workers poll: each burns its CPU\n");
	fprintf(out, "  EAL lcores %s\n", cores_text(&plan->cores, text));
}

static void print_memory(FILE *out, const struct plan *plan) {
	const struct memory_plan *m = &plan->memory;

	fprintf(out,
		"Memory\n  %lu MB: %u worker%s of %lu MB, %lu MB of packet buffers, ",
		mib(m->need_bytes),
		plan->cores.n_workers,
		plan->cores.n_workers == 1 ? "" : "s",
		mib(m->pipeline_bytes),
		mib(m->packet_bytes));
	if (m->ring_bytes > 0)
		fprintf(out, "%lu KB of rings, ", (unsigned long)(m->ring_bytes >> 10));
	fprintf(out, "the rest for DPDK itself\n");
	for (unsigned node = 0; node < PLAN_NODES_MAX; node++)
		if (m->node_bytes[node] > 0)
			fprintf(out,
				"  NUMA node %u: %lu MB needed, %lu MB of huge pages free\n",
				node,
				mib(m->node_bytes[node]),
				mib(m->node_free_huge[node]));
	fprintf(out,
		"  %s (%s)\n",
		m->huge ? "huge pages"
			: "plain memory, transparent huge pages where the kernel has any",
		m->why);
}

// What an operator set for the hosts of a network, here or around it.
static void print_thresholds(FILE *out, const struct network_conf *network) {
	for (unsigned kind = 0; kind <= KIND_AMP_FIRST; kind++) {
		const uint32_t per_s = network->threshold_per_s[kind];

		if (per_s != 0)
			fprintf(out,
				"    %-22s from %u/s on\n",
				kind == KIND_AMP_FIRST ? "amplification" : event_kind_name(kind),
				per_s);
	}
}

static void print_networks(FILE *out, const struct detect_conf *d) {
	char text[ADDR_TEXT_MAX];

	fprintf(out, "Networks\n");
	if (d->n_networks == 0)
		fprintf(out, "  none named: every host is watched\n");
	for (uint32_t i = 0; i < d->n_networks; i++) {
		fprintf(out,
			"  %s%s%s: %s\n",
			addr_text(&d->network[i].addr, d->network[i].prefix_len, text),
			d->network[i].name[0] != '\0' ? " " : "",
			d->network[i].name,
			d->network[i].allow ? "never in an alarm" : "watched");
		print_thresholds(out, &d->network[i]);
	}
}

static void print_kinds(FILE *out, const struct detect_conf *d) {
	fprintf(out, "Alarms: never below this rate, nor before it has been there for so long\n");
	for (unsigned kind = 0; kind < KIND_N; kind++) {
		const struct kind_conf *k = &d->kind[kind];

		if (kind > KIND_AMP_FIRST) // all amplification kinds hold the same values
			break;
		if (!k->enabled)
			fprintf(out, "  %-22s off\n", event_kind_name(kind));
		else
			fprintf(out,
				"  %-22s %8u /s for %u ms%s\n",
				event_kind_name(kind),
				k->floor_per_s,
				k->floor_ms,
				kind == KIND_AMP_FIRST ? " (and every other amplification)" : "");
	}
	fprintf(out,
		"  and beyond %.3g times the host's usual rate, once it has been watched for %u "
		"s\n",
		d->baseline_factor,
		d->learn_s);
}

static void print_model(FILE *out, const char *what, const char *file, const char *setting) {
	const bool shipped = strcmp(setting, MODEL_SHIPPED) == 0;

	fprintf(out,
		"  %s: %s%s\n",
		what,
		file[0] != '\0' ? file : "none: they are not scored",
		shipped ? " (the one that Weir comes with)" : "");
}

static void print_models(FILE *out, const struct conf *conf) {
	char file[CONFIG_PATH_MAX];

	fprintf(out, "Models\n");
	print_model(out, "flows", models_flow_file(conf, file), conf->flow_model);
	print_model(out, "hosts", models_host_file(conf, file), conf->host_model);
}

static void print_events(FILE *out, const struct conf *conf) {
	const struct publish_conf *p = &conf->publish;

	fprintf(out, "Events\n");
	if (p->redis_socket[0] != '\0')
		fprintf(out, "  to Redis at %s\n", p->redis_socket);
	else if (p->redis_host[0] != '\0')
		fprintf(out, "  to Redis at %s port %u\n", p->redis_host, p->redis_port);
	if (p->file[0] != '\0' && strcmp(p->file, "-") != 0)
		fprintf(out, "  to the file %s\n", p->file);
	else if (strcmp(p->file, "-") == 0 || (p->redis_socket[0] == '\0' && p->redis_host[0] == '\0'))
		fprintf(out, "  to standard output\n");
}

static void print_eal(FILE *out, const struct plan *plan) {
	static struct eal_args args;

	eal_args_make(&args, plan);
	fprintf(out, "DPDK starts with\n ");
	for (int i = 1; i < args.n; i++)
		fprintf(out, " %s", args.arg[i]);
	fprintf(out, "\n");
}

void check_config_print(FILE *out, const struct plan *plan) {
	fprintf(out,
		"Configuration %s, sensor %s\n",
		plan->conf->path[0] != '\0' ? plan->conf->path : "built in",
		plan->conf->sensor);
	print_ports(out, plan);
	print_cores(out, plan);
	print_memory(out, plan);
	print_networks(out, &plan->conf->detect);
	print_kinds(out, &plan->conf->detect);
	print_models(out, plan->conf);
	print_events(out, plan->conf);
	print_eal(out, plan);
	for (uint32_t i = 0; i < plan->n_notes; i++)
		fprintf(out, "Note: %s\n", plan->note[i]);
}
