#include "publish/latest.h"

#include <assert.h>
#include <string.h>

static_assert(LATEST_MAX < UINT16_MAX, "an index and one more fit a slot");

// FNV-1a (Fowler, Noll, Vo), 32 bits.
static uint32_t slot_of(const char *alarm_id) {
	uint32_t hash = 2166136261u;

	for (; *alarm_id != '\0'; alarm_id++)
		hash = (hash ^ (unsigned char)*alarm_id) * 16777619u;
	return (hash ^ hash >> 16) % LATEST_SLOTS;
}

void latest_put(struct latest *l, struct record *r, uint64_t now_ns) {
	uint32_t i = slot_of(r->alarm_id);
	struct record **place;

	while (l->slot[i] != 0 && strcmp(l->record[l->slot[i] - 1]->alarm_id, r->alarm_id) != 0)
		i = (i + 1) % LATEST_SLOTS;
	if (l->slot[i] == 0) {
		if (l->n == LATEST_MAX)
			return;
		if (l->n == 0)
			l->since_ns = now_ns;
		l->record[l->n] = NULL;
		l->slot[i] = (uint16_t)++l->n;
	}
	place = &l->record[l->slot[i] - 1];
	record_hold(r); // it may be the same one
	record_free(*place);
	*place = r;
}

void latest_clear(struct latest *l) {
	for (uint32_t i = 0; i < l->n; i++)
		record_free(l->record[i]);
	l->n = 0;
	memset(l->slot, 0, sizeof(l->slot));
}
