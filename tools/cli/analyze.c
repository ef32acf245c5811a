// weir analyze: what is in a file. No daemon, no Redis, no root.
#include "analyze.h"

#include "cli.h"
#include "csv.h"
#include "scores.h"

#include <errno.h>
#include <string.h>

#define FILE_BUFFER_BYTES (1u << 18)

// An output file that a packet's time must not be spent on: large writes.
static bool open_csv(FILE **out, const char *path, void (*head)(FILE *)) {
	if (path == NULL)
		return true;
	*out = fopen(path, "we");
	if (*out == NULL) {
		analyze_fail("%s: %s: name a file that can be written", path, strerror(errno));
		return false;
	}
	setvbuf(*out, NULL, _IOFBF, FILE_BUFFER_BYTES);
	head(*out);
	return true;
}

static bool told_of_all(bool ok, const char *path) {
	if (!ok)
		analyze_fail("%s: not all could be written: is the disk full?", path);
	return ok;
}

static bool close_csv(FILE *f, const char *path) {
	bool ok;

	if (f == NULL)
		return true;
	ok = !ferror(f);
	return told_of_all(fclose(f) == 0 && ok, path);
}

static bool open_page(struct analyze *a, struct page *page) {
	if (a->options.page_path == NULL)
		return true;
	if (page_open(page, a->options.page_path)) {
		a->page = page;
		return true;
	}
	analyze_fail(
		"%s: %s: name a file that can be written", a->options.page_path, strerror(errno)
	);
	return false;
}

static bool prepare(struct analyze *a, struct page *page) {
	const struct analyze_options *o = &a->options;
	char error[CONFIG_ERROR_MAX];

	if (config_load(&a->conf, o->config_path, error) < 0) {
		analyze_fail("%s", error);
		return false;
	}
	return open_csv(&a->flows, o->flows_path, csv_flows_head)
		&& open_csv(&a->hosts, o->hosts_path, csv_hosts_head)
		&& open_csv(&a->scores, o->scores_path, scores_head) && open_page(a, page);
}

static int analyze_file(struct analyze *a, const char *path) {
	char error[FEED_ERROR_MAX];
	struct feed feed;
	int ret;

	if (feed_open(&feed, path, a->options.format, error) < 0)
		return analyze_fail("%s", error);
	if (feed_has_packets(&feed))
		ret = analyze_packets(a, &feed, path);
	else
		ret = analyze_rows(a, feed.csv, &feed.columns, path);
	feed_close(&feed);
	return ret;
}

static int analyze_all(struct analyze *a) {
	int ret = EXIT_OK;

	for (int i = 0; i < a->options.n_files; i++)
		if (analyze_file(a, a->options.files[i]) != EXIT_OK)
			ret = EXIT_FAILED;
	return ret;
}

static bool finish(struct analyze *a) {
	const struct analyze_options *o = &a->options;
	bool ok = close_csv(a->flows, o->flows_path);

	ok = close_csv(a->hosts, o->hosts_path) && ok;
	ok = close_csv(a->scores, o->scores_path) && ok;
	if (a->page != NULL)
		ok = told_of_all(page_close(a->page), o->page_path) && ok;
	models_free(&a->models);
	config_free(a->conf);
	return ok;
}

int cmd_analyze(int argc, char **argv) {
	struct analyze a = {0};
	struct page page;
	int ret = analyze_options_read(&a.options, argc, argv);

	if (ret != EXIT_OK)
		return ret < 0 ? EXIT_OK : ret;
	ret = prepare(&a, &page) ? analyze_all(&a) : EXIT_FAILED;
	if (!finish(&a))
		ret = EXIT_FAILED;
	if (fflush(stdout) != 0 && ret == EXIT_OK)
		ret = analyze_fail("the report cannot be written: %s", strerror(errno));
	return ret == EXIT_OK && a.options.exit_code && a.alarms_found ? EXIT_ALARMS : ret;
}
