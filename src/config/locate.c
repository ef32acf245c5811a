#include "config/locate.h"

#include <stdbool.h>

struct cursor {
	const char *at;
	const char *end;
	unsigned line;
};

static bool ends(const struct cursor *c) {
	return c->at >= c->end;
}

static void step(struct cursor *c) {
	if (ends(c))
		return;
	if (*c->at == '\n')
		c->line++;
	c->at++;
}

static void skip_space(struct cursor *c) {
	while (!ends(c) && (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' || *c->at == '\n'))
		step(c);
}

static void skip_string(struct cursor *c) {
	step(c);
	while (!ends(c) && *c->at != '"') {
		if (*c->at == '\\')
			step(c);
		step(c);
	}
	step(c);
}

static bool is_mark(char ch) {
	return ch == ',' || ch == ':' || ch == '{' || ch == '}' || ch == '[' || ch == ']'
		|| ch == '"';
}

static void skip_scalar(struct cursor *c) {
	while (!ends(c) && !is_mark(*c->at))
		step(c);
}

// One whole value, with all that is in it.
static void skip_value(struct cursor *c) {
	unsigned depth = 0;

	do {
		skip_space(c);
		if (ends(c))
			return;
		if (*c->at == '"') {
			skip_string(c);
		} else if (*c->at == '{' || *c->at == '[') {
			depth++;
			step(c);
		} else if (*c->at == '}' || *c->at == ']') {
			depth -= depth > 0;
			step(c);
		} else if (*c->at == ',' || *c->at == ':') {
			step(c);
		} else {
			skip_scalar(c);
		}
	} while (depth > 0);
}

static void skip_key(struct cursor *c) {
	skip_space(c);
	skip_string(c);
	skip_space(c);
	step(c); // the colon
}

unsigned locate_line(const char *text, size_t n, const size_t *ordinals, unsigned levels) {
	struct cursor c = {.at = text, .end = text + n, .line = 1};

	skip_space(&c);
	for (unsigned level = 0; level < levels && !ends(&c); level++) {
		const bool object = *c.at == '{';

		if (!object && *c.at != '[')
			break;
		step(&c);
		for (size_t i = 0; i < ordinals[level] && !ends(&c); i++) {
			if (object)
				skip_key(&c);
			skip_value(&c);
			skip_space(&c);
			step(&c); // the comma
		}
		skip_space(&c);
		if (object && level + 1 < levels) {
			skip_key(&c);
			skip_space(&c);
		}
	}
	return c.line;
}

unsigned locate_too_deep(const char *text, size_t n, unsigned limit) {
	struct cursor c = {.at = text, .end = text + n, .line = 1};
	unsigned depth = 0;

	while (!ends(&c)) {
		if (*c.at == '"') {
			skip_string(&c);
			continue;
		}
		if (*c.at == '{' || *c.at == '[')
			depth++;
		else if ((*c.at == '}' || *c.at == ']') && depth > 0)
			depth--;
		if (depth > limit)
			return c.line;
		step(&c);
	}
	return 0;
}
