// labels.csv. Everything in it is doubted; the first mistake is named with its place.
#include "labels.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MAX_S 9e9 // seconds that fit in 64 bits of nanoseconds

static const char *const class_names[LABEL_CLASS_N] = {"attack", "mixed", "benign", "parser"};

enum column {
	COLUMN_FILE,
	COLUMN_CLASS,
	COLUMN_TYPE,
	COLUMN_KIND,
	COLUMN_TARGET,
	COLUMN_SOURCE,
	COLUMN_RULE,
	COLUMN_TOP_DST,
	COLUMN_TOP_SHARE,
	COLUMN_START,
	COLUMN_END,
	COLUMN_EXCLUDE,
	COLUMN_N
};

static const char *const column_names[COLUMN_N] = {
	"file",
	"class",
	"type",
	"kind",
	"target",
	"source",
	"packet_rule",
	"top_dst",
	"top_dst_share",
	"start",
	"end",
	"exclude",
};

struct reading {
	struct csv_in *csv;
	const char *path;
	size_t first; // label of this table
	uint32_t n_columns;
	int at[COLUMN_N]; // -1: there is none of that name
};

const char *label_class_name(unsigned class) {
	return class < LABEL_CLASS_N ? class_names[class] : NULL;
}

void text_defuse(char *text) {
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static const char *field(const struct reading *r, enum column column) {
	return r->at[column] < 0 ? "" : csv_in_field(r->csv, (uint32_t)r->at[column]);
}

// For messages: columns count from 1.
static uint32_t place(const struct reading *r, enum column column) {
	return (uint32_t)(r->at[column] + 1);
}

static int column_note(struct reading *r, uint32_t at) {
	const char *name = csv_in_field(r->csv, at);

	for (unsigned i = 0; i < COLUMN_N; i++) {
		if (strcmp(name, column_names[i]) != 0)
			continue;
		if (r->at[i] >= 0)
			return csv_in_fail(r->csv, at + 1, "column %s is there twice", name);
		r->at[i] = (int)at;
	}
	return 0;
}

static int header_read(struct reading *r) {
	const int got = csv_in_next(r->csv);

	if (got < 0)
		return -1;
	if (got == 0)
		return csv_in_fail(r->csv, 0, "empty: the first line names the columns");
	r->n_columns = csv_in_n(r->csv);
	memset(r->at, -1, sizeof(r->at));
	for (uint32_t i = 0; i < r->n_columns; i++)
		if (column_note(r, i) < 0)
			return -1;
	if (r->at[COLUMN_FILE] < 0)
		return csv_in_fail(
			r->csv,
			0,
			"no column \"file\": it names the captures; see weir evaluate --help"
		);
	if (r->at[COLUMN_CLASS] < 0 && r->at[COLUMN_TYPE] < 0 && r->at[COLUMN_KIND] < 0)
		return csv_in_fail(
			r->csv,
			0,
			"no column \"class\", \"type\" or \"kind\": one must tell what the files "
			"are"
		);
	return 0;
}

static int class_read(const struct reading *r, struct label *label) {
	const char *text = field(r, COLUMN_CLASS);

	if (r->at[COLUMN_CLASS] < 0) {
		const bool attack = label->type[0] != '\0' || label->kind[0] != '\0';

		label->class = attack ? LABEL_ATTACK : LABEL_BENIGN;
		return 0;
	}
	for (label->class = 0; label->class < LABEL_CLASS_N; label->class ++)
		if (strcmp(text, class_names[label->class]) == 0)
			return 0;
	return csv_in_fail(
		r->csv,
		place(r, COLUMN_CLASS),
		"class \"%.40s\": there are attack, mixed, benign and parser",
		text
	);
}

static int number_read(const struct reading *r, enum column column, double most, double *out) {
	const char *text = field(r, column);
	char *end;

	*out = 0;
	if (text[0] == '\0')
		return 0;
	*out = strtod(text, &end);
	if (*end != '\0' || !(*out >= 0 && *out <= most))
		return csv_in_fail(
			r->csv, place(r, column), "\"%.40s\" is not a number of 0 to %g", text, most
		);
	return 0;
}

static int time_read(const struct reading *r, enum column column, struct label_time *out) {
	double s;

	*out = (struct label_time) {0};
	if (field(r, column)[0] == '\0')
		return 0;
	if (number_read(r, column, TIME_MAX_S, &s) < 0)
		return -1;
	out->from = field(r, column)[0] == '+' ? TIME_IN_FILE : TIME_EPOCH;
	out->ns = llround(s * 1e9);
	return 0;
}

static bool leads_out(const char *file) {
	if (file[0] == '/')
		return true;
	while (*file != '\0') {
		const size_t n = strcspn(file, "/");

		if (n == 2 && file[0] == '.' && file[1] == '.')
			return true;
		file += n;
		file += *file == '/';
	}
	return false;
}

// A name that leads out of the folder is a mistake, or worse.
static int file_check(const struct reading *r) {
	const char *file = field(r, COLUMN_FILE);

	if (file[0] == '\0')
		return csv_in_fail(r->csv, place(r, COLUMN_FILE), "no file is named");
	if (leads_out(file))
		return csv_in_fail(
			r->csv,
			place(r, COLUMN_FILE),
			"file \"%.80s\" is outside of the folder: name it from there",
			file
		);
	return 0;
}

static int numbers_read(const struct reading *r, struct label *label) {
	if (number_read(r, COLUMN_TOP_SHARE, 1, &label->top_share) < 0
	    || time_read(r, COLUMN_START, &label->start) < 0
	    || time_read(r, COLUMN_END, &label->end) < 0)
		return -1;
	if (label->start.from != TIME_UNTOLD && label->start.from == label->end.from
	    && label->end.ns < label->start.ns)
		return csv_in_fail(r->csv, place(r, COLUMN_END), "the end is before the start");
	return 0;
}

static int words_read(const struct reading *r, struct label *label) {
	const struct {
		char **to;
		enum column column;
	} words[] = {
		{&label->file, COLUMN_FILE},
		{&label->type, COLUMN_TYPE},
		{&label->kind, COLUMN_KIND},
		{&label->target, COLUMN_TARGET},
		{&label->source, COLUMN_SOURCE},
		{&label->rule, COLUMN_RULE},
		{&label->top_dst, COLUMN_TOP_DST},
		{&label->exclude, COLUMN_EXCLUDE},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*words[i].to = strdup(field(r, words[i].column));
		if (*words[i].to == NULL)
			return csv_in_fail(r->csv, 0, "out of memory");
		text_defuse(*words[i].to);
	}
	return 0;
}

static struct label *label_add(const struct reading *r, struct labels *labels) {
	if (labels->n == LABELS_MAX) {
		csv_in_fail(r->csv, 0, "more than %d rows: split the file", LABELS_MAX);
		return NULL;
	}
	if (labels->n == labels->room) {
		const size_t room = labels->room != 0 ? labels->room * 2 : 256;
		struct label *more = reallocarray(labels->label, room, sizeof(*more));

		if (more == NULL) {
			csv_in_fail(r->csv, 0, "out of memory");
			return NULL;
		}
		labels->label = more;
		labels->room = room;
	}
	labels->label[labels->n] = (struct label) {.path = r->path, .line = csv_in_line(r->csv)};
	return &labels->label[labels->n++];
}

static int row_read(const struct reading *r, struct labels *labels) {
	struct label *label;

	if (csv_in_width_check(r->csv, r->n_columns) < 0)
		return -1;
	label = label_add(r, labels);
	if (label == NULL || file_check(r) < 0 || words_read(r, label) < 0)
		return -1;
	return class_read(r, label) < 0 ? -1 : numbers_read(r, label);
}

static int rows_read(struct reading *r, struct labels *labels) {
	int got;

	if (header_read(r) < 0)
		return -1;
	while ((got = csv_in_next(r->csv)) > 0)
		if (row_read(r, labels) < 0)
			return -1;
	if (got == 0 && labels->n == r->first)
		return csv_in_fail(r->csv, 0, "no row follows the names of the columns");
	return got;
}

static void label_free(struct label *l) {
	free(l->file);
	free(l->type);
	free(l->kind);
	free(l->target);
	free(l->source);
	free(l->rule);
	free(l->top_dst);
	free(l->exclude);
}

static bool told_from(const struct labels *labels, size_t first, const char *file) {
	for (size_t i = first; i < labels->n; i++)
		if (strcmp(labels->label[i].file, file) == 0)
			return true;
	return false;
}

// Of the rows before `first`, keep those of files that no later row tells of.
static void replace(struct labels *labels, size_t first) {
	size_t kept = 0;

	if (first == 0)
		return;
	for (size_t i = 0; i < labels->n; i++) {
		if (i < first && told_from(labels, first, labels->label[i].file))
			label_free(&labels->label[i]);
		else
			labels->label[kept++] = labels->label[i];
	}
	labels->n = kept;
}

int labels_read(struct labels *labels, const char *path, char error[static CSV_ERROR_MAX]) {
	struct reading reading = {.path = path, .first = labels->n};
	int ret;

	if (csv_in_open(&reading.csv, path, error) < 0)
		return -1;
	ret = rows_read(&reading, labels);
	if (ret < 0)
		snprintf(error, CSV_ERROR_MAX, "%s", csv_in_error(reading.csv));
	else
		replace(labels, reading.first);
	csv_in_close(reading.csv);
	return ret;
}

void labels_free(struct labels *labels) {
	for (size_t i = 0; i < labels->n; i++)
		label_free(&labels->label[i]);
	free(labels->label);
	*labels = (struct labels) {0};
}
