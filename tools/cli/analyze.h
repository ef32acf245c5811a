// weir analyze: its options, and the parts that it is made of.
//
// Threads    The caller's; run.h tells of the second one.
// Ownership  Texts of the options point into argv.
#ifndef WEIR_CLI_ANALYZE_H
#define WEIR_CLI_ANALYZE_H

#include "columns.h"
#include "config/config.h"
#include "feed.h"
#include "models.h"
#include "page.h"
#include "report.h"

#include <stdbool.h>
#include <stdio.h>

#define ANALYZE_MODELS_MAX 2

struct analyze_options {
	bool full, json, transitions, exit_code, quiet;
	int format; // enum csv_format, -1: the file tells
	const char *flows_path, *hosts_path, *scores_path, *page_path, *config_path, *baseline_path;
	const char *model_path[ANALYZE_MODELS_MAX];
	unsigned n_models;
	int n_files;
	char **files; // ends with NULL
};

// @return 0; -1: help was asked for and given; else EXIT_USAGE, and a message was given
int analyze_options_read(struct analyze_options *, int argc, char **argv);

// What lasts for all files.
struct analyze {
	struct analyze_options options;
	struct conf *conf;
	struct models models; // for packets; of the first file of packets on
	bool has_models;
	FILE *flows, *hosts, *scores; // NULL: not wanted
	struct page *page; // NULL: not wanted
	bool alarms_found;
};

// One line on standard error, "weir analyze: ...". @return EXIT_FAILED
[[gnu::format(printf, 1, 2)]] int analyze_fail(const char *format, ...);

// One file of packets: a capture, or a packet list.
// @return EXIT_OK, or EXIT_FAILED and a message was given
int analyze_packets(struct analyze *, struct feed *feed, const char *path);
// One file of rows. Both arguments stay the caller's.
int analyze_rows(
	struct analyze *,
	struct csv_in *in,
	const struct columns *columns,
	const char *path
);

#endif
