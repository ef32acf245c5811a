#include "sensor/cores.h"

#include <stdio.h>
#include <string.h>

static int first_allowed(const cpu_set_t *allowed, int after) {
	for (int cpu = after + 1; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, allowed))
			return cpu;
	return -1;
}

static bool in_list(const struct core_list *list, int cpu) {
	for (uint32_t i = 0; i < list->n; i++)
		if (list->cpu[i] == cpu)
			return true;
	return false;
}

static bool named(const struct conf *conf, int cpu) {
	return in_list(&conf->workers, cpu) || in_list(&conf->distributors, cpu);
}

// The first CPU that no one was given; where there is none, the first.
static int choose_control(const struct conf *conf, const cpu_set_t *allowed) {
	if (conf->control_core >= 0)
		return conf->control_core;
	for (int cpu = first_allowed(allowed, -1); cpu >= 0; cpu = first_allowed(allowed, cpu))
		if (!named(conf, cpu))
			return cpu;
	return first_allowed(allowed, -1);
}

int cores_spare(const struct conf *conf, const cpu_set_t *allowed) {
	const int control = choose_control(conf, allowed);

	for (int cpu = first_allowed(allowed, -1); cpu >= 0; cpu = first_allowed(allowed, cpu))
		if (cpu != control && !named(conf, cpu))
			return cpu;
	return -1;
}

static bool is_distributors(const struct cores *c, int cpu) {
	for (uint16_t i = 0; i < c->n_distributors; i++)
		if (c->distributor_cpu[i] == cpu)
			return true;
	return false;
}

// All but control's and the distributors', round and round; control's own only where there is no
// other.
static void choose_workers(struct cores *c, const cpu_set_t *allowed, uint32_t wanted) {
	const bool only = CPU_COUNT(allowed) == 1;
	int cpu = -1;

	while (c->n_workers < wanted) {
		cpu = first_allowed(allowed, cpu);
		if (cpu >= 0 && (only || (cpu != c->control_cpu && !is_distributors(c, cpu))))
			c->worker_cpu[c->n_workers++] = (uint16_t)cpu;
	}
}

static int check_list(
	const struct conf *conf,
	const struct core_list *list,
	const char *name,
	const cpu_set_t *allowed,
	char error[static SENSOR_ERROR_MAX]
) {
	for (uint32_t i = 0; i < list->n; i++)
		if (list->cpu[i] >= CPU_SETSIZE || !CPU_ISSET(list->cpu[i], allowed))
			return fail(
				error,
				SENSOR_RESOURCES,
				"%s: cores.%s: CPU %u is not there, or not allowed for this "
				"process",
				conf->path,
				name,
				list->cpu[i]
			);
	return 0;
}

static int check_named(
	const struct conf *conf,
	const cpu_set_t *allowed,
	char error[static SENSOR_ERROR_MAX]
) {
	int wrong = check_list(conf, &conf->workers, "workers", allowed, error);

	if (wrong == 0)
		wrong = check_list(conf, &conf->distributors, "distributors", allowed, error);
	if (wrong != 0)
		return wrong;
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

// Nobody shares a core who was not told to.
static int
too_few(const struct conf *conf,
	const cpu_set_t *allowed,
	uint32_t distributors,
	char error[static SENSOR_ERROR_MAX]) {
	return fail(
		error,
		SENSOR_RESOURCES,
		"%s: cores.distribute: control, %u distributor%s and %s need a core each, and "
		"this process may use %d: set it to \"off\", or name cores in cores.distributors "
		"and cores.workers (a core in both is shared)",
		conf->path,
		distributors,
		distributors == 1 ? "" : "s",
		conf->workers.n > 0 ? "the workers" : "at least 2 workers",
		CPU_COUNT(allowed)
	);
}

static int choose_distributors(
	struct cores *c,
	const struct conf *conf,
	const cpu_set_t *allowed,
	char error[static SENSOR_ERROR_MAX]
) {
	const int spare = cores_spare(conf, allowed);

	if (conf->distributors.n > 0) {
		c->n_distributors = (uint16_t)conf->distributors.n;
		memcpy(c->distributor_cpu,
		       conf->distributors.cpu,
		       c->n_distributors * sizeof(c->distributor_cpu[0]));
		return 0;
	}
	if (spare < 0)
		return too_few(conf, allowed, 1, error);
	c->distributor_cpu[c->n_distributors++] = (uint16_t)spare;
	return 0;
}

static bool any_twice(const uint16_t cpu[], uint16_t n, cpu_set_t *used) {
	for (uint16_t i = 0; i < n; i++) {
		if (CPU_ISSET(cpu[i], used))
			return true;
		CPU_SET(cpu[i], used);
	}
	return false;
}

static bool any_shared(const struct cores *c) {
	cpu_set_t used;

	CPU_ZERO(&used);
	return any_twice(&c->control_cpu, 1, &used) || any_twice(c->worker_cpu, c->n_workers, &used)
		|| any_twice(c->distributor_cpu, c->n_distributors, &used);
}

// CPUs that neither control nor a distributor has.
static uint32_t left_for_workers(const struct cores *c, const cpu_set_t *allowed) {
	uint32_t n = 0;

	for (int cpu = first_allowed(allowed, -1); cpu >= 0; cpu = first_allowed(allowed, cpu))
		n += cpu != c->control_cpu && !is_distributors(c, cpu);
	return n;
}

int cores_choose(
	struct cores *out,
	const struct conf *conf,
	const cpu_set_t *allowed,
	uint32_t wanted,
	bool distribute,
	char error[static SENSOR_ERROR_MAX]
) {
	struct cores c = {0};
	uint32_t spare;
	int wrong = check_named(conf, allowed, error);

	if (wrong != 0)
		return wrong;
	c.control_cpu = (uint16_t)choose_control(conf, allowed);
	if (distribute)
		wrong = choose_distributors(&c, conf, allowed, error);
	if (wrong != 0)
		return wrong;
	if (conf->workers.n > 0) {
		c.n_workers = (uint16_t)conf->workers.n;
		memcpy(c.worker_cpu, conf->workers.cpu, c.n_workers * sizeof(c.worker_cpu[0]));
	} else {
		spare = left_for_workers(&c, allowed);
		if (distribute && spare < 2)
			return too_few(conf, allowed, c.n_distributors, error);
		spare = spare < 1 ? 1 : spare;
		wanted = distribute || wanted > spare ? spare : wanted;
		wanted = wanted < 1 ? 1 : wanted;
		wanted = wanted > STATS_WORKERS_MAX ? STATS_WORKERS_MAX : wanted;
		choose_workers(&c, allowed, wanted);
	}
	c.shared = any_shared(&c);
	*out = c;
	return 0;
}

static int add_lcores(
	char text[static LCORES_TEXT_MAX],
	int at,
	unsigned first,
	const uint16_t cpu[],
	uint16_t n
) {
	for (uint16_t i = 0; i < n; i++)
		at += snprintf(
			&text[at], LCORES_TEXT_MAX - (size_t)at, ",%u@%u", first + i, cpu[i]
		);
	return at;
}

const char *cores_text(const struct cores *cores, char text[static LCORES_TEXT_MAX]) {
	int at = snprintf(text, LCORES_TEXT_MAX, "0@%u", cores->control_cpu);

	at = add_lcores(text, at, 1, cores->worker_cpu, cores->n_workers);
	add_lcores(text, at, 1u + cores->n_workers, cores->distributor_cpu, cores->n_distributors);
	return text;
}
