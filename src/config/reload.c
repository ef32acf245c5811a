// What a reload cannot change.
#include "config/settings.h"

#include <string.h>

struct report {
	char *text;
	size_t n;
	unsigned found;
};

static void report_add(struct report *r, const char *path) {
	const size_t used = strlen(r->text);

	r->found++;
	snprintf(&r->text[used], r->n - used, "%s%s", used > 0 ? ", " : "", path);
}

static bool port_differs(const struct port_conf *a, const struct port_conf *b) {
	if (a->by != b->by || strcmp(a->name, b->name) != 0)
		return true;
	for (size_t i = 0; i < settings_n; i++)
		if (settings[i].of == OF_PORT && settings[i].type != SETTING_PORT
		    && !setting_equal(&settings[i], a, b))
			return true;
	return false;
}

static bool ports_differ(const struct conf *a, const struct conf *b) {
	if (a->n_ports != b->n_ports)
		return true;
	for (uint32_t i = 0; i < a->n_ports; i++)
		if (port_differs(&a->port[i], &b->port[i]))
			return true;
	return false;
}

// Networks and kinds are all reloadable (a test says so), so ports are the only list to compare.
unsigned
config_needs_restart(const struct conf *running, const struct conf *wanted, char *text, size_t n) {
	struct report r = {.text = text, .n = n};

	text[0] = '\0';
	if (ports_differ(running, wanted))
		report_add(&r, "ports");
	for (size_t i = 0; i < settings_n; i++) {
		const struct setting *s = &settings[i];

		if (s->of == OF_CONF && !s->reload && !setting_equal(s, running, wanted))
			report_add(&r, s->path);
	}
	return r.found;
}
