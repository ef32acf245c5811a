// The alarms of a capture, and the summary as JSON.
#include "report.h"

#include "packet/app.h"
#include "publish/json.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1e9

static struct alarm *find(const struct alarm_list *list, uint64_t id) {
	for (size_t i = list->n; i > 0; i--) // the youngest are the likeliest
		if (list->alarm[i - 1].id == id)
			return &list->alarm[i - 1];
	return NULL;
}

static struct alarm *add(struct alarm_list *list) {
	if (list->n == list->room) {
		const size_t room = list->room != 0 ? list->room * 2 : 64;
		struct alarm *more = reallocarray(list->alarm, room, sizeof(*more));

		if (more == NULL)
			return NULL;
		list->alarm = more;
		list->room = room;
	}
	return &list->alarm[list->n++];
}

void alarm_list_put(void *ctx, const struct alarm *alarm) {
	struct alarm_list *list = ctx;
	// An alarm that closed and opened again has a new id, so the last transition wins.
	struct alarm *at = alarm->state == ALARM_OPEN ? NULL : find(list, alarm->id);

	if (at == NULL)
		at = add(list);
	if (at == NULL)
		list->failed = true;
	else
		*at = *alarm;
}

void alarm_list_free(struct alarm_list *list) {
	free(list->alarm);
	*list = (struct alarm_list) {0};
}

uint64_t report_analysed(const struct report *r) {
	return r->worker.flow_packets + r->worker.host_only + r->worker.not_ip;
}

bool report_adds_up(const struct report *r) {
	uint64_t malformed = 0;

	for (unsigned i = 1; i < MALFORMED_N; i++)
		malformed += r->worker.malformed_by[i];
	return malformed == r->worker.malformed && r->worker.rx_packets == r->packets
		&& report_analysed(r) + malformed == r->packets;
}

static bool print_line(FILE *f, json_t *value) {
	char *line = value != NULL ? json_line(value) : NULL;
	const bool ok = line != NULL && fprintf(f, "%s\n", line) >= 0;

	free(line);
	json_decref(value);
	return ok;
}

bool report_print_alarm(FILE *f, const char *sensor, const struct alarm *alarm) {
	return print_line(f, alarm_json(sensor, alarm));
}

static json_t *counters_json(const struct counter_info *info, const uint64_t *count, unsigned n) {
	json_t *object = json_object();

	for (unsigned i = 0; i < n; i++)
		json_object_set_new(object, info[i].name, json_integer((json_int_t)count[i]));
	return object;
}

static json_t *kinds_json(const struct alarm_list *list) {
	json_t *object = json_object();

	for (unsigned kind = 0; kind < KIND_N; kind++) {
		json_int_t n = 0;

		for (size_t i = 0; i < list->n; i++)
			n += list->alarm[i].kind == kind;
		if (n > 0)
			json_object_set_new(object, event_kind_name(kind), json_integer(n));
	}
	return object;
}

unsigned apps_rank(
	const struct app_share app[static STATS_APPS_MAX],
	struct app_rank out[static STATS_APPS_MAX]
) {
	unsigned n = 0;

	for (unsigned i = APP_NONE + 1; i < APP_N; i++) {
		unsigned at = n;

		if (app[i].flows == 0)
			continue;
		for (; at > 0 && out[at - 1].share->flows < app[i].flows; at--)
			out[at] = out[at - 1];
		out[at] = (struct app_rank) {app_name(i), &app[i]};
		n++;
	}
	if (app[APP_NONE].flows > 0)
		out[n++] = (struct app_rank) {"not named", &app[APP_NONE]};
	return n;
}

static json_t *accounting_json(const struct report *r) {
	return json_pack(
		"{s:I, s:I, s:{s:I, s:I, s:I}, s:I}",
		"seen",
		(json_int_t)r->packets,
		"analysed",
		(json_int_t)report_analysed(r),
		"analysed_as",
		"flow_packets",
		(json_int_t)r->worker.flow_packets,
		"host_only",
		(json_int_t)r->worker.host_only,
		"not_ip",
		(json_int_t)r->worker.not_ip,
		"malformed",
		(json_int_t)r->worker.malformed
	);
}

static json_t *time_json(const struct report *r, uint64_t ns) {
	char text[TIME_TEXT_MAX];

	return r->packets > 0 ? json_string(time_text(ns, text)) : json_null();
}

static json_t *summary_json(const struct report *r) {
	json_t *worker = worker_counters_json(&r->worker);
	// Named apart below.
	static const char *const twice[] = {"malformed_by", "protocol", "rx_packets", "rx_bytes"};

	for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++)
		json_object_del(worker, twice[i]);
	return json_pack(
		"{s:s, s:i, s:s, s:s, s:s, s:b, s:s*, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, "
		"s:o, s:o, "
		"s:i, s:o}",
		"type",
		"summary",
		"version",
		EVENT_VERSION,
		"sensor",
		r->sensor,
		"file",
		r->file,
		"link_type",
		r->link_name,
		"complete",
		r->damage == NULL,
		"damage",
		r->damage,
		"packets",
		(json_int_t)r->packets,
		"bytes",
		(json_int_t)r->worker.rx_bytes,
		"first",
		time_json(r, r->first_ns),
		"last",
		time_json(r, r->last_ns),
		"duration_s",
		real_json((double)(r->last_ns - r->first_ns) / NS_PER_S),
		"accounting",
		accounting_json(r),
		"protocols",
		counters_json(protocol_info, r->worker.protocol, PROTOCOL_N),
		"malformed",
		counters_json(&malformed_info[1], &r->worker.malformed_by[1], MALFORMED_N - 1),
		"flows",
		(json_int_t)r->worker.flows_new,
		"applications",
		apps_json(r->app),
		"counters",
		worker,
		"alarms",
		(int)r->alarms.n,
		"alarms_by_kind",
		kinds_json(&r->alarms)
	);
}

bool report_print_json(FILE *f, const struct report *r, bool with_alarms) {
	for (size_t i = 0; with_alarms && i < r->alarms.n; i++)
		if (!report_print_alarm(f, r->sensor, &r->alarms.alarm[i]))
			return false;
	return print_line(f, summary_json(r));
}
