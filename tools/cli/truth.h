// What is known of an attack, in the terms of an alarm: which kinds name it, which host it is about, when.
//
// Kinds      The label's `kind`; else its `type` by the table in truth_types.c, from words such as "SYN flood" or
//            "dns_tunnel_iodine". Where the words are loose, more than one kind is right, and the note says why.
//            A "+" in the type stands between several attacks, a "/" between words for one. Where the type says that
//            it is "in name" or "in file name", the file's name is read as well.
// Target     The label's `target` and `source`; else of its `packet_rule` "victim A", "target A" or "A -> B" (B), and as sources "A -> B" (A),
//            "host A" or "infected A"; else top_dst. With 75 % of all packets or more that is the target;
//            with less, there are answers in the file, and the alarm may name it as target or as source.
//            Without any of them, or for attacks below IP (ARP), the target is not judged.
// Time       The label's start and end; else the file's.
//
// Threads    Pure functions over what the caller gives.
// Memory     None taken. A truth points into its label.
#ifndef WEIR_CLI_TRUTH_H
#define WEIR_CLI_TRUTH_H

#include "labels.h"

#include <weir/event.h>

#include <stdbool.h>

#define TRUTH_ENDS_MAX 8
#define TRUTH_PARTS_MAX 8
#define TRUTH_WANTED_MAX 256
#define TRUTH_PACKETS_MIN 250 // an attack of fewer is excluded

struct truth_end {
	struct addr addr;
	uint8_t prefix_len;
	bool has_port;
	uint16_t port;
};

struct truth_ends {
	struct truth_end end[TRUTH_ENDS_MAX];
	unsigned n;
};

struct truth {
	const struct label *label;
	const char *
		group; // that it is counted under: the first kind that is right, or the table's word
	char wanted
		[TRUTH_WANTED_MAX]; // names of kinds that are right, also of those that this version has not got
	bool right[KIND_N];
	unsigned n_right;
	const char *note; // why several are right; NULL
	const char *excluded; // why it is not counted; NULL: it is
	struct truth_ends target, source;
	bool either; // an end of `target` may also be the alarm's first source
	const char *target_from; // "target", "packet_rule", "top_dst"; NULL: not judged
};

// The attacks of a label: none of a benign or parser row.
// @param error  one line, FILE:LINE, where kind or target cannot be understood
// @return how many, or -1
int truth_of(
	struct truth out[static TRUTH_PARTS_MAX],
	const struct label *label,
	char error[static CSV_ERROR_MAX]
);

// Is this alarm about that attack's target or source?
bool truth_about(const struct truth *truth, const struct alarm *alarm);
// Is this address an end of the attack? For scores of flows and hosts.
bool truth_has(const struct truth *truth, const struct addr *addr);

// Kinds, group, note and exclusion by the words of a type. truth_types.c
// @param text  of the type, and of the file's name where the type says so
void truth_classify(struct truth *out, const char *text);

// Every row of the table, for the manual and tests. @return false: there is no row i
struct truth_type {
	const char *group;
	const char *words; // "syn flood|neptune": all words of one of the alternatives
	const char *kinds; // "a|b"
	const char *note;
	const char *excluded;
};
bool truth_type_get(size_t i, struct truth_type *out);

#endif
