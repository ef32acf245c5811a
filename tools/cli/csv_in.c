// CSV: one pass over the bytes with one state, so that no file, however it is quoted, is looked at twice.
#include "csv_in.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (64u << 10)

enum state {
	FIELD_START,
	PLAIN,
	QUOTED,
	QUOTE_SEEN, // inside a quoted field: it ends here, or the quote is one of two
};

struct csv_in {
	struct unpack *from;
	char path[256];
	char separator;
	bool begun; // the mark and the separator have been looked at
	bool over;
	unsigned long line, record_line; // from 1
	uint32_t in_at, in_n;
	uint32_t text_n;
	uint32_t n; // fields
	uint32_t field[CSV_COLUMNS_MAX]; // where each begins in text
	char error[CSV_ERROR_MAX];
	uint8_t in[BUFFER_BYTES];
	char text[CSV_RECORD_MAX + 1];
};

struct csv_in *csv_in_create(struct unpack *from, const char *path) {
	struct csv_in *csv = malloc(sizeof(*csv));

	if (csv == NULL) {
		unpack_close(from);
		return NULL;
	}
	memset(csv, 0, offsetof(struct csv_in, in));
	csv->from = from;
	csv->line = csv->record_line = 1;
	snprintf(
		csv->path, sizeof(csv->path), "%s", strcmp(path, "-") == 0 ? "standard input" : path
	);
	return csv;
}

int csv_in_open(struct csv_in **out, const char *path, char error[static CSV_ERROR_MAX]) {
	struct unpack *from;
	int ret = unpack_open(&from, path);

	if (ret == 0) {
		*out = csv_in_create(from, path);
		ret = *out != NULL ? 0 : -ENOMEM;
	}
	if (ret < 0)
		snprintf(error, CSV_ERROR_MAX, "%.300s: %s", path, strerror(-ret));
	return ret;
}

void csv_in_close(struct csv_in *csv) {
	if (csv == NULL)
		return;
	unpack_close(csv->from);
	free(csv);
}

uint32_t csv_in_n(const struct csv_in *csv) {
	return csv->n;
}

char *csv_in_field(const struct csv_in *csv, uint32_t column) {
	return (char *)&csv->text[csv->field[column]];
}

unsigned long csv_in_line(const struct csv_in *csv) {
	return csv->record_line;
}

const char *csv_in_error(const struct csv_in *csv) {
	return csv->error[0] != '\0' ? csv->error : NULL;
}

double csv_in_progress(const struct csv_in *csv) {
	return unpack_progress(csv->from);
}

void csv_in_normal(const char *name, char out[static CSV_NAME_MAX]) {
	size_t n = 0;

	for (; *name != '\0' && n < CSV_NAME_MAX - 1; name++) {
		const unsigned char c = (unsigned char)*name;

		if (c < 0x80 && isalnum(c))
			out[n++] = (char)tolower(c);
		else if (n > 0 && out[n - 1] != '_')
			out[n++] = '_';
	}
	while (n > 0 && out[n - 1] == '_')
		n--;
	out[n] = '\0';
}

int csv_in_fail(struct csv_in *csv, uint32_t column, const char *format, ...) {
	char where[32] = "", what[CSV_ERROR_MAX / 2];
	va_list args;

	if (column > 0)
		snprintf(where, sizeof(where), ":%u", column);
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(
		csv->error,
		sizeof(csv->error),
		"%.200s:%lu%s: %s",
		csv->path,
		csv->record_line,
		where,
		what
	);
	// Parts come from the file: no escape sequences for a terminal.
	for (char *c = csv->error; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	csv->over = true;
	return -1;
}

int csv_in_width_check(struct csv_in *csv, uint32_t columns) {
	if (csv->n > columns)
		return csv_in_fail(csv, columns + 1, "more fields than the %u columns", columns);
	if (csv->n < columns)
		return csv_in_fail(
			csv, csv->n, "the line ends here, %u columns are named", columns
		);
	return 0;
}

// More bytes behind those in the buffer.
// @return false at the end, or where it cannot be read: then there is an error
static bool buffer_more(struct csv_in *csv) {
	const ssize_t got = unpack_read(csv->from, &csv->in[csv->in_n], BUFFER_BYTES - csv->in_n);
	const char *why = unpack_error(csv->from);

	if (got < 0) {
		csv->record_line = csv->line;
		csv_in_fail(csv, 0, "cannot be read: %s", why != NULL ? why : strerror(errno));
	}
	csv->in_n += got > 0 ? (uint32_t)got : 0;
	return got > 0;
}

static bool buffer_fill(struct csv_in *csv) {
	csv->in_at = csv->in_n = 0;
	return buffer_more(csv);
}

static bool starts_with(const struct csv_in *csv, const char *bytes, uint32_t n) {
	return csv->in_n >= n && memcmp(csv->in, bytes, n) == 0;
}

// The first line decides. A separator inside quotes would be a name's own, so only what is outside counts.
static char separator_of(const struct csv_in *csv) {
	bool semicolon = false, tab = false, quoted = false;

	for (uint32_t i = csv->in_at; i < csv->in_n && csv->in[i] != '\n'; i++) {
		quoted ^= csv->in[i] == '"';
		if (quoted)
			continue;
		if (csv->in[i] == ',')
			return ',';
		semicolon |= csv->in[i] == ';';
		tab |= csv->in[i] == '\t';
	}
	return semicolon ? ';' : tab ? '\t' : ',';
}

// @return false: an error is noted
static bool begin(struct csv_in *csv) {
	csv->begun = true;
	while (csv->in_n < BUFFER_BYTES && memchr(csv->in, '\n', csv->in_n) == NULL)
		if (!buffer_more(csv
		    )) // a pipe gives little at a time: the first line is wanted whole
			break;
	if (csv->error[0] != '\0')
		return false;
	if (starts_with(csv, "\xff\xfe", 2) || starts_with(csv, "\xfe\xff", 2)) {
		csv_in_fail(csv, 0, "is UTF-16: save it as UTF-8, or iconv -f UTF-16 -t UTF-8");
		return false;
	}
	if (starts_with(csv, "\xef\xbb\xbf", 3)) // as spreadsheets write it
		csv->in_at = 3;
	csv->separator = separator_of(csv);
	return true;
}

static bool put(struct csv_in *csv, char c) {
	if (csv->text_n < CSV_RECORD_MAX) {
		csv->text[csv->text_n++] = c;
		return true;
	}
	csv_in_fail(csv, csv->n, "more than %u bytes in one record", CSV_RECORD_MAX);
	return false;
}

static bool field_begin(struct csv_in *csv) {
	if (csv->n == CSV_COLUMNS_MAX) {
		csv_in_fail(csv, csv->n + 1, "more than %d columns", CSV_COLUMNS_MAX);
		return false;
	}
	csv->field[csv->n++] = csv->text_n;
	return true;
}

static bool field_end(struct csv_in *csv) {
	return put(csv, '\0');
}

// The record is over; of a plain field the CR before LF is no part.
static bool record_end(struct csv_in *csv, enum state state) {
	if (state == PLAIN && csv->text_n > csv->field[csv->n - 1]
	    && csv->text[csv->text_n - 1] == '\r')
		csv->text_n--;
	return field_end(csv);
}

// Nothing but a line end since the last record?
static bool is_empty(const struct csv_in *csv) {
	return csv->n == 1 && csv->text[csv->field[0]] == '\0' && csv->text_n == 1;
}

// One byte. @return 0: go on; 1: the record is complete; -1: error
static int step(struct csv_in *csv, enum state *state, char c) {
	const bool ends = c == '\n' || c == csv->separator;

	if (*state == QUOTE_SEEN) {
		if (c == '"') { // one of two
			*state = QUOTED;
			return put(csv, '"') ? 0 : -1;
		}
		if (c == '\r')
			return 0; // before the LF; elsewhere it says nothing
		if (!ends) {
			*state = QUOTED;
			return put(csv, '"') && put(csv, c) ? 0 : -1;
		}
	}
	if (*state == FIELD_START && c == '"') {
		*state = QUOTED;
		return 0;
	}
	if (*state == QUOTED && c == '"') {
		*state = QUOTE_SEEN;
		return 0;
	}
	if (*state == QUOTED || !ends) {
		*state = *state == QUOTED ? QUOTED : PLAIN;
		return put(csv, c) ? 0 : -1;
	}
	if (c == '\n')
		return record_end(csv, *state) ? 1 : -1;
	*state = FIELD_START;
	return field_end(csv) && field_begin(csv) ? 0 : -1;
}

// The file ends inside a record, which is a record without its line end, or nothing at all.
static int finish(struct csv_in *csv, enum state state) {
	csv->over = true;
	if (csv->error[0] != '\0')
		return -1;
	if (state == QUOTED)
		return csv_in_fail(csv, csv->n, "a quote is not closed");
	if (!record_end(csv, state))
		return -1;
	return is_empty(csv) ? 0 : 1;
}

static int record_read(struct csv_in *csv) {
	enum state state = FIELD_START;

	csv->n = csv->text_n = 0;
	csv->record_line = csv->line;
	field_begin(csv);
	for (;;) {
		if (csv->in_at == csv->in_n && !buffer_fill(csv))
			return finish(csv, state);

		const char c = (char)csv->in[csv->in_at++];
		int done;

		if (c == '\0')
			return csv_in_fail(csv, csv->n, "a zero byte: this is no text file");
		done = step(csv, &state, c);
		csv->line += c == '\n';
		if (done != 0)
			return done;
	}
}

int csv_in_next(struct csv_in *csv) {
	int done;

	if (!csv->begun && !begin(csv))
		return -1;
	if (csv->over)
		return csv->error[0] != '\0' ? -1 : 0;
	do
		done = record_read(csv);
	while (done == 1 && is_empty(csv) && !csv->over);
	return done;
}
