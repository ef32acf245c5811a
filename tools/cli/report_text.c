// The alarms and the summary of a capture as people read them.
#include "publish/json.h"
#include "publish/text.h"
#include "report.h"

#include <stdlib.h>

#define LABEL_WIDTH 24 // the longest name of a kind
#define NUMBER_WIDTH 14

static bool print_alarms(FILE *f, const struct report *r, bool full, bool colour) {
	for (size_t i = 0; i < r->alarms.n; i++) {
		json_t *json = alarm_json(r->sensor, &r->alarms.alarm[i]);
		char *text = json == NULL ? NULL
			: full		  ? alarm_full_text(json, colour)
					  : alarm_line_text(json, colour);
		const bool ok = text != NULL && fputs(text, f) >= 0;

		if (full)
			fputc('\n', f);
		free(text);
		json_decref(json);
		if (!ok)
			return false;
	}
	return true;
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

static void print_text(FILE *f, const char *label, const char *value) {
	fprintf(f, "  %-*s%s\n", LABEL_WIDTH, label, value);
}

static void print_times(FILE *f, const struct report *r) {
	char time[TIME_TEXT_MAX], number[NUMBER_TEXT_MAX], rate[NUMBER_TEXT_MAX];
	const double seconds = (double)(r->last_ns - r->first_ns) / 1e9;

	if (r->packets == 0) {
		print_text(f, "packets", "none: the capture is empty");
		return;
	}
	print_text(f, "first packet", time_text(r->first_ns, time));
	print_text(f, "last packet", time_text(r->last_ns, time));
	print_text(f, "duration", duration_text(seconds, number));
	fprintf(f,
		"  %-*s%s, %s a second\n",
		LABEL_WIDTH,
		"bytes",
		scaled_text((double)r->worker.rx_bytes, "B", number),
		seconds > 0 ? scaled_text((double)r->worker.rx_bytes / seconds, "B", rate) : "-");
	print_number(f, "flows", r->worker.flows_new, "");
}

static void print_accounting(FILE *f, const struct report *r) {
	print_number(f, "packets seen", r->packets, "");
	print_number(f, "= in flows", r->worker.flow_packets, "");
	print_number(f, "+ hosts only", r->worker.host_only, "no room in the flow table");
	print_number(f, "+ not IP", r->worker.not_ip, "");
	print_number(f, "+ malformed", r->worker.malformed, "");
}

static void print_counters(
	FILE *f,
	const char *title,
	const struct counter_info *info,
	const uint64_t *count,
	unsigned n
) {
	bool titled = false;

	for (unsigned i = 0; i < n; i++) {
		if (count[i] == 0)
			continue;
		if (!titled)
			fprintf(f, "\n%s\n", title);
		titled = true;
		print_number(f, info[i].name, count[i], info[i].meaning);
	}
}

// By flows, most first.
static void print_apps(FILE *f, const struct app_share app[static STATS_APPS_MAX]) {
	struct app_rank rank[STATS_APPS_MAX];
	const unsigned n = apps_rank(app, rank);
	char bytes[NUMBER_TEXT_MAX], note[64];

	if (n > 0)
		fputs("\nApplications [flows]\n", f);
	for (unsigned i = 0; i < n; i++) {
		const struct app_share *share = rank[i].share;

		snprintf(
			note,
			sizeof(note),
			"%s in connections that ended",
			scaled_text((double)share->ended_bytes, "B", bytes)
		);
		print_number(f, rank[i].name, share->flows, share->ended > 0 ? note : "");
	}
}

static void print_kinds(FILE *f, const struct alarm_list *list) {
	for (unsigned kind = 0; kind < KIND_N; kind++) {
		uint64_t n = 0;

		for (size_t i = 0; i < list->n; i++)
			n += list->alarm[i].kind == kind;
		if (n > 0)
			print_number(f, event_kind_name(kind), n, event_kind_title(kind));
	}
}

bool report_print_text(FILE *f, const struct report *r, bool full, bool colour) {
	struct text file = {0};

	text_add_clean(&file, r->file);
	if (!print_alarms(f, r, full, colour))
		return false;
	fprintf(f, "%sSummary of %s (%s)\n", r->alarms.n > 0 ? "\n" : "", file.at, r->link_name);
	free(file.at);
	print_times(f, r);
	print_accounting(f, r);
	print_counters(f, "Protocols", protocol_info, r->worker.protocol, PROTOCOL_N);
	print_counters(
		f, "Malformed", &malformed_info[1], &r->worker.malformed_by[1], MALFORMED_N - 1
	);
	print_apps(f, r->app);
	fputs("\nAlarms\n", f);
	if (r->alarms.n == 0)
		fputs("  none\n", f);
	print_kinds(f, &r->alarms);
	return true;
}
