// Hosts -> bytes -> hosts. A host, little-endian:
//
//     16 address   8 first_ns   8 seen_ns   4 seconds learned   4 hour   4 seconds learned in it
//     1 flags (1: anchored, 2: hours follow)   USUAL_N anchors   USUAL_N sketches (baseline_pack())
//     with hours: for each hour of the week 1 weeks, and where that is not 0, USUAL_N pairs of codes
#include "detect/image.h"

#include "contract/crc32c.h"
#include "detect/history_table.h"
#include "detect/image_bytes.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES (1u << 20)
#define FLAG_ANCHORED 1
#define FLAG_HOURS 2
#define HEAD_BYTES 32
#define TAIL_BYTES 8
#define HOST_BYTES_MAX                                                                             \
	(64 + USUAL_N + USUAL_N * BASELINE_PACKED_MAX + HOURS_OF_WEEK * (1 + 2 * USUAL_N))
static_assert(HOST_BYTES_MAX < PIECE_BYTES);
static_assert(sizeof(struct hour_rate) == 2, "goes out as it lies");

static void *put(uint8_t **to, const void *bytes, size_t n) {
	memcpy(*to, bytes, n);
	*to += n;
	return *to;
}

static void put_hours(uint8_t **to, const struct hours *h) {
	for (unsigned i = 0; i < HOURS_OF_WEEK; i++) {
		put(to, &h->weeks[i], 1);
		if (h->weeks[i] != 0)
			put(to, h->rate[i], sizeof(h->rate[i]));
	}
}

static size_t host_pack(const struct host *h, uint8_t to[static HOST_BYTES_MAX]) {
	const struct host_baselines *b = h->base;
	const uint8_t flags = (b->anchored ? FLAG_ANCHORED : 0) | (b->hours ? FLAG_HOURS : 0);
	uint8_t *at = to;

	put(&at, h->addr.b, sizeof(h->addr.b));
	put(&at, &h->first_ns, 8);
	put(&at, &h->seen_ns, 8);
	put(&at, &h->learned_s, 4);
	put(&at, &b->hour, 4);
	put(&at, &b->hour_s, 4);
	put(&at, &flags, 1);
	put(&at, b->anchor, sizeof(b->anchor));
	for (unsigned i = 0; i < USUAL_N; i++)
		at += baseline_pack(usual_sketch(h->base, i), at);
	if (b->hours != NULL)
		put_hours(&at, b->hours);
	return (size_t)(at - to);
}

static uint8_t *room_for(struct image *image, size_t n) {
	struct image_piece *p = image->last;

	if (p != NULL && p->n + n <= PIECE_BYTES)
		return &p->bytes[p->n];
	p = malloc(sizeof(*p) + PIECE_BYTES);
	if (p == NULL) {
		image->failed = true;
		return NULL;
	}
	p->next = NULL;
	p->n = 0;
	if (image->last != NULL)
		image->last->next = p;
	else
		image->first = p;
	image->last = p;
	return p->bytes;
}

static void taken(struct image *image, size_t n) {
	image->last->n += n;
	image->bytes += n;
}

static void begin(struct image *image, const struct detect *d) {
	const uint32_t counts[] = {IMAGE_VERSION, USUAL_N, HOURS_OF_WEEK, 0};
	const uint64_t now_ns = detect_now_ns(d);
	uint8_t *at = room_for(image, HEAD_BYTES);

	image->begun = true;
	if (at == NULL)
		return;
	put(&at, IMAGE_MAGIC, 8);
	put(&at, counts, sizeof(counts));
	put(&at, &now_ns, 8);
	taken(image, HEAD_BYTES);
}

static void add_host(struct image *image, const struct host *h) {
	uint8_t *at;

	if (h == NULL || h->base == NULL || h->learned_s == 0)
		return;
	at = room_for(image, HOST_BYTES_MAX);
	if (at == NULL)
		return;
	taken(image, host_pack(h, at));
	image->hosts++;
}

bool image_step(struct image *image, const struct detect *d, uint32_t slots) {
	const struct history *t = detect_history(d);

	if (!image->begun)
		begin(image, d);
	for (; slots > 0 && image->at <= t->mask && !image->failed; slots--)
		add_host(image, t->slot[image->at++].host);
	return image->failed || image->at > t->mask;
}

void image_free(struct image *image) {
	while (image->first != NULL) {
		struct image_piece *next = image->first->next;

		free(image->first);
		image->first = next;
	}
	*image = (struct image) {0};
}

// Loading -----------------------------------------------------------------------------------------

struct cursor {
	const uint8_t *at;
	size_t left;
};

static bool get(struct cursor *c, void *to, size_t n) {
	if (c->left < n)
		return false;
	memcpy(to, c->at, n);
	c->at += n;
	c->left -= n;
	return true;
}

static bool get_hours(struct cursor *c, struct hours *to) {
	memset(to, 0, sizeof(*to));
	for (unsigned i = 0; i < HOURS_OF_WEEK; i++)
		if (!get(c, &to->weeks[i], 1)
		    || (to->weeks[i] != 0 && !get(c, to->rate[i], sizeof(to->rate[i]))))
			return false;
	return true;
}

// A host of the file, before it has a place.
struct loaded {
	struct addr addr;
	uint64_t first_ns, seen_ns;
	uint32_t learned_s;
	uint8_t flags;
	struct host_baselines base;
	struct hours hours;
};

static bool get_host(struct cursor *c, struct loaded *to) {
	struct host_baselines *b = &to->base;

	memset(b, 0, sizeof(*b));
	if (!get(c, to->addr.b, sizeof(to->addr.b)) || !get(c, &to->first_ns, 8)
	    || !get(c, &to->seen_ns, 8) || !get(c, &to->learned_s, 4) || !get(c, &b->hour, 4)
	    || !get(c, &b->hour_s, 4) || !get(c, &to->flags, 1)
	    || !get(c, b->anchor, sizeof(b->anchor)))
		return false;
	for (unsigned i = 0; i < USUAL_N; i++) {
		const size_t n = baseline_unpack(usual_sketch(b, i), c->at, c->left);

		if (n == 0)
			return false;
		c->at += n;
		c->left -= n;
	}
	b->anchored = to->flags & FLAG_ANCHORED;
	return !(to->flags & FLAG_HOURS) || get_hours(c, &to->hours);
}

// @return false: no memory
static bool settle_hours(struct history *t, struct host_baselines *b, const struct loaded *from) {
	if (!(from->flags & FLAG_HOURS)) {
		pool_give(t->hours, b->hours);
		b->hours = NULL;
		return true;
	}
	if (b->hours == NULL)
		b->hours = pool_take(t->hours);
	if (b->hours != NULL)
		*b->hours = from->hours;
	return b->hours != NULL;
}

// @return false: no room
static bool settle(struct history *t, struct loaded *from) {
	const uint64_t hash = history_hash(&from->addr);
	struct host *h = history_lookup(t, &from->addr, hash);

	if (h == NULL && t->used < t->max)
		h = history_enter(t, &from->addr, hash, from->seen_ns, true);
	if (h == NULL || history_learns(t, h) == NULL || !settle_hours(t, h->base, from))
		return false;
	h->first_ns = from->first_ns;
	h->seen_ns = from->seen_ns;
	h->learned_s = from->learned_s;
	from->base.hours = h->base->hours;
	*h->base = from->base;
	return true;
}

static int wrong(char *error, const char *what) {
	snprintf(error, IMAGE_ERROR_MAX, "%s; remove it, and what is usual is learned anew", what);
	return -EBADMSG;
}

static int check_frame(const uint8_t *bytes, size_t n, char *error) {
	const uint32_t want[] = {IMAGE_VERSION, USUAL_N, HOURS_OF_WEEK, 0};
	uint32_t crc;

	if (n < HEAD_BYTES + TAIL_BYTES || memcmp(bytes, IMAGE_MAGIC, 8) != 0)
		return wrong(error, "not a file of what is usual");
	if (memcmp(&bytes[8], want, sizeof(want)) != 0)
		return wrong(error, "made by another version of Weir");
	memcpy(&crc, &bytes[n - 4], 4);
	if (crc != crc32c(0, bytes, n - 4))
		return wrong(error, "checksum: it is damaged or cut off");
	return 0;
}

// Whole before any of it counts. @param t  NULL: only look
static bool walk(struct history *t, struct cursor c, uint32_t hosts, struct image_news *news) {
	static struct loaded one; // too big for a stack; there is one owner

	for (; hosts > 0; hosts--) {
		if (!get_host(&c, &one))
			return false;
		if (t == NULL)
			continue;
		if (settle(t, &one))
			news->hosts++;
		else
			news->left_out++;
	}
	return c.left == 0;
}

int image_parse(
	struct detect *d,
	const uint8_t *bytes,
	size_t n,
	struct image_news *news,
	char error[static IMAGE_ERROR_MAX]
) {
	struct cursor c;
	uint32_t hosts;
	int ret = check_frame(bytes, n, error);

	*news = (struct image_news) {0};
	if (ret < 0)
		return ret;
	c = (struct cursor) {&bytes[HEAD_BYTES], n - HEAD_BYTES - TAIL_BYTES};
	memcpy(&hosts, &bytes[n - TAIL_BYTES], 4);
	memcpy(&news->made_ns, &bytes[24], 8);
	if (!walk(NULL, c, hosts, news))
		return wrong(error, "its hosts are not as many or not as long as it says");
	walk(detect_history(d), c, hosts, news);
	return 0;
}
