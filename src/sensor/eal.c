// DPDK's own lines go to standard error with a prefix, warnings and worse only.
#include "sensor/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static char run_folder[PATH_MAX];

// EAL leaves /var/run/dpdk/weir-NAME behind; its telemetry socket in there goes by an atexit of its own,
// which, set later than ours, runs before.
static void remove_run_folder(void) {
	if (run_folder[0] != '\0')
		rmdir(run_folder);
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
	atexit(remove_run_folder);
	memcpy(arg, args->arg, sizeof(arg));
	if (rte_eal_init(args->n, arg) >= 0) {
		snprintf(run_folder, sizeof(run_folder), "%s", rte_eal_get_runtime_dir());
		return 0;
	}
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
