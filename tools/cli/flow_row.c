// What all kinds of flow tables have alike.
#include "flow_row.h"

#include "packet/packet.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NS_PER_S 1000000000ull
#define YEAR_S_MAX 9000000000.0 // 2255: what 64 bits of nanoseconds hold

// @return 1; 0: not there, empty or not finite; -1: not a number, noted
static int
figure_read(const struct columns *columns, struct csv_in *in, unsigned field, double *out) {
	const char *text = columns_text(columns, in, field);
	char *end;

	if (text == NULL)
		return 0;
	text += strspn(text, " \t");
	if (*text == '\0')
		return 0;
	*out = strtod(text, &end);
	if (end == text || end[strspn(end, " \t")] != '\0')
		return csv_in_fail(
			in,
			(uint32_t)columns->column[field] + 1,
			"%s: \"%.40s\" is not a number",
			columns->name[columns->column[field]],
			text
		);
	return isfinite(*out) && fabs(*out) < FLT_MAX;
}

// CICFlowMeter writes Infinity and NaN where it divides by zero, and -1 where it has nothing.
int flow_row_number(const struct columns *columns, struct csv_in *in, unsigned field, double *out) {
	const int got = figure_read(columns, in, field, out);

	return got == 1 ? *out >= 0 : got;
}

static uint64_t ns_of(double seconds) {
	return seconds > 0 && seconds < YEAR_S_MAX ? (uint64_t)(seconds * 1e9 + 0.5) : 0;
}

// A plain number: its size tells the unit, as no capture is of before 1973.
static bool epoch_parse(const char *text, uint64_t *ns) {
	uint64_t whole, fraction = 0, scale = NS_PER_S;
	char *end;

	errno = 0;
	whole = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno != 0)
		return false;
	if (*end == '.' || *end == ',')
		for (end++; *end >= '0' && *end <= '9'; end++) {
			scale /= 10;
			fraction += (uint64_t)(*end - '0') * scale;
		}
	if (*end != '\0')
		return false;
	if (whole < 100000000000ull) // seconds
		*ns = whole < (uint64_t)YEAR_S_MAX ? whole * NS_PER_S + fraction : 0;
	else if (whole < 100000000000000ull)
		*ns = whole * 1000000;
	else if (whole < 100000000000000000ull)
		*ns = whole * 1000;
	else
		*ns = whole;
	return true;
}

static bool date_is_right(const struct tm *tm) {
	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 && tm->tm_mday <= 31
		&& tm->tm_year >= 70 && tm->tm_year <= 350;
}

// "2017-07-07 ", "2017/07/07T", "7/7/2017 " (day first, as CICFlowMeter writes). @return what follows, or NULL
static const char *date_parse(const char *text, struct tm *tm) {
	int a, b, c, n = 0;

	if (sscanf(text, "%4d%*1[-/.]%2d%*1[-/.]%4d%n", &a, &b, &c, &n) != 3 || n == 0)
		return NULL;
	tm->tm_mon = b - 1;
	tm->tm_mday = a > 31 ? c : a;
	tm->tm_year = (a > 31 ? a : c < 100 ? c + 2000 : c) - 1900;
	text += n;
	if (!date_is_right(tm) || (*text != ' ' && *text != 'T' && *text != ','))
		return NULL;
	return text + strspn(text, " T,");
}

// "19:14:04.346778", "8:42", "08:55:58 AM"
static bool clock_parse(const char *text, struct tm *tm, double *second) {
	int hour, minute, n = 0;
	char half = 0;

	*second = 0;
	if (sscanf(text, "%2d:%2d%n", &hour, &minute, &n) != 2)
		return false;
	text += n;
	if (*text == ':') {
		char *end;

		*second = strtod(text + 1, &end);
		text = end;
	}
	text += strspn(text, " ");
	half = *text;
	if (half == 'P' || half == 'p')
		hour = hour % 12 + 12;
	else if (half == 'A' || half == 'a')
		hour %= 12;
	tm->tm_hour = hour;
	tm->tm_min = minute;
	return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && *second >= 0 && *second < 61;
}

bool flow_time_parse(const char *text, uint64_t *ns) {
	struct tm tm = {0};
	const char *at;
	double second;
	time_t seconds;

	text += strspn(text, " \t");
	if (epoch_parse(text, ns))
		return true;
	at = date_parse(text, &tm);
	if (at == NULL || !clock_parse(at, &tm, &second))
		return false;
	seconds = timegm(&tm);
	if (seconds < 0 || (double)seconds >= YEAR_S_MAX)
		return false;
	*ns = (uint64_t)seconds * NS_PER_S + ns_of(second);
	return true;
}

bool flow_clock_parse(const char *text, uint64_t *ns) {
	struct tm tm = {0};
	double second;

	if (!clock_parse(text, &tm, &second))
		return false;
	*ns = (uint64_t)(tm.tm_hour * 3600 + tm.tm_min * 60) * NS_PER_S + ns_of(second);
	return true;
}

int flow_proto_parse(const char *text) {
	static const struct {
		const char *name;
		uint8_t proto;
	} known[] = {
		{"tcp", PROTO_TCP},
		{"udp", PROTO_UDP},
		{"icmp", PROTO_ICMP},
		{"icmp6", PROTO_ICMP6},
		{"icmpv6", PROTO_ICMP6},
		{"ipv6-icmp", PROTO_ICMP6},
		{"sctp", PROTO_SCTP},
		{"igmp", PROTO_IGMP},
		{"gre", 47},
		{"esp", PROTO_ESP},
		{"ah", PROTO_AH},
	};
	char *end;
	double number;

	text += strspn(text, " \t");
	number = strtod(text, &end); // tables that went through a spreadsheet have "6.0"
	if (end != text && *end == '\0')
		return number >= 0 && number <= 255 ? (int)number : -1;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(text, known[i].name) == 0)
			return known[i].proto;
	return -1;
}

static bool address_read(
	struct addr *out,
	const struct columns *columns,
	const struct csv_in *in,
	unsigned field
) {
	const char *text = columns_text(columns, in, field);

	return text != NULL && addr_parse(out, NULL, text + strspn(text, " \t")) == 0;
}

// @return 1, 0 or -1 as flow_row_number()
static int
port_read(uint16_t *out, const struct columns *columns, struct csv_in *in, unsigned field) {
	double number;
	const int got = flow_row_number(columns, in, field, &number);

	*out = got == 1 && number <= 65535 ? (uint16_t)number : 0;
	return got;
}

int flow_row_ends(struct flow_row *out, const struct columns *columns, struct csv_in *in) {
	const char *time = columns_text(columns, in, FIELD_TIME);
	const char *proto = columns_text(columns, in, FIELD_PROTO);
	const int number = proto != NULL ? flow_proto_parse(proto) : -1;
	int sport, dport;

	out->has_time = time != NULL && flow_time_parse(time, &out->time_ns);
	out->has_src = address_read(&out->src, columns, in, FIELD_SRC);
	out->has_dst = address_read(&out->dst, columns, in, FIELD_DST);
	out->has_proto = number >= 0;
	out->proto = number >= 0 ? (uint8_t)number : 0;
	sport = port_read(&out->sport, columns, in, FIELD_SPORT);
	dport = port_read(&out->dport, columns, in, FIELD_DPORT);
	out->has_ports = dport > 0;
	return sport < 0 || dport < 0 ? -1 : 0;
}

void flow_row_put(struct flow_row *row, unsigned feature, double value, enum known known) {
	// What is made of absurd figures may be more than a float holds.
	row->value[feature] = (float)fmin(fmax(value, (double)-FLT_MAX), (double)FLT_MAX);
	row->known[feature] = (uint8_t)known;
}

// Our own features, each in its column.
static int own_read(
	struct flow_row *out,
	const struct columns *columns,
	struct csv_in *in,
	unsigned n_features
) {
	for (unsigned i = 0; i < n_features; i++) {
		double value;
		const int got = figure_read(columns, in, FIELD_ENDS_N + i, &value);

		if (got <= 0)
			return got;
		flow_row_put(out, i, value, KNOWN_TOLD);
	}
	return 1;
}

// Files that were put together have the header once more between the rows.
static bool is_header_again(const struct columns *columns, const struct csv_in *in) {
	for (uint32_t i = 0; i < columns->n; i++)
		if (columns->field[i] >= FIELD_ENDS_N)
			return columns_find(columns, csv_in_field(in, i)) == (int)i;
	return false;
}

int flow_row_read(
	struct flow_row *out,
	struct flow_row_state *state,
	const struct columns *columns,
	struct csv_in *in
) {
	if (csv_in_width_check(in, columns->n) < 0)
		return -1;
	*out = (struct flow_row) {0};
	if (is_header_again(columns, in))
		return 0;
	if (flow_row_ends(out, columns, in) < 0)
		return -1;
	switch (columns->format) {
	case CSV_FLOWS:
		return own_read(out, columns, in, FLOW_FEATURE_N);
	case CSV_HOSTS:
		return own_read(out, columns, in, HOST_FEATURE_N);
	case CSV_CIC:
		return flow_row_cic(out, state, columns, in);
	default:
		return flow_row_generic(out, columns, in);
	}
}
