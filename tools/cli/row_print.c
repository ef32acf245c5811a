// Rows and their sums, for people and for machines.
#include "row_print.h"

#include "publish/json.h"
#include "publish/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)
#define LABEL_WIDTH 14
#define NUMBER_WIDTH 14

const char *const row_known_names[KNOWN_N] = {
	[KNOWN_ASSUMED] = "assumed",
	[KNOWN_DERIVED] = "derived",
	[KNOWN_TOLD] = "told",
};

const double row_quantiles[ROW_QUANTILES] = {0.5, 0.9, 0.99, 1};

unsigned row_features(const struct columns *c) {
	return c->format == CSV_HOSTS ? (unsigned)HOST_FEATURE_N : (unsigned)FLOW_FEATURE_N;
}

const char *row_feature_name(const struct columns *c, unsigned feature) {
	return c->format == CSV_HOSTS ? host_feature_info[feature].name
				      : flow_feature_info[feature].name;
}

// A file that leaves it open in some rows has it assumed.
enum known row_known(const struct row_sums *s, unsigned feature) {
	for (unsigned k = KNOWN_ASSUMED; k < KNOWN_TOLD; k++)
		if (s->known[feature][k] > 0)
			return (enum known)k;
	return KNOWN_TOLD;
}

static unsigned count_known(const struct row_sums *s, enum known known) {
	unsigned n = 0;

	for (unsigned i = 0; i < row_features(s->columns); i++)
		n += row_known(s, i) == known;
	return n;
}

double row_quantile(const struct row_sums *s, double share) {
	uint64_t below = 0;

	for (unsigned i = 0; i < ROW_SHARES; i++) {
		below += s->share[i];
		if ((double)below >= share * (double)s->scored)
			return (i + 1.0) / ROW_SHARES;
	}
	return 1;
}

void row_csv_head(FILE *f, const struct columns *c) {
	fputs("row,line,time_s,src,sport,dst,dport,proto", f);
	for (unsigned i = 0; i < row_features(c); i++)
		fprintf(f, ",%s", row_feature_name(c, i));
	fputs(",score", f);
}

static void
csv_end(FILE *f, bool has_address, const struct addr *addr, bool has_port, uint16_t port) {
	char text[ADDR_TEXT_MAX];

	fprintf(f, ",%s,", has_address ? addr_text(addr, UINT8_MAX, text) : "");
	if (has_port)
		fprintf(f, "%u", port);
}

void row_csv(FILE *f, const struct columns *c, const struct row_strange *one) {
	const struct flow_row *r = &one->row;

	fprintf(f, "%" PRIu64 ",%lu,", one->number, one->line);
	if (r->has_time)
		fprintf(f, "%" PRIu64 ".%09" PRIu64, r->time_ns / NS_PER_S, r->time_ns % NS_PER_S);
	csv_end(f, r->has_src, &r->src, r->has_ports, r->sport);
	csv_end(f, r->has_dst, &r->dst, r->has_ports, r->dport);
	fputc(',', f);
	if (r->has_proto)
		fprintf(f, "%u", r->proto);
	for (unsigned i = 0; i < row_features(c); i++)
		fprintf(f, ",%.9g", (double)r->value[i]);
	if (isnan(one->score))
		fputc(',', f);
	else
		fprintf(f, ",%.9g", (double)one->score);
}

static void print_end(FILE *f, bool has, const struct addr *addr, bool has_port, uint16_t port) {
	char text[ADDR_TEXT_MAX];

	if (!has)
		fputs("-", f);
	else
		fprintf(f,
			has_port && !addr_is_ip4(addr) ? "[%s]" : "%s",
			addr_text(addr, UINT8_MAX, text));
	if (has_port)
		fprintf(f, ":%u", port);
}

static void print_strangest(FILE *f, const struct row_sums *s) {
	if (s->n_strangest > 0)
		fprintf(f, "\nThe strangest rows\n  %10s %8s  %s\n", "line", "score", "who");
	for (unsigned i = 0; i < s->n_strangest; i++) {
		const struct row_strange *one = &s->strangest[i];
		char proto[8];

		fprintf(f, "  %10lu %8.5f  ", one->line, (double)one->score);
		print_end(f, one->row.has_src, &one->row.src, one->row.has_ports, one->row.sport);
		if (s->columns->format != CSV_HOSTS) {
			fputs(" > ", f);
			print_end(
				f,
				one->row.has_dst,
				&one->row.dst,
				one->row.has_ports,
				one->row.dport
			);
			fprintf(f,
				" %s",
				one->row.has_proto ? protocol_text(one->row.proto, proto) : "");
		}
		fputc('\n', f);
	}
}

static void print_known(FILE *f, const struct row_sums *s) {
	for (int k = KNOWN_TOLD; k >= KNOWN_ASSUMED; k--) {
		unsigned n = 0;

		for (unsigned i = 0; i < row_features(s->columns); i++) {
			if (row_known(s, i) != (enum known)k)
				continue;
			if (n++ == 0)
				fprintf(f, "  %s: ", row_known_names[k]);
			else
				fputs(", ", f);
			fputs(row_feature_name(s->columns, i), f);
		}
		if (n > 0)
			fputc('\n', f);
	}
}

static void print_number(FILE *f, const char *label, uint64_t value, const char *note) {
	char text[NUMBER_TEXT_MAX];

	fprintf(f,
		"  %-*s%*s%s%s\n",
		LABEL_WIDTH,
		label,
		NUMBER_WIDTH,
		count_text(value, text),
		note[0] != '\0' ? "  " : "",
		note);
}

static void unusable_words(const struct row_sums *s, char out[static 120]) {
	out[0] = '\0';
	if (s->unusable > 0)
		snprintf(
			out,
			120,
			"a needed figure is empty, infinite or negative; the first in line %lu",
			s->unusable_line
		);
}

void row_model_words(const struct row_sums *s, char out[static ROW_WORDS_MAX]) {
	const unsigned assumed = row_assumed(s);

	if (s->model->model == NULL)
		snprintf(out, ROW_WORDS_MAX, "no model: nothing is scored; name one with --model");
	else if (s->model->by_columns)
		snprintf(out, ROW_WORDS_MAX, "%.200s, of this file's own columns", s->model->path);
	else
		snprintf(
			out,
			ROW_WORDS_MAX,
			assumed > 0 ? "%.200s, by %u of its %u features" : "%.200s",
			s->model->path != NULL ? s->model->path : "the configuration's",
			row_features(s->columns) - assumed,
			row_features(s->columns)
		);
}

unsigned row_assumed(const struct row_sums *s) {
	if (s->model->model == NULL || s->model->by_columns || s->rows == s->unusable)
		return 0;
	return count_known(s, KNOWN_ASSUMED);
}

// The columns that are figures, as the file calls them, for a model of its own.
static void figures_list(const struct columns *c, char *out, size_t room) {
	size_t n = 0;

	for (uint32_t i = 0; i < c->n && n < room; i++)
		if (c->field[i] >= FIELD_ENDS_N)
			n += (size_t
			)snprintf(out + n, room - n, "%s%s", n > 0 ? "," : "", c->name[i]);
}

void row_doubt_words(const struct row_sums *s, struct row_doubt *out) {
	const unsigned assumed = row_assumed(s);
	char figures[ROW_WORDS_MAX / 2] = "";

	out->scores[0] = out->instead[0] = '\0';
	if (assumed == 0)
		return;
	snprintf(
		out->scores,
		ROW_WORDS_MAX,
		"%u features that this file cannot tell are taken from an ordinary flow. Scores "
		"put rows "
		"in order; they promise no share of normal traffic, and what only those features "
		"show is "
		"not found",
		assumed
	);
	figures_list(s->columns, figures, sizeof(figures));
	snprintf(
		out->instead,
		ROW_WORDS_MAX,
		"weir train --features %s -o own.weir NORMAL.csv && weir analyze --model own.weir "
		"%.200s",
		figures,
		s->file
	);
}

static void print_doubt(FILE *f, const struct row_sums *s) {
	struct row_doubt doubt;
	struct text clean = {0};

	row_doubt_words(s, &doubt);
	if (doubt.scores[0] == '\0')
		return;
	fprintf(f, "  %-*s%s\n", LABEL_WIDTH, "but", doubt.scores);
	text_add_clean(&clean, doubt.instead);
	fprintf(f, "  %-*s%s\n", LABEL_WIDTH, "better", clean.at != NULL ? clean.at : "");
	free(text_take(&clean));
}

void row_print_sums(FILE *f, const struct row_sums *s) {
	char words[ROW_WORDS_MAX], unusable[120], marked[80], number[NUMBER_TEXT_MAX];
	struct text clean = {0};

	if (s->rows > s->unusable && !s->model->by_columns) {
		fputs("\nFeatures\n", f);
		print_known(f, s);
	}
	print_strangest(f, s);
	text_add_clean(&clean, s->file);
	fprintf(f, "\nSummary of %s\n", clean.at != NULL ? clean.at : "");
	free(text_take(&clean));
	row_model_words(s, words);
	fprintf(f, "  %-*s%s\n", LABEL_WIDTH, "model", words);
	print_doubt(f, s);
	unusable_words(s, unusable);
	snprintf(
		marked,
		sizeof(marked),
		row_assumed(s) > 0 ? "score %s or more, with what is assumed"
				   : "score %s or more: a sensor would report them",
		number_text((double)s->marked_from, number)
	);
	print_number(f, "rows", s->rows, "");
	print_number(f, "= scored", s->scored, "");
	print_number(
		f,
		"+ too short",
		s->too_short,
		s->too_short > 0 ? "fewer than 4 packets: a sensor does not score them" : ""
	);
	if (s->model->model == NULL)
		print_number(f, "+ not scored", s->rows - s->too_short - s->unusable, "");
	print_number(f, "+ not usable", s->unusable, unusable);
	print_number(f, "strange", s->marked, marked);
	for (unsigned i = 0; s->scored > 0 && i < ROW_QUANTILES; i++)
		fprintf(f,
			"%s %g %% up to %.3f%s",
			i == 0 ? "  scores       " : "",
			row_quantiles[i] * 100,
			row_quantile(s, row_quantiles[i]),
			i + 1 < ROW_QUANTILES ? "," : "\n");
}
