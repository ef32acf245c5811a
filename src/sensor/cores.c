#include "sensor/cores.h"

#include <stdio.h>
#include <string.h>

static int first_allowed(const cpu_set_t *allowed, int after) {
	for (int cpu = after + 1; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, allowed))
			return cpu;
	return -1;
}

static bool named(const struct conf *conf, int cpu) {
	for (uint32_t i = 0; i < conf->n_worker_cores; i++)
		if (conf->worker_core[i] == cpu)
			return true;
	return false;
}

// The first CPU that no worker was given; where there is none, the first.
static int choose_control(const struct conf *conf, const cpu_set_t *allowed) {
	if (conf->control_core >= 0)
		return conf->control_core;
	for (int cpu = first_allowed(allowed, -1); cpu >= 0; cpu = first_allowed(allowed, cpu))
		if (!named(conf, cpu))
			return cpu;
	return first_allowed(allowed, -1);
}

// All but control's, round and round; control's own only where there is no other.
static void choose_workers(struct cores *c, const cpu_set_t *allowed, uint32_t wanted) {
	const bool only = CPU_COUNT(allowed) == 1;
	int cpu = -1;

	while (c->n_workers < wanted) {
		cpu = first_allowed(allowed, cpu);
		if (cpu >= 0 && (only || cpu != c->control_cpu))
			c->worker_cpu[c->n_workers++] = (uint16_t)cpu;
	}
}

static int check_named(
	const struct conf *conf,
	const cpu_set_t *allowed,
	char error[static SENSOR_ERROR_MAX]
) {
	for (uint32_t i = 0; i < conf->n_worker_cores; i++)
		if (conf->worker_core[i] >= CPU_SETSIZE
		    || !CPU_ISSET(conf->worker_core[i], allowed))
			return fail(
				error,
				SENSOR_RESOURCES,
				"%s: cores.workers: CPU %u is not there, or not allowed for this "
				"process",
				conf->path,
				conf->worker_core[i]
			);
	if (conf->control_core >= CPU_SETSIZE
	    || (conf->control_core >= 0 && !CPU_ISSET(conf->control_core, allowed)))
		return fail(
			error,
			SENSOR_RESOURCES,
			"%s: cores.control: CPU %d is not there, or not allowed for this process",
			conf->path,
			conf->control_core
		);
	return 0;
}

static bool any_shared(const struct cores *c) {
	cpu_set_t used;

	CPU_ZERO(&used);
	CPU_SET(c->control_cpu, &used);
	for (uint16_t i = 0; i < c->n_workers; i++) {
		if (CPU_ISSET(c->worker_cpu[i], &used))
			return true;
		CPU_SET(c->worker_cpu[i], &used);
	}
	return false;
}

int cores_choose(
	struct cores *out,
	const struct conf *conf,
	const cpu_set_t *allowed,
	uint32_t wanted,
	char error[static SENSOR_ERROR_MAX]
) {
	const uint32_t spare = CPU_COUNT(allowed) > 1 ? (uint32_t)CPU_COUNT(allowed) - 1 : 1;
	const int wrong = check_named(conf, allowed, error);
	struct cores c = {0};

	if (wrong != 0)
		return wrong;
	c.control_cpu = (uint16_t)choose_control(conf, allowed);
	if (conf->n_worker_cores > 0) {
		c.n_workers = (uint16_t)conf->n_worker_cores;
		memcpy(c.worker_cpu, conf->worker_core, c.n_workers * sizeof(c.worker_cpu[0]));
	} else {
		wanted = wanted < 1 ? 1 : wanted;
		wanted = wanted > spare ? spare : wanted;
		wanted = wanted > STATS_WORKERS_MAX ? STATS_WORKERS_MAX : wanted;
		choose_workers(&c, allowed, wanted);
	}
	c.shared = any_shared(&c);
	*out = c;
	return 0;
}

const char *cores_text(const struct cores *cores, char text[static LCORES_TEXT_MAX]) {
	int at = snprintf(text, LCORES_TEXT_MAX, "0@%u", cores->control_cpu);

	for (uint16_t i = 0; i < cores->n_workers; i++)
		at += snprintf(
			&text[at],
			LCORES_TEXT_MAX - (size_t)at,
			",%u@%u",
			i + 1u,
			cores->worker_cpu[i]
		);
	return text;
}
