#include "mix.h"

#include "scenes.h"
#include "talk.h"

#include <string.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define ENDLESS 1e15

#define OFFICE_CLIENTS 240
#define OFFICE_SERVERS 12
#define INTERNET_SERVERS 4000
#define IP6_SHARE 0.35

// Sizes are in bytes, thoughts in milliseconds. The medians and tails follow what is known of such
// traffic: web objects of some ten kB with a heavy tail, several short flows a page, voice every 20 ms.
// clang-format off
static const struct tcp_app
	web      = {.port = 443, .fill = FILL_TLS, .exchanges = 4, .request = {600, 0.6, 8000}, .answer = {9000, 1.6, 3e6},
		    .think_ms = {180, 1.5, 15000}, .resent = 0.003, .reset = 0.12, .gap_us = 60, .window_max = 64},
	plain    = {.port = 80, .fill = FILL_TEXT, .exchanges = 2, .request = {350, 0.4, 4000}, .answer = {5000, 1.5, 1e6},
		    .think_ms = {120, 1.2, 8000}, .resent = 0.003, .reset = 0.05, .gap_us = 60, .window_max = 64},
	big      = {.port = 443, .fill = FILL_TLS, .exchanges = 1, .request = {700, 0.3, 2000}, .answer = {3e6, 1.3, 2e8},
		    .think_ms = {50, 1, 1000}, .resent = 0.001, .reset = 0.1, .gap_us = 40, .window_max = 256},
	upload   = {.port = 443, .fill = FILL_TLS, .exchanges = 1, .request = {5e5, 1.5, 5e7}, .answer = {400, 0.5, 2000},
		    .think_ms = {50, 1, 1000}, .resent = 0.002, .reset = 0.05, .gap_us = 120, .window_max = 128},
	ssh      = {.port = 22, .fill = FILL_RANDOM, .exchanges = 150, .request = {52, 0.3, 300}, .answer = {90, 1.2, 20000},
		    .think_ms = {240, 1.2, 30000}, .resent = 0.001, .reset = 0.02, .gap_us = 80, .window_max = 32},
	mail     = {.port = 993, .fill = FILL_TLS, .exchanges = 7, .request = {120, 0.5, 2000}, .answer = {900, 1.8, 5e5},
		    .think_ms = {60, 1.5, 20000}, .resent = 0.002, .reset = 0.03, .gap_us = 80, .window_max = 64},
	files    = {.port = 445, .fill = FILL_RANDOM, .exchanges = 30, .request = {180, 0.5, 5000}, .answer = {1200, 2, 4e6},
		    .think_ms = {25, 1.8, 20000}, .resent = 0.0005, .reset = 0.02, .gap_us = 13, .window_max = 128},
	database = {.port = 5432, .fill = FILL_TEXT, .exchanges = 25, .request = {150, 0.7, 8000}, .answer = {700, 1.4, 2e5},
		    .think_ms = {12, 1.6, 5000}, .resent = 0.0003, .reset = 0.02, .gap_us = 13, .window_max = 64},
	control  = {.port = 5201, .fill = FILL_TEXT, .exchanges = 6, .request = {120, 0.3, 500}, .answer = {80, 0.3, 500},
		    .think_ms = {300, 0.5, 2000}, .gap_us = 40, .window_max = 10},
	pull     = {.port = 443, .fill = FILL_TLS, .exchanges = 1, .request = {700, 0, 1000}, .answer = {ENDLESS, 0, ENDLESS},
		    .think_ms = {1, 0, 1}, .resent = 0.0005, .window_max = 512},
	push     = {.port = 8200, .fill = FILL_RANDOM, .exchanges = 1, .request = {ENDLESS, 0, ENDLESS}, .answer = {400, 0, 400},
		    .think_ms = {1, 0, 1}, .resent = 0.0002, .window_max = 512};

static const struct talk_app
	dns     = {.port = 53, .proto = IP_UDP, .fill_out = FILL_DNS_QUERY, .fill_in = FILL_DNS_ANSWER, .rounds = 1.6, .out = 1,
		   .in = {1, 0, 1}, .out_min = 44, .out_max = 62, .in_min = 60, .in_max = 260, .answered = 0.985, .gap_us = 10, .pause_ms = {3, 1, 5000}},
	ntp     = {.port = 123, .client_port = 123, .proto = IP_UDP, .fill_out = FILL_NTP, .fill_in = FILL_NTP, .rounds = 1, .out = 1,
		   .in = {1, 0, 1}, .out_min = 48, .out_max = 48, .in_min = 48, .in_max = 48, .answered = 0.97, .gap_us = 10, .pause_ms = {64000, 0, 64000}},
	quic    = {.port = 443, .proto = IP_UDP, .fill_out = FILL_QUIC, .fill_in = FILL_QUIC, .rounds = 14, .out = 2,
		   .in = {8, 1.5, 3000}, .out_min = 34, .out_max = 600, .in_min = 900, .in_max = 1252, .answered = 0.97, .gap_us = 70, .pause_ms = {40, 1.8, 20000}},
	voice   = {.port = 16384, .client_port = 16386, .proto = IP_UDP, .fill_out = FILL_RTP, .fill_in = FILL_RTP, .rounds = 2500, .out = 1,
		   .in = {1, 0, 1}, .out_min = 172, .out_max = 172, .in_min = 172, .in_max = 172, .answered = 0.99, .gap_us = 10, .pause_ms = {11, 0.15, 40}},
	ping    = {.proto = IP_ICMP, .fill_out = FILL_X, .fill_in = FILL_X, .rounds = 5, .out = 1, .in = {1, 0, 1}, .out_min = 56, .out_max = 56,
		   .in_min = 56, .in_max = 56, .answered = 0.95, .gap_us = 10, .pause_ms = {990, 0.01, 1100}},
	mdns    = {.port = 5353, .client_port = 5353, .proto = IP_UDP, .fill_out = FILL_DNS_QUERY, .ttl = 255, .rounds = 3, .out = 1,
		   .out_min = 45, .out_max = 350, .gap_us = 10, .pause_ms = {1000, 0.5, 9000}},
	ssdp    = {.port = 1900, .proto = IP_UDP, .fill_out = FILL_TEXT, .ttl = 2, .rounds = 4, .out = 1,
		   .out_min = 130, .out_max = 180, .gap_us = 10, .pause_ms = {1000, 0.05, 3000}},
	snmp    = {.port = 161, .proto = IP_UDP, .fill_out = FILL_TEXT, .fill_in = FILL_TEXT, .rounds = 12, .out = 1, .in = {1, 0, 1},
		   .out_min = 40, .out_max = 90, .in_min = 45, .in_max = 180, .answered = 0.99, .gap_us = 10, .pause_ms = {4, 1, 2000}},
	stream  = {.port = 5201, .proto = IP_UDP, .fill_out = FILL_ZERO, .rounds = ENDLESS, .out = 1, .out_min = 1448, .out_max = 1448};

static const struct mix_row normal_rows[] = {
	{.tcp = &web, .client = PLACE_CLIENTS, .server = PLACE_INTERNET, .per_s = 9},
	{.tcp = &plain, .client = PLACE_CLIENTS, .server = PLACE_INTERNET, .per_s = 1.5},
	{.tcp = &web, .client = PLACE_CROWD, .server = PLACE_SERVERS, .per_s = 2},
	{.tcp = &big, .client = PLACE_CLIENTS, .server = PLACE_INTERNET, .per_s = 0.02},
	{.tcp = &upload, .client = PLACE_CLIENTS, .server = PLACE_INTERNET, .per_s = 0.08},
	{.tcp = &ssh, .client = PLACE_CLIENTS, .server = PLACE_SERVERS, .per_s = 0.06},
	{.tcp = &mail, .client = PLACE_CLIENTS, .server = PLACE_INTERNET, .per_s = 0.7},
	{.tcp = &files, .client = PLACE_CLIENTS, .server = PLACE_SERVERS, .per_s = 0.4},
	{.tcp = &database, .client = PLACE_SERVERS, .server = PLACE_SERVERS, .per_s = 1},
	{.talk = &dns, .client = PLACE_CLIENTS, .server = PLACE_RESOLVER, .per_s = 20},
	{.talk = &dns, .client = PLACE_RESOLVER, .server = PLACE_INTERNET, .per_s = 7},
	{.talk = &ntp, .client = PLACE_CLIENTS, .server = PLACE_INTERNET, .per_s = 1},
	{.talk = &quic, .client = PLACE_CLIENTS, .server = PLACE_INTERNET, .per_s = 1.2},
	{.talk = &voice, .client = PLACE_CLIENTS, .server = PLACE_INTERNET, .per_s = 0.06},
	{.talk = &ping, .client = PLACE_CLIENTS, .server = PLACE_INTERNET, .per_s = 0.15},
	{.talk = &ping, .client = PLACE_SERVERS, .server = PLACE_CLIENTS, .per_s = 0.4},
	{.talk = &mdns, .client = PLACE_CLIENTS, .server = PLACE_MDNS, .per_s = 0.5},
	{.talk = &ssdp, .client = PLACE_CLIENTS, .server = PLACE_SSDP, .per_s = 0.25},
	{.talk = &snmp, .client = PLACE_SERVERS, .server = PLACE_CLIENTS, .per_s = 0.1},
	{.client = PLACE_CLIENTS, .server = PLACE_CLIENTS, .per_s = 3},
};
static const struct mix_row download_rows[] = {{.tcp = &pull, .client = PLACE_TARGET, .server = PLACE_SOURCE}};
static const struct mix_row backup_rows[] = {{.tcp = &push, .client = PLACE_SOURCE, .server = PLACE_TARGET}};
static const struct mix_row speed_test_rows[] = {
	{.tcp = &control, .client = PLACE_SOURCE, .server = PLACE_TARGET},
	{.talk = &stream, .client = PLACE_SOURCE, .server = PLACE_TARGET},
};
static const struct mix_row flash_crowd_rows[] = {{.tcp = &web, .client = PLACE_CROWD, .server = PLACE_TARGET, .per_s = 80}};
static const struct mix_row resolver_rows[] = {
	{.talk = &dns, .client = PLACE_CROWD, .server = PLACE_TARGET, .per_s = 900},
	{.talk = &dns, .client = PLACE_TARGET, .server = PLACE_INTERNET, .per_s = 300},
};

const struct mix mix_normal = {normal_rows, N(normal_rows), 2700};
const struct mix mix_download = {download_rows, N(download_rows), 10000};
const struct mix mix_backup = {backup_rows, N(backup_rows), 10000};
const struct mix mix_speed_test = {speed_test_rows, N(speed_test_rows), 20000};
const struct mix mix_flash_crowd = {flash_crowd_rows, N(flash_crowd_rows), 10400};
const struct mix mix_resolver = {resolver_rows, N(resolver_rows), 2900};
// clang-format on

// The k-th host of a network; both families know the same hosts.
static struct addr host_of(uint32_t network, uint32_t k, bool ip6) {
	const uint8_t n[4]
		= {(uint8_t)(network >> 24), (uint8_t)(network >> 16), (uint8_t)(network >> 8)};
	uint8_t ip4[4] = {n[0], n[1], (uint8_t)(n[2] + (k >> 8)), (uint8_t)k};
	struct addr a;

	if (!ip6)
		return addr_from_ip4(ip4);
	// Hosts of 10/8 are inside, 2001:db8:1::/48; others are each in a network of their own.
	a = (struct addr
	) {.b = {0x20, 0x01, 0x0d, 0xb8, 0, 1, n[1], n[2], [12] = n[0], [14] = ip4[2], ip4[3]}};
	if (n[0] != 10)
		memcpy(&a.b[4], (uint8_t[4]) {0x80, n[1], ip4[2], ip4[3]}, 4);
	return a;
}

static struct addr crowd_host(struct rng *r, bool ip6) {
	const uint32_t v = (uint32_t)rng_next(r);

	return host_of((60 + v % 100) << 24 | (v & 0xffff00), v >> 24 | (v << 8 & 0xff00), ip6);
}

static struct addr group(const char *ip4, const char *ip6_text, bool ip6) {
	struct addr a = {0};

	addr_parse(&a, NULL, ip6 ? ip6_text : ip4);
	return a;
}

static struct addr place_addr(struct world *w, struct rng *r, unsigned place, bool ip6) {
	switch (place) {
	case PLACE_CLIENTS:
		return host_of(0x0a010100, 10 + rng_rank(r, OFFICE_CLIENTS), ip6);
	case PLACE_SERVERS:
		return host_of(0x0a000000, 10 + rng_rank(r, OFFICE_SERVERS), ip6);
	case PLACE_RESOLVER:
		return host_of(0x0a000000, 53, ip6);
	case PLACE_CROWD:
		return crowd_host(r, ip6);
	case PLACE_MDNS:
		return group("224.0.0.251", "ff02::fb", ip6);
	case PLACE_SSDP:
		return group("239.255.255.250", "ff02::c", ip6);
	case PLACE_TARGET:
		return scene_target(w->settings).addr;
	case PLACE_SOURCE:
		return scene_source(w->settings).addr;
	default: {
		const uint32_t h = (uint32_t)rng_mix(rng_rank(r, INTERNET_SERVERS));

		return host_of((20 + h % 160) << 24 | (h & 0xffff00), h >> 24, ip6);
	}
	}
}

// A side inside answers within a millisecond, one on the Internet as far as its address says.
static void
place_side(struct world *w, struct rng *r, unsigned place, bool ip6, struct side *side) {
	const bool far = place == PLACE_INTERNET || place == PLACE_CROWD || place == PLACE_SOURCE;
	uint64_t h;

	side->addr = place_addr(w, r, place, ip6);
	h = rng_mix(side->addr.w[0] ^ side->addr.w[1] ^ 0x5eed);
	side->ttl = far ? (uint8_t)((h & 1 ? 64 : 128) - 4 - (h >> 8) % 16) : h & 6 ? 64 : 128;
	side->lag_ns = far ? (uint32_t)((4 + (h >> 16) % 140) * MILLISECOND_NS)
			   : (uint32_t)((80 + (h >> 16) % 600) * MICROSECOND_NS);
	side->lag_ns += rng_below(r, side->lag_ns / 8);
}

static void conversation(struct world *w, struct rng *r, const struct mix_row *row, double rate) {
	const struct settings *const settings = w->settings;
	const struct range target = scene_target(settings);
	const double share = settings->ip6_share >= 0 ? settings->ip6_share : IP6_SHARE;
	bool ip6 = settings->ip6 || rng_unit(r) < share;
	struct side sides[2];

	if (row->client == PLACE_TARGET || row->server == PLACE_TARGET)
		ip6 = !addr_is_ip4(&target.addr);
	place_side(w, r, row->client, ip6, &sides[0]);
	place_side(w, r, row->server, ip6, &sides[1]);
	if (row->tcp != NULL)
		tcp_begin(w, row->tcp, sides, rate);
	else if (row->talk != NULL)
		talk_begin(w, row->talk, sides, rate);
	else
		neighbour_begin(w, sides);
}

static uint64_t arrival_step(struct world *w, struct actor *a) {
	const struct mix_row *const row = a->arrival.row;
	const double rate = a->arrival.per_s;

	conversation(w, &a->rng, row, rate);
	if (row->per_s == 0)
		return NEVER;
	return w->now_ns + (uint64_t)(rng_exponential(&a->rng, 1 / rate) * SECOND_NS);
}

void mix_begin(struct world *w, const struct mix *mix, double packets_per_s) {
	const double scale = packets_per_s / mix->packets_per_s;

	for (unsigned i = 0; i < mix->n; i++) {
		const double wait_s = mix->rows[i].per_s > 0
			? rng_exponential(&w->rng, 1 / (mix->rows[i].per_s * scale))
			: 0;
		struct actor *const a
			= world_add(w, arrival_step, w->now_ns + (uint64_t)(wait_s * SECOND_NS));

		if (a == NULL)
			return;
		a->arrival = (struct arrival_state) {
			.row = &mix->rows[i],
			.per_s
			= mix->rows[i].per_s > 0 ? mix->rows[i].per_s * scale : packets_per_s,
		};
	}
}
