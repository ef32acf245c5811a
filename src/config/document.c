// The document, member by member, along the table; see settings.h.
#include "config/nearest.h"
#include "config/reader.h"
#include "detect/reading.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

// The two lists, whose entries are structs of their own.
static const struct list {
	const char *pattern;
	size_t entries; // offset in struct conf
	size_t count; // likewise, a uint32_t
	size_t size; // of an entry
	size_t max;
	const void *defaults;
	const char *what;
} lists[] = {
	{"ports[]",
	 offsetof(struct conf, port),
	 offsetof(struct conf, n_ports),
	 sizeof(struct port_conf),
	 CONFIG_PORTS_MAX,
	 &port_defaults,
	 "ports"},
	{"networks[]",
	 offsetof(struct conf, detect.network),
	 offsetof(struct conf, detect.n_networks),
	 sizeof(struct network_conf),
	 DETECT_NETWORKS_MAX,
	 &network_defaults,
	 "networks"},
};

static int read_object(struct reader *r, json_t *object, void *base);

// A step down, and what is needed to take it back.
struct step {
	size_t pattern_n, shown_n;
};

static struct step enter(struct reader *r, const char *pattern, const char *shown, size_t ordinal) {
	const struct step step = {strlen(r->pattern), strlen(r->shown)};

	snprintf(&r->pattern[step.pattern_n], READER_PATH_MAX - step.pattern_n, "%s", pattern);
	snprintf(&r->shown[step.shown_n], READER_PATH_MAX - step.shown_n, "%s", shown);
	assert(r->levels < READER_LEVELS_MAX); // the table is not that deep
	r->ordinal[r->levels++] = ordinal;
	return step;
}

static void leave(struct reader *r, struct step step) {
	r->pattern[step.pattern_n] = '\0';
	r->shown[step.shown_n] = '\0';
	r->levels--;
}

// Names in the table are of these letters. A key with a dot or a bracket must not be taken for
// a path of the table.
static bool is_plain(const char *key) {
	return key[0] != '\0'
		&& strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(key);
}

// The part of a table path that can stand where `parent` ends, or NULL.
static const char *
child_of(const char *path, const char *parent, char word[static NEAREST_WORD_MAX]) {
	const size_t n = strlen(parent);
	const char *rest = &path[n > 0 ? n + 1 : 0];

	if (strncmp(path, parent, n) != 0 || (n > 0 && path[n] != '.'))
		return NULL;
	snprintf(word, NEAREST_WORD_MAX, "%.*s", (int)strcspn(rest, ".["), rest);
	return word;
}

static void offer_children(struct nearest *best, const char *parent, char *kept) {
	char word[NEAREST_WORD_MAX];
	const char *name;
	unsigned kind;

	for (size_t i = 0; i < settings_n; i++) {
		if (child_of(settings[i].path, parent, word) == NULL)
			continue;
		nearest_offer(best, word);
		if (best->word == word)
			best->word = strcpy(kept, word);
	}
	if (strcmp(parent, "detect") != 0 && strcmp(parent, THRESHOLDS) != 0)
		return;
	for (unsigned i = 0; (name = kind_entry(i, &kind)) != NULL; i++)
		nearest_offer(best, name);
}

// Is it a setting of another section? @return its path, or NULL
static const char *elsewhere(const char *key) {
	for (size_t i = 0; i < settings_n; i++) {
		const char *dot = strrchr(settings[i].path, '.');

		if (strcmp(&dot[1], key) == 0)
			return settings[i].path;
	}
	return NULL;
}

static int unknown_key(const struct reader *r, const char *parent, const char *key) {
	char kept[NEAREST_WORD_MAX];
	struct nearest best = {.wanted = key};
	const char *other = elsewhere(key);

	offer_children(&best, parent, kept);
	if (best.word != NULL)
		return reader_fail(r, "no such setting; did you mean \"%s\"?", best.word);
	if (other != NULL)
		return reader_fail(r, "no such setting here; did you mean %s?", other);
	return reader_fail(r, "no such setting; see weir.json(5) or: weir config print");
}

static int read_kind(struct reader *r, json_t *value, unsigned kind) {
	struct kind_conf *conf = r->conf->detect.kind;
	int ret;

	if (!json_is_object(value))
		return reader_fail(
			r, "must be an object such as {\"enabled\": true, \"floor_per_s\": 1000}"
		);
	ret = read_object(r, value, &conf[kind]);
	for (unsigned k = KIND_AMP_FIRST + 1; kind == KIND_AMP_FIRST && k < KIND_N; k++)
		conf[k] = conf[kind];
	return ret;
}

// A kind's threshold in a network. What is not counted by target has none.
static int read_threshold(struct reader *r, const json_t *value, unsigned kind, void *network) {
	const struct setting *setting = setting_find(THRESHOLDS "." KIND_PLACE);
	const unsigned end = kind == KIND_AMP_FIRST ? KIND_N : kind + 1;
	char why[WHY_TEXT_MAX];

	if (kind_row(kind)->metric == METRIC_N)
		return reader_fail(
			r,
			"this kind is no rate of one target; detect.%s.floor_per_s is for all",
			event_kind_name(kind)
		);
	for (; kind < end; kind++)
		if (setting_read(setting, value, (uint32_t *)network + kind, r->path, why) < 0)
			return reader_fail(r, "%s", why);
	if (json_integer_value(value) > 0 && json_integer_value(value) < VOLUME_MIN)
		return reader_fail(
			r,
			"%d: fewer than %u packets are never an alarm; allowed 0 (none here) or "
			"%u..4294967295 per s",
			(int)json_integer_value(value),
			VOLUME_MIN,
			VOLUME_MIN
		);
	return 0;
}

static int kind_find(const char *key, unsigned *kind) {
	const char *name;

	for (unsigned i = 0; (name = kind_entry(i, kind)) != NULL; i++)
		if (strcmp(name, key) == 0)
			return 0;
	return -ENOENT;
}

static const struct list *list_find(const char *pattern) {
	const size_t n = strlen(pattern);

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strncmp(lists[i].pattern, pattern, n) == 0
		    && strcmp(&lists[i].pattern[n], "[]") == 0)
			return &lists[i];
	return NULL;
}

static int read_list(struct reader *r, json_t *value, const struct list *list) {
	char *conf = (char *)r->conf;
	uint32_t n = 0;

	if (!json_is_array(value))
		return reader_fail(r, "must be a list: [{...}, {...}]");
	if (json_array_size(value) > list->max)
		return reader_fail(
			r, "%zu %s; allowed 0..%zu", json_array_size(value), list->what, list->max
		);
	for (; n < json_array_size(value); n++) {
		json_t *item = json_array_get(value, n);
		char *entry = conf + list->entries + n * list->size;
		char index[16];
		struct step step;
		int ret;

		snprintf(index, sizeof(index), "[%u]", n);
		step = enter(r, "[]", index, n);
		if (!json_is_object(item))
			return reader_fail(r, "must be an object: {...}");
		memcpy(entry, list->defaults, list->size);
		ret = read_object(r, item, entry);
		if (ret < 0)
			return ret;
		leave(r, step);
	}
	memcpy(conf + list->count, &n, sizeof(n));
	return 0;
}

// Stands at the member itself.
static int
read_member(struct reader *r, const char *parent, const char *key, json_t *value, void *base) {
	const struct setting *setting = setting_find(r->pattern);
	const struct list *list = list_find(r->pattern);
	char why[WHY_TEXT_MAX];
	unsigned kind;

	if (!is_plain(key))
		return unknown_key(r, parent, key);
	if (setting != NULL && setting_read(setting, value, base, r->path, why) < 0)
		return reader_fail(r, "%s", why);
	if (setting != NULL)
		return 0;
	if (list != NULL)
		return read_list(r, value, list);
	if (strcmp(parent, "detect") == 0 && kind_find(key, &kind) == 0) {
		strcpy(r->pattern, "detect." KIND_PLACE);
		return read_kind(r, value, kind);
	}
	if (strcmp(parent, THRESHOLDS) == 0 && kind_find(key, &kind) == 0)
		return read_threshold(r, value, kind, base);
	if (!setting_below(r->pattern))
		return unknown_key(r, parent, key);
	if (!json_is_object(value))
		return reader_fail(r, "must be an object: {...}");
	return read_object(r, value, base);
}

static int read_object(struct reader *r, json_t *object, void *base) {
	char parent[READER_PATH_MAX];
	size_t ordinal = 0;
	const char *key;
	json_t *value;

	strcpy(parent, r->pattern);
	json_object_foreach(object, key, value) {
		char word[VALUE_TEXT_MAX + 1];
		struct step step;
		json_t *quoted;
		int ret;

		if (is_plain(key) && strlen(key) < VALUE_TEXT_MAX) {
			snprintf(word, sizeof(word), "%s%s", parent[0] != '\0' ? "." : "", key);
		} else {
			quoted = json_string(key);
			word[0] = '.';
			json_brief(quoted, &word[parent[0] != '\0']);
			json_decref(quoted);
		}
		step = enter(r, word, word, ordinal++);
		ret = read_member(r, parent, key, value, base);
		if (ret < 0)
			return ret;
		leave(r, step);
	}
	return 0;
}

int document_read(struct reader *r, json_t *root) {
	int ret;

	if (!json_is_object(root))
		return reader_fail(r, "a configuration is an object: {...}");
	ret = read_object(r, root, r->conf);
	return ret < 0 ? ret : config_check(r, root);
}
