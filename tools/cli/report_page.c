// The summary of a capture in the page.
#include "page.h"
#include "publish/json.h"
#include "publish/text.h"
#include "report.h"

static void headline(struct page *page, const struct report *r) {
	unsigned worst = 0;
	char words[160], n[NUMBER_TEXT_MAX];

	for (size_t i = 0; i < r->alarms.n; i++)
		if (r->alarms.alarm[i].severity > worst)
			worst = r->alarms.alarm[i].severity;
	if (r->alarms.n == 0)
		snprintf(words, sizeof(words), "No alarm.");
	else
		snprintf(
			words,
			sizeof(words),
			"%s alarm%s, the worst: %s.",
			count_text(r->alarms.n, n),
			r->alarms.n == 1 ? "" : "s",
			severity_name(worst)
		);
	page_note(page, words);
	if (r->damage != NULL)
		page_bad(page, r->damage);
}

static void
counters(struct page *page, const struct counter_info *info, const uint64_t *count, unsigned n) {
	for (unsigned i = 0; i < n; i++)
		if (count[i] > 0)
			page_row_count(page, info[i].name, count[i]);
}

void report_page(struct page *page, const struct report *r) {
	page_section(page, r->file, r->link_name);
	headline(page, r);
}

static void apps(struct page *page, const struct report *r) {
	struct app_rank rank[STATS_APPS_MAX];
	const unsigned n = apps_rank(r->app, rank);

	if (n == 0)
		return;
	page_heading(page, "Applications, by flows");
	page_table(page);
	for (unsigned i = 0; i < n; i++)
		page_row_count(page, rank[i].name, rank[i].share->flows);
	page_table_end(page);
}

void report_page_totals(struct page *page, const struct report *r) {
	const double seconds = (double)(r->last_ns - r->first_ns) / 1e9;
	char text[TIME_TEXT_MAX + NUMBER_TEXT_MAX];

	page_heading(page, "Totals");
	page_table(page);
	if (r->packets > 0) {
		page_row(page, "first packet", time_text(r->first_ns, text));
		page_row(page, "last packet", time_text(r->last_ns, text));
		page_row(page, "duration", duration_text(seconds, text));
		page_row(page, "bytes", scaled_text((double)r->worker.rx_bytes, "B", text));
	}
	page_row_count(page, "packets seen", r->packets);
	page_row_count(page, "= in flows", r->worker.flow_packets);
	page_row_count(page, "+ hosts only, no room in the flow table", r->worker.host_only);
	page_row_count(page, "+ not IP", r->worker.not_ip);
	page_row_count(page, "+ malformed", r->worker.malformed);
	page_row_count(page, "flows", r->worker.flows_new);
	counters(page, protocol_info, r->worker.protocol, PROTOCOL_N);
	page_table_end(page);
	apps(page, r);
}
