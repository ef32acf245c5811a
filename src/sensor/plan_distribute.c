// Does a core of its own read the ports, and why?
//
// Without one a worker polls queue q of every port: the least work a packet. That leaves workers idle
// where there are fewer queues than workers, and parts the two directions of a flow where an adapter's
// hash does so.
#include "sensor/plan.h"

#include <stdio.h>

uint32_t plan_readers_named(const struct conf *conf) {
	if (conf->distribute == DISTRIBUTE_ON)
		return conf->distributors.n > 0 ? conf->distributors.n : 1;
	return conf->workers.n;
}

// The most queues that any port has; those of an adapter are made as they are wanted.
static uint32_t most_queues(const struct plan *plan) {
	uint32_t most = 0;

	for (uint32_t i = 0; i < plan->n_ports; i++) {
		const uint32_t n
			= plan->port[i].queues > 0 ? plan->port[i].queues : CONFIG_CORES_MAX;

		most = n > most ? n : most;
	}
	return most;
}

static const struct port_plan *asymmetric(const struct plan *plan) {
	for (uint32_t i = 0; i < plan->n_ports; i++)
		if (plan->port[i].kind == PORT_AF_XDP && plan->port[i].queues > 1
		    && !plan->port[i].netif.symmetric_hash)
			return &plan->port[i];
	return NULL;
}

// Would it help? Only where the operator gave more than one worker: it costs a core. Fills in why.
static bool helps(struct plan *plan) {
	const struct port_plan *parts = asymmetric(plan);

	if (plan->conf->workers.n > most_queues(plan))
		snprintf(
			plan->distribute_why,
			sizeof(plan->distribute_why),
			"%u workers, and no port has more than %u queue%s",
			plan->conf->workers.n,
			most_queues(plan),
			most_queues(plan) == 1 ? "" : "s"
		);
	else if (plan->conf->workers.n > 1 && parts != NULL)
		snprintf(
			plan->distribute_why,
			sizeof(plan->distribute_why),
			"%s hashes the two directions of a flow apart",
			parts->label
		);
	else
		return false;
	return true;
}

void plan_distribute(struct plan *plan, const cpu_set_t *allowed) {
	const struct conf *conf = plan->conf;

	if (conf->distribute == DISTRIBUTE_ON && !plan->file) {
		plan->distribute = true;
		snprintf(plan->distribute_why, sizeof(plan->distribute_why), "as configured");
		return;
	}
	if (conf->distribute == DISTRIBUTE_ON)
		plan_note(
			plan,
			"cores.distribute does not count for a file: one worker reads it, in order"
		);
	if (conf->distribute == DISTRIBUTE_OFF || plan->file || !helps(plan))
		return;
	plan->distribute = conf->distributors.n > 0 || cores_spare(conf, allowed) >= 0;
	if (!plan->distribute)
		plan_note(
			plan,
			"%s: a core to distribute packets would help and none is free: name one in "
			"cores.distributors, which others may share, or name fewer cores.workers",
			plan->distribute_why
		);
}
