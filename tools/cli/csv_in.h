// A CSV file (RFC 4180), one record at a time, packed or plain. Everything in it is doubted.
//
// Line ends are LF or CR LF; a byte order mark is skipped; empty lines are skipped. A field in quotes may hold
// separators, line ends and doubled quotes; a quote inside that is not doubled, and is followed by neither a
// separator nor a line end, stands for itself, as programs write it that do not know the rule. The separator is
// the comma; where the first line has none, the semicolon or the tab that it has.
//
// Threads    One.
// Memory     From the heap at open: no more than CSV_RECORD_MAX for a record, whatever the file holds.
// Ownership  Fields belong to the reader until the next csv_in_next().
// Full       A longer record, or more than CSV_COLUMNS_MAX fields, is an error.
#ifndef WEIR_CLI_CSV_IN_H
#define WEIR_CLI_CSV_IN_H

#include "unpack.h"

#include <stdint.h>

#define CSV_RECORD_MAX (1u << 20)
#define CSV_COLUMNS_MAX 4096
#define CSV_ERROR_MAX 512
#define CSV_NAME_MAX 64

struct csv_in;

// @param path  "-" is standard input
// @return 0, or -errno and one line in error
int csv_in_open(struct csv_in **out, const char *path, char error[static CSV_ERROR_MAX]);
// The same of a file that is open already. It belongs to the reader from here on, also where this fails.
// @return NULL: no memory
struct csv_in *csv_in_create(struct unpack *from, const char *path);
void csv_in_close(struct csv_in *); // NULL is fine

// @return 1: a record; 0: the end; -1: csv_in_error() says what is wrong, and nothing more will come
int csv_in_next(struct csv_in *);
uint32_t csv_in_n(const struct csv_in *); // fields of the record
char *csv_in_field(const struct csv_in *, uint32_t column); // NUL-terminated, without its quotes
unsigned long csv_in_line(const struct csv_in *); // on which the record begins, from 1

// For whoever reads the fields: note an error of this record.
// @param column  from 1; 0 for the whole line
// @return -1
[[gnu::format(printf, 3, 4)]] int
csv_in_fail(struct csv_in *, uint32_t column, const char *format, ...);
// Has the record as many fields as the header? @return 0, or -1 and an error
int csv_in_width_check(struct csv_in *, uint32_t columns);
const char *csv_in_error(const struct csv_in *); // FILE:LINE:COLUMN: what is wrong; NULL: nothing
// A column's name as names are compared: " Flow Bytes/s" is flow_bytes_s.
void csv_in_normal(const char *name, char out[static CSV_NAME_MAX]);
double csv_in_progress(const struct csv_in *); // 0..1, negative where it is not known

#endif
