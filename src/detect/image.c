// Hosts -> bytes -> hosts. A host, little-endian:
//
//     16 address   1 prefix length (128: a host)   8 first_ns   8 seen_ns   4 seconds learned   4 hour   4 seconds learned in it
//     1 flags (1: anchored, 2: hours follow)   USUAL_N anchors   USUAL_N sketches (baseline_pack())
//     with hours: for each hour of the week 1 weeks, and where that is not 0, USUAL_N pairs of codes
#include "detect/image.h"

#include "contract/crc32c.h"
#include "detect/history_table.h"
#include "detect/image_bytes.h"
#include "detect/nets.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES (1u << 20)
#define FLAG_ANCHORED 1
#define FLAG_HOURS 2
#define HEAD_BYTES 32
#define TAIL_BYTES 12
#define HOST_BYTES_MAX                                                                             \
	(64 + USUAL_N + USUAL_N * BASELINE_PACKED_MAX + HOURS_OF_WEEK * (1 + 2 * USUAL_N))
static_assert(HOST_BYTES_MAX < PIECE_BYTES);
#define WHOLE_ADDRESS 128 // IPv4's addresses are long ones, too
static_assert(sizeof(struct hour_rate) == 2, "goes out as it lies");

static void *put(uint8_t **to, const void *bytes, size_t n) {
	memcpy(*to, bytes, n);
	*to += n;
	return *to;
}

// What goes into the file of a host or a network.
struct standing {
	struct addr addr;
	uint8_t prefix_len;
	uint64_t first_ns, seen_ns;
	uint32_t learned_s;
	struct host_baselines *base;
};

static void put_hours(uint8_t **to, const struct hours *h) {
	for (unsigned i = 0; i < HOURS_OF_WEEK; i++) {
		put(to, &h->weeks[i], 1);
		if (h->weeks[i] != 0)
			put(to, h->rate[i], sizeof(h->rate[i]));
	}
}

static size_t pack(const struct standing *of, uint8_t to[static HOST_BYTES_MAX]) {
	const struct host_baselines *b = of->base;
	const uint8_t flags = (b->anchored ? FLAG_ANCHORED : 0) | (b->hours ? FLAG_HOURS : 0);
	uint8_t *at = to;

	put(&at, of->addr.b, sizeof(of->addr.b));
	put(&at, &of->prefix_len, 1);
	put(&at, &of->first_ns, 8);
	put(&at, &of->seen_ns, 8);
	put(&at, &of->learned_s, 4);
	put(&at, &b->hour, 4);
	put(&at, &b->hour_s, 4);
	put(&at, &flags, 1);
	put(&at, b->anchor, sizeof(b->anchor));
	for (unsigned i = 0; i < USUAL_N; i++)
		at += baseline_pack(usual_sketch(of->base, i), at);
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

static void add(struct image *image, const struct standing *of) {
	uint8_t *at = room_for(image, HOST_BYTES_MAX);

	if (at != NULL)
		taken(image, pack(of, at));
}

static void add_host(struct image *image, const struct host *h) {

	if (h == NULL || h->base == NULL || h->learned_s == 0)
		return;
	add(image,
	    &(struct standing) {
		    h->addr, WHOLE_ADDRESS, h->first_ns, h->seen_ns, h->learned_s, h->base});
	image->hosts++;
}

static void add_net(struct image *image, const struct net *n) {
	if (n->learned_s == 0)
		return;
	add(image,
	    &(struct standing) {
		    n->addr, n->prefix_len, n->seen_ns, n->seen_ns, n->learned_s, n->base});
	image->nets++;
}

bool image_step(struct image *image, const struct detect *d, uint32_t slots) {
	const struct history *t = detect_history(d);
	const struct nets *nets = detect_nets(d);
	const struct net *n = NULL;

	if (!image->begun)
		begin(image, d);
	for (; slots > 0 && image->at <= t->mask && !image->failed; slots--)
		add_host(image, t->slot[image->at++].host);
	for (; slots > 0 && image->at > t->mask && !image->failed; slots--) {
		uint32_t at = image->at - t->mask - 1;

		n = nets_next(nets, &at);
		if (n == NULL)
			return true;
		add_net(image, n);
		image->at = at + t->mask + 1;
	}
	return image->failed;
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
	uint8_t prefix_len;
	uint64_t first_ns, seen_ns;
	uint32_t learned_s;
	uint8_t flags;
	struct host_baselines base;
	struct hours hours;
};

static bool get_host(struct cursor *c, struct loaded *to) {
	struct host_baselines *b = &to->base;

	memset(b, 0, sizeof(*b));
	if (!get(c, to->addr.b, sizeof(to->addr.b)) || !get(c, &to->prefix_len, 1)
	    || !get(c, &to->first_ns, 8) || !get(c, &to->seen_ns, 8) || !get(c, &to->learned_s, 4)
	    || !get(c, &b->hour, 4) || !get(c, &b->hour_s, 4) || !get(c, &to->flags, 1)
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
static bool settle_hours(struct pool *hours, struct host_baselines *b, const struct loaded *from) {
	if (!(from->flags & FLAG_HOURS)) {
		pool_give(hours, b->hours);
		b->hours = NULL;
		return true;
	}
	if (b->hours == NULL)
		b->hours = pool_take(hours);
	if (b->hours != NULL)
		*b->hours = from->hours;
	return b->hours != NULL;
}

// @return false: no room
static bool settle_host(struct history *t, struct loaded *from) {
	const uint64_t hash = history_hash(&from->addr);
	struct host *h = history_lookup(t, &from->addr, hash);

	if (h == NULL && t->used < t->max)
		h = history_enter(t, &from->addr, hash, from->seen_ns, true);
	if (h == NULL || history_learns(t, h) == NULL || !settle_hours(t->hours, h->base, from))
		return false;
	h->first_ns = from->first_ns;
	h->seen_ns = from->seen_ns;
	h->learned_s = from->learned_s;
	from->base.hours = h->base->hours;
	*h->base = from->base;
	return true;
}

static bool settle_net(struct nets *nets, struct loaded *from) {
	struct net *n = nets_settle(nets, &from->addr, from->prefix_len);

	if (n == NULL || !settle_hours(nets_hours(nets), n->base, from))
		return false;
	n->seen_ns = from->seen_ns;
	n->learned_s = from->learned_s;
	from->base.hours = n->base->hours;
	*n->base = from->base;
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

static void settle(struct detect *d, struct loaded *one, bool is_host, struct image_news *news) {
	if (is_host && settle_host(detect_history(d), one))
		news->hosts++;
	else if (!is_host && settle_net(detect_nets(d), one))
		news->nets++;
	else
		news->left_out++;
}

static bool is_network(const struct loaded *one) {
	const struct addr masked = addr_mask(&one->addr, one->prefix_len);

	return one->prefix_len > 0 && one->prefix_len <= (addr_is_ip4(&one->addr) ? 32 : 128)
		&& addr_equal(&masked, &one->addr);
}

// Whole before any of it counts. @param d  NULL: only look
static bool
walk(struct detect *d, struct cursor c, uint32_t hosts, uint32_t nets, struct image_news *news) {
	static struct loaded one; // too big for a stack; there is one owner

	for (uint64_t left = (uint64_t)hosts + nets; left > 0; left--) {
		const bool is_host = left > nets;

		if (!get_host(&c, &one)
		    || !(is_host ? one.prefix_len == WHOLE_ADDRESS : is_network(&one)))
			return false;
		if (d != NULL)
			settle(d, &one, is_host, news);
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
	uint32_t counts[2]; // networks, hosts
	int ret = check_frame(bytes, n, error);

	*news = (struct image_news) {0};
	if (ret < 0)
		return ret;
	c = (struct cursor) {&bytes[HEAD_BYTES], n - HEAD_BYTES - TAIL_BYTES};
	memcpy(counts, &bytes[n - TAIL_BYTES], sizeof(counts));
	memcpy(&news->made_ns, &bytes[24], 8);
	if (!walk(NULL, c, counts[1], counts[0], news))
		return wrong(error, "its hosts are not as many or not as long as it says");
	walk(d, c, counts[1], counts[0], news);
	return 0;
}
