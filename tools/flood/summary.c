#include "summary.h"

#include "fast.h"
#include "scenes.h"

#include <stdio.h>

static uint64_t sent_of(const struct tally *t, unsigned part) {
	return t->sent[part][0] + t->sent[part][1];
}

static uint64_t sent_all(const struct tally *t) {
	uint64_t n = 0;

	for (unsigned part = 0; part < PARTS_N; part++)
		n += sent_of(t, part);
	return n;
}

static double rate(const struct tally *t) {
	return t->seconds > 0 ? (double)sent_all(t) / t->seconds : 0;
}

static void print_text(const struct settings *s, const struct tally *t) {
	if (s->port != NULL)
		fprintf(stderr,
			"weir-flood: %llu packets sent in %.3f s, %.0f packets/s\n",
			(unsigned long long)sent_all(t),
			t->seconds,
			rate(t));
	if (t->refused > 0 || t->port_errors > 0)
		fprintf(stderr,
			"weir-flood: %llu more found the device full, %llu failed in it\n",
			(unsigned long long)t->refused,
			(unsigned long long)t->port_errors);
	if (t->behind_s > 0)
		fprintf(stderr,
			"weir-flood: the pace fell behind by %.3f s: ask for a lower --rate\n",
			t->behind_s);
	fprintf(stderr,
		"%s: %llu packets, %llu bytes, %llu of the attack\n",
		s->scene->name,
		(unsigned long long)sent_all(t),
		(unsigned long long)t->bytes,
		(unsigned long long)sent_of(t, PART_ATTACK));
}

static void print_number(const char *name, uint64_t n) {
	printf(",\"%s\":%llu", name, (unsigned long long)n);
}

// Names of scenes need no quoting.
static void print_json(const struct settings *s, double wanted, const struct tally *t) {
	uint64_t ip6 = 0;

	for (unsigned part = 0; part < PARTS_N; part++)
		ip6 += t->sent[part][1];
	printf("{\"scene\":\"%s\",\"fast\":%s", s->scene->name, s->fast ? "true" : "false");
	print_number("seed", s->seed);
	print_number("offered", sent_all(t) + t->refused);
	print_number("sent", sent_all(t));
	print_number("refused", t->refused);
	print_number("port_errors", t->port_errors);
	print_number("bytes", t->bytes);
	print_number("attack", sent_of(t, PART_ATTACK));
	print_number("answers", sent_of(t, PART_ANSWER));
	print_number("normal", sent_of(t, PART_NORMAL));
	print_number("ipv4", sent_all(t) - ip6);
	print_number("ipv6", ip6);
	print_number("conversations_refused", t->conversations_refused);
	print_number("attack_began_ns", t->attack_began_ns);
	printf(",\"seconds\":%.6f,\"behind_s\":%.6f", t->seconds, t->behind_s);
	if (wanted < RATE_MAX)
		printf(",\"wanted_packets_per_s\":%.3f", wanted);
	else
		printf(",\"wanted_packets_per_s\":null");
	printf(",\"packets_per_s\":%.1f}\n", rate(t));
}

void summary_print(
	const struct settings *settings,
	double wanted_per_s,
	const struct tally *tally
) {
	if (tally->conversations_refused > 0)
		fprintf(stderr,
			"weir-flood: %llu conversations were not begun: %u were open at once; "
			"lower --rate\n",
			(unsigned long long)tally->conversations_refused,
			ACTORS_MAX);
	if (settings->json)
		print_json(settings, wanted_per_s, tally);
	else
		print_text(settings, tally);
}
