// Text for people: growing text, numbers, times.
#include "publish/text.h"

#include "publish/json.h"
#include "publish/write.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_room(struct text *t, size_t more) {
	const size_t need = t->n + more + 1;
	size_t room = t->room > 0 ? t->room : 256;
	char *at;

	if (t->failed)
		return false;
	if (need <= t->room)
		return true;
	while (room < need)
		room *= 2;
	at = realloc(t->at, room);
	if (at == NULL) {
		free(t->at);
		*t = (struct text) {.failed = true};
		return false;
	}
	t->at = at;
	t->room = room;
	return true;
}

static void text_bytes(struct text *t, const char *bytes, size_t n) {
	if (!text_room(t, n))
		return;
	memcpy(&t->at[t->n], bytes, n);
	t->n += n;
	t->at[t->n] = '\0';
}

void text_add(struct text *t, const char *format, ...) {
	char *line;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&line, format, args);
	va_end(args);
	if (n < 0) {
		free(text_take(t));
		t->failed = true;
		return;
	}
	text_bytes(t, line, (size_t)n);
	free(line);
}

char *text_take(struct text *t) {
	char *at = t->at;

	*t = (struct text) {.failed = t->failed};
	return at;
}

// Length of the printable UTF-8 character at s, 0 where there is none. RFC 3629, 4; the C1
// controls U+0080..U+009F are commands to some terminals, as are the bidirectional overrides.
static unsigned printable(const unsigned char *s) {
	uint32_t c;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] >= 0xc2 && s[0] < 0xe0 && (s[1] & 0xc0) == 0x80)
		return s[0] == 0xc2 && s[1] < 0xa0 ? 0 : 2;
	if ((s[0] & 0xf0) == 0xe0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
		c = (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
		if (c < 0x800 || (c >= 0xd800 && c < 0xe000) || (c >= 0x200e && c <= 0x200f)
		    || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
			return 0;
		return 3;
	}
	if (s[0] >= 0xf0 && s[0] < 0xf5 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80
	    && (s[3] & 0xc0) == 0x80)
		return 4;
	return 0;
}

void text_add_clean(struct text *t, const char *untrusted) {
	const unsigned char *s = (const unsigned char *)untrusted;

	while (*s != '\0') {
		const unsigned n = printable(s);

		text_bytes(t, n > 0 ? (const char *)s : "?", n > 0 ? n : 1);
		s += n > 0 ? n : 1;
	}
}

size_t text_width(const char *untrusted) {
	const unsigned char *s = (const unsigned char *)untrusted;
	size_t columns = 0;

	for (; *s != '\0'; columns++) {
		const unsigned n = printable(s);

		s += n > 0 ? n : 1;
	}
	return columns;
}

void text_add_wrapped(struct text *t, const char *untrusted, unsigned indent, unsigned width) {
	char *copy = strdup(untrusted);
	char *rest = NULL;
	size_t column = 0;

	if (copy == NULL)
		return;
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		const size_t n = text_width(word);

		if (column > 0 && column + 1 + n > width) {
			text_add(t, "\n");
			column = 0;
		}
		text_add(t, "%*s", column == 0 ? (int)indent : 1, "");
		text_add_clean(t, word);
		column += (column == 0 ? indent : 1) + n;
	}
	text_add(t, "\n");
	free(copy);
}

const char *count_text(uint64_t value, char text[static NUMBER_TEXT_MAX]) {
	char digits[24];
	const int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	char *to = text;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}

const char *number_text(double value, char text[static NUMBER_TEXT_MAX]) {
	if (!isfinite(value))
		strcpy(text, "-");
	else if (value >= 1000 && value < 1e18)
		count_text((uint64_t)llround(value), text);
	else if (value == round(value) && fabs(value) < 1e6)
		snprintf(text, NUMBER_TEXT_MAX, "%.0f", value + 0.0);
	else
		snprintf(text, NUMBER_TEXT_MAX, "%.3g", value);
	return text;
}

const char *scaled_text(double value, const char *unit, char text[static NUMBER_TEXT_MAX]) {
	static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
	unsigned i = 0;

	if (!isfinite(value)) {
		strcpy(text, "-");
		return text;
	}
	while (fabs(value) >= 999.5 && i + 1 < sizeof(prefixes) / sizeof(prefixes[0])) {
		value /= 1000;
		i++;
	}
	snprintf(
		text,
		NUMBER_TEXT_MAX,
		i > 0 ? "%.3g %s%.12s" : "%.4g %s%.12s",
		value,
		prefixes[i],
		unit
	);
	return text;
}

const char *duration_text(double seconds, char text[static NUMBER_TEXT_MAX]) {
	const uint64_t s
		= isfinite(seconds) && seconds > 0 && seconds < 1e15 ? (uint64_t)seconds : 0;

	if (s < 60)
		snprintf(
			text,
			NUMBER_TEXT_MAX,
			"%.1f s",
			isfinite(seconds) && seconds > 0 ? seconds : 0
		);
	else if (s < 3600)
		snprintf(
			text, NUMBER_TEXT_MAX, "%u min %u s", (unsigned)(s / 60), (unsigned)(s % 60)
		);
	else if (s < 86400)
		snprintf(
			text,
			NUMBER_TEXT_MAX,
			"%u h %u min",
			(unsigned)(s / 3600),
			(unsigned)(s / 60 % 60)
		);
	else
		snprintf(
			text,
			NUMBER_TEXT_MAX,
			"%llu d %u h",
			(unsigned long long)(s / 86400),
			(unsigned)(s / 3600 % 24)
		);
	return text;
}

const char *protocol_text(uint8_t proto, char text[static 8]) {
	static const struct {
		uint8_t proto;
		const char *name;
	} names[] = {
		{1, "icmp"},
		{2, "igmp"},
		{6, "tcp"},
		{17, "udp"},
		{47, "gre"},
		{50, "esp"},
		{51, "ah"},
		{58, "icmpv6"},
		{132, "sctp"},
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == proto)
			return strcpy(text, names[i].name);
	snprintf(text, 8, "%u", proto);
	return text;
}

const char *time_text(uint64_t ns, char text[static TIME_TEXT_MAX]) {
	*write_time(text, ns) = '\0';
	return text;
}
