// The traffic of bench/run pipeline as a capture: handshakes of all flows, then pass after pass a packet of each,
// one way and the other in turn, in another order each time. For bench/run peers.
#include "bench/lib/options.h"
#include "bench/pipeline/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FCS_BYTES 4u
#define SECOND_NS 1000000000ull
#define START_S 1767571200ull // 2026-01-05
#define FIRST_PASS 2u // sequence numbers go on from the handshakes
#define FLOWS_MAX 100000000u
#define PACKETS_MAX 1000000000u

static struct {
	uint64_t flows, packets, rate_per_s, size, hosts, peers, seed;
	double ipv6, udp;
	const char *write;
} wish = {
	.flows = 100000,
	.packets = 4000000,
	.rate_per_s = 2000000,
	.size = 64,
	.hosts = 1000,
	.peers = 8000,
	.seed = 1,
	.udp = 0.2,
	.write = "",
};

static const struct option_row rows[] = {
	{"flows", OPTION_COUNT, &wish.flows, 256, FLOWS_MAX, "flows alive at a time"},
	{"packets", OPTION_COUNT, &wish.packets, 1, PACKETS_MAX, "in all, with the handshakes"},
	{"rate", OPTION_COUNT, &wish.rate_per_s, 1, SECOND_NS, "packets a second, by their stamps"},
	{"size", OPTION_COUNT, &wish.size, 64, 1518, "frame on the wire [bytes, with checksum]"},
	{"ipv6", OPTION_SHARE, &wish.ipv6, 0, 0, "share of flows"},
	{"udp", OPTION_SHARE, &wish.udp, 0, 0, "share of flows"},
	{"hosts",
	 OPTION_COUNT,
	 &wish.hosts,
	 1,
	 60000,
	 "inside hosts that the flows are spread over"},
	{"peers", OPTION_COUNT, &wish.peers, 1, 4000000, "outside hosts, likewise"},
	{"seed", OPTION_COUNT, &wish.seed, 0, 1000000000, "of the traffic"},
	{"write", OPTION_TEXT, &wish.write, 0, 0, "the capture: a file"},
};

struct out {
	FILE *file;
	uint64_t packets;
};

static void put32(struct out *o, uint32_t value) {
	fwrite(&value, sizeof(value), 1, o->file);
}

// draft-ietf-opsawg-pcap: stamps in nanoseconds, Ethernet.
static void put_head(struct out *o) {
	put32(o, 0xa1b23c4d);
	put32(o, 4u << 16 | 2);
	put32(o, 0);
	put32(o, 0);
	put32(o, 65535);
	put32(o, 1);
}

static void put_frame(struct out *o, const uint8_t *frame, uint32_t length) {
	const uint64_t s = o->packets / wish.rate_per_s, rest = o->packets % wish.rate_per_s;

	put32(o, (uint32_t)(START_S + s));
	put32(o, (uint32_t)(rest * SECOND_NS / wish.rate_per_s));
	put32(o, length);
	put32(o, length);
	fwrite(frame, length, 1, o->file);
	o->packets++;
}

// Each flow in turn, as an even number of packets of each is put: TCP's handshake, as much of UDP.
static void put_handshakes(struct out *o, const struct trace *t) {
	static const enum step steps[] = {STEP_SYN, STEP_SYNACK, STEP_ACK, STEP_ACK};
	uint8_t frame[TRACE_FRAME_MAX];

	for (unsigned k = 0; k < sizeof(steps) / sizeof(steps[0]); k++)
		for (uint64_t i = 0; i < wish.flows && o->packets < wish.packets; i++)
			put_frame(o, frame, trace_craft(t, i, 0, k & 1, steps[k], 0, frame));
}

static void put_pass(struct out *o, struct trace *t, uint32_t pass) {
	const uint64_t from = pass % t->passes * wish.flows;
	struct trace_note *note = (struct trace_note *)t->notes.at + from;
	uint8_t *slot = (uint8_t *)t->slots.at + from * t->slot_bytes;

	for (uint64_t i = 0; i < wish.flows && o->packets < wish.packets; i++) {
		trace_patch(t, slot, &note[i], 0, STEP_DATA, pass);
		put_frame(o, slot, note[i].length);
		slot += t->slot_bytes;
	}
}

static void put_all(struct out *o, struct trace *t) {
	put_head(o);
	put_handshakes(o, t);
	for (uint32_t pass = FIRST_PASS; o->packets < wish.packets; pass++)
		put_pass(o, t, pass);
}

int main(int argc, char **argv) {
	struct options options = {
		.bench = "capture",
		.about = "The traffic of bench/run pipeline as a capture.",
		.row = rows,
		.n = sizeof(rows) / sizeof(rows[0]),
	};
	static struct trace trace;
	struct out out = {0};

	options_parse(&options, argc, argv);
	if (wish.write[0] == '\0') {
		fprintf(stderr, "bench capture: --write: a file is wanted\n");
		return 2;
	}
	if (!trace_make(
		    &trace,
		    &(struct trace_conf) {
			    .flows = wish.flows,
			    .seed = wish.seed,
			    .frame_bytes = (uint32_t)wish.size - FCS_BYTES,
			    .hosts = (uint32_t)wish.hosts,
			    .peers = (uint32_t)wish.peers,
			    .ipv6_share = wish.ipv6,
			    .udp_share = wish.udp,
		    }
	    )) {
		fprintf(stderr,
			"bench capture: no memory for %llu flows\n",
			(unsigned long long)wish.flows);
		return 1;
	}
	out.file = fopen(wish.write, "wb");
	if (out.file != NULL)
		put_all(&out, &trace);
	if (out.file == NULL || ferror(out.file) || fclose(out.file) != 0) {
		fprintf(stderr, "bench capture: %s: %s\n", wish.write, strerror(errno));
		return 1;
	}
	trace_free(&trace);
	return 0;
}
