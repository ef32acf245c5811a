// One CSV file of flows or hosts: each row scored as it passes, none kept but the strangest.
#include "analyze.h"
#include "cli.h"
#include "flow/flow.h"
#include "gather.h"
#include "progress.h"
#include "row_model.h"
#include "row_print.h"
#include "scores.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Rows that wait for their scores, in order; some get none.
struct batch {
	unsigned n, n_scored;
	struct row_strange one[MODEL_BATCH_MAX];
	bool scored[MODEL_BATCH_MAX];
	float value[MODEL_BATCH_MAX][MODEL_FEATURES_MAX]; // of those that are scored
};

struct job {
	struct analyze *analyze;
	struct csv_in *in;
	const struct columns *columns;
	struct row_model model;
	struct flow_row_state state;
	struct gather *gather; // NULL: no page is wanted
	bool failed; // output
	struct row_sums sums;
	struct batch batch;
};

static void strangest_put(struct row_sums *s, const struct row_strange *one) {
	unsigned at = s->n_strangest;

	while (at > 0 && s->strangest[at - 1].score < one->score)
		at--;
	if (at == ROW_STRANGEST)
		return;
	if (s->n_strangest < ROW_STRANGEST)
		s->n_strangest++;
	memmove(&s->strangest[at + 1],
		&s->strangest[at],
		(s->n_strangest - at - 1) * sizeof(s->strangest[0]));
	s->strangest[at] = *one;
}

static void score_note(struct job *job, const struct row_strange *one) {
	struct row_sums *s = &job->sums;
	const int at = (int)(one->score * ROW_SHARES);

	s->scored++;
	s->share[at < 0 ? 0 : at < ROW_SHARES ? at : ROW_SHARES - 1]++;
	strangest_put(s, one);
	if (one->score < s->marked_from)
		return;
	s->marked++;
	if (job->analyze->options.json && !row_print_row_json(stdout, s, one))
		job->failed = true;
}

// By the time of the row, or where it has none by its number, a second each.
static uint64_t time_of(const struct row_strange *one) {
	return one->row.has_time ? one->row.time_ns : one->number * UINT64_C(1000000000);
}

static void gather_one(struct job *job, const struct row_strange *one) {
	char line[GATHER_ROW_MAX];
	FILE *f;

	if (!isnan(one->score))
		gather_score(
			job->gather, time_of(one), one->score, one->score >= job->sums.marked_from
		);
	if (!gather_row_wanted(job->gather, one->score))
		return;
	f = fmemopen(line, sizeof(line), "w");
	if (f == NULL) {
		job->gather->failed = true;
		return;
	}
	row_csv(f, job->columns, one);
	fclose(f);
	line[sizeof(line) - 1] = '\0';
	gather_row(job->gather, one->score, line);
}

static void row_done(struct job *job, const struct row_strange *one) {
	const bool host = job->columns->format == CSV_HOSTS;

	if (!isnan(one->score))
		score_note(job, one);
	if (job->gather != NULL)
		gather_one(job, one);
	if (job->analyze->scores != NULL)
		scores_line(
			job->analyze->scores,
			one->number,
			one->row.has_time ? &one->row.time_ns : NULL,
			host ? (float)NAN : one->score,
			host ? one->score : (float)NAN,
			0
		);
}

static void batch_score(struct job *job) {
	struct batch *b = &job->batch;
	float raw[MODEL_BATCH_MAX];
	unsigned k = 0;

	if (b->n_scored > 0)
		model_score(job->model.model, b->value[0], MODEL_FEATURES_MAX, b->n_scored, raw);
	for (unsigned i = 0; i < b->n; i++) {
		if (b->scored[i])
			b->one[i].score = model_calibrate(job->model.model, raw[k++]);
		row_done(job, &b->one[i]);
	}
	b->n = b->n_scored = 0;
}

static void times_note(struct row_sums *s, const struct flow_row *row) {
	if (!row->has_time)
		return;
	s->first_ns = row->time_ns < s->first_ns ? row->time_ns : s->first_ns;
	s->last_ns = row->time_ns > s->last_ns ? row->time_ns : s->last_ns;
}

// A flow of fewer packets is never scored where it is measured; a model that has this table's own columns
// knows what it was trained on.
static bool is_too_short(const struct job *job, const struct flow_row *row) {
	return job->columns->format != CSV_HOSTS && !job->model.by_columns
		&& row->value[FLOW_FEATURE_PACKETS] < FLOW_SCORE_MIN_PACKETS;
}

// @return as flow_row_read(): is it to be scored?
static int row_judge(struct job *job, struct row_strange *one, float *value) {
	struct row_sums *s = &job->sums;
	int got = flow_row_read(&one->row, &job->state, job->columns, job->in);

	if (got == 1 && job->model.model != NULL && !is_too_short(job, &one->row))
		got = row_model_row(&job->model, job->columns, job->in, &one->row, value);
	else if (got == 1)
		s->too_short += is_too_short(job, &one->row);
	if (got < 0)
		return got;
	s->rows++;
	times_note(s, &one->row);
	if (got == 0) {
		s->unusable_line = s->unusable++ == 0 ? one->line : s->unusable_line;
		return 0;
	}
	for (unsigned i = 0; i < row_features(job->columns); i++)
		s->known[i][one->row.known[i]]++;
	return job->model.model != NULL && !is_too_short(job, &one->row);
}

static int row_take(struct job *job) {
	struct batch *b = &job->batch;
	struct row_strange *one = &b->one[b->n];
	int got;

	*one = (struct row_strange) {
		.score = NAN, .number = job->sums.rows + 1, .line = csv_in_line(job->in)};
	got = row_judge(job, one, b->value[b->n_scored]);
	if (got < 0)
		return -1;
	b->scored[b->n++] = got == 1;
	b->n_scored += got == 1;
	if (b->n == MODEL_BATCH_MAX)
		batch_score(job);
	return 0;
}

static void read_all(struct job *job) {
	struct progress progress;

	progress_begin(&progress, !job->analyze->options.quiet);
	while (csv_in_next(job->in) > 0 && row_take(job) == 0)
		progress_show(&progress, csv_in_progress(job->in), job->sums.rows);
	batch_score(job);
	progress_end(&progress);
	job->sums.damage = csv_in_error(job->in);
}

static void write_section(struct job *job) {
	struct page *page = job->analyze->page;
	char first[1024];
	FILE *f = fmemopen(first, sizeof(first), "w");

	if (f == NULL)
		return;
	row_csv_head(f, job->columns);
	fclose(f);
	first[sizeof(first) - 1] = '\0';
	gather_sort(job->gather);
	row_page(page, &job->sums);
	page_scores(page, job->gather, "rows", job->sums.first_ns <= job->sums.last_ns);
	page_raw(page, job->gather, first, "rows", "--scores writes the score of each");
	page_section_end(page);
}

static int analyze_whole(struct job *job) {
	const struct analyze_options *o = &job->analyze->options;

	if (o->json)
		job->failed = !row_print_mapping_json(stdout, &job->sums);
	else
		columns_print(stdout, job->columns);
	read_all(job);
	if (o->json)
		job->failed = !row_print_sums_json(stdout, &job->sums) || job->failed;
	else
		row_print_sums(stdout, &job->sums);
	if (job->gather != NULL)
		write_section(job);
	if (job->sums.damage != NULL)
		return analyze_fail("%s; what was before it is used", job->sums.damage);
	if (job->failed || (job->gather != NULL && job->gather->failed))
		return analyze_fail("%s: no memory for all rows", job->sums.file);
	return EXIT_OK;
}

static bool begin(struct job *job) {
	const struct analyze *a = job->analyze;
	const struct analyze_options *o = &a->options;
	char error[ROW_MODEL_ERROR_MAX];

	if (o->flows_path != NULL || o->hosts_path != NULL) {
		analyze_fail(
			"%s: rows of flows or hosts are there already: --flows and --hosts need "
			"packets",
			job->sums.file
		);
		return false;
	}
	if (row_model_choose(&job->model, job->columns, a->conf, o->model_path, o->n_models, error)
	    < 0) {
		analyze_fail("%s", error);
		return false;
	}
	if (a->page == NULL)
		return true;
	job->gather = gather_create();
	if (job->gather == NULL)
		analyze_fail("--report: out of memory");
	return job->gather != NULL;
}

int analyze_rows(
	struct analyze *a,
	struct csv_in *in,
	const struct columns *columns,
	const char *path
) {
	struct job *job = calloc(1, sizeof(*job));
	int ret = EXIT_FAILED;

	if (job == NULL)
		return analyze_fail("%s: out of memory", path);
	job->analyze = a;
	job->in = in;
	job->columns = columns;
	job->sums = (struct row_sums) {
		.file = path,
		.columns = columns,
		.model = &job->model,
		.marked_from = a->conf->pipeline.finding_score,
		.first_ns = UINT64_MAX,
	};
	if (begin(job))
		ret = analyze_whole(job);
	row_model_free(&job->model);
	gather_destroy(job->gather);
	free(job);
	return ret;
}
