// Alarms of the page, and the raw rows in it.
#include "page.h"
#include "publish/json.h"
#include "publish/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int worst_first(const void *a, const void *b) {
	const struct alarm *x = *(const struct alarm *const *)a;
	const struct alarm *y = *(const struct alarm *const *)b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? 1 : -1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

// A word that is a class of the style sheet, too.
static const char *class_of(const struct alarm *a) {
	return severity_name(a->severity) != NULL ? severity_name(a->severity) : "low";
}

static void target(struct page *p, const struct alarm *a) {
	char text[ADDR_TEXT_MAX];

	page_text(p, addr_text(&a->target, a->target_prefix_len, text));
	if (a->has_port)
		page_html(p, " port %u", a->port);
}

static void number_cell(struct page *p, double value) {
	char text[NUMBER_TEXT_MAX];

	page_html(p, "<td class=\"n\">%s</td>", number_text(value, text));
}

static void evidence(struct page *p, const struct alarm *a) {
	if (a->n_evidence == 0)
		return;
	page_html(
		p,
		"<div class=\"wide\"><table><tr><th>evidence</th><th class=\"n\">value</th>"
		"<th class=\"n\">usual</th><th class=\"n\">weight</th></tr>\n"
	);
	for (unsigned i = 0; i < a->n_evidence && i < ALARM_EVIDENCE_MAX; i++) {
		page_html(p, "<tr><td>");
		page_text(p, a->evidence[i].name);
		page_html(p, "</td>");
		number_cell(p, (double)a->evidence[i].value);
		number_cell(p, (double)a->evidence[i].baseline);
		page_html(
			p,
			"<td class=\"n\">%.0f %%</td></tr>\n",
			100 * (double)a->evidence[i].weight
		);
	}
	page_html(p, "</table></div>\n");
}

static void sources(struct page *p, const struct alarm *a) {
	char text[ADDR_TEXT_MAX], number[NUMBER_TEXT_MAX];

	page_html(p, "<p>Sources: about %s", count_text(a->distinct_sources, number));
	page_html(p, ", forged: %s", forged_name(a->forged));
	if (a->forged_why[0] != '\0') {
		page_html(p, " (");
		page_text(p, a->forged_why);
		page_html(p, ")");
	}
	for (unsigned i = 0; i < a->n_sources && i < ALARM_SOURCES_MAX; i++) {
		page_html(p, "%s", i == 0 ? ". Most from " : ", ");
		page_text(p, addr_text(&a->sources[i].addr, UINT8_MAX, text));
		page_html(p, " (%s)", count_text(a->sources[i].packets, number));
	}
	page_html(p, "</p>\n");
}

static void measure(struct page *p, const struct alarm *a) {
	char value[NUMBER_TEXT_MAX], threshold[NUMBER_TEXT_MAX], usual[NUMBER_TEXT_MAX];
	char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX], over[NUMBER_TEXT_MAX];

	page_html(
		p,
		"<p class=\"soft\">%s to %s. ",
		time_text(a->start_ns, start),
		time_text(a->end_ns, end)
	);
	page_text(p, a->metric);
	page_html(
		p,
		" %s over %s, threshold %s, usual %s.</p>\n",
		number_text(a->value, value),
		duration_text((double)a->interval_ns / 1e9, over),
		number_text(a->threshold, threshold),
		isnan(a->baseline) ? "not known" : number_text(a->baseline, usual)
	);
}

static void alarm_card(struct page *p, const struct alarm *a) {
	page_html(
		p,
		"<div class=\"alarm %s\"><h4><span class=\"tag %s\">%s</span>",
		class_of(a),
		class_of(a),
		class_of(a)
	);
	page_text(p, event_kind_title(a->kind) != NULL ? event_kind_title(a->kind) : "alarm");
	page_html(p, " at ");
	target(p, a);
	page_html(p, "</h4>\n<p>");
	page_text(p, a->words);
	page_html(p, "</p>\n<p><strong>What to do:</strong> ");
	page_text(p, a->mitigation);
	page_html(p, "</p>\n");
	measure(p, a);
	page_html(
		p,
		"<details><summary>evidence and sources, id %016llx</summary>\n",
		(unsigned long long)a->id
	);
	evidence(p, a);
	sources(p, a);
	page_html(p, "</details></div>\n");
}

void page_alarms(struct page *p, const struct alarm_list *alarms) {
	const struct alarm **sorted = calloc(alarms->n + 1, sizeof(*sorted));

	page_heading(p, "Alarms");
	if (alarms->n == 0)
		page_note(p, "None.");
	for (size_t i = 0; sorted != NULL && i < alarms->n; i++)
		sorted[i] = &alarms->alarm[i];
	if (sorted != NULL)
		qsort(sorted, alarms->n, sizeof(*sorted), worst_first);
	for (size_t i = 0; i < alarms->n; i++)
		alarm_card(p, sorted != NULL ? sorted[i] : &alarms->alarm[i]);
	free(sorted);
}

// Base64 (RFC 4648) as it goes.
struct base64 {
	FILE *out;
	unsigned n; // bytes that wait
	uint32_t bits;
};

static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64_byte(struct base64 *b, uint8_t byte) {
	b->bits = b->bits << 8 | byte;
	if (++b->n < 3)
		return;
	for (int shift = 18; shift >= 0; shift -= 6)
		fputc(digit[b->bits >> shift & 63], b->out);
	b->n = 0;
	b->bits = 0;
}

static void base64_end(struct base64 *b) {
	if (b->n == 1)
		fprintf(b->out, "%c%c==", digit[b->bits >> 2 & 63], digit[b->bits << 4 & 63]);
	else if (b->n == 2)
		fprintf(b->out,
			"%c%c%c=",
			digit[b->bits >> 10 & 63],
			digit[b->bits >> 4 & 63],
			digit[b->bits << 2 & 63]);
}

static void base64_line(struct base64 *b, const char *line) {
	for (; *line != '\0'; line++)
		base64_byte(b, (uint8_t)*line);
	base64_byte(b, '\n');
}

void page_raw(
	struct page *p,
	const struct gather *g,
	const char *first,
	const char *what,
	const char *all
) {
	struct base64 base64 = {.out = p->file};
	char kept[NUMBER_TEXT_MAX], in_all[NUMBER_TEXT_MAX], words[300];

	page_heading(p, "Raw values");
	snprintf(
		words,
		sizeof(words),
		g->n_kept < g->n_rows ? "The %s strangest of %s %s are in this page; %s."
				      : "%s of %s %s are in this page.",
		count_text(g->n_kept, kept),
		count_text(g->n_rows, in_all),
		what,
		all
	);
	page_note(p, words);
	if (g->n_kept == 0)
		return;
	page_html(p, "<p><a download=\"%s.csv\" href=\"data:text/csv;base64,", what);
	base64_line(&base64, first);
	for (unsigned i = 0; i < g->n_kept; i++)
		base64_line(&base64, g->row[i].text);
	base64_end(&base64);
	page_html(p, "\">%s.csv</a></p>\n", what);
}
