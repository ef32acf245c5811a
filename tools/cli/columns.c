// Columns by their names.
#include "columns.h"

#include "publish/text.h"

#include <stdlib.h>
#include <string.h>

#define MISSING_SHOWN 8
#define HEADER_SHOWN 5
#define N(a) (sizeof(a) / sizeof((a)[0]))

struct want {
	const char *field; // what we call it
	bool needed;
	const char *
		names; // in normal form, the usual one first: "a|b"; NULL: this kind has no such field
};

struct format {
	const char *name, *title;
	const struct want *want;
	unsigned n;
};

#define FEATURE(id, name, unit, definition) {name, true, name},

static const struct want flows_want[]
	= {[FIELD_TIME] = {"time", false, "first_s"},
	   [FIELD_SRC] = {"source", false, "src"},
	   [FIELD_SPORT] = {"source port", false, "sport"},
	   [FIELD_DST] = {"target", false, "dst"},
	   [FIELD_DPORT] = {"target port", false, "dport"},
	   [FIELD_PROTO] = {"protocol", false, "proto"},
	   FLOW_FEATURES(FEATURE)};

static const struct want hosts_want[]
	= {[FIELD_TIME] = {"time", false, "time_s"},
	   [FIELD_SRC] = {"host", false, "host"},
	   [FIELD_PROTO] = {NULL, false, NULL},
	   HOST_FEATURES(FEATURE)};

static const struct want packets_want[] = {
	[FIELD_TIME] = {"time", true, "time|absolute_time|utc_date_and_time"},
	[FIELD_SRC] = {"source", true, "source|src|source_address"},
	[FIELD_SPORT] = {"source port", false, "source_port|src_port|srcport"},
	[FIELD_DST] = {"target", true, "destination|dst|destination_address|dest"},
	[FIELD_DPORT] = {"target port", false, "destination_port|dst_port|dest_port|dstport"},
	[FIELD_PROTO] = {"protocol", true, "protocol"},
	[PACKETS_LENGTH] = {"length", true, "length|packet_length|packet_length_bytes"},
	[PACKETS_INFO] = {"info", true, "info|information"},
	[PACKETS_NUMBER] = {"number", false, "no|number"},
};

// CICFlowMeter 3 (data set CIC-IDS2017), 4 (CSE-CIC-IDS2018), its later corrections, and the one in Python.
static const struct want cic_want[] = {
	[FIELD_TIME] = {"time", false, "timestamp"},
	[FIELD_SRC] = {"source", false, "src_ip|source_ip"},
	[FIELD_SPORT] = {"source port", false, "src_port|source_port"},
	[FIELD_DST] = {"target", false, "dst_ip|destination_ip"},
	[FIELD_DPORT] = {"target port", false, "dst_port|destination_port"},
	[FIELD_PROTO] = {"protocol", false, "protocol"},
	[CIC_DURATION] = {"duration", true, "flow_duration"},
	[CIC_FWD_PACKETS]
	= {"packets forward",
	   true,
	   "tot_fwd_pkts|total_fwd_packets|total_fwd_packet|tot_fwd_packets"},
	[CIC_REV_PACKETS]
	= {"packets back",
	   true,
	   "tot_bwd_pkts|total_bwd_packets|total_backward_packets|total_bwd_packet"},
	[CIC_FWD_LENGTH]
	= {"payload forward",
	   true,
	   "totlen_fwd_pkts|total_length_of_fwd_packets|total_length_of_fwd_packet|"
	   "fwd_packets_length_total|tot_len_fwd_pkts"},
	[CIC_REV_LENGTH]
	= {"payload back",
	   true,
	   "totlen_bwd_pkts|total_length_of_bwd_packets|total_length_of_bwd_packet|"
	   "bwd_packets_length_total|tot_len_bwd_pkts"},
	[CIC_FWD_HEADER] = {"headers forward", false, "fwd_header_len|fwd_header_length"},
	[CIC_REV_HEADER] = {"headers back", false, "bwd_header_len|bwd_header_length"},
	[CIC_LENGTH_MIN]
	= {"least payload", false, "pkt_len_min|min_packet_length|packet_length_min"},
	[CIC_LENGTH_MAX]
	= {"most payload", false, "pkt_len_max|max_packet_length|packet_length_max"},
	[CIC_LENGTH_STD] = {"deviation of payload", false, "pkt_len_std|packet_length_std"},
	[CIC_GAP_MEAN] = {"mean gap", false, "flow_iat_mean"},
	[CIC_GAP_STD] = {"deviation of gaps", false, "flow_iat_std"},
	[CIC_GAP_MAX] = {"longest gap", false, "flow_iat_max"},
	[CIC_GAP_MIN] = {"shortest gap", false, "flow_iat_min"},
	[CIC_PACKET_RATE]
	= {"packet rate, for the unit of time", false, "flow_pkts_s|flow_packets_s"},
	[CIC_SYN] = {"SYN", false, "syn_flag_cnt|syn_flag_count"},
	[CIC_ACK] = {"ACK", false, "ack_flag_cnt|ack_flag_count"},
	[CIC_PSH] = {"PSH", false, "psh_flag_cnt|psh_flag_count"},
	[CIC_FIN] = {"FIN", false, "fin_flag_cnt|fin_flag_count"},
	[CIC_RST] = {"RST", false, "rst_flag_cnt|rst_flag_count"},
	[CIC_URG] = {"URG", false, "urg_flag_cnt|urg_flag_count"},
};

static const struct want generic_want[] = {
	[FIELD_TIME] = {"time", false, "timestamp|time|ts|start_time|time_stamp"},
	[FIELD_SRC] = {"source", false, "src_ip|source_ip|source|src|src_addr|source_address"},
	[FIELD_SPORT] = {"source port", false, "src_port|source_port|sport"},
	[FIELD_DST]
	= {"target", false, "dst_ip|destination_ip|destination|dst|dst_addr|destination_address"},
	[FIELD_DPORT] = {"target port", false, "dst_port|destination_port|dport|port"},
	[FIELD_PROTO] = {"protocol", false, "protocol|proto|protocol_type"},
	[GENERIC_BYTES] = {"bytes", true, "bytes_transferred"},
	[GENERIC_PACKETS] = {"packets", true, "packet_count"},
	[GENERIC_DURATION] = {"duration", true, "connection_duration"},
	[GENERIC_RETRANSMIT] = {"retransmissions", true, "retransmission_rate"},
	[GENERIC_SIZE] = {"mean size", true, "bytes_per_packet"},
	[GENERIC_RATE] = {"packet rate", true, "packets_per_second"},
};

// In the order in which a header is compared.
static const struct format formats[CSV_FORMAT_N] = {
	[CSV_FLOWS] = {"flows", "flows of weir", flows_want, N(flows_want)},
	[CSV_HOSTS] = {"hosts", "hosts of weir", hosts_want, N(hosts_want)},
	[CSV_PACKETS] = {"packets", "packet list of Wireshark", packets_want, N(packets_want)},
	[CSV_CIC] = {"cicflowmeter", "flows of CICFlowMeter", cic_want, N(cic_want)},
	[CSV_GENERIC] = {"generic", "flows by six figures", generic_want, N(generic_want)},
};

const char *csv_format_name(unsigned format) {
	return format < CSV_FORMAT_N ? formats[format].name : NULL;
}

const char *csv_format_title(unsigned format) {
	return format < CSV_FORMAT_N ? formats[format].title : NULL;
}

int csv_format_parse(const char *name) {
	for (int i = 0; i < CSV_FORMAT_N; i++)
		if (strcmp(formats[i].name, name) == 0)
			return i;
	return -1;
}

// Is it one of "a|b|c"?
static bool is_among(const char *name, const char *names) {
	const size_t n = strlen(name);

	while (names != NULL && n > 0) {
		if (strncmp(names, name, n) == 0 && (names[n] == '|' || names[n] == '\0'))
			return true;
		names = strchr(names, '|');
		names = names != NULL ? names + 1 : NULL;
	}
	return false;
}

static int field_named(const struct format *format, const char *normal) {
	for (unsigned i = 0; i < format->n; i++)
		if (is_among(normal, format->want[i].names))
			return (int)i;
	return -1;
}

// Where the same column is there twice (CIC-IDS2017 has "Fwd Header Length" twice) the first counts.
static void map(struct columns *c, enum csv_format format) {
	char normal[COLUMN_NAME_MAX];

	c->format = format;
	memset(c->column, -1, sizeof(c->column));
	for (uint32_t i = 0; i < c->n; i++) {
		int field;

		csv_in_normal(c->name[i], normal);
		field = field_named(&formats[format], normal);
		if (field >= 0 && c->column[field] >= 0)
			field = -1;
		c->field[i] = (int16_t)field;
		if (field >= 0)
			c->column[field] = (int16_t)i;
	}
}

static unsigned missing(const struct columns *c, unsigned *needed) {
	const struct format *format = &formats[c->format];
	unsigned n = 0;

	*needed = 0;
	for (unsigned i = 0; i < format->n; i++) {
		*needed += format->want[i].needed;
		n += format->want[i].needed && c->column[i] < 0;
	}
	return n;
}

static int fail_missing(const struct columns *c, struct csv_in *in, unsigned n_missing) {
	const struct format *format = &formats[c->format];
	char names[MISSING_SHOWN * (COLUMN_NAME_MAX + 2) + 32] = "";
	unsigned shown = 0;
	size_t n = 0;

	for (unsigned i = 0; i < format->n && shown < MISSING_SHOWN; i++) {
		const struct want *want = &format->want[i];

		if (!want->needed || c->column[i] >= 0)
			continue;
		n += (size_t)snprintf(
			names + n,
			sizeof(names) - n,
			"%s%.*s",
			shown++ > 0 ? ", " : "",
			(int)strcspn(want->names, "|"),
			want->names
		);
	}
	if (n_missing > shown)
		snprintf(names + n, sizeof(names) - n, " and %u more", n_missing - shown);
	return csv_in_fail(in, 0, "as %s, columns are missing: %s", format->title, names);
}

static int fail_unknown(const struct columns *c, struct csv_in *in) {
	char names[HEADER_SHOWN * (COLUMN_NAME_MAX + 2) + 8] = "";
	size_t n = 0;

	for (uint32_t i = 0; i < c->n && i < HEADER_SHOWN; i++)
		n += (size_t
		)snprintf(names + n, sizeof(names) - n, "%s%s", i > 0 ? ", " : "", c->name[i]);
	return csv_in_fail(
		in,
		0,
		"neither a capture nor CSV with columns that are known (%.120s%s); see weir help "
		"analyze, --format",
		names,
		c->n > HEADER_SHOWN || n > 120 ? " ..." : ""
	);
}

// The kind that has all that it needs; else the one that has most, if that is half.
static int recognise(struct columns *c, struct csv_in *in) {
	double best = 0;
	int likely = 0;

	for (int i = 0; i < CSV_FORMAT_N; i++) {
		unsigned needed, n;

		map(c, (enum csv_format)i);
		n = missing(c, &needed);
		if (n == 0)
			return 0;
		if (1 - (double)n / needed > best) {
			best = 1 - (double)n / needed;
			likely = i;
		}
	}
	map(c, (enum csv_format)likely);
	return best >= 0.5 ? fail_missing(c, in, missing(c, &(unsigned) {0})) : fail_unknown(c, in);
}

// Without blanks around, cut to what fits, and safe to be shown.
static void name_copy(char out[static COLUMN_NAME_MAX], const char *from) {
	struct text clean = {0};
	char cut[COLUMN_NAME_MAX];
	size_t n;

	from += strspn(from, " \t");
	n = strnlen(from, COLUMN_NAME_MAX - 1);
	while (n > 0 && (from[n - 1] == ' ' || from[n - 1] == '\t'))
		n--;
	memcpy(cut, from, n);
	cut[n] = '\0';
	text_add_clean(&clean, cut);
	snprintf(out, COLUMN_NAME_MAX, "%s", clean.at != NULL ? clean.at : "");
	free(text_take(&clean));
}

int columns_read(struct columns *out, struct csv_in *in, int format) {
	const int got = csv_in_next(in);
	unsigned needed, n;

	*out = (struct columns) {.asked = format >= 0};
	if (got < 0)
		return -1;
	if (got == 0)
		return csv_in_fail(in, 0, "empty: the first line names the columns");
	out->n = csv_in_n(in);
	out->name = calloc(out->n, sizeof(*out->name));
	out->field = calloc(out->n, sizeof(*out->field));
	if (out->name == NULL || out->field == NULL)
		return csv_in_fail(in, 0, "out of memory");
	for (uint32_t i = 0; i < out->n; i++)
		name_copy(out->name[i], csv_in_field(in, i));
	if (format < 0)
		return recognise(out, in);
	map(out, (enum csv_format)format);
	n = missing(out, &needed);
	return n > 0 ? fail_missing(out, in, n) : 0;
}

void columns_free(struct columns *c) {
	free(c->name);
	free(c->field);
	*c = (struct columns) {0};
}

int columns_find(const struct columns *c, const char *name) {
	char normal[COLUMN_NAME_MAX];

	for (uint32_t i = 0; i < c->n; i++)
		if (strcmp(c->name[i], name) == 0)
			return (int)i;
	for (uint32_t i = 0; i < c->n; i++) {
		csv_in_normal(c->name[i], normal);
		if (strcmp(normal, name) == 0)
			return (int)i;
	}
	return -1;
}

unsigned columns_fields(const struct columns *c) {
	return formats[c->format].n;
}

const char *columns_field_name(const struct columns *c, unsigned field) {
	return formats[c->format].want[field].field;
}

const char *columns_text(const struct columns *c, const struct csv_in *in, unsigned field) {
	return c->column[field] >= 0 ? csv_in_field(in, (uint32_t)c->column[field]) : NULL;
}
