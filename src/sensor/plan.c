#include "sensor/plan.h"

#include "packet/packet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define AF_XDP_FILL_SLOTS 2048u // the driver's (22.11), whatever it is asked for

void plan_note(struct plan *plan, const char *format, ...) {
	va_list args;

	if (plan->n_notes == sizeof(plan->note) / sizeof(plan->note[0]))
		return;
	va_start(args, format);
	vsnprintf(plan->note[plan->n_notes++], sizeof(plan->note[0]), format, args);
	va_end(args);
}

static int check_mix(const struct plan *plan, char error[static SENSOR_ERROR_MAX]) {
	if (plan->n_ports == 0)
		return fail(
			error,
			SENSOR_CONFIG,
			"%s: ports: none is configured: name an interface, a PCI address or a "
			"capture file",
			plan->conf->path[0] != '\0' ? plan->conf->path : "built-in configuration"
		);
	if (plan->file && plan->n_ports > 1)
		return fail(
			error,
			SENSOR_CONFIG,
			"%s: ports: a capture file has its own time, so it must be the only port",
			plan->conf->path
		);
	for (uint32_t i = 1; i < plan->n_ports; i++)
		if (plan->port[i].link != plan->port[0].link)
			return fail(
				error,
				SENSOR_CONFIG,
				"%s: ports: %s has Ethernet frames and %s has not: run a sensor "
				"for each",
				plan->conf->path,
				plan->port[i].link == LINK_ETHERNET ? plan->port[i].label
								    : plan->port[0].label,
				plan->port[i].link == LINK_ETHERNET ? plan->port[0].label
								    : plan->port[i].label
			);
	return 0;
}

// Where the configuration leaves it open: one worker a queue. An adapter behind AF_XDP hashes
// as it likes; unless its key is symmetric the two directions of a flow can fall into different
// queues, so one worker reads them all.
static uint32_t workers_wanted(const struct plan *plan) {
	uint32_t wanted = 1;

	for (uint32_t i = 0; i < plan->n_ports; i++) {
		const struct port_plan *p = &plan->port[i];
		uint32_t n = p->queues;

		if (p->kind == PORT_PCI && n == 0)
			n = STATS_WORKERS_MAX; // as many as there are cores
		else if (p->kind == PORT_AF_XDP && !p->netif.symmetric_hash)
			n = 1;
		wanted = n > wanted ? n : wanted;
	}
	return wanted;
}

// In a burst, from all ports, beside what lies in rings and in caches of the cores that free.
static uint32_t buffers_under_way(const struct plan *plan) {
	const uint32_t cache = 384; // of a pool, for one core: 1.5 times what port.c asks for

	if (!plan->distribute)
		return 0;
	return plan->cores.n_workers * (plan->conf->ring_slots + cache);
}

static void note_hash(struct plan *plan) {
	for (uint32_t i = 0; i < plan->n_ports; i++) {
		const struct port_plan *p = &plan->port[i];

		if (p->kind == PORT_AF_XDP && p->queues > 1 && !p->netif.symmetric_hash
		    && !plan->distribute)
			plan_note(
				plan,
				"%s spreads flows over %u queues by a key that is not symmetric%s; "
				"for one "
				"worker a queue: ethtool -X %s hkey with 6d:5a repeated",
				p->label,
				p->queues,
				plan->cores.n_workers > 1 ? ": the two directions of a flow may "
							    "meet different workers"
							  : ": one worker reads them all",
				p->label
			);
	}
	if (plan->cores.shared && !plan->file)
		plan_note(
			plan,
			"some lcores share a CPU: packets can be lost while one waits for the "
			"other; give "
			"each its own with \"cores\""
		);
}

// An adapter's queues follow those who read them; its buffers follow its queues: at least twice the
// descriptors and what the caches hold.
static void settle_adapters(struct plan *plan) {
	for (uint32_t i = 0; i < plan->n_ports; i++) {
		struct port_plan *p = &plan->port[i];

		if (p->queues == 0)
			p->queues = cores_readers(&plan->cores);
		if (p->kind == PORT_PCI)
			p->mbufs = 4u * p->descriptors + 1024;
		p->mbufs += buffers_under_way(plan);
		if (plan->conf->mbufs > 0)
			p->mbufs = plan->conf->mbufs / p->queues;
	}
}

// The rate at which a queue can fill while its worker sleeps: the wire's (10G at 64 bytes), or
// what the kernel can deliver on a fast machine.
static uint64_t fastest_pps(const struct port_plan *p) {
	switch (p->kind) {
	case PORT_AF_PACKET:
		return 1000000;
	case PORT_AF_XDP:
		return 2000000;
	default:
		return 14880000;
	}
}

// A sleep ends before a queue that was empty can be half full.
static uint32_t sleep_limit_us(const struct port_plan *p) {
	const uint64_t half = (p->kind == PORT_AF_XDP ? AF_XDP_FILL_SLOTS : p->descriptors) / 2;

	return (uint32_t)(half * 1000000 / fastest_pps(p));
}

static uint32_t longest_sleep_us(const struct plan *plan) {
	uint32_t us = plan->conf->idle_sleep_us;

	if (plan->file || plan->conf->idle == IDLE_POLL)
		return 0;
	for (uint32_t i = 0; i < plan->n_ports; i++) {
		const struct port_plan *p = &plan->port[i];
		uint32_t limit = sleep_limit_us(p);

		us = limit < us ? limit : us;
		limit = (uint32_t)(plan->conf->ring_slots / 2ull * 1000000 / fastest_pps(p));
		us = plan->distribute && limit < us ? limit : us;
	}
	return us;
}

int plan_make(struct plan *out, const struct conf *conf, char error[static SENSOR_ERROR_MAX]) {
	cpu_set_t allowed;
	int wrong;

	memset(out, 0, sizeof(*out));
	out->conf = conf;
	out->n_ports = conf->n_ports;
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		out->port[i].conf = &conf->port[i];
		wrong = plan_port(out, &out->port[i], i, error);
		if (wrong != 0)
			return wrong;
	}
	wrong = check_mix(out, error);
	if (wrong != 0)
		return wrong;
	out->link = out->port[0].link;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return fail(error, SENSOR_RESOURCES, "cannot read this process's CPU set");
	plan_distribute(out, &allowed);
	wrong = cores_choose(
		&out->cores, conf, &allowed, workers_wanted(out), out->distribute, error
	);
	if (wrong != 0)
		return wrong;
	if (out->file)
		out->cores.n_workers = 1; // one queue, and it must stay in order
	settle_adapters(out);
	note_hash(out);
	out->idle_sleep_us = longest_sleep_us(out);
	wrong = plan_rights(out, error);
	return wrong != 0 ? wrong : plan_memory(out, error);
}
