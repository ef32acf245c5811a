// Alarms for people, from their JSON form. The JSON may come from a Redis that anyone can write
// to: every field may be missing or of another type, every string may hold anything.
#include "publish/json.h"
#include "publish/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRAP 96
#define LABEL 13 // columns of the left side of the full text

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

static const char *string_at(const json_t *o, const char *key) {
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static double number_at(const json_t *o, const char *key) {
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

static const char *severity_colour(const char *severity) {
	static const char *const colours[SEVERITY_N] = {
		[SEVERITY_LOW] = "",
		[SEVERITY_MEDIUM] = YELLOW,
		[SEVERITY_HIGH] = RED,
		[SEVERITY_CRITICAL] = BOLD RED,
	};
	const int i = severity_parse(severity);

	return i >= 0 ? colours[i] : "";
}

// Cleaned text, padded to `columns`, in a colour that ends before the padding.
static void add_padded(struct text *t, const char *untrusted, size_t columns, const char *colour) {
	const size_t n = text_width(untrusted);

	text_add(t, "%s", colour);
	text_add_clean(t, untrusted);
	text_add(
		t, "%s%*s", *colour != '\0' ? PLAIN : "", n < columns ? (int)(columns - n) : 0, ""
	);
}

// "10.0.0.5:80", "[2001:db8::5]:80", "10.0.0.0/24"; of one that sends "10.0.0.5 (source)"; "-" where the alarm
// has no target.
static void target_text(const json_t *alarm, char *out, size_t n) {
	const char *target = string_at(alarm, "target");
	const json_t *port = json_object_get(alarm, "port");

	if (*target == '\0')
		snprintf(out, n, "-");
	else if (strcmp(string_at(alarm, "role"), "source") == 0)
		snprintf(out, n, "%.100s (source)", target);
	else if (!json_is_integer(port))
		snprintf(out, n, "%.100s", target);
	else
		snprintf(
			out,
			n,
			strchr(target, ':') != NULL ? "[%.100s]:%" JSON_INTEGER_FORMAT
						    : "%.100s:%" JSON_INTEGER_FORMAT,
			target,
			json_integer_value(port)
		);
}

static const char *upper(const char *text, char *out, size_t n) {
	size_t i = 0;

	for (; text[i] != '\0' && i + 1 < n; i++)
		out[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
	out[i] = '\0';
	return out;
}

// The time of day out of "2026-03-01T12:00:03.100Z"; what is not of that form stays as it is.
static void time_of_day(const char *time, char out[static 24]) {
	unsigned h, m;
	double s;

	if (sscanf(time, "%*4u-%*2u-%*2uT%2u:%2u:%6lfZ", &h, &m, &s) == 3 && s >= 0)
		snprintf(out, 24, "%02u:%02u:%06.3f", h % 100, m % 100, s < 100 ? s : 0);
	else
		snprintf(out, 24, "%.12s", time);
}

char *alarm_line_text(const json_t *alarm, bool colour) {
	const char *severity = string_at(alarm, "severity");
	const char *tint = colour ? severity_colour(severity) : "";
	const bool over = strcmp(string_at(alarm, "state"), "close") == 0;
	char time[24], id[16], state[16], target[160];
	struct text t = {0};

	time_of_day(string_at(alarm, "time"), time);
	target_text(alarm, target, sizeof(target));
	upper(string_at(alarm, "state"), state, sizeof(state));
	snprintf(
		id, sizeof(id), "%.8s", string_at(alarm, "id")
	); // `weir show` takes a unique start
	add_padded(&t, time, 13, colour ? DIM : "");
	add_padded(&t, id, 9, colour ? DIM : "");
	add_padded(&t, state, 7, over && colour ? GREEN : tint);
	add_padded(&t, severity, 9, tint);
	add_padded(&t, string_at(alarm, "title"), 20, colour ? BOLD : "");
	text_add(&t, " ");
	add_padded(&t, target, 21, "");
	text_add(&t, " ");
	text_add_clean(&t, string_at(alarm, "words"));
	text_add(&t, "\n");
	return text_take(&t);
}

static void add_label(struct text *t, const char *label) {
	text_add(t, "%-*s", LABEL, label);
}

static void add_field(struct text *t, const char *label, const char *untrusted) {
	add_label(t, label);
	text_add_clean(t, *untrusted != '\0' ? untrusted : "-");
	text_add(t, "\n");
}

// "syn_per_s" reads "syn/s".
static void add_metric(struct text *t, const char *metric) {
	char *copy = strdup(metric);
	char *per = copy != NULL ? strstr(copy, "_per_") : NULL;

	if (copy == NULL)
		return;
	if (per != NULL) {
		*per = '/';
		memmove(per + 1, per + 5, strlen(per + 5) + 1);
	}
	text_add_clean(t, copy);
	free(copy);
}

static void add_measure(struct text *t, const json_t *alarm) {
	char a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX], c[NUMBER_TEXT_MAX], d[NUMBER_TEXT_MAX];
	const json_t *baseline = json_object_get(alarm, "baseline");

	add_label(t, "measured");
	text_add(t, "%s ", number_text(number_at(alarm, "value"), a));
	add_metric(t, string_at(alarm, "metric"));
	text_add(
		t,
		" over %s ms; threshold %s, usual %s, peak %s\n",
		number_text(number_at(alarm, "interval_ms"), a),
		number_text(number_at(alarm, "threshold"), b),
		json_is_number(baseline) ? number_text(json_number_value(baseline), c)
					 : "not known yet",
		number_text(number_at(alarm, "peak"), d)
	);
	add_label(t, "so far");
	text_add(
		t,
		"%s packets, %s\n",
		number_text(number_at(alarm, "packets"), a),
		scaled_text(number_at(alarm, "bytes"), "B", b)
	);
	add_label(t, "score");
	text_add(
		t,
		"%s (share of normal traffic that scores lower)\n",
		number_text(number_at(alarm, "score"), a)
	);
}

static void add_sources(struct text *t, const json_t *alarm) {
	const json_t *list = json_object_get(alarm, "sources");
	char a[NUMBER_TEXT_MAX];
	const json_t *source;
	size_t i;

	add_label(t, "sources");
	text_add(
		t, "%s distinct (estimate)\n", number_text(number_at(alarm, "distinct_sources"), a)
	);
	json_array_foreach((json_t *)list, i, source) {
		if (i >= ALARM_SOURCES_MAX)
			break;
		text_add(t, "%*s", LABEL, "");
		add_padded(t, string_at(source, "address"), 40, "");
		text_add(
			t,
			" %12s packet%s\n",
			number_text(number_at(source, "packets"), a),
			number_at(source, "packets") == 1 ? "" : "s"
		);
	}
	add_label(t, "forged");
	text_add_clean(t, string_at(alarm, "forged"));
	text_add(t, " (confidence %s)", number_text(number_at(alarm, "forged_confidence"), a));
	if (*string_at(alarm, "forged_why") != '\0') {
		text_add(t, ": ");
		text_add_clean(t, string_at(alarm, "forged_why"));
	}
	text_add(t, "\n");
}

static void add_evidence(struct text *t, const json_t *alarm) {
	const json_t *list = json_object_get(alarm, "evidence");
	char a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX];
	const json_t *e;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	text_add(t, "\n%-24s %14s %14s %7s  %s\n", "evidence", "value", "usual", "weight", "unit");
	json_array_foreach((json_t *)list, i, e) {
		const char *unit = string_at(e, "unit");

		if (i >= ALARM_EVIDENCE_MAX)
			break;
		add_padded(t, string_at(e, "name"), 24, "");
		text_add(
			t,
			" %14s %14s %6.0f%%  ",
			number_text(number_at(e, "value"), a),
			number_text(number_at(e, "baseline"), b),
			100
				* (number_at(e, "weight") >= 0 && number_at(e, "weight") <= 1
					   ? number_at(e, "weight")
					   : 0)
		);
		text_add_clean(t, strcmp(unit, "1") == 0 ? "share" : unit);
		text_add(t, "\n");
	}
}

static void add_times(struct text *t, const json_t *alarm) {
	const double start = number_at(alarm, "start_ns"), end = number_at(alarm, "end_ns");
	char a[NUMBER_TEXT_MAX];

	add_field(t, "start", string_at(alarm, "start"));
	add_label(t, "last seen");
	text_add_clean(t, string_at(alarm, "end"));
	text_add(t, " (after %s)\n", duration_text((end - start) / 1e9, a));
}

char *alarm_full_text(const json_t *alarm, bool colour) {
	const char *severity = string_at(alarm, "severity");
	const char *on = colour ? BOLD : "", *off = colour ? PLAIN : "";
	char target[160], state[16];
	struct text t = {0};

	target_text(alarm, target, sizeof(target));
	upper(string_at(alarm, "state"), state, sizeof(state));
	text_add(&t, "%s", on);
	text_add_clean(&t, string_at(alarm, "title"));
	text_add(&t, " at ");
	text_add_clean(&t, target);
	text_add(&t, "%s  ", off);
	add_padded(&t, severity, 0, colour ? severity_colour(severity) : "");
	text_add(&t, ", ");
	text_add_clean(&t, state);
	text_add(&t, "\n\n");
	text_add_wrapped(&t, string_at(alarm, "words"), 0, WRAP);
	text_add(&t, "\n");
	add_field(&t, "id", string_at(alarm, "id"));
	add_field(&t, "sensor", string_at(alarm, "sensor"));
	add_field(&t, "kind", string_at(alarm, "kind"));
	add_field(&t, "toward", string_at(alarm, "toward"));
	add_field(&t, "protocol", string_at(alarm, "protocol"));
	add_times(&t, alarm);
	add_measure(&t, alarm);
	add_sources(&t, alarm);
	add_evidence(&t, alarm);
	text_add(&t, "\n%swhat to do%s\n", on, off);
	text_add_wrapped(&t, string_at(alarm, "mitigation"), 0, WRAP);
	return text_take(&t);
}
