#include "bench/pipeline/trace.h"

#include "bench/pipeline/headers.h"

#include <stdlib.h>
#include <string.h>

#define PORT_MIN 1024u
#define PORT_RANGE 64512u
#define VERSION_STRIDE 7919u // prime: a port comes back after all others
#define PEERS_PER_NET 4u

struct ends {
	bool ip6, udp, inside_client;
	uint32_t host, peer;
	uint16_t port; // less PORT_MIN, in version 0
	uint16_t server_port;
};

static uint64_t mix(uint64_t x) { // splitmix64, Vigna, 2015
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static bool chance(uint64_t hash, unsigned shift, double share) {
	return (double)(hash >> shift & 0xffff) < share * 65536;
}

// Flows of the same two hosts differ in the client's port: no two flows are one.
static struct ends ends_of(const struct trace_conf *c, uint64_t i) {
	static const uint16_t tcp_ports[] = {443, 80, 443, 8443, 22, 443, 993, 5432};
	static const uint16_t udp_ports[] = {53, 443, 123, 3478};
	const uint64_t f = c->first_flow + i;
	const uint64_t pairs = (uint64_t)c->hosts * c->peers;
	const uint64_t pair = f % pairs;
	const uint64_t h = mix(pair ^ c->seed);
	struct ends e = {
		.host = (uint32_t)(pair % c->hosts),
		.peer = (uint32_t)((pair / c->hosts + pair % c->hosts * 31) % c->peers),
		.port = (uint16_t)(((h >> 48) + f / pairs * 4093) % PORT_RANGE),
		.ip6 = chance(h, 0, c->ipv6_share),
		.udp = chance(h, 16, c->udp_share),
		.inside_client = (h >> 32 & 3) != 0,
	};

	e.server_port = e.udp ? udp_ports[h >> 40 & 3] : tcp_ports[h >> 40 & 7];
	return e;
}

uint8_t trace_group(uint64_t i) {
	return (uint8_t)(i % TRACE_GROUPS);
}

bool trace_flow_is_udp(const struct trace *t, uint64_t i) {
	return ends_of(&t->conf, i).udp;
}

static void inside_address(uint8_t *at, bool ip6, uint32_t host) {
	if (ip6) {
		memcpy(at, "\x20\x01\x0d\xb8\x00\x01", 6);
		put32(at + 12, host + 1);
		return;
	}
	put32(at, 0x0a010000u + host + 1);
}

static void outside_address(uint8_t *at, bool ip6, uint32_t peer) {
	const uint32_t net = peer / PEERS_PER_NET, low = peer % PEERS_PER_NET * 50 + 7;

	if (ip6) {
		put16(at, 0x2400);
		put32(at + 2, net);
		put32(at + 12, low);
		return;
	}
	put32(at, 0x50000000u + (net << 8) + low);
}

static uint16_t client_port(uint16_t port, uint16_t version) {
	return (uint16_t)(PORT_MIN + (port + (uint32_t)version * VERSION_STRIDE) % PORT_RANGE);
}

// A group's even number of frames goes one way and the other in turn, one half of the groups ahead.
static bool reverse_in(uint8_t group, uint32_t pass) {
	return (pass + group) & 1;
}

// One side of a connection sends data and the other acknowledges; in long frames both send.
static bool data_in(const struct trace *t, uint8_t group, uint32_t pass) {
	return t->conf.frame_bytes > TRACE_SLOT_LINE || ((pass + (group >> 1)) & 1);
}

static uint8_t flags_of(enum step step, bool data) {
	switch (step) {
	case STEP_SYN:
		return H_SYN;
	case STEP_SYNACK:
		return H_SYN | H_ACK;
	case STEP_FIN:
		return H_FIN | H_ACK;
	default:
		return data ? H_PSH | H_ACK : H_ACK;
	}
}

static void
set_tcp(const struct trace *t,
	uint8_t *frame,
	const struct trace_note *note,
	enum step step,
	uint32_t pass) {
	const bool ip6 = note->bits & NOTE_IP6;
	const bool data = note->bits & NOTE_DATA && step >= STEP_DATA;
	const bool opens = step == STEP_SYN || step == STEP_SYNACK;
	uint8_t *tcp = frame + (ip6 ? H_ETH + H_IP6 : H_ETH + H_IP4);
	uint32_t seq = TRACE_SEQ_BASE;

	if (note->bits & NOTE_DATA) // what the next frame this way goes on from
		seq = trace_seq(t, pass) + (opens ? t->payload : 0);
	header_ip_length(frame, ip6, H_TCP + (data ? t->payload : 0));
	put32(tcp + 4, seq - opens);
	put32(tcp + 8, step == STEP_SYN ? 0 : trace_seq(t, pass));
	tcp[13] = flags_of(step, data);
}

static void
set_ports(uint8_t *frame, const struct trace_note *note, uint16_t version, uint16_t server_port) {
	uint8_t *l4 = frame + (note->bits & NOTE_IP6 ? H_ETH + H_IP6 : H_ETH + H_IP4);
	const bool reverse = note->bits & NOTE_REVERSE;

	put16(l4 + (reverse ? 2 : 0), client_port(note->port, version));
	if (server_port != 0)
		put16(l4 + (reverse ? 0 : 2), server_port);
}

void trace_patch(
	const struct trace *t,
	uint8_t *frame,
	struct trace_note *note,
	uint16_t version,
	enum step step,
	uint32_t pass
) {
	set_ports(frame, note, version, 0);
	if (!(note->bits & NOTE_UDP))
		set_tcp(t, frame, note, step, pass);
	note->version = version;
	note->bits
		= (uint8_t)((note->bits & ~NOTE_SPECIAL) | (step != STEP_DATA ? NOTE_SPECIAL : 0));
}

static uint32_t header_bytes(bool ip6, bool udp) {
	return H_ETH + (ip6 ? H_IP6 : H_IP4) + (udp ? H_UDP : H_TCP);
}

static void
fill(const struct trace *t,
     const struct ends *e,
     struct trace_note *note,
     uint16_t version,
     enum step step,
     uint32_t pass,
     uint8_t *out) {
	const bool reverse = note->bits & NOTE_REVERSE;
	const bool from_inside = e->inside_client != reverse;
	uint8_t *src, *dst;

	memset(out, 0, note->length);
	header_link(out, e->ip6, from_inside);
	header_ip(out, e->ip6, e->udp ? 17 : 6, from_inside ? 64 : 55);
	header_addresses(out, e->ip6, &src, &dst);
	inside_address(from_inside ? src : dst, e->ip6, e->host);
	outside_address(from_inside ? dst : src, e->ip6, e->peer);
	set_ports(out, note, version, e->server_port);
	if (e->udp)
		header_udp(out, e->ip6, note->length);
	else
		header_tcp(out, e->ip6);
	for (uint32_t b = header_bytes(e->ip6, e->udp); b < note->length; b++)
		out[b] = (uint8_t)(b * 37 + e->port);
	if (!e->udp)
		set_tcp(t, out, note, step, pass);
}

static struct trace_note
note_of(const struct trace *t, const struct ends *e, uint8_t group, bool reverse, bool data) {
	const uint32_t least = header_bytes(e->ip6, e->udp) + (e->udp ? 12 : data ? t->payload : 0);
	const uint32_t wish = t->conf.frame_bytes;

	return (struct trace_note) {
		.port = e->port,
		.length = (uint16_t)(wish > least ? wish : least),
		.group = group,
		.bits = (uint8_t
		)((e->ip6 ? NOTE_IP6 : 0) | (e->udp ? NOTE_UDP : 0) | (reverse ? NOTE_REVERSE : 0)
		  | (data && !e->udp ? NOTE_DATA : 0)),
	};
}

uint32_t trace_craft(
	const struct trace *t,
	uint64_t i,
	uint16_t version,
	bool reverse,
	enum step step,
	uint32_t pass,
	uint8_t *out
) {
	const struct ends e = ends_of(&t->conf, i);
	const uint8_t group = trace_group(i);
	// The pass, this one or the next, in which the flow's frame goes this way.
	const uint32_t at = reverse_in(group, pass) == reverse ? pass : pass + 1;
	struct trace_note note = note_of(t, &e, group, reverse, data_in(t, group, at));

	fill(t, &e, &note, version, step, step >= STEP_DATA ? at : 0, out);
	return note.length;
}

static void shuffle(uint32_t *order, uint64_t n, uint64_t *state) {
	for (uint64_t i = n - 1; i > 0; i--) {
		const uint64_t j = (unsigned __int128)mix((*state)++) * (i + 1) >> 64;
		const uint32_t one = order[i];

		order[i] = order[j];
		order[j] = one;
	}
}

static void fill_pass(struct trace *t, uint32_t pass, const uint32_t *order) {
	const uint64_t from = (uint64_t)pass * t->conf.flows;
	struct trace_note *note = t->notes.at;

	for (uint64_t k = 0; k < t->conf.flows; k++) {
		const struct ends e = ends_of(&t->conf, order[k]);
		const uint8_t group = trace_group(order[k]);
		uint8_t *slot = (uint8_t *)t->slots.at + (from + k) * t->slot_bytes;

		note[from + k]
			= note_of(t, &e, group, reverse_in(group, pass), data_in(t, group, pass));
		fill(t, &e, &note[from + k], 0, STEP_DATA, pass, slot);
	}
}

static bool fill_all(struct trace *t) {
	uint32_t *order = malloc(t->conf.flows * sizeof(*order));
	uint64_t state = mix(t->conf.seed ^ t->conf.first_flow);

	if (order == NULL)
		return false;
	for (uint64_t i = 0; i < t->conf.flows; i++)
		order[i] = (uint32_t)i;
	for (uint32_t pass = 0; pass < t->passes; pass++) {
		shuffle(order, t->conf.flows, &state);
		fill_pass(t, pass, order);
	}
	free(order);
	return true;
}

// The payload of a data frame: what the frame's size leaves, the same in both families so that
// sequence numbers rise alike.
static uint32_t payload_bytes(const struct trace_conf *c) {
	const uint32_t most = header_bytes(c->ipv6_share > 0, false);

	return c->frame_bytes > most + 6 ? c->frame_bytes - most : 6;
}

static uint32_t longest(const struct trace *t) {
	const uint32_t least = header_bytes(t->conf.ipv6_share > 0, false) + t->payload;

	return t->conf.frame_bytes > least ? t->conf.frame_bytes : least;
}

bool trace_make(struct trace *t, const struct trace_conf *conf) {
	uint64_t pass_bytes;

	*t = (struct trace) {.conf = *conf, .payload = payload_bytes(conf)};
	t->slot_bytes = (longest(t) + TRACE_SLOT_LINE - 1) / TRACE_SLOT_LINE * TRACE_SLOT_LINE;
	pass_bytes = conf->flows * t->slot_bytes;
	t->passes = (uint32_t)((conf->bytes_min + pass_bytes - 1) / pass_bytes + 1) & ~1u;
	t->passes = t->passes < 2 ? 2 : t->passes;
	t->frames = t->passes * conf->flows;
	if (!huge_alloc(&t->slots, t->frames * t->slot_bytes))
		return false;
	if (!huge_alloc(&t->notes, t->frames * sizeof(struct trace_note)) || !fill_all(t)) {
		trace_free(t);
		return false;
	}
	return true;
}

void trace_free(struct trace *t) {
	huge_free(&t->slots);
	huge_free(&t->notes);
}

double trace_mean_frame_bytes(const struct trace *t) {
	const struct trace_note *note = t->notes.at;
	uint64_t sum = 0;

	for (uint64_t i = 0; i < t->frames; i++)
		sum += note[i].length;
	return (double)sum / (double)t->frames;
}

uint32_t trace_craft_forged(bool ip6, uint32_t frame_bytes, uint8_t *out) {
	const uint32_t least = header_bytes(ip6, false);
	const uint32_t n = frame_bytes > least ? frame_bytes : least;
	uint8_t *src, *dst, *l4 = out + H_ETH + (ip6 ? H_IP6 : H_IP4);

	memset(out, 0, n);
	header_link(out, ip6, false);
	header_ip(out, ip6, 6, 55);
	header_addresses(out, ip6, &src, &dst);
	inside_address(dst, ip6, 0);
	if (ip6)
		put32(src, 0x26000000);
	header_tcp(out, ip6);
	put16(l4 + 2, TRACE_FORGED_PORT);
	put32(l4 + 4, TRACE_SEQ_BASE);
	l4[13] = H_SYN;
	header_ip_length(out, ip6, H_TCP);
	return n;
}
