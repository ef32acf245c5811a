// bench/run parse: what packet_parse() takes, by kind of frame.
//
// A kind's frames lie in a piece that a first-level cache holds, and are parsed in bursts as the pipeline
// does: what is measured is the parser, not the memory. Kinds take turns, round after round, and the
// best round of each counts, so that what else the machine does falls on all alike.
#include "bench/lib/machine.h"
#include "bench/lib/options.h"
#include "bench/lib/place.h"
#include "bench/lib/timing.h"
#include "packet/packet.h"
#include "tests/unit/frames.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 64 // a burst
#define SLOT_BYTES 256u
#define ROUNDS 12
#define BURSTS 256 // between two looks at the clock

static double seconds = 0.12;
static uint64_t cpu = 1;

static const struct option_row rows[] = {
	{"seconds", OPTION_SECONDS, &seconds, 0, 0, "a kind of frame"},
	{"cpu", OPTION_COUNT, &cpu, 0, 1023, "where it runs"},
};

// Words of tests/unit/frames.h. The first is what the others are compared with.
static const struct kind {
	const char *name;
	const char *words;
	uint8_t class; // what the parser must say of it
} kinds[] = {
	{"IPv4 TCP", "eth ip4 tcp=0x10 pay=6", PACKET_FLOW},
	{"IPv4 TCP, options", "eth ip4=4 tcp=0x10,12 pay=6", PACKET_FLOW},
	{"IPv4 UDP", "eth ip4 udp=53 pay=18", PACKET_FLOW},
	{"IPv4 ICMP", "eth ip4 icmp=8 pay=18", PACKET_FLOW},
	{"IPv4 SCTP", "eth ip4 sctp pay=14", PACKET_FLOW},
	{"IPv4 fragment, first", "eth ip4f=0,1 udp=53 pay=16", PACKET_FLOW},
	{"IPv4 fragment, later", "eth ip4f=1480 pay=26", PACKET_FLOW},
	{"VLAN IPv4 TCP", "eth vlan=100 ip4 tcp=0x10 pay=6", PACKET_FLOW},
	{"QinQ IPv4 TCP", "eth qinq=10 vlan=100 ip4 tcp=0x10 pay=6", PACKET_FLOW},
	{"MPLS x 2 IPv4 TCP", "eth mpls=16 mpls=17 ip4 tcp=0x10", PACKET_FLOW},
	{"PPPoE IPv4 TCP", "eth pppoe=7 ip4 tcp=0x10", PACKET_FLOW},
	{"IPv6 TCP", "eth ip6 tcp=0x10 pay=6", PACKET_FLOW},
	{"IPv6 UDP", "eth ip6 udp=53 pay=12", PACKET_FLOW},
	{"IPv6 ICMP", "eth ip6 icmp6=128 pay=12", PACKET_FLOW},
	{"IPv6 TCP, 3 extensions", "eth ip6 hop route=1 dest tcp=0x10 pay=6", PACKET_FLOW},
	{"IPv6 fragment, first", "eth ip6 frag6=0,1 udp=53 pay=16", PACKET_FLOW},
	{"GRE IPv4 TCP", "eth ip4 gre=0x2000,9 ip4 tcp=0x10", PACKET_FLOW},
	{"ERSPAN II IPv4 TCP", "eth ip4 gre=0x1000 erspan2=3 eth ip4 tcp=0x10", PACKET_FLOW},
	{"VXLAN IPv4 TCP", "eth ip4 udp=4789 vxlan=77 eth ip4 tcp=0x10", PACKET_FLOW},
	{"VXLAN in IPv6, IPv6 TCP", "eth ip6 udp=4789 vxlan=77 eth ip6 tcp=0x10", PACKET_FLOW},
	{"GTP-U IPv4 TCP", "eth ip4 udp=2152 gtpu=5 ip4 tcp=0x10", PACKET_FLOW},
	{"ARP", "eth arp", PACKET_NOT_IP},
	{"LLDP and other non-IP", "eth proto=0x88cc put=1,46", PACKET_NOT_IP},
	{"malformed: IP ends early", "eth ip4 snap=30", PACKET_MALFORMED},
	{"malformed: IP header of 12", "eth ip4 tcp=0x10 pay=6 set=14,0x43", PACKET_MALFORMED},
	{"cut in the TCP header", "eth ip4 tcp=0x10 snap=44", PACKET_FLOW},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct burst {
	uint8_t bytes[FRAMES][SLOT_BYTES];
	struct frame frame[FRAMES];
} burst_of[KINDS];
static struct packet parsed[FRAMES];

static void make_frames(const struct kind *kind, struct burst *b) {
	static struct made made;

	made_frame(&made, kind->words);
	if (made.n > SLOT_BYTES) {
		fprintf(stderr, "bench parse: %s: %u bytes are too long\n", kind->name, made.n);
		exit(1);
	}
	for (unsigned i = 0; i < FRAMES; i++) {
		memcpy(b->bytes[i], made.b, made.n);
		b->bytes[i][made.n - 1] ^= (uint8_t)i; // of the payload where there is one
		b->frame[i] = (struct frame) {b->bytes[i], made.n, i};
	}
}

static void parse_burst(const struct burst *b) {
	static const struct packet_conf conf = {.tunnel_depth = TUNNEL_DEPTH_DEFAULT};

	for (unsigned i = 0; i < FRAMES; i++)
		packet_parse(&conf, &b->frame[i], &parsed[i]);
	__asm__ volatile("" ::: "memory");
}

// What moving a small packet costs, to compare with.
static void copy_burst(const struct burst *b) {
	for (unsigned i = 0; i < FRAMES; i++) {
		memcpy(&parsed[i], b->bytes[i], 64);
		__asm__ volatile("" ::: "memory");
	}
}

// For one round's share of the time.
static double ns_of(void (*work)(const struct burst *), const struct burst *b) {
	const uint64_t start = tsc_now();
	const uint64_t until = start + (uint64_t)(seconds * 1e9 / ROUNDS * tsc_per_ns());
	uint64_t bursts = 0;

	do {
		for (unsigned i = 0; i < BURSTS; i++)
			work(b);
		bursts += BURSTS;
	} while (tsc_now() < until);
	return (double)(tsc_now() - start) / tsc_per_ns() / (double)(bursts * FRAMES);
}

static void check_class(const struct kind *kind) {
	for (unsigned i = 0; i < FRAMES; i++)
		if (parsed[i].class != kind->class) {
			fprintf(stderr,
				"bench parse: %s: class %u and not %u: the frame is not what it is "
				"called\n",
				kind->name,
				parsed[i].class,
				kind->class);
			exit(1);
		}
}

struct figures {
	double ns[KINDS];
	double copy_ns;
};

static void measure(struct figures *best) {
	best->copy_ns = 1e9;
	for (size_t k = 0; k < KINDS; k++) {
		best->ns[k] = 1e9;
		make_frames(&kinds[k], &burst_of[k]);
		parse_burst(&burst_of[k]);
		check_class(&kinds[k]);
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		best->copy_ns = fmin(best->copy_ns, ns_of(copy_burst, &burst_of[0]));
		for (size_t k = 0; k < KINDS; k++)
			best->ns[k] = fmin(best->ns[k], ns_of(parse_burst, &burst_of[k]));
	}
}

static void print_row(const char *name, uint32_t bytes, double ns, const struct figures *f) {
	printf("%-28s %8u %10.2f %12.2f %12.2f\n", name, bytes, ns, ns / f->ns[0], ns / f->copy_ns);
}

static void print_figures(const struct figures *f) {
	printf("\n%-28s %8s %10s %12s %12s\n", "frame", "bytes", "ns", "to IPv4 TCP", "to memcpy");
	for (size_t k = 0; k < KINDS; k++)
		print_row(kinds[k].name, burst_of[k].frame[0].captured, f->ns[k], f);
	print_row("memcpy of 64 bytes", 64, f->copy_ns, f);
}

static json_t *figures_json(const struct figures *f) {
	json_t *list = json_array();

	for (size_t k = 0; k < KINDS; k++)
		json_array_append_new(
			list,
			json_pack(
				"{s:s, s:i, s:f, s:f, s:f}",
				"frame",
				kinds[k].name,
				"bytes",
				(int)burst_of[k].frame[0].captured,
				"ns",
				f->ns[k],
				"ratio_to_ip4_tcp",
				f->ns[k] / f->ns[0],
				"ratio_to_memcpy_64",
				f->ns[k] / f->copy_ns
			)
		);
	return json_pack("{s:o, s:f}", "kinds", list, "memcpy_64_ns", f->copy_ns);
}

int main(int argc, char **argv) {
	struct options options = {
		.bench = "parse",
		.about
		= "ns a packet of packet_parse(), by kind of frame, out of the first-level cache.",
		.row = rows,
		.n = sizeof(rows) / sizeof(rows[0]),
	};
	struct figures figures;
	json_t *machine;

	options_parse(&options, argc, argv);
	machine = machine_json();
	place_on_cpu((unsigned)cpu);
	measure(&figures);
	if (options.json) {
		bench_print_json(
			"parse", machine, options_settings(&options), figures_json(&figures)
		);
		return 0;
	}
	machine_print(stdout, machine);
	print_figures(&figures);
	json_decref(machine);
	return 0;
}
