// How much memory, on which NUMA node, in huge pages or not: computed, compared, said.
#include "pipeline/pipeline.h"
#include "sensor/plan.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1ull << 20)
#define EAL_BASE_BYTES (48 * MIB) // EAL's heap headers, ethdev, rings, drivers' tables
#define MBUF_OVERHEAD_BYTES 448u // mempool header and padding, struct rte_mbuf, headroom
#define HUGE_FOLDER "/sys/devices/system/node/node%u/hugepages"

static uint64_t read_number(const char *path) {
	unsigned long long n = 0;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%llu", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

// Free huge pages of every size on a node [bytes].
static uint64_t free_huge(unsigned node) {
	char folder[64], path[384];
	uint64_t bytes = 0;
	struct dirent *e;
	DIR *d;

	snprintf(folder, sizeof(folder), HUGE_FOLDER, node);
	d = opendir(folder);
	if (d == NULL)
		return 0;
	while ((e = readdir(d)) != NULL) {
		unsigned long kib;

		if (sscanf(e->d_name, "hugepages-%lukB", &kib) != 1)
			continue;
		snprintf(path, sizeof(path), "%s/%s/free_hugepages", folder, e->d_name);
		bytes += read_number(path) * kib * 1024;
	}
	closedir(d);
	return bytes;
}

static uint64_t available_memory(void) {
	unsigned long long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	fclose(f);
	return kib * 1024;
}

#define RING_HEAD_BYTES 1024ull

static uint64_t ring_bytes(const struct plan *plan) {
	return plan->cores.n_distributors
		* (plan->conf->ring_slots * sizeof(void *) + RING_HEAD_BYTES);
}

static unsigned node_of_cpu(unsigned cpu) {
	char path[96];

	for (unsigned node = 0; node < PLAN_NODES_MAX; node++) {
		DIR *d;

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/node%u", cpu, node);
		d = opendir(path);
		if (d != NULL) {
			closedir(d);
			return node;
		}
	}
	return 0;
}

static void sum_need(struct plan *plan) {
	struct memory_plan *m = &plan->memory;
	struct pipeline_conf one = plan->conf->pipeline;

	one.lossless = plan->file;
	m->pipeline_bytes = pipeline_bytes(&one);
	m->node_bytes[0] += EAL_BASE_BYTES;
	for (uint16_t i = 0; i < plan->cores.n_workers; i++)
		m->node_bytes[node_of_cpu(plan->cores.worker_cpu[i])]
			+= m->pipeline_bytes + ring_bytes(plan) + 2 * MIB;
	for (uint16_t i = 0; i < plan->cores.n_distributors; i++)
		m->node_bytes[node_of_cpu(plan->cores.distributor_cpu[i])] += MIB;
	m->ring_bytes = ring_bytes(plan) * plan->cores.n_workers;
	for (uint32_t i = 0; i < plan->n_ports; i++) {
		const struct port_plan *p = &plan->port[i];
		const uint64_t bytes
			= (uint64_t)p->queues * p->mbufs * (p->mbuf_room + MBUF_OVERHEAD_BYTES);

		m->packet_bytes += bytes;
		m->node_bytes[p->numa < PLAN_NODES_MAX ? p->numa : 0] += bytes + 2 * MIB;
	}
	for (unsigned node = 0; node < PLAN_NODES_MAX; node++) {
		m->need_bytes += m->node_bytes[node];
		m->node_free_huge[node] = free_huge(node);
		m->free_huge_bytes += m->node_free_huge[node];
	}
}

// The first node that has too little, or -1.
static int short_node(const struct memory_plan *m) {
	for (int node = 0; node < PLAN_NODES_MAX; node++)
		if (m->node_free_huge[node] < m->node_bytes[node])
			return node;
	return -1;
}

static unsigned long mib(uint64_t bytes) {
	return (unsigned long)((bytes + MIB - 1) / MIB);
}

static void say_shortage(const struct memory_plan *m, int node, char *text, size_t n) {
	const uint64_t lack = m->node_bytes[node] - m->node_free_huge[node];

	snprintf(
		text,
		n,
		"NUMA node %d has %lu MB of free huge pages and %lu MB are needed: %lu pages of 2 "
		"MB more "
		"(vm.nr_hugepages)",
		node,
		mib(m->node_free_huge[node]),
		mib(m->node_bytes[node]),
		mib(lack) / 2 + 1
	);
}

int plan_memory(struct plan *plan, char error[static SENSOR_ERROR_MAX]) {
	struct memory_plan *m = &plan->memory;
	char shortage[256];
	int node;

	sum_need(plan);
	m->available_bytes = available_memory();
	node = short_node(m);
	if (node >= 0)
		say_shortage(m, node, shortage, sizeof(shortage));
	if (plan->conf->huge_pages == HUGE_ON && node >= 0)
		return fail(
			error, SENSOR_RESOURCES, "%s; or set eal.huge_pages to \"auto\"", shortage
		);
	m->huge = plan->conf->huge_pages != HUGE_OFF && node < 0;
	if (m->huge)
		snprintf(m->why, sizeof(m->why), "enough are free");
	else if (plan->conf->huge_pages == HUGE_OFF)
		snprintf(m->why, sizeof(m->why), "as configured");
	else
		snprintf(m->why, sizeof(m->why), "%s", shortage);
	if (!m->huge && m->available_bytes > 0 && m->available_bytes < m->need_bytes)
		return fail(
			error,
			SENSOR_RESOURCES,
			"%lu MB of memory are needed and %lu MB are available: lower flow.capacity "
			"or the "
			"number of workers",
			mib(m->need_bytes),
			mib(m->available_bytes)
		);
	return 0;
}
