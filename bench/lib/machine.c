#include "bench/lib/machine.h"

#include "bench/lib/huge.h"
#include "bench/lib/timing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

// Of the many flags of a CPU, those that a packet or a score is faster with.
static const char *const told_flags[] = {
	"sse4_2",
	"avx2",
	"bmi2",
	"avx512f",
	"avx512bw",
	"avx512vl",
	"vaes",
	"pdpe1gb",
	"hypervisor",
};

// The value of the first line "NAME ... : VALUE" of /proc/cpuinfo.
static void cpu_field(const char *name, char *out, size_t n) {
	char *line = NULL;
	size_t room = 0;
	FILE *f = fopen("/proc/cpuinfo", "re");

	out[0] = '\0';
	if (f == NULL)
		return;
	while (getline(&line, &room, f) > 0) {
		const char *colon = strchr(line, ':');

		if (strncmp(line, name, strlen(name)) != 0 || colon == NULL)
			continue;
		snprintf(out, n, "%s", colon + 1 + strspn(colon + 1, " \t"));
		out[strcspn(out, "\n")] = '\0';
		break;
	}
	free(line);
	fclose(f);
}

static void first_line(const char *file, char *out, size_t n) {
	FILE *f = fopen(file, "re");

	out[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(out, (int)n, f) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(f);
}

static json_t *flags_json(void) {
	static char flags[8192];
	json_t *list = json_array();

	cpu_field("flags", flags, sizeof(flags));
	for (char *save = NULL, *flag = strtok_r(flags, " ", &save); flag != NULL;
	     flag = strtok_r(NULL, " ", &save))
		for (size_t i = 0; i < sizeof(told_flags) / sizeof(told_flags[0]); i++)
			if (strcmp(flag, told_flags[i]) == 0)
				json_array_append_new(list, json_string(flag));
	return list;
}

static void add_text(json_t *to, const char *key, const char *text) {
	json_object_set_new(to, key, json_string(text[0] != '\0' ? text : "?"));
}

json_t *machine_json(void) {
	char text[256];
	double load[3] = {0};
	struct utsname u;
	json_t *m = json_object();

	cpu_field("model name", text, sizeof(text));
	add_text(m, "cpu", text);
	cpu_field("cpu family", text, sizeof(text));
	add_text(m, "cpu_family", text);
	json_object_set_new(m, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_set_new(m, "flags", flags_json());
	json_object_set_new(m, "tsc_ghz", json_real(tsc_per_ns()));
	json_object_set_new(m, "core_ghz", json_real(core_ghz()));
	first_line("/sys/devices/system/cpu/cpu0/cache/index3/size", text, sizeof(text));
	add_text(m, "l3", text);
	if (uname(&u) == 0)
		add_text(m, "kernel", u.release);
	json_object_set_new(
		m,
		"huge_pages_free_mb",
		json_integer((json_int_t)(huge_reserved_free_bytes() >> 20))
	);
	first_line("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof(text));
	add_text(m, "transparent_huge_pages", text);
	// Above zero before we began: somebody else was measured too.
	if (getloadavg(load, 1) == 1)
		json_object_set_new(m, "load_before", json_real(load[0]));
	add_text(m, "compiler", __VERSION__);
	return m;
}

void machine_print(FILE *out, const json_t *m) {
	fprintf(out,
		"%s (family %s), %lld CPUs, core %.2f GHz, TSC %.3f GHz, L3 %s, Linux %s, load "
		"%.1f\n",
		json_string_value(json_object_get(m, "cpu")),
		json_string_value(json_object_get(m, "cpu_family")),
		(long long)json_integer_value(json_object_get(m, "cpus")),
		json_real_value(json_object_get(m, "core_ghz")),
		json_real_value(json_object_get(m, "tsc_ghz")),
		json_string_value(json_object_get(m, "l3")),
		json_string_value(json_object_get(m, "kernel")),
		json_real_value(json_object_get(m, "load_before")));
}

void bench_print_json(const char *bench, json_t *machine, json_t *settings, json_t *results) {
	json_t *all = json_object();

	json_object_set_new(all, "bench", json_string(bench));
	json_object_set_new(all, "machine", machine);
	json_object_set_new(all, "settings", settings);
	json_object_set_new(all, "results", results);
	json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(all);
}
