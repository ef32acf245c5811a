#include "trace.h"

#include "scenes.h"
#include "vary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FRAMES_FIRST 4096u
#define ETHERNET_BYTES 14u
#define IP6_BYTES 40u
#define IP6_FRAGMENT 44u
#define FRAGMENT_BYTES 8u

struct recorder {
	struct output output;
	struct trace *trace;
	uint32_t frames_max;
};

// What follows the IP header, and where. A later fragment has no transport header.
static void find_transport(struct trace_frame *f, const uint8_t *frame) {
	const uint8_t *const ip = frame + ETHERNET_BYTES;
	uint8_t proto = f->ip6 ? ip[6] : ip[9];
	uint16_t at = ETHERNET_BYTES + (f->ip6 ? IP6_BYTES : (ip[0] & 15) * 4);
	unsigned offset = f->ip6 ? 0 : (ip[6] & 0x1fu) << 8 | ip[7];
	bool fragment = !f->ip6 && ((ip[6] & 0x20) != 0 || offset != 0);

	if (f->ip6 && proto == IP6_FRAGMENT) {
		proto = frame[at];
		offset = (frame[at + 2] << 8 | frame[at + 3]) & 0xfff8u;
		at += FRAGMENT_BYTES;
		fragment = true;
	}
	if (offset != 0)
		return;
	f->transport = proto == IP_TCP			? TRANSPORT_TCP
		: proto == IP_UDP			? TRANSPORT_UDP
		: proto == IP_ICMP || proto == IP_ICMP6 ? TRANSPORT_ICMP
							: TRANSPORT_OTHER;
	if (f->transport == TRANSPORT_OTHER)
		return;
	f->transport_at = at;
	f->has_sum = !fragment;
}

static int grow(struct trace *t) {
	const uint32_t room = t->room ? 2 * t->room : FRAMES_FIRST;
	void *const p = realloc(t->frame, room * sizeof(*t->frame));

	if (p == NULL)
		return -ENOMEM;
	t->frame = p;
	t->room = room;
	return 0;
}

// @return -ENOSPC when the trace is whole: it ends the world that plays into us
static int put(struct output *output, const uint8_t *frame, uint32_t n, uint64_t) {
	const struct recorder *const r = (struct recorder *)output;
	struct trace *const t = r->trace;
	const uint32_t lines = (n + TRACE_LINE - 1) / TRACE_LINE;

	if (t->n == r->frames_max || (size_t)(t->lines + lines) * TRACE_LINE > t->size)
		return -ENOSPC;
	if (t->n == t->room && grow(t) < 0)
		return -ENOMEM;
	struct trace_frame *const f = &t->frame[t->n++];

	*f = (struct trace_frame) {
		.line = t->lines,
		.length = (uint16_t)n,
		.part = output->part,
		.ip6 = frame[12] == 0x86 && frame[13] == 0xdd};
	memcpy(t->bytes + (size_t)t->lines * TRACE_LINE, frame, n);
	t->lines += lines;
	t->answers |= f->part == PART_ANSWER;
	if (f->ip6 || (frame[12] == 0x08 && frame[13] == 0x00))
		find_transport(f, frame);
	return 0;
}

static int reserve(struct trace *t, size_t size) {
	t->bytes = mmap(
		NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0
	);
	if (t->bytes == MAP_FAILED)
		t->bytes = mmap(
			NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0
		);
	if (t->bytes == MAP_FAILED) {
		t->bytes = NULL;
		return -ENOMEM;
	}
	madvise(t->bytes, size, MADV_HUGEPAGE); // a wish: it is slower without
	t->size = size;
	return 0;
}

int trace_make(
	struct trace *t,
	const struct settings *settings,
	uint32_t frames,
	uint32_t memory_mb
) {
	struct settings whole = *settings;
	struct recorder recorder = {.output = {.put = put}, .trace = t, .frames_max = frames};
	struct world w;
	int error;

	*t = (struct trace) {0};
	error = reserve(t, (size_t)memory_mb << 20);
	if (error < 0)
		return error;
	// As long as there is room; at a pace that fills it soon, for the stamps are not kept.
	whole.packets = 0;
	whole.seconds = 1e8;
	world_create(&w, &whole, &recorder.output);
	scene_begin(&w);
	world_run(&w);
	t->refused = w.refused;
	world_destroy(&w);
	if (w.error == -ENOMEM || t->n == 0) {
		trace_free(t);
		return w.error == -ENOMEM ? -ENOMEM : -ENODATA;
	}
	for (uint32_t i = 0; i < t->n; i++)
		t->frame[i].fixed_sum = vary_fixed_sum(t, &t->frame[i]);
	return 0;
}

void trace_free(struct trace *t) {
	if (t->bytes != NULL)
		munmap(t->bytes, t->size);
	free(t->frame);
	*t = (struct trace) {0};
}
