// A baseline's files: the sample while it is taken, and the tables that it becomes.
#include "sensor/baseline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAMPLE_BYTES_MAX (1ull << 30)
#define SAMPLE_FLOW "baseline.flow"
#define SAMPLE_HOST "baseline.host"

static void
path_of(char path[static BASELINE_PATH_MAX + 32], const char *folder, const char *name) {
	snprintf(path, BASELINE_PATH_MAX + 32, "%s/%s", folder, name);
}

struct packed_rows {
	uint8_t *bytes;
	size_t n;
};

static bool put_bytes(int fd, void *what) {
	const struct packed_rows *p = what;

	return file_write(fd, p->bytes, p->n);
}

static int
save_rows(const struct baseline_copy *c, const struct reservoir *r, const char *name, char *error) {
	struct packed_rows p = {.n = reservoir_bytes(r, sizeof(c->note))};
	char path[BASELINE_PATH_MAX + 32];
	int ret;

	p.bytes = malloc(p.n);
	if (p.bytes == NULL) {
		snprintf(error, FILE_ERROR_MAX, "no memory");
		return -ENOMEM;
	}
	reservoir_pack(r, &c->note, sizeof(c->note), p.bytes);
	path_of(path, c->folder, name);
	ret = file_put(path, put_bytes, &p, error);
	free(p.bytes);
	return ret;
}

struct table {
	const struct reservoir *rows;
	const struct feature_info *info;
};

static void print_table(FILE *f, const struct table *t) {
	for (uint32_t i = 0; i < t->rows->n_features; i++)
		fprintf(f, "%s%s", i > 0 ? "," : "", t->info[i].name);
	fputc('\n', f);
	for (uint32_t row = 0; row < reservoir_kept(t->rows); row++) {
		const float *at = &t->rows->rows[(size_t)row * t->rows->n_features];

		for (uint32_t i = 0; i < t->rows->n_features; i++)
			fprintf(f, "%s%.9g", i > 0 ? "," : "", (double)at[i]);
		fputc('\n', f);
	}
}

static bool put_table(int fd, void *what) {
	const int own = dup(fd);
	FILE *f = own < 0 ? NULL : fdopen(own, "w");
	bool ok;

	if (f == NULL) {
		if (own >= 0)
			close(own);
		return false;
	}
	print_table(f, what);
	ok = !ferror(f);
	return fclose(f) == 0 && ok;
}

static int save_table(
	const struct baseline_copy *c,
	const struct reservoir *r,
	const struct feature_info info[],
	const char *name,
	char *error
) {
	struct table t = {r, info};
	char path[BASELINE_PATH_MAX + 32];

	path_of(path, c->folder, name);
	return file_put(path, put_table, &t, error);
}

void baseline_remove(const char *folder) {
	char path[BASELINE_PATH_MAX + 32];

	path_of(path, folder, SAMPLE_FLOW);
	unlink(path);
	path_of(path, folder, SAMPLE_HOST);
	unlink(path);
}

int baseline_save(void *what, char error[static FILE_ERROR_MAX]) {
	const struct baseline_copy *c = what;
	int ret;

	if (!c->final) {
		ret = save_rows(c, c->flow, SAMPLE_FLOW, error);
		return ret < 0 ? ret : save_rows(c, c->host, SAMPLE_HOST, error);
	}
	ret = save_table(c, c->flow, flow_feature_info, "baseline-flow.csv", error);
	if (ret == 0)
		ret = save_table(c, c->host, host_feature_info, "baseline-host.csv", error);
	if (ret == 0)
		baseline_remove(c->folder);
	return ret;
}

static int load_rows(
	const char *folder,
	struct reservoir **out,
	const char *name,
	uint32_t features,
	struct baseline_note *note,
	char error[static FILE_ERROR_MAX]
) {
	char path[BASELINE_PATH_MAX + 32], why[FILE_ERROR_MAX];
	uint8_t *bytes = NULL;
	size_t n = 0;
	int ret;

	path_of(path, folder, name);
	ret = file_get(path, SAMPLE_BYTES_MAX, &bytes, &n, why);
	if (ret == 0)
		ret = reservoir_unpack(out, features, note, sizeof(*note), bytes, n, why);
	free(bytes);
	if (ret < 0)
		snprintf(error, FILE_ERROR_MAX, "%s: %s", name, why);
	return ret;
}

int baseline_load(
	const char *folder,
	struct reservoir **flow,
	struct reservoir **host,
	struct baseline_note *note,
	char error[static FILE_ERROR_MAX]
) {
	const int ret = load_rows(folder, flow, SAMPLE_FLOW, FLOW_FEATURE_N, note, error);

	return ret < 0 ? ret : load_rows(folder, host, SAMPLE_HOST, HOST_FEATURE_N, note, error);
}
