#include "publish/unit.h"

#include <weir/feature.h>

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SLOTS 256 // a power of two
static_assert(HOST_FEATURE_N + FLOW_FEATURE_N <= SLOTS / 2, "half of the table stays free");

static const struct feature_info *slot[SLOTS]; // NULL: free
static pthread_once_t filled = PTHREAD_ONCE_INIT;

// FNV-1a (Fowler, Noll, Vo), 32 bits.
static unsigned slot_of(const char *name) {
	uint32_t hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return (hash ^ hash >> 16) % SLOTS;
}

static const struct feature_info **find(const char *name) {
	unsigned i = slot_of(name);

	while (slot[i] != NULL && strcmp(slot[i]->name, name) != 0)
		i = (i + 1) % SLOTS;
	return &slot[i];
}

static void add(const struct feature_info *info, unsigned n) {
	for (unsigned i = 0; i < n; i++) {
		const struct feature_info **place = find(info[i].name);

		if (*place == NULL)
			*place = &info[i];
	}
}

static void fill(void) {
	add(host_feature_info, HOST_FEATURE_N); // of two with one name, the host's
	add(flow_feature_info, FLOW_FEATURE_N);
}

// Of a measure that is no feature the name holds the unit: "syn_per_s" is in syn/s.
static const char *unit_in_name(const char *name, char text[static UNIT_TEXT_MAX]) {
	const char *per = strstr(name, "_per_");

	if (per == NULL)
		return strstr(name, "_share") != NULL ? "1" : NULL;
	snprintf(text, UNIT_TEXT_MAX, "%.*s/%s", (int)(per - name), name, per + 5);
	return text;
}

const char *evidence_unit(const char *name, char text[static UNIT_TEXT_MAX]) {
	const struct feature_info *known;

	pthread_once(&filled, fill);
	known = *find(name);
	return known != NULL ? known->unit : unit_in_name(name, text);
}
