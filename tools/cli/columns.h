// Which kind of CSV file this is, and which column is what: told by the names in its first line.
//
// Names are compared in a normal form: small letters and digits, all else one underscore: " Flow Bytes/s" is
// flow_bytes_s. A field of a kind has several names, for each generation of the program that writes it.
//
// Threads    One.
// Memory     From the heap: the header's names. columns_free() gives it back.
#ifndef WEIR_CLI_COLUMNS_H
#define WEIR_CLI_COLUMNS_H

#include "csv_in.h"

#include <weir/feature.h>

#include <jansson.h>

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define COLUMN_NAME_MAX CSV_NAME_MAX
#define COLUMN_FIELDS_MAX 64

// --format
enum csv_format {
	CSV_FLOWS, // our features of flows, as --flows writes them
	CSV_HOSTS, // of hosts, --hosts
	CSV_PACKETS, // Wireshark's packet list
	CSV_CIC, // CICFlowMeter
	CSV_GENERIC, // flows by six plain figures
	CSV_FORMAT_N,
};

// Of every kind that has them.
enum ends_field {
	FIELD_TIME,
	FIELD_SRC, // or the host
	FIELD_SPORT,
	FIELD_DST,
	FIELD_DPORT,
	FIELD_PROTO,
	FIELD_ENDS_N,
};

enum packets_field {
	PACKETS_LENGTH = FIELD_ENDS_N,
	PACKETS_INFO,
	PACKETS_NUMBER,
};

enum cic_field {
	CIC_DURATION = FIELD_ENDS_N,
	CIC_FWD_PACKETS,
	CIC_REV_PACKETS,
	CIC_FWD_LENGTH,
	CIC_REV_LENGTH,
	CIC_FWD_HEADER,
	CIC_REV_HEADER,
	CIC_LENGTH_MIN,
	CIC_LENGTH_MAX,
	CIC_LENGTH_STD,
	CIC_GAP_MEAN,
	CIC_GAP_STD,
	CIC_GAP_MAX,
	CIC_GAP_MIN,
	CIC_PACKET_RATE,
	CIC_SYN,
	CIC_ACK,
	CIC_PSH,
	CIC_FIN,
	CIC_RST,
	CIC_URG,
};

enum generic_field {
	GENERIC_BYTES = FIELD_ENDS_N,
	GENERIC_PACKETS,
	GENERIC_DURATION,
	GENERIC_RETRANSMIT,
	GENERIC_SIZE,
	GENERIC_RATE,
};
// Those of flows and hosts: FIELD_ENDS_N + the number of the feature.
static_assert(FIELD_ENDS_N + FLOW_FEATURE_N <= COLUMN_FIELDS_MAX);
static_assert(FIELD_ENDS_N + HOST_FEATURE_N <= COLUMN_FIELDS_MAX);

struct columns {
	enum csv_format format;
	bool asked; // by --format, not by the header
	uint32_t n; // of the header
	char (*name)[COLUMN_NAME_MAX]; // as the file has them, without blanks around
	int16_t *field; // of each column, -1: not used
	int16_t column[COLUMN_FIELDS_MAX]; // of each field, -1: not there
};

const char *csv_format_name(unsigned format); // "cicflowmeter"; NULL if none
const char *csv_format_title(unsigned format);
int csv_format_parse(const char *name); // -1 if no kind has the name

// Read the header.
// @param format  enum csv_format, or -1: the header tells
// @return 0, or -1: csv_in_error() names what is missing
int columns_read(struct columns *out, struct csv_in *in, int format);
void columns_free(struct columns *);

int columns_find(
	const struct columns *,
	const char *name
); // a column by its very name, else by its normal form, or -1
unsigned columns_fields(const struct columns *); // of the kind
const char *columns_field_name(const struct columns *, unsigned field); // what we call it
// What this record has for a field. @return NULL: no such column
const char *columns_text(const struct columns *, const struct csv_in *in, unsigned field);

// Column by column what it is taken as, then those that are not used.
void columns_print(FILE *, const struct columns *);
// {"type":"mapping","file":...,"format":...,"columns":{"NAME":"field"},"unused":[...]}
json_t *columns_mapping_json(const struct columns *, const char *file);
struct page;
void columns_page(struct page *, const struct columns *);

#endif
