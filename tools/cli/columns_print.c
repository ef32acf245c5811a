// What the columns of a file are taken as, for people and for machines.
#include "columns.h"
#include "page.h"
#include "publish/text.h"

#include <stdlib.h>

#define WRAP 96

static char *unused_text(const struct columns *c) {
	struct text unused = {0};

	for (uint32_t i = 0; i < c->n; i++)
		if (c->field[i] < 0)
			text_add(&unused, "%s%s", unused.n > 0 ? ", " : "Not used: ", c->name[i]);
	return text_take(&unused);
}

void columns_print(FILE *f, const struct columns *c) {
	char *unused = unused_text(c);
	struct text wrapped = {0};

	fprintf(f, "Columns (%s%s)\n", csv_format_title(c->format), c->asked ? ", by --format" : ""
	);
	for (uint32_t i = 0; i < c->n; i++)
		if (c->field[i] >= 0)
			fprintf(f,
				"  %-30s %s\n",
				c->name[i],
				columns_field_name(c, (unsigned)c->field[i]));
	if (unused != NULL)
		text_add_wrapped(&wrapped, unused, 2, WRAP);
	if (wrapped.at != NULL)
		fputs(wrapped.at, f);
	free(text_take(&wrapped));
	free(unused);
}

static json_t *columns_json(const struct columns *c) {
	json_t *o = json_object();

	for (uint32_t i = 0; i < c->n; i++)
		if (c->field[i] >= 0)
			json_object_set_new(
				o,
				c->name[i],
				json_string(columns_field_name(c, (unsigned)c->field[i]))
			);
	return o;
}

static json_t *unused_json(const struct columns *c) {
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->n; i++)
		if (c->field[i] < 0)
			json_array_append_new(list, json_string(c->name[i]));
	return list;
}

json_t *columns_mapping_json(const struct columns *c, const char *file) {
	return json_pack(
		"{s:s, s:s, s:s, s:o, s:o}",
		"type",
		"mapping",
		"file",
		file,
		"format",
		csv_format_name(c->format),
		"columns",
		columns_json(c),
		"unused",
		unused_json(c)
	);
}

void columns_page(struct page *page, const struct columns *c) {
	char *unused = unused_text(c);

	page_heading(page, "Columns");
	page_table(page);
	for (uint32_t i = 0; i < c->n; i++)
		if (c->field[i] >= 0)
			page_row(page, c->name[i], columns_field_name(c, (unsigned)c->field[i]));
	page_table_end(page);
	if (unused != NULL)
		page_note(page, unused);
	free(unused);
}
