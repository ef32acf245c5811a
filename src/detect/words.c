// One or two sentences that say what happens to whom.
#include "detect/explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define COUNT_EXACT 4 // up to here the estimate is a count

const char *words_number(double value, char text[static NUMBER_TEXT_MAX]) {
	char digits[NUMBER_TEXT_MAX];
	unsigned n, out = 0;

	if (!(value < 1e15)) {
		snprintf(text, NUMBER_TEXT_MAX, "%.3g", value);
		return text;
	}
	if (value < 10 && fabs(value - round(value)) >= 0.05) {
		snprintf(text, NUMBER_TEXT_MAX, "%.1f", value);
		return text;
	}
	n = (unsigned)snprintf(digits, sizeof(digits), "%.0f", value);
	for (unsigned i = 0; i < n; i++) {
		text[out++] = digits[i];
		if (i + 1 < n && (n - i - 1) % 3 == 0)
			text[out++] = ',';
	}
	text[out] = '\0';
	return text;
}

#define PLACE_TEXT_MAX (ADDR_TEXT_MAX + NETWORK_NAME_MAX + 16)

// "10.0.0.5:80", "[2001:db8::1]:80", "10.0.0.5 (office)"
// @param port  0: none
static void place_text(
	const struct reading *r,
	const struct addr *at,
	uint8_t prefix_len,
	uint16_t port,
	char text[static PLACE_TEXT_MAX]
) {
	const struct network_conf *net = r->view == NULL ? NULL : network_of(r->view->conf, at);
	char addr[ADDR_TEXT_MAX];
	int n;

	addr_text(at, prefix_len, addr);
	if (port == 0)
		n = snprintf(text, PLACE_TEXT_MAX, "%s", addr);
	else if (addr_is_ip4(at))
		n = snprintf(text, PLACE_TEXT_MAX, "%s:%u", addr, port);
	else
		n = snprintf(text, PLACE_TEXT_MAX, "[%s]:%u", addr, port);
	if (net != NULL && net->name[0] != '\0' && n > 0 && n < PLACE_TEXT_MAX)
		snprintf(&text[n], (size_t)(PLACE_TEXT_MAX - n), " (%s)", net->name);
}

// Who gets it.
static void
gets_text(const struct alarm *a, const struct reading *r, char text[static PLACE_TEXT_MAX]) {
	const bool with_port = a->has_port && a->port != 0 && r->scanner == NULL;

	if (r->other_prefix_len != 0)
		place_text(r, &r->other, r->other_prefix_len, 0, text);
	else
		place_text(r, &a->target, a->target_prefix_len, with_port ? a->port : 0, text);
}

const char *words_percent(double share, char text[static PERCENT_TEXT_MAX]) {
	const double p = share * 100;

	snprintf(text, PERCENT_TEXT_MAX, p > 0 && p < 10 ? "%.1f %%" : "%.0f %%", p);
	return text;
}

// "; threshold 60/s, usual here: 35/s"
static void usual_text(const struct reading *r, char *text, size_t room) {
	char threshold[NUMBER_TEXT_MAX], usual[NUMBER_TEXT_MAX];

	words_number(r->threshold, threshold);
	if (r->set_by != NULL)
		snprintf(text, room, "; threshold %s/s as set here", threshold);
	else if (isnan(r->baseline))
		snprintf(text, room, "; threshold %s/s", threshold);
	else
		snprintf(
			text,
			room,
			"; threshold %s/s, usual here: %s/s",
			threshold,
			words_number(r->baseline, usual)
		);
}

// "over the last second", "over 0.3 s"
static void interval_text(uint64_t interval_ns, char *text, size_t room) {
	if (interval_ns == SECOND_NS)
		snprintf(text, room, "over the last second");
	else
		snprintf(text, room, "over %.1f s", (double)interval_ns / SECOND_NS);
}

// "1 source", "about 36,000 sources": of an estimate only the digits that mean something.
static void count_text(double count, const char *what, char *text, size_t room) {
	char n[NUMBER_TEXT_MAX];
	double unit = 1;

	count = fmax(1, round(count));
	if (count <= COUNT_EXACT) {
		snprintf(text, room, "%.0f %s%s", count, what, count == 1 ? "" : "s");
		return;
	}
	while (count / unit >= 100)
		unit *= 10;
	words_number(round(count / unit) * unit, n);
	snprintf(text, room, "about %s %ss", n, what);
}

// Without what is only true of who gets it: "UDP packets/s".
static const char *sent_unit(unsigned kind, char *text, size_t room) {
	char *end;

	snprintf(text, room, "%s", kind_row(kind)->unit);
	end = strstr(text, " that it ");
	if (end != NULL)
		*end = '\0';
	return text;
}

static void sender_words(struct alarm *a, const struct reading *r) {
	char value[NUMBER_TEXT_MAX], unit[64], usual[96], targets[64], port[24] = "", interval[32];
	char part[PERCENT_TEXT_MAX], who[PLACE_TEXT_MAX], place[PLACE_TEXT_MAX];

	place_text(r, &a->target, a->target_prefix_len, 0, who);
	gets_text(a, r, place);
	usual_text(r, usual, sizeof(usual));
	count_text(r->view->sources, "host", targets, sizeof(targets));
	interval_text(r->interval_ns, interval, sizeof(interval));
	if (a->has_port)
		snprintf(port, sizeof(port), ", port %u", a->port);
	snprintf(
		a->words,
		sizeof(a->words),
		"%s sends %s %s (%s) to %s%s%s%s, %s of its flows answered%s.",
		who,
		words_number(r->value, value),
		sent_unit(r->kind, unit, sizeof(unit)),
		interval,
		targets,
		r->other_prefix_len != 0 ? ", most of them in " : "",
		r->other_prefix_len != 0 ? place : "",
		port,
		words_percent(r->view->row[HOST_FEATURE_OUT_ANSWERED], part),
		usual
	);
}

static void flood_words(struct alarm *a, const struct reading *r, const char *place) {
	char value[NUMBER_TEXT_MAX], shape[96] = "", usual[96], sources[64], interval[32];

	if (kind_row(r->kind)->tell != NULL)
		kind_row(r->kind)->tell(r, shape, sizeof(shape));
	usual_text(r, usual, sizeof(usual));
	count_text(r->view->sources, "source", sources, sizeof(sources));
	if (r->slow)
		snprintf(
			interval,
			sizeof(interval),
			"rising for %.0f s",
			(double)r->interval_ns / SECOND_NS
		);
	else
		interval_text(r->interval_ns, interval, sizeof(interval));
	snprintf(
		a->words,
		sizeof(a->words),
		"%s gets %s %s (%s) from %s%s%s.",
		place,
		words_number(r->value, value),
		kind_row(r->kind)->unit,
		interval,
		sources,
		shape,
		usual
	);
}

// Over so many networks that the scanner himself is named.
static bool is_own(const struct alarm *a, const struct reading *r) {
	return r->other_prefix_len == 0 && addr_equal(&a->target, &r->scanner->host->addr);
}

static void
slow_words(struct alarm *a, const struct reading *r, const char *who, const char *place) {
	const bool own = is_own(a, r);
	const uint8_t of = r->other_prefix_len != 0 ? r->other_prefix_len : a->target_prefix_len;
	char value[NUMBER_TEXT_MAX], port[16] = "";

	words_number(r->value, value);
	if (a->has_port)
		snprintf(port, sizeof(port), ", port %u", a->port);
	if (r->kind == KIND_PASSWORD_GUESSING)
		snprintf(
			a->words,
			sizeof(a->words),
			"%s opened %s short connections to %s%s in 10 s, as who tries passwords "
			"does.",
			who,
			value,
			place,
			port
		);
	else
		snprintf(
			a->words,
			sizeof(a->words),
			"%s tried about %s %s%s%s over %.0f s, slowly; few of them answered.",
			who,
			value,
			of == 32 || of == 128 ? "ports" : "hosts",
			own ? "" : " of ",
			own ? "" : place,
			(double)r->interval_ns / SECOND_NS
		);
}

static void scan_words(struct alarm *a, const struct reading *r, const char *place) {
	char who[ADDR_TEXT_MAX], value[NUMBER_TEXT_MAX], port[32] = "";
	const bool own = is_own(a, r);

	addr_text(&r->scanner->host->addr, UINT8_MAX, who);
	words_number(r->value, value);
	if (a->has_port)
		snprintf(port, sizeof(port), " for port %u", a->port);
	if (r->kind == KIND_SLOW_SCAN || r->kind == KIND_PASSWORD_GUESSING)
		slow_words(a, r, who, place);
	else if (r->kind == KIND_VERTICAL_SCAN)
		snprintf(
			a->words,
			sizeof(a->words),
			"%s tried about %s ports of %s in 10 s; few of them answered.",
			who,
			value,
			place
		);
	else
		snprintf(
			a->words,
			sizeof(a->words),
			"%s tried about %s hosts%s in 10 s%s%s; few of them answered.",
			who,
			value,
			port,
			own ? ", over many networks" : ", most of them in ",
			own ? "" : place
		);
}

void explain_words(struct alarm *a, const struct reading *r) {
	char place[PLACE_TEXT_MAX];
	char value[NUMBER_TEXT_MAX];

	gets_text(a, r, place);
	if (r->view == NULL)
		snprintf(
			a->words,
			sizeof(a->words),
			"The sensor lost %s packets/s: what it says of this time is from below.",
			words_number(r->value, value)
		);
	else if (r->accusation != NULL)
		sender_words(a, r);
	else if (r->scanner != NULL)
		scan_words(a, r, place);
	else
		flood_words(a, r, place);
}

// "names_in_60s" is " in 60 s", "targets_in_10min" " in 10 min"; of a rate the unit says it.
static void within_text(const char *metric_name, char *text, size_t room) {
	const char *in = strstr(metric_name, "_in_");
	char unit[8];
	unsigned n;

	text[0] = '\0';
	if (in != NULL && sscanf(in, "_in_%u%7s", &n, unit) == 2)
		snprintf(text, room, " in %u %s", n, unit);
}

static void drift_end(struct alarm *a) {
	snprintf(
		a->words,
		sizeof(a->words),
		"Over: the scores are spread as in training again, or another model is in use; the "
		"stability index was at most %.2f.",
		a->peak / 1000
	);
}

void explain_end(struct alarm *a) {
	char packets[NUMBER_TEXT_MAX], peak[NUMBER_TEXT_MAX], sources[64], unit[64], within[24];

	if (a->kind == KIND_FLOW_MODEL_DRIFT || a->kind == KIND_HOST_MODEL_DRIFT) {
		drift_end(a);
		return;
	}
	within_text(kind_row(a->kind)->metric_name, within, sizeof(within));
	count_text((double)a->distinct_sources, "source", sources, sizeof(sources));
	snprintf(
		a->words,
		sizeof(a->words),
		"Over after %.1f s: %s packets%s, at most %s %s%s%s%s.",
		(double)(a->end_ns - a->start_ns) / SECOND_NS,
		words_number((double)a->packets, packets),
		a->kind == KIND_SENSOR_LOSS ? " lost" : "",
		words_number(a->peak, peak),
		a->role == ROLE_SOURCE ? sent_unit(a->kind, unit, sizeof(unit))
				       : kind_row(a->kind)->unit,
		within,
		kind_of_sensor(a->kind) ? "" : ", from ",
		kind_of_sensor(a->kind) ? "" : sources
	);
}
