// Text -> document (jansson) -> struct conf. Every error names its place.
#include "config/locate.h"
#include "config/reader.h"
#include "detect/threshold.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SHOWN_MAX 160

// "FILE:LINE: FIELD: what". Of a very long path the end is what tells files apart.
static int fail_at(const struct reader *r, unsigned line, const char *field, const char *what) {
	const size_t n = strlen(r->path);
	const size_t skip = n > PATH_SHOWN_MAX ? n - PATH_SHOWN_MAX : 0;
	const int used = snprintf(
		r->error,
		CONFIG_ERROR_MAX,
		"%s%s:%u: %s%s%s",
		skip > 0 ? "..." : "",
		&r->path[skip],
		line,
		field,
		field[0] != '\0' ? ": " : "",
		what
	);

	if (used >= CONFIG_ERROR_MAX)
		strcpy(&r->error[CONFIG_ERROR_MAX - 4], "...");
	return -EINVAL;
}

int reader_fail(const struct reader *r, const char *format, ...) {
	char what[CONFIG_ERROR_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return fail_at(r, locate_line(r->text, r->n, r->ordinal, r->levels), r->shown, what);
}
// Where jansson's own text leaves a question: what it means for an operator.
static const char *syntax_hint(const struct reader *r, const json_error_t *error) {
	const size_t at = error->position > 0 ? (size_t)error->position : 0;

	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		return "; a setting may be there once only";
	case json_error_end_of_input_expected:
		return "; something follows the closing brace of the configuration";
	case json_error_premature_end_of_input:
		return "; a closing brace, bracket or quote is missing";
	case json_error_invalid_utf8:
		return "; the file must be UTF-8";
	case json_error_null_character:
		return "; a text may not hold a NUL character";
	case json_error_numeric_overflow:
		return "; no setting takes such a number";
	default:
		break;
	}
	if (at > 0 && at <= r->n && (r->text[at - 1] == '/' || r->text[at - 1] == '#'))
		return "; JSON has no comments";
	if (at > 0 && at <= r->n && (r->text[at - 1] == '}' || r->text[at - 1] == ']'))
		return "; is there a comma before the closing brace or bracket?";
	return "";
}

// jansson quotes the file in its messages: whatever bytes it held, ours is one line.
static int syntax_fail(struct reader *r, const json_error_t *error) {
	char what[JSON_ERROR_TEXT_LENGTH + 128];

	snprintf(
		what,
		sizeof(what),
		"column %d: %s%s",
		error->column > 0 ? error->column : 1,
		error->text,
		syntax_hint(r, error)
	);
	for (unsigned i = 0; what[i] != '\0'; i++)
		if ((unsigned char)what[i] < 0x20 || (unsigned char)what[i] > 0x7e)
			what[i] = '?';
	return fail_at(r, error->line > 0 ? (unsigned)error->line : 1, "", what);
}

// What jansson would not say, or not say well.
static int check_text(struct reader *r) {
	const unsigned deep = locate_too_deep(r->text, r->n, CONFIG_NESTING_MAX);
	char what[64];
	size_t blank = 0;

	while (blank < r->n && r->text[blank] != '\0' && strchr(" \t\r\n", r->text[blank]) != NULL)
		blank++;
	if (blank == r->n)
		return fail_at(r, 1, "", "the file is empty; {} is the smallest configuration");
	if (r->n > CONFIG_BYTES_MAX)
		return reader_fail(
			r, "the file is too large; allowed 0..%u bytes", CONFIG_BYTES_MAX
		);
	if (r->n >= 3 && memcmp(r->text, "\xef\xbb\xbf", 3) == 0)
		return reader_fail(
			r, "starts with a byte order mark; save it as UTF-8 without one"
		);
	if (deep == 0)
		return 0;
	snprintf(what, sizeof(what), "nested deeper than %u levels", CONFIG_NESTING_MAX);
	return fail_at(r, deep, "", what);
}

// What several folders keep for themselves comes from one setting.
static void share(struct conf *conf) {
	struct publish_conf *publish = &conf->publish;

	strcpy(conf->detect.sensor, conf->sensor);
	strcpy(publish->sensor, conf->sensor);
	conf->detect.tick_ns = conf->pipeline.tick_ns;
	networks_inherit(&conf->detect);
	if (publish->redis_socket[0] == '\0' && publish->redis_host[0] == '\0') {
		// Events that go nowhere help nobody.
		if (publish->file[0] == '\0')
			strcpy(publish->file, "-");
	} else if (publish->spool_folder[0] == '\0' && conf->state_folder[0] != '\0') {
		snprintf(
			publish->spool_folder,
			sizeof(publish->spool_folder),
			"%.*s/spool",
			CONFIG_PATH_MAX - 16,
			conf->state_folder
		);
	}
}
static int read_text(struct reader *r) {
	json_error_t error;
	json_t *root;
	int ret = check_text(r);

	if (ret < 0)
		return ret;
	root = json_loadb(r->text, r->n, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return syntax_fail(r, &error);
	ret = document_read(r, root);
	json_decref(root);
	return ret;
}

int config_parse(
	struct conf **out,
	const char *text,
	size_t n,
	const char *path,
	char error[static CONFIG_ERROR_MAX]
) {
	struct conf *conf = malloc(sizeof(*conf));
	struct reader r = {.text = text, .n = n, .path = path, .error = error, .conf = conf};
	int ret;

	if (conf == NULL) {
		snprintf(error, CONFIG_ERROR_MAX, "%s: no memory", path);
		return -ENOMEM;
	}
	conf_defaults(conf);
	ret = text != NULL ? read_text(&r) : 0;
	if (ret < 0) {
		free(conf);
		return ret;
	}
	snprintf(conf->path, sizeof(conf->path), "%s", path);
	share(conf);
	*out = conf;
	return 0;
}

void config_free(struct conf *conf) {
	free(conf);
}
