// The table for people, and as a configuration that holds every default.
#include "config/settings.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

#define VALUE_BYTES 1024
#define ALLOWED_BYTES 256

static const char *section_of(const struct setting *s, size_t *n) {
	*n = strcspn(s->path, ".[");
	return s->path;
}

static bool in_section(const struct setting *s, const struct section *section) {
	size_t n;
	const char *name = section_of(s, &n);

	return strlen(section->name) == n && strncmp(name, section->name, n) == 0;
}

static void print_row(FILE *out, const struct setting *s, const struct conf *defaults) {
	char value[VALUE_BYTES], allowed[ALLOWED_BYTES];
	const char *shown
		= setting_text(s, setting_default_base(s, defaults), value, sizeof(value));

	if (s->of == OF_KIND)
		shown = "by kind";
	else if (s->type == SETTING_PORT || s->type == SETTING_PREFIX)
		shown = "none";
	fprintf(out,
		"  %-30s %-14s %s%s\n",
		s->path,
		shown,
		setting_allowed(s, allowed, sizeof(allowed)),
		s->reload ? "; reload" : "");
}

void config_print_text(FILE *out) {
	struct conf *defaults = malloc(sizeof(*defaults));
	const char *name;
	unsigned kind;

	if (defaults == NULL)
		return;
	conf_defaults(defaults);
	fputs("SETTING, DEFAULT, ALLOWED (reload: can be changed without a restart)\n", out);
	for (size_t i = 0; i < sections_n; i++) {
		fprintf(out, "\n%s: %s\n", sections[i].name, sections[i].help);
		for (size_t k = 0; k < settings_n; k++)
			if (in_section(&settings[k], &sections[i]))
				print_row(out, &settings[k], defaults);
	}
	fputs("\nKINDS, for detect.KIND: enabled, floor_per_s, floor_ms\n", out);
	for (unsigned i = 0; (name = kind_entry(i, &kind)) != NULL; i++)
		fprintf(out,
			"  %-30s %-14s %10u per s %8u ms\n",
			name,
			defaults->detect.kind[kind].enabled ? "true" : "false",
			defaults->detect.kind[kind].floor_per_s,
			defaults->detect.kind[kind].floor_ms);
	free(defaults);
}

// The object that a path's last word is a member of, made where it is not there yet.
static json_t *parent_of(json_t *root, const char *path, const char **last) {
	const char *dot;

	while ((dot = strchr(path, '.')) != NULL) {
		char word[NETWORK_NAME_MAX];
		json_t *below;

		snprintf(word, sizeof(word), "%.*s", (int)(dot - path), path);
		below = json_object_get(root, word);
		if (below == NULL) {
			below = json_object();
			json_object_set_new(root, word, below);
		}
		root = below;
		path = dot + 1;
	}
	*last = path;
	return root;
}

static void put(json_t *root, const struct setting *s, const void *base, const char *path) {
	char value[VALUE_BYTES];
	const char *last;
	json_t *parent = parent_of(root, path, &last);

	json_object_set_new(
		parent,
		last,
		json_loads(setting_text(s, base, value, sizeof(value)), JSON_DECODE_ANY, NULL)
	);
}

static void put_kinds(json_t *root, const struct conf *defaults) {
	char path[2 * NETWORK_NAME_MAX + 32];
	const char *name;
	unsigned kind;

	for (unsigned i = 0; (name = kind_entry(i, &kind)) != NULL; i++)
		for (size_t k = 0; k < settings_n; k++) {
			if (settings[k].of != OF_KIND)
				continue;
			snprintf(
				path,
				sizeof(path),
				"detect.%s.%s",
				name,
				strrchr(settings[k].path, '.') + 1
			);
			put(root, &settings[k], &defaults->detect.kind[kind], path);
		}
}

void config_print_defaults_json(FILE *out) {
	struct conf *defaults = malloc(sizeof(*defaults));
	json_t *root = json_object();

	if (defaults == NULL || root == NULL)
		goto done;
	conf_defaults(defaults);
	for (size_t i = 0; i < sections_n; i++) {
		if (strcmp(sections[i].name, "ports") == 0
		    || strcmp(sections[i].name, "networks") == 0) {
			json_object_set_new(root, sections[i].name, json_array());
			continue;
		}
		for (size_t k = 0; k < settings_n; k++)
			if (settings[k].of == OF_CONF && in_section(&settings[k], &sections[i]))
				put(root, &settings[k], defaults, settings[k].path);
	}
	put_kinds(root, defaults);
	json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	fputs("\n", out);
done:
	json_decref(root);
	free(defaults);
}
