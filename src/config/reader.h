// Where the reader of a configuration is, and how it says what is wrong there.
//
// Threads    One owner.
// Memory     None but that of the caller.
#ifndef WEIR_CONFIG_READER_H
#define WEIR_CONFIG_READER_H

#include "config/settings.h"

#include <jansson.h>

#define READER_PATH_MAX 192 // "detect.amplification.floor_per_s" and a key of any length, cut
#define READER_LEVELS_MAX 8
#define CONFIG_BYTES_MAX (1u << 20)
#define CONFIG_NESTING_MAX 16
#define VALUE_TEXT_MAX 64
#define ALLOWED_TEXT_MAX 160
#define WHY_TEXT_MAX 320

struct reader {
	const char *text;
	size_t n;
	const char *path; // of the file
	char *error; // CONFIG_ERROR_MAX bytes of the caller
	struct conf *conf;
	char pattern[READER_PATH_MAX]; // as in the table: "ports[].queues"
	char shown[READER_PATH_MAX]; // as for people: "ports[1].queues"
	size_t ordinal[READER_LEVELS_MAX]; // the same for locate.h
	unsigned levels;
};

// "FILE:LINE: FIELD: what" into the error. @return -EINVAL
int reader_fail(const struct reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

// Stand at a path of the document, such as "ports[1].driver", or at what there is of it.
void reader_stand(struct reader *r, json_t *root, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

// One value of the file into its field.
// @param path  of the configuration file: relative paths are from its folder
// @return 0, or -EINVAL and in why: `"yes" is not ...; allowed ...`
int setting_read(
	const struct setting *setting,
	const json_t *value,
	void *base,
	const char *path,
	char why[static WHY_TEXT_MAX]
);
// A value as an error names it: short, ASCII, one line.
const char *json_brief(const json_t *value, char text[static VALUE_TEXT_MAX]);

// A whole document into r->conf. @return 0, or -EINVAL
int document_read(struct reader *r, json_t *root);
// What no single setting can tell: ports, cores, networks, Redis.
int config_check(struct reader *r, json_t *root);

#endif
