// Rows and their sums for machines, and in the page.
#include "publish/json.h"
#include "publish/text.h"
#include "row_print.h"

#include <stdlib.h>

static bool print_line(FILE *f, json_t *value) {
	char *line = value != NULL ? json_line(value) : NULL;
	const bool ok = line != NULL && fprintf(f, "%s\n", line) >= 0;

	free(line);
	json_decref(value);
	return ok;
}

bool row_print_mapping_json(FILE *f, const struct row_sums *s) {
	return print_line(f, columns_mapping_json(s->columns, s->file));
}

static json_t *address_json(bool has, const struct addr *addr) {
	char text[ADDR_TEXT_MAX];

	return has ? json_string(addr_text(addr, UINT8_MAX, text)) : json_null();
}

bool row_print_row_json(FILE *f, const struct row_sums *s, const struct row_strange *one) {
	const struct flow_row *r = &one->row;
	json_t *features = json_object();
	char time[TIME_TEXT_MAX], proto[8];

	for (unsigned i = 0; i < row_features(s->columns); i++)
		json_object_set_new(
			features, row_feature_name(s->columns, i), real_json((double)r->value[i])
		);
	return print_line(
		f,
		json_pack(
			"{s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			"type",
			"row",
			"row",
			(json_int_t)one->number,
			"line",
			(json_int_t)one->line,
			"time",
			r->has_time ? json_string(time_text(r->time_ns, time)) : json_null(),
			"source",
			address_json(r->has_src, &r->src),
			"source_port",
			r->has_ports ? json_integer(r->sport) : json_null(),
			"target",
			address_json(r->has_dst, &r->dst),
			"target_port",
			r->has_ports ? json_integer(r->dport) : json_null(),
			"protocol",
			r->has_proto ? json_string(protocol_text(r->proto, proto)) : json_null(),
			"score",
			real_json((double)one->score),
			"features",
			features
		)
	);
}

static json_t *known_json(const struct row_sums *s) {
	json_t *o = json_object();

	for (int k = KNOWN_TOLD; k >= KNOWN_ASSUMED; k--) {
		json_t *list = json_array();

		for (unsigned i = 0; i < row_features(s->columns); i++)
			if (s->rows > s->unusable && row_known(s, i) == (enum known)k)
				json_array_append_new(
					list, json_string(row_feature_name(s->columns, i))
				);
		json_object_set_new(o, row_known_names[k], list);
	}
	return o;
}

static json_t *quantiles_json(const struct row_sums *s) {
	json_t *o = json_object();

	for (unsigned i = 0; s->scored > 0 && i < ROW_QUANTILES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%g", row_quantiles[i]);
		json_object_set_new(o, name, real_json(row_quantile(s, row_quantiles[i])));
	}
	return o;
}

bool row_print_sums_json(FILE *f, const struct row_sums *s) {
	char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];
	const bool times = s->first_ns <= s->last_ns;
	struct row_doubt doubt;

	row_doubt_words(s, &doubt);
	return print_line(
		f,
		json_pack(
			"{s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:b, "
			"s:i, s:o, s:o}",
			"type",
			"summary",
			"file",
			s->file,
			"format",
			csv_format_name(s->columns->format),
			"complete",
			s->damage == NULL,
			"rows",
			(json_int_t)s->rows,
			"scored",
			(json_int_t)s->scored,
			"too_short",
			(json_int_t)s->too_short,
			"unusable",
			(json_int_t)s->unusable,
			"strange",
			(json_int_t)s->marked,
			"first",
			times ? json_string(time_text(s->first_ns, first)) : json_null(),
			"last",
			times ? json_string(time_text(s->last_ns, last)) : json_null(),
			"features",
			known_json(s),
			"score_quantiles",
			quantiles_json(s),
			"own_columns",
			s->model->by_columns,
			"assumed",
			(int)row_assumed(s),
			"doubt",
			doubt.scores[0] != '\0' ? json_string(doubt.scores) : json_null(),
			"damage",
			s->damage != NULL ? json_string(s->damage) : json_null()
		)
	);
}

static void page_known(struct page *page, const struct row_sums *s) {
	page_heading(page, "Features");
	page_table(page);
	for (int k = KNOWN_TOLD; k >= KNOWN_ASSUMED; k--) {
		struct text list = {0};

		for (unsigned i = 0; i < row_features(s->columns); i++)
			if (row_known(s, i) == (enum known)k)
				text_add(
					&list,
					"%s%s",
					list.n > 0 ? ", " : "",
					row_feature_name(s->columns, i)
				);
		if (list.at != NULL)
			page_row(page, row_known_names[k], list.at);
		free(text_take(&list));
	}
	page_table_end(page);
}

void row_page(struct page *page, const struct row_sums *s) {
	char words[ROW_WORDS_MAX], time[TIME_TEXT_MAX];
	struct row_doubt doubt;

	page_section(page, s->file, csv_format_title(s->columns->format));
	if (s->damage != NULL)
		page_bad(page, s->damage);
	row_model_words(s, words);
	page_table(page);
	page_row(page, "model", words);
	row_doubt_words(s, &doubt);
	if (doubt.scores[0] != '\0') {
		page_row(page, "but", doubt.scores);
		page_row(page, "better", doubt.instead);
	}
	if (s->first_ns <= s->last_ns) {
		page_row(page, "first row", time_text(s->first_ns, time));
		page_row(page, "last row", time_text(s->last_ns, time));
	}
	page_row_count(page, "rows", s->rows);
	page_row_count(page, "scored", s->scored);
	page_row_count(page, "too short to be scored", s->too_short);
	page_row_count(page, "not usable", s->unusable);
	page_row_count(page, "strange", s->marked);
	page_table_end(page);
	if (s->rows > s->unusable && !s->model->by_columns)
		page_known(page, s);
	columns_page(page, s->columns);
}
