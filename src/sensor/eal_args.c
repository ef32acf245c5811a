#include "sensor/eal.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MIB (1ull << 20)

__attribute__((format(printf, 2, 3))) static void add(struct eal_args *a, const char *format, ...) {
	va_list args;

	if (a->n == EAL_ARGS_MAX)
		return;
	va_start(args, format);
	vsnprintf(a->text[a->n], sizeof(a->text[0]), format, args);
	va_end(args);
	a->arg[a->n] = a->text[a->n];
	a->arg[++a->n] = NULL;
}

// A name for EAL's run-time folder: /var/run/dpdk/weir-NAME holds the telemetry socket.
static void add_prefix(struct eal_args *a, const char *sensor) {
	char name[SENSOR_NAME_MAX];
	size_t n = 0;

	for (; sensor[n] != '\0' && n + 1 < sizeof(name); n++)
		name[n] = isalnum((unsigned char)sensor[n]) ? sensor[n] : '_';
	name[n] = '\0';
	add(a, "--file-prefix=weir-%s", name);
}

static void add_devices(struct eal_args *a, const struct plan *plan) {
	bool any = false;

	for (uint32_t i = 0; i < plan->n_ports; i++)
		if (plan->port[i].kind == PORT_PCI) {
			add(a, "--allow=%s", plan->port[i].device);
			any = true;
		}
	if (any)
		return;
	add(a, "--no-pci");
	// Virtual addresses everywhere: without it a pool can fall into several pieces, which the
	// AF_XDP driver cannot use. With an adapter EAL must choose for itself.
	add(a, "--iova-mode=va");
}

static void add_memory(struct eal_args *a, const struct memory_plan *m) {
	if (m->huge) {
		add(a, "--in-memory"); // no hugetlbfs mount, no files left behind
		return;
	}
	add(a, "--no-huge");
	add(a, "--no-shconf");
	add(a, "-m");
	add(a, "%lu", (unsigned long)((m->need_bytes + MIB - 1) / MIB + m->need_bytes / MIB / 8));
}

void eal_args_make(struct eal_args *out, const struct plan *plan) {
	char lcores[LCORES_TEXT_MAX];

	memset(out, 0, sizeof(*out));
	add(out, "weird");
	add_prefix(out, plan->conf->sensor);
	add(out, "--lcores=%s", cores_text(&plan->cores, lcores));
	add(out, "--main-lcore=0");
	// EAL and telemetry warn of what is no trouble here: no 1 GB pages, no legacy socket.
	add(out, "--log-level=warning");
	add(out, "--log-level=lib.eal:error");
	add(out, "--log-level=lib.telemetry:error");
	add_devices(out, plan);
	add_memory(out, &plan->memory);
	for (uint32_t i = 0; i < plan->conf->n_eal_args; i++)
		add(out, "%s", plan->conf->eal_arg[i]);
}
