// What `weir analyze` says of a capture: alarms and a summary, for people or for machines.
//
// Threads    One.
// Memory     The list of alarms grows with them, on the heap.
#ifndef WEIR_CLI_REPORT_H
#define WEIR_CLI_REPORT_H

#include <weir/event.h>
#include <weir/stats.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// Each alarm as it stands, in the order in which they opened.
struct alarm_list {
	struct alarm *alarm;
	size_t n, room;
	bool failed; // no memory for one of them
};

// Take a transition in. An alarm_fn; ctx is the list.
void alarm_list_put(void *list, const struct alarm *alarm);
void alarm_list_free(struct alarm_list *);

struct report {
	const char *file;
	const char *sensor;
	const char *link_name;
	const char *damage; // NULL: the file was read to its end
	uint64_t packets; // that the file gave
	uint64_t first_ns, last_ns; // lowest and highest time stamp
	struct worker_counters worker;
	struct control_counters control;
	struct app_share app[STATS_APPS_MAX];
	struct alarm_list alarms;
};

// analysed + malformed: must be all that were read.
uint64_t report_analysed(const struct report *);
bool report_adds_up(const struct report *);

// Applications by flows, most first; those without a name are "not named", last. @return how many there were
struct app_rank {
	const char *name;
	const struct app_share *share;
};
unsigned apps_rank(
	const struct app_share app[static STATS_APPS_MAX],
	struct app_rank out[static STATS_APPS_MAX]
);

// @return false: no memory
bool report_print_json(FILE *, const struct report *, bool with_alarms);
// @param full  with the evidence of each alarm
bool report_print_text(FILE *, const struct report *, bool full, bool colour);
// One transition as a line of JSON, as the sensor publishes it.
bool report_print_alarm(FILE *, const char *sensor, const struct alarm *alarm);

struct page;
// Begins the file's section of a page (page.h).
void report_page(struct page *, const struct report *);
void report_page_totals(struct page *, const struct report *);

#endif
