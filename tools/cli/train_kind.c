// The kinds of models and their options on the command line: all from the kinds' own tables, so that a new kind needs
// nothing here.
#include "train.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *names[KIND_OPTIONS_MAX * 4];
static unsigned n_names;

static void name_add(const char *name) {
	for (unsigned i = 0; i < n_names; i++)
		if (strcmp(names[i], name) == 0)
			return;
	assert(n_names < sizeof(names) / sizeof(names[0]));
	names[n_names++] = name;
}

static void names_gather(void) {
	const struct model_kind_info *kind;

	for (unsigned i = 0; (kind = model_kind_at(i)) != NULL; i++)
		for (uint32_t o = 0; o < kind->n_options; o++)
			name_add(kind->options[o].name);
}

// The names of all kinds' options, each once: several kinds have a k.
const char *kind_option_name(unsigned i) {
	if (n_names == 0)
		names_gather();
	return i < n_names ? names[i] : NULL;
}

static int option_index(const struct model_kind_info *kind, const char *name) {
	for (uint32_t i = 0; i < kind->n_options; i++)
		if (strcmp(kind->options[i].name, name) == 0)
			return (int)i;
	return -1;
}

// Is it a number in its limits? A whole one is written without a point.
static bool option_value(const struct model_option *o, const char *text, double *out) {
	char *end;

	*out = strtod(text, &end);
	if (end != text && *end == '\0' && *out >= o->least && *out <= o->most
	    && !(o->whole && *out != floor(*out)))
		return true;
	return train_fail(
		false,
		"--%s %s: %s of %g to %g is allowed",
		o->name,
		text,
		o->whole ? "a whole number" : "a number",
		o->least,
		o->most
	);
}

bool kind_options_take(struct train_options *o) {
	struct model_training *t = &o->training;

	for (uint32_t i = 0; i < o->n_kind_options; i++) {
		const struct kind_option *given = &o->kind_option[i];
		const int at = option_index(t->kind, given->name);

		if (at < 0)
			return train_fail(
				false,
				"--%s: %s has no such option: see weir help train",
				given->name,
				t->kind->name
			);
		if (!option_value(&t->kind->options[at], given->text, &t->option[at]))
			return false;
	}
	return true;
}

static void option_help(const struct model_option *o) {
	char name[32];

	snprintf(name, sizeof(name), "--%s %s", o->name, o->whole ? "N" : "X");
	printf("    %-19s %s; %g to %g (%g)\n", name, o->about, o->least, o->most, o->usual);
}

void kind_options_help(void) {
	const struct model_kind_info *kind;

	for (unsigned i = 0; (kind = model_kind_at(i)) != NULL; i++) {
		printf("  %-12s %s\n", kind->name, kind->about);
		for (uint32_t k = 0; k < kind->n_options; k++)
			option_help(&kind->options[k]);
		if (kind->rows_usual > 0)
			printf("    %-19s %u by default\n", "--rows-trained N", kind->rows_usual);
	}
}
