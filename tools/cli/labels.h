// labels.csv: what is known of the captures of a folder, one row an attack or a quiet file.
//
// Columns, by name, in any order; others are passed over:
//   file      needed: the capture, from the folder that is evaluated
//   class     attack (the whole file is the attack), mixed (attacks among ordinary traffic), benign (none), or
//             parser (nothing is asked of it); without the column, rows are attacks where `type` or `kind` is given
//   type      what kind of attack, in the words of whoever labelled it: see truth.h
//   kind      what kind of attack, in ours (event_kind_name), "|" between several that are right
//   target    addresses or prefixes, with or without :port, "|" between several that are right; [..]:port for IPv6
//   source    who does it, likewise
//   packet_rule  words that may tell target or source: see truth.h
//   start, end   of the attack: seconds since 1970, or "+12.5" from the file's first packet
//   top_dst, top_dst_share  the address that gets most packets, and how many of all
//   exclude   why this attack is not counted
//
// Threads    One.
// Memory     From the heap, grows with the file; labels_free() gives it back.
// Full       LABELS_MAX rows: more is an error.
#ifndef WEIR_CLI_LABELS_H
#define WEIR_CLI_LABELS_H

#include "csv_in.h"

#include <stddef.h>

#define LABELS_MAX 20000

enum label_class { LABEL_ATTACK, LABEL_MIXED, LABEL_BENIGN, LABEL_PARSER, LABEL_CLASS_N };

struct label_time {
	enum { TIME_UNTOLD, TIME_EPOCH, TIME_IN_FILE } from;
	int64_t ns;
};

struct label {
	const char *path; // of the table it stands in; the caller's
	unsigned long line;
	unsigned class; // enum label_class
	char *file, *type, *kind, *target, *source, *rule, *top_dst,
		*exclude; // owned; "" where nothing is told
	double top_share; // 0..1; 0: not told
	struct label_time start, end;
};

struct labels {
	struct label *label;
	size_t n, room;
};

// Into labels that are empty, or hold what another table told: rows of this one take the place of all that the
// other tells of the same files.
// @param path  kept in each label
// @return 0, or -1 with one line in error: FILE:LINE:COLUMN: what is wrong; labels_free() gives back what was taken
int labels_read(struct labels *labels, const char *path, char error[static CSV_ERROR_MAX]);
void labels_free(struct labels *);

const char *label_class_name(unsigned class);

// No escape sequences for a terminal from text that came from outside.
void text_defuse(char *text);

#endif
