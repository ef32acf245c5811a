// bench/run memory: what the memory lets one core do.
#include "bench/lib/machine.h"
#include "bench/lib/memory_limit.h"
#include "bench/lib/options.h"
#include "bench/lib/place.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTS_MAX 16
#define LINE_BYTES 64
#define ROUNDS 5

static uint64_t record_bytes = 256, lines_max = 4, cpu = 1, seed = 1;
static double seconds = 0.5;
static const char *records = "100k,1M,10M";

static const struct option_row rows[] = {
	{"records", OPTION_TEXT, &records, 0, 0, "how many, separated by commas"},
	{"record-bytes", OPTION_COUNT, &record_bytes, 64, 4096, "distance from one to the next"},
	{"lines",
	 OPTION_COUNT,
	 &lines_max,
	 1,
	 MEMORY_LINES_MAX,
	 "adjacent cache lines, from 1 up to"},
	{"seconds", OPTION_SECONDS, &seconds, 0, 0, "a figure"},
	{"cpu", OPTION_COUNT, &cpu, 0, 1023, "where it runs"},
	{"seed", OPTION_COUNT, &seed, 0, 1000000000, "of the order"},
};

static void fail_usage(const char *what) {
	fprintf(stderr, "bench memory: %s; see --help\n", what);
	exit(2);
}

static unsigned read_counts(const char *text, uint64_t count[static COUNTS_MAX]) {
	unsigned n = 0;

	for (;;) {
		char *end;
		uint64_t one = strtoull(text, &end, 10);

		if (end == text || n == COUNTS_MAX)
			fail_usage("--records: up to 16 numbers such as 100k,1M are wanted");
		if (*end == 'k' || *end == 'M')
			one *= *end++ == 'k' ? 1000 : 1000000;
		if (one < 64 || one > 1000000000)
			fail_usage("--records: from 64 to 1000M each are wanted");
		count[n++] = one;
		if (*end == '\0')
			return n;
		if (*end != ',')
			fail_usage("--records: numbers are separated by commas");
		text = end + 1;
	}
}

struct figures {
	uint64_t records;
	unsigned n_lines;
	double ns[MEMORY_LINES_MAX + 1]; // best round
	double huge_share;
	size_t bytes;
	enum huge_kind kind;
};

// Numbers of lines take turns, so that what else the machine does falls on all alike.
static void measure_count(uint64_t n, struct figures *f) {
	struct memory_limit limit;

	if (!memory_limit_make(&limit, n, (uint32_t)record_bytes, seed)) {
		fprintf(stderr,
			"bench memory: no %llu MB; lower --records\n",
			(unsigned long long)(n * record_bytes >> 20));
		exit(1);
	}
	*f = (struct figures) {
		.records = n,
		.n_lines = (unsigned
		)(lines_max * LINE_BYTES <= record_bytes ? lines_max : record_bytes / LINE_BYTES),
		.huge_share = limit.records.huge_share,
		.bytes = limit.records.bytes,
		.kind = limit.records.kind,
	};
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned l = 1; l <= f->n_lines; l++) {
			const double ns = memory_limit_ns(&limit, l, seconds / ROUNDS);

			f->ns[l] = round == 0 ? ns : fmin(f->ns[l], ns);
		}
	memory_limit_free(&limit);
}

static void print_figures(const struct figures *f) {
	for (unsigned l = 1; l <= f->n_lines; l++)
		printf("%12llu %6u %10.2f %10.2f %10.1f   %s, %zu MB\n",
		       (unsigned long long)f->records,
		       l,
		       f->ns[l],
		       f->ns[l] / f->ns[1],
		       l * LINE_BYTES / f->ns[l],
		       huge_kind_name(f->kind),
		       f->bytes >> 20);
}

static void add_figures(json_t *points, const struct figures *f) {
	for (unsigned l = 1; l <= f->n_lines; l++)
		json_array_append_new(
			points,
			json_pack(
				"{s:I, s:i, s:f, s:f, s:f, s:s, s:f}",
				"records",
				(json_int_t)f->records,
				"lines",
				(int)l,
				"ns",
				f->ns[l],
				"ratio_to_one_line",
				f->ns[l] / f->ns[1],
				"gb_per_s",
				l * LINE_BYTES / f->ns[l],
				"pages",
				huge_kind_name(f->kind),
				"huge_share",
				f->huge_share
			)
		);
}

int main(int argc, char **argv) {
	struct options options = {
		.bench = "memory",
		.about = "Random updates of records in huge pages, prefetched a batch of 64 ahead: "
			 "the least "
			 "that a packet's flow can cost.",
		.row = rows,
		.n = sizeof(rows) / sizeof(rows[0]),
	};
	uint64_t count[COUNTS_MAX];
	json_t *machine, *points = json_array();
	struct figures figures;
	unsigned n;

	options_parse(&options, argc, argv);
	n = read_counts(records, count);
	machine = machine_json();
	place_on_cpu((unsigned)cpu);
	if (!options.json) {
		machine_print(stdout, machine);
		printf("\n%12s %6s %10s %10s %10s   %s\n",
		       "records",
		       "lines",
		       "ns",
		       "to 1 line",
		       "GB/s",
		       "pages");
	}
	for (unsigned i = 0; i < n; i++) {
		measure_count(count[i], &figures);
		add_figures(points, &figures);
		if (!options.json)
			print_figures(&figures);
	}
	if (options.json) {
		bench_print_json(
			"memory",
			machine,
			options_settings(&options),
			json_pack("{s:o}", "points", points)
		);
		return 0;
	}
	json_decref(machine);
	json_decref(points);
	return 0;
}
