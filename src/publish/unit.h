// The unit of a piece of evidence, from its name.
//
// Threads    Any.
// Memory     A small table, made once.
#ifndef WEIR_PUBLISH_UNIT_H
#define WEIR_PUBLISH_UNIT_H

#define UNIT_TEXT_MAX 32

// @param name  of a feature (feature.h), or of a measure whose name holds the unit: "syn_per_s"
// @return NULL where nothing is known; else a name of the program's, or text
const char *evidence_unit(const char *name, char text[static UNIT_TEXT_MAX]);

#endif
