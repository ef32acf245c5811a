// One page of HTML that says what was found: no script, nothing fetched from outside, readable in light and dark.
//
// Whatever comes from a file (names, columns, words) is escaped here and nowhere else: the callers hand over
// plain text.
//
// Threads    One.
// Memory     None kept; the page is written as it goes.
// Ownership  The caller's, until page_close().
// Full       The raw rows that go in are bounded by gather.h, and the page says how many were left out.
#ifndef WEIR_CLI_PAGE_H
#define WEIR_CLI_PAGE_H

#include "gather.h"
#include "report.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct page {
	FILE *file;
	const char *path;
	unsigned n_sections;
};

// @return false: errno says why
bool page_open(struct page *, const char *path);
bool page_close(struct page *); // @return false: not all could be written

// A section for each file.
void page_section(struct page *, const char *title, const char *kind);
void page_section_end(struct page *);
void page_heading(struct page *, const char *text);
void page_note(struct page *, const char *text); // a paragraph
void page_bad(struct page *, const char *text); // one that must be seen

// Rows of two cells.
void page_table(struct page *);
void page_row(struct page *, const char *label, const char *value);
void page_row_count(struct page *, const char *label, uint64_t value);
void page_table_end(struct page *);

// page_charts.c
void page_timeline(struct page *, const struct gather *, const struct alarm_list *);
// @param what  "flows" or "rows"; @param by_time  false: the points' times are the rows' numbers
void page_scores(struct page *, const struct gather *, const char *what, bool by_time);

// page_alarms.c: the worst first.
void page_alarms(struct page *, const struct alarm_list *);
// The strangest rows, of all that there were, to be downloaded as CSV. @param head  its first line
void page_raw(
	struct page *,
	const struct gather *,
	const char *head,
	const char *what,
	const char *all
);

// For the parts of the page: text, escaped.
void page_text(struct page *, const char *untrusted);
[[gnu::format(printf, 2, 3)]] void page_html(struct page *, const char *format, ...);

#endif
