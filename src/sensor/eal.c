// DPDK's own lines go to standard error with a prefix, warnings and worse only.
#include "sensor/eal.h"

#include "sensor/log.h"

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static ssize_t write_prefixed(void *, const char *text, size_t n) {
	const char *const stop = &text[n];

	while (text < stop) {
		const char *end = memchr(text, '\n', (size_t)(stop - text));
		const char *line_end = end != NULL ? end : stop;

		if (line_end > text)
			dprintf(STDERR_FILENO, "weird: DPDK: %.*s\n", (int)(line_end - text), text);
		text = line_end + 1;
	}
	return (ssize_t)n;
}

int eal_start(struct eal_args *args, char error[static SENSOR_ERROR_MAX]) {
	static FILE *stream; // EAL writes to it until the process ends
	char *arg[EAL_ARGS_MAX + 1]; // EAL reorders what it is given

	stream = fopencookie(NULL, "w", (cookie_io_functions_t) {.write = write_prefixed});
	if (stream != NULL) {
		setvbuf(stream, NULL, _IOLBF, 1024);
		rte_openlog_stream(stream);
	}
	rte_log_set_global_level(RTE_LOG_WARNING);
	memcpy(arg, args->arg, sizeof(arg));
	if (rte_eal_init(args->n, arg) >= 0)
		return 0;
	if (rte_errno == EACCES || rte_errno == EPERM)
		return fail(
			error, SENSOR_RIGHTS, "DPDK: %s: run weird as root", rte_strerror(rte_errno)
		);
	return fail(
		error,
		SENSOR_RESOURCES,
		"DPDK did not start (%s); its lines above say why; check eal.arguments and the "
		"number of "
		"huge pages",
		rte_strerror(rte_errno)
	);
}

void eal_stop(void) {
	rte_eal_cleanup();
}

static int advise(const struct rte_memseg_list *list, void *sum) {
	if (!list->external && list->heap && madvise(list->base_va, list->len, MADV_HUGEPAGE) == 0)
		*(uint64_t *)sum += list->len;
	return 0;
}

uint64_t eal_advise_huge(void) {
	uint64_t bytes = 0;

	rte_memseg_list_walk(advise, &bytes);
	return bytes;
}
