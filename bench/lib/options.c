#include "bench/lib/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noreturn, format(printf, 2, 3))) static void
usage_error(const struct options *o, const char *format, ...) {
	va_list args;

	fprintf(stderr, "bench %s: ", o->bench);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; see --help\n");
	exit(2);
}

static void print_default(const struct option_row *r) {
	switch (r->kind) {
	case OPTION_COUNT:
		printf("%llu", (unsigned long long)*(uint64_t *)r->value);
		break;
	case OPTION_SHARE:
	case OPTION_SECONDS:
		printf("%g", *(double *)r->value);
		break;
	case OPTION_TEXT:
		printf("%s", *(const char **)r->value);
		break;
	case OPTION_FLAG:
		printf("%s", *(bool *)r->value ? "on" : "off");
	}
}

__attribute__((noreturn)) static void print_help(const struct options *o) {
	static const char *const argument[] = {"N", "SHARE", "S", "TEXT", ""};

	printf("bench/run %s [--json] [options]\n%s\n\n", o->bench, o->about);
	for (unsigned i = 0; i < o->n; i++) {
		const struct option_row *r = &o->row[i];
		const int n = printf("  --%s %s", r->name, argument[r->kind]);

		printf("%*s%s (", n < 28 ? 28 - n : 1, "", r->help);
		print_default(r);
		printf(")\n");
	}
	printf("  --json                    one JSON object on standard output\n");
	exit(0);
}

static const struct option_row *find(const struct options *o, const char *name) {
	for (unsigned i = 0; i < o->n; i++)
		if (strcmp(o->row[i].name, name) == 0)
			return &o->row[i];
	usage_error(o, "--%s: no such option", name);
}

static uint64_t count_of(const struct options *o, const struct option_row *r, const char *text) {
	unsigned long long n, unit = 1;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*end == 'k' || *end == 'M') {
		unit = *end == 'k' ? 1000 : 1000000;
		end++;
	}
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || n > r->max / unit
	    || n * unit < r->min)
		usage_error(
			o,
			"--%s %s: a whole number from %llu to %llu is wanted",
			r->name,
			text,
			(unsigned long long)r->min,
			(unsigned long long)r->max
		);
	return n * unit;
}

static double number_of(const struct options *o, const struct option_row *r, const char *text) {
	const double most = r->kind == OPTION_SHARE ? 1 : 86400;
	char *end;
	const double n = strtod(text, &end);

	if (end == text || *end != '\0' || !(n >= 0 && n <= most)
	    || (r->kind == OPTION_SECONDS && n == 0))
		usage_error(
			o,
			r->kind == OPTION_SHARE
				? "--%s %s: a share from 0 to 1 is wanted"
				: "--%s %s: seconds above 0, up to 86400, are wanted",
			r->name,
			text
		);
	return n;
}

static void set(const struct options *o, const struct option_row *r, const char *text) {
	switch (r->kind) {
	case OPTION_COUNT:
		*(uint64_t *)r->value = count_of(o, r, text);
		break;
	case OPTION_SHARE:
	case OPTION_SECONDS:
		*(double *)r->value = number_of(o, r, text);
		break;
	case OPTION_TEXT:
		*(const char **)r->value = text;
		break;
	case OPTION_FLAG:
		*(bool *)r->value = true;
	}
}

void options_parse(struct options *o, int argc, char **argv) {
	for (int i = 1; i < argc; i++) {
		const struct option_row *r;

		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			print_help(o);
		if (strcmp(argv[i], "--json") == 0) {
			o->json = true;
			continue;
		}
		if (strncmp(argv[i], "--", 2) != 0)
			usage_error(o, "%s: options begin with --", argv[i]);
		r = find(o, argv[i] + 2);
		if (r->kind != OPTION_FLAG && ++i == argc)
			usage_error(o, "--%s: its value is missing", r->name);
		set(o, r, argv[i]);
	}
}

json_t *options_settings(const struct options *o) {
	json_t *all = json_object();

	for (unsigned i = 0; i < o->n; i++) {
		const struct option_row *r = &o->row[i];
		char key[64];
		json_t *value = NULL;

		snprintf(key, sizeof(key), "%s", r->name);
		for (char *c = key; *c != '\0'; c++)
			*c = *c == '-' ? '_' : *c;
		switch (r->kind) {
		case OPTION_COUNT:
			value = json_integer((json_int_t) * (uint64_t *)r->value);
			break;
		case OPTION_SHARE:
		case OPTION_SECONDS:
			value = json_real(*(double *)r->value);
			break;
		case OPTION_TEXT:
			value = json_string(*(const char **)r->value);
			break;
		case OPTION_FLAG:
			value = json_boolean(*(bool *)r->value);
		}
		json_object_set_new(all, key, value);
	}
	return all;
}
