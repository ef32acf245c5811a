// bench/run alternatives: what else could have been done in the flow table's place.
#include "bench/alternatives/parts.h"
#include "bench/lib/huge.h"
#include "bench/lib/machine.h"
#include "bench/lib/options.h"
#include "bench/lib/place.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYS_FEW 100000u
#define EAL_ARGS 8
#define EAL_TEXT_MAX 64
#define EAL_RESERVED_MIN ((size_t)512 << 20)

static uint64_t keys = 1000000, seed = 1, cpu = 1;
static double seconds = 1;
static const char *only = "all";

static const struct option_row rows[] = {
	{"keys", OPTION_COUNT, &keys, 1000, 16000000, "beside 100 k; 4M wants 2 GB of huge pages"},
	{"seconds", OPTION_SECONDS, &seconds, 0, 0, "a table of figures"},
	{"only", OPTION_TEXT, &only, 0, 0, "a part: hashes, lookup, ...; see README.md"},
	{"cpu", OPTION_COUNT, &cpu, 0, 1023, "where it runs"},
	{"seed", OPTION_COUNT, &seed, 0, 1000000000, "of keys and hashes"},
};

static const struct part {
	const char *name;
	json_t *(*run)(const struct part_conf *);
	bool by_keys; // once with few keys, once with many
} parts[] = {
	{"hashes", part_hashes, false},
	{"collisions", part_collisions, false},
	{"load", part_load, false},
	{"lookup", part_lookup, true},
	{"batch", part_batch, true},
	{"records", part_records, true},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

// rte_hash and rte_member take their memory from EAL; huge pages where enough are reserved.
static const char *eal_begin(void) {
	const bool reserved = huge_reserved_free_bytes() >= EAL_RESERVED_MIN;
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	static char text[EAL_ARGS][EAL_TEXT_MAX]; // EAL may write to them
	char *arg[EAL_ARGS];
	int n = 0;

	snprintf(text[n++], EAL_TEXT_MAX, "bench");
	snprintf(text[n++], EAL_TEXT_MAX, "--no-pci");
	snprintf(text[n++], EAL_TEXT_MAX, "--no-telemetry");
	snprintf(text[n++], EAL_TEXT_MAX, "--file-prefix=bench-alternatives-%d", (int)getpid());
	snprintf(text[n++], EAL_TEXT_MAX, "--lcores=%d", (int)cpu % (int)(cpus > 0 ? cpus : 1));
	snprintf(text[n++], EAL_TEXT_MAX, reserved ? "--in-memory" : "--no-huge");
	if (!reserved) {
		snprintf(text[n++], EAL_TEXT_MAX, "-m");
		snprintf(text[n++], EAL_TEXT_MAX, "%d", 256 + (int)(keys >> 11));
	}
	for (int i = 0; i < n; i++)
		arg[i] = text[i];
	rte_log_set_global_level(RTE_LOG_ERR);
	if (rte_eal_init(n, arg) < 0) {
		fprintf(stderr,
			"bench alternatives: DPDK does not start: %s; run as root\n",
			rte_strerror(rte_errno));
		exit(1);
	}
	return reserved ? "reserved huge pages" : "small pages: rte_hash and rte_member suffer";
}

static json_t *run_at(const struct part *part, struct part_conf conf, uint64_t n) {
	json_t *figures;

	conf.keys = n;
	figures = part->run(&conf);
	if (figures == NULL)
		exit(1);
	return json_pack("{s:I, s:o}", "keys", (json_int_t)n, "figures", figures);
}

static json_t *run(const struct part *part, const struct part_conf *conf) {
	json_t *list;

	if (!part->by_keys) {
		json_t *figures = part->run(conf);

		if (figures == NULL)
			exit(1);
		return figures;
	}
	list = json_array();
	if (keys > KEYS_FEW)
		json_array_append_new(list, run_at(part, *conf, KEYS_FEW));
	json_array_append_new(list, run_at(part, *conf, keys));
	return list;
}

static bool wanted(const char *name) {
	return strcmp(only, "all") == 0 || strcmp(only, name) == 0;
}

static void check_only(void) {
	bool known = false;

	for (unsigned i = 0; i < PARTS; i++)
		known |= wanted(parts[i].name);
	if (known)
		return;
	fprintf(stderr, "bench alternatives: --only %s: all or one of", only);
	for (unsigned i = 0; i < PARTS; i++)
		fprintf(stderr, " %s", parts[i].name);
	fprintf(stderr, " is wanted\n");
	exit(2);
}

int main(int argc, char **argv) {
	struct options options = {
		.bench = "alternatives",
		.about = "Other hashes, tables, buckets, batches and records than those of the "
			 "flow table.",
		.row = rows,
		.n = sizeof(rows) / sizeof(rows[0]),
	};
	struct part_conf conf;
	json_t *machine, *results = json_object();
	const char *eal_memory;

	options_parse(&options, argc, argv);
	check_only();
	conf = (struct part_conf) {.seed = seed, .seconds = seconds, .quiet = options.json};
	machine = machine_json();
	eal_memory = eal_begin();
	huge_reserved_leave(); // to EAL
	place_on_cpu((unsigned)cpu);
	json_object_set_new(results, "eal_memory", json_string(eal_memory));
	if (!options.json) {
		machine_print(stdout, machine);
		printf("rte_hash and rte_member in %s\n", eal_memory);
	}
	for (unsigned i = 0; i < PARTS; i++)
		if (wanted(parts[i].name))
			json_object_set_new(results, parts[i].name, run(&parts[i], &conf));
	rte_eal_cleanup();
	if (options.json) {
		bench_print_json("alternatives", machine, options_settings(&options), results);
		return 0;
	}
	json_decref(machine);
	json_decref(results);
	return 0;
}
