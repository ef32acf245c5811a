// From a label to what an alarm must say: targets and sources, and whether an alarm is about them.
#include "truth.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 512
#define WHOLE_SHARE 0.75 // of all packets go to top_dst: it is the target

// "10.0.0.1", "10.0.0.0/24", "10.0.0.1:80", "2001:db8::1", "[2001:db8::1]:80".
// @param text  is cut up
static bool end_parse(struct truth_end *out, char *text) {
	char *port = NULL;

	*out = (struct truth_end) {0};
	if (text[0] == '[') {
		char *close = strchr(++text, ']');

		if (close == NULL)
			return false;
		port = close[1] == ':' ? &close[2] : NULL;
		*close = '\0';
	} else if (strchr(text, ':') == strrchr(text, ':') && strchr(text, ':') != NULL) {
		port = strchr(text, ':') + 1;
		port[-1] = '\0';
	}
	if (port != NULL) {
		char *end;
		const unsigned long number = strtoul(port, &end, 10);

		if (!isdigit((unsigned char)*port) || *end != '\0' || number > UINT16_MAX)
			return false;
		out->has_port = true;
		out->port = (uint16_t)number;
	}
	return addr_parse(&out->addr, &out->prefix_len, text) == 0;
}

static bool ends_add(struct truth_ends *ends, const char *text, size_t n) {
	char one[ADDR_TEXT_MAX + 16];
	struct truth_end end;

	if (n >= sizeof(one) || ends->n == TRUTH_ENDS_MAX)
		return false;
	memcpy(one, text, n);
	one[n] = '\0';
	if (!end_parse(&end, one))
		return false;
	ends->end[ends->n++] = end;
	return true;
}

// "A|B": all must be addresses.
static bool ends_list(struct truth_ends *ends, const char *text) {
	while (*text != '\0') {
		const size_t n = strcspn(text, "|");

		if (!ends_add(ends, text, n))
			return false;
		text += n;
		text += *text == '|';
	}
	return true;
}

// The address that follows a word, if one does: "victim 10.0.0.1:80," or "host A".
static void ends_after(struct truth_ends *ends, const char *rule, const char *word) {
	const size_t n = strlen(word);

	for (const char *at = rule; (at = strstr(at, word)) != NULL; at += n) {
		const char *from = at + n;
		size_t length;

		if (at > rule && isalpha((unsigned char)at[-1]))
			continue;
		from += strspn(from, " =:");
		length = strspn(from, "0123456789abcdefABCDEF.:/[]");
		while (length > 0 && strchr(".:/", from[length - 1]) != NULL)
			length--;
		ends_add(ends, from, length);
	}
}

// "A -> B" gives A.
static void ends_before_arrow(struct truth_ends *ends, const char *rule) {
	const char *at = strstr(rule, "->");
	const char *end, *from;

	if (at == NULL)
		return;
	for (end = at; end > rule && end[-1] == ' ';)
		end--;
	for (from = end; from > rule && strchr("0123456789abcdefABCDEF.:/[]", from[-1]) != NULL;)
		from--;
	ends_add(ends, from, (size_t)(end - from));
}

static void ends_of_rule(struct truth *t, const char *rule) {
	ends_after(&t->target, rule, "victim");
	ends_after(&t->target, rule, "target");
	ends_after(&t->target, rule, "->");
	ends_before_arrow(&t->source, rule);
	ends_after(&t->source, rule, "host");
	ends_after(&t->source, rule, "infected");
	if (t->target.n + t->source.n > 0)
		t->target_from = "packet_rule";
}

// Attacks that have no IP address to be aimed at.
static bool below_ip(const struct truth *t) {
	return strncmp(t->group, "arp_", 4) == 0 || strcmp(t->group, "dhcp_starvation") == 0;
}

static void ends_of_top(struct truth *t) {
	if (below_ip(t) || !ends_add(&t->target, t->label->top_dst, strlen(t->label->top_dst)))
		return;
	t->either = t->label->top_share < WHOLE_SHARE;
	t->target_from = "top_dst";
}

static bool ends_find(struct truth *t) {
	const struct label *label = t->label;

	if (label->target[0] != '\0' || label->source[0] != '\0') {
		t->target_from = "target";
		return ends_list(&t->target, label->target) && ends_list(&t->source, label->source);
	}
	ends_of_rule(t, label->rule);
	if (t->target_from == NULL)
		ends_of_top(t);
	return true;
}

static int
refuse(const struct label *label,
       const char *what,
       const char *text,
       char error[static CSV_ERROR_MAX]) {
	snprintf(
		error,
		CSV_ERROR_MAX,
		"%.200s:%lu: %s \"%.100s\"",
		label->path,
		label->line,
		what,
		text
	);
	text_defuse(error);
	return -1;
}

// @return false: a name that is no kind of this version
static bool kinds_take(struct truth *t, const char *kinds) {
	while (*kinds != '\0') {
		const size_t n = strcspn(kinds, "|");
		char one[64];
		struct truth more = {0};

		snprintf(
			one,
			sizeof(one),
			"%.*s",
			(int)(n < sizeof(one) ? n : sizeof(one) - 1),
			kinds
		);
		if (event_kind_parse(one) < 0)
			return false;
		truth_classify(&more, one);
		for (unsigned kind = 0; kind < KIND_N; kind++) {
			t->n_right += more.right[kind] && !t->right[kind];
			t->right[kind] = t->right[kind] || more.right[kind];
		}
		t->group = t->group != NULL ? t->group : more.group;
		kinds += n;
		kinds += *kinds == '|';
	}
	snprintf(t->wanted, sizeof(t->wanted), "%s", t->label->kind);
	return true;
}

static void
type_text(char out[static TEXT_MAX], const struct label *label, const char *part, size_t n) {
	const char *slash = strrchr(label->file, '/');
	const bool in_name = strstr(label->type, "in name") != NULL
		|| strstr(label->type, "in file name") != NULL;

	snprintf(
		out,
		TEXT_MAX,
		"%.*s %s",
		(int)(n < TEXT_MAX / 2 ? n : TEXT_MAX / 2),
		part,
		!in_name		? ""
			: slash != NULL ? slash + 1
					: label->file
	);
	if (!in_name)
		out[strlen(out) - 1] = '\0';
}

static int one_truth(
	struct truth *t,
	const struct label *label,
	const char *part,
	size_t n,
	char error[static CSV_ERROR_MAX]
) {
	char text[TEXT_MAX];

	*t = (struct truth) {.label = label};
	if (label->kind[0] != '\0') {
		if (!kinds_take(t, label->kind))
			return refuse(
				label, "there is no such kind of alarm in", label->kind, error
			);
	} else {
		type_text(text, label, part, n);
		truth_classify(t, text);
	}
	if (!ends_find(t))
		return refuse(
			label,
			"not an address, or more than 8, in target or source of",
			label->file,
			error
		);
	if (label->exclude[0] != '\0')
		t->excluded = label->exclude;
	return 0;
}

int truth_of(
	struct truth out[static TRUTH_PARTS_MAX],
	const struct label *label,
	char error[static CSV_ERROR_MAX]
) {
	const char *part = label->type;
	int n = 0;

	if (label->class != LABEL_ATTACK && label->class != LABEL_MIXED)
		return 0;
	do {
		const size_t length = strcspn(part, "+");

		if (one_truth(&out[n++], label, part, length, error) < 0)
			return -1;
		part += length;
	} while (*part++ == '+' && n < TRUTH_PARTS_MAX && label->kind[0] == '\0');
	return n;
}

static bool overlap(const struct truth_end *end, const struct addr *addr, uint8_t prefix_len) {
	const uint8_t common = end->prefix_len < prefix_len ? end->prefix_len : prefix_len;
	struct addr a, b;

	if (addr_is_ip4(&end->addr) != addr_is_ip4(addr))
		return false;
	a = addr_mask(&end->addr, common);
	b = addr_mask(addr, common);
	return addr_equal(&a, &b);
}

static bool
any_overlap(const struct truth_ends *ends, const struct addr *addr, uint8_t prefix_len) {
	for (unsigned i = 0; i < ends->n; i++)
		if (overlap(&ends->end[i], addr, prefix_len))
			return true;
	return false;
}

static uint8_t whole(const struct addr *addr) {
	return addr_is_ip4(addr) ? 32 : 128;
}

// A port that the label tells and the alarm too must be the same.
static bool port_fits(const struct truth_end *end, const struct alarm *alarm) {
	return !end->has_port || !alarm->has_port || end->port == alarm->port;
}

static bool about_target(const struct truth *t, const struct alarm *alarm) {
	for (unsigned i = 0; i < t->target.n; i++)
		if ((overlap(&t->target.end[i], &alarm->target, alarm->target_prefix_len)
		     || (alarm->toward_prefix_len != 0
			 && overlap(&t->target.end[i], &alarm->toward, alarm->toward_prefix_len)))
		    && port_fits(&t->target.end[i], alarm))
			return true;
	return false;
}

static bool about_source(const struct truth *t, const struct alarm *alarm) {
	const struct addr *first = alarm->n_sources > 0 ? &alarm->sources[0].addr : NULL;

	// The host that attacks is a right target of an alarm too: an inside host that floods or scans.
	if (any_overlap(&t->source, &alarm->target, alarm->target_prefix_len))
		return true;
	if (first == NULL)
		return false;
	if (t->either && any_overlap(&t->target, first, whole(first)))
		return true;
	return t->target.n == 0 && any_overlap(&t->source, first, whole(first));
}

bool truth_about(const struct truth *truth, const struct alarm *alarm) {
	return about_target(truth, alarm) || about_source(truth, alarm);
}

bool truth_has(const struct truth *truth, const struct addr *addr) {
	return any_overlap(&truth->target, addr, whole(addr))
		|| any_overlap(&truth->source, addr, whole(addr));
}
