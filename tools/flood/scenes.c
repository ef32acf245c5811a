#include "scenes.h"

#include "mix.h"

#include <weir/event.h>

#include <string.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define AMP_SHAPES_N N(amp_shapes)

// clang-format off
static const struct scene scenes[] = {
	{.name = "normal", .what = "an office and its Internet: web, DNS, mail, ssh, voice, downloads ...", .mix = &mix_normal},
	{.name = "download", .what = "one big download", .mix = &mix_download},
	{.name = "backup", .what = "one host sends its backup to another, all night", .mix = &mix_backup},
	{.name = "speed_test_udp", .what = "a speed test by UDP, as iperf3 does it", .mix = &mix_speed_test},
	{.name = "flash_crowd", .what = "a web server becomes famous: thousands of real clients", .mix = &mix_flash_crowd},
	{.name = "resolver", .what = "a busy DNS resolver, toward clients and servers", .mix = &mix_resolver},

#define TCP(name_, what_, flags_, sources_, ...) {.name = name_, .what = what_, .step = flood_step, \
	.packets_per_s = 20000, .sources = sources_, .proto = IP_TCP, .flags = flags_, __VA_ARGS__}
	TCP("syn_flood", "SYN from forged addresses", SYN, FORGED, .dport = 80),
	TCP("synack_flood", "SYN-ACK reflected by web servers", SYN | ACK, 1000, .sport = 443),
	TCP("ack_flood", "bare ACK", ACK, FORGED, .dport = 80),
	TCP("pshack_flood", "PSH-ACK with data, no connection", PSH | ACK, 200, .payload_min = 64, .payload_max = 512, .fill = FILL_RANDOM, .dport = 80),
	TCP("fin_flood", "FIN", FIN, FORGED, .dport = 80),
	TCP("rst_flood", "RST", RST, FORGED, .dport = 80),
	TCP("synfin_flood", "SYN and FIN at once", SYN | FIN, FORGED, .dport = 80),
	TCP("xmas_flood", "FIN, PSH and URG: lit like a tree", FIN | PSH | URG, FORGED, .dport = 80),
	TCP("null_flood", "no flag at all", 0, FORGED, .dport = 80),
#undef TCP
	{.name = "udp_flood", .what = "UDP to changing ports", .step = flood_step, .packets_per_s = 20000,
	 .sources = 200, .proto = IP_UDP, .payload_min = 64, .payload_max = 1400, .fill = FILL_RANDOM},
	{.name = "icmp_flood", .what = "echo requests", .step = flood_step, .packets_per_s = 20000,
	 .sources = FORGED, .proto = IP_ICMP, .payload_min = 56, .payload_max = 56, .fill = FILL_X},
	{.name = "fragment_flood", .what = "UDP fragments that never complete a datagram", .step = fragment_step,
	 .packets_per_s = 20000, .sources = 200, .proto = IP_UDP, .payload_min = 1400, .payload_max = 1480, .fill = FILL_RANDOM},
	{.name = "vertical_scan", .what = "one host knocks at every port of another", .step = vertical_step,
	 .packets_per_s = 1000, .sources = 1, .proto = IP_TCP, .flags = SYN, .answered = 1},
	{.name = "horizontal_scan", .what = "one host looks for one port in a whole network", .step = horizontal_step,
	 .packets_per_s = 1000, .sources = 1, .proto = IP_TCP, .flags = SYN, .dport = 445, .wide = 16, .answered = 0.1},
};
// clang-format on

// What a reflector's answer looks like where the usual shape below does not fit. Sizes are those of
// common answers: US-CERT TA14-017A names the services; NTP's monlist is 440 bytes (ntpd mode 7).
static const struct {
	uint8_t amplifier;
	uint8_t fill;
	uint16_t payload_min, payload_max;
} amp_shapes[] = {
	{AMP_DNS, FILL_DNS_ANSWER, 1100, 1400},
	{AMP_NTP, FILL_NTP, 440, 440},
	{AMP_SSDP, FILL_TEXT, 260, 340},
	{AMP_SNMP, FILL_TEXT, 1000, 1400},
	{AMP_CLDAP, FILL_TEXT, 1200, 1472},
	{AMP_MEMCACHED, FILL_X, 1400, 1400},
	{AMP_CHARGEN, FILL_TEXT, 74, 1472},
	{AMP_QOTD, FILL_TEXT, 100, 500},
	{AMP_RIP, FILL_ZERO, 504, 504},
};

static struct scene amplifications[AMP_N];

static void amplification_make(struct scene *s, unsigned amplifier) {
	static const uint16_t ports[] = {
#define X(id, name, port, port2) port,
		AMPLIFIERS(X)
#undef X
	};

	*s = (struct scene) {
		.name = event_kind_name(KIND_AMP_FIRST + amplifier),
		.what = "answers of reflectors that the target never asked",
		.step = flood_step,
		.packets_per_s = 20000,
		.sources = 500,
		.proto = IP_UDP,
		.sport = ports[amplifier],
		.payload_min = 300,
		.payload_max = 1000,
		.fill = FILL_RANDOM,
	};
	for (unsigned i = 0; i < AMP_SHAPES_N; i++)
		if (amp_shapes[i].amplifier == amplifier) {
			s->fill = amp_shapes[i].fill;
			s->payload_min = amp_shapes[i].payload_min;
			s->payload_max = amp_shapes[i].payload_max;
		}
}

const struct scene *scene_at(unsigned i) {
	if (i < N(scenes))
		return &scenes[i];
	i -= N(scenes);
	if (i >= AMP_N)
		return NULL;
	if (amplifications[i].name == NULL)
		amplification_make(&amplifications[i], i);
	return &amplifications[i];
}

const struct scene *scene_find(const char *name) {
	const struct scene *s;

	for (unsigned i = 0; (s = scene_at(i)) != NULL; i++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

// Documentation addresses (RFC 5737, RFC 3849) for one host, benchmark addresses (RFC 2544) for many.
struct range scene_target(const struct settings *settings) {
	const uint16_t wide = settings->scene->wide;
	struct range r = {.prefix_len = 32};

	if (settings->has_target)
		return settings->target;
	if (settings->ip6) {
		r.prefix_len = wide ? 112 : 128;
		addr_parse(&r.addr, NULL, wide ? "2001:db8:f::" : "2001:db8:f::10");
	} else {
		r.prefix_len = wide ? (uint8_t)wide : 32;
		addr_parse(&r.addr, NULL, wide ? "198.18.0.0" : "203.0.113.10");
	}
	return r;
}

// What is named of the other family is the scene's usual.
struct settings scene_family(const struct settings *settings, bool ip6) {
	struct settings s = *settings;

	s.has_target = s.has_target && addr_is_ip4(&s.target.addr) != ip6;
	s.has_source = s.has_source && addr_is_ip4(&s.source.addr) != ip6;
	s.ip6 = ip6;
	return s;
}

uint32_t scene_sources(const struct settings *settings) {
	return settings->sources ? settings->sources : settings->scene->sources;
}

uint64_t range_mask(const struct range *range) {
	const unsigned bits
		= addr_is_ip4(&range->addr) ? 32u - range->prefix_len : 128u - range->prefix_len;

	return bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;
}

struct range scene_source(const struct settings *settings) {
	const uint32_t n = scene_sources(settings);
	const bool one = n <= 1; // ordinary scenes have one source
	struct range r;

	if (settings->has_source)
		return settings->source;
	if (settings->flows > 0
	    && !settings->ip6) { // 16.0.0.0 to 23.255.255.255: enough for 10^11 flows
		r.prefix_len = 5;
		addr_parse(&r.addr, NULL, "16.0.0.0");
		return r;
	}
	if (settings->ip6) {
		r.prefix_len = one ? 128 : 64;
		addr_parse(&r.addr, NULL, one ? "2001:db8:bad::66" : "2001:db8:bad::");
	} else {
		r.prefix_len = one ? 32 : 15;
		addr_parse(&r.addr, NULL, one ? "198.51.100.66" : "198.18.0.0");
	}
	return r;
}

// Senders are scattered over their network (an odd factor leaves none out), and so are a sender's ports.
struct flow_id flow_id(const struct settings *settings, uint64_t sender_mask, uint64_t f) {
	const uint64_t s = f / FLOW_PORTS, p = f % FLOW_PORTS;
	const uint16_t port = (uint16_t)(1024 + p * 63);
	const bool sport_is_free = settings->scene->sport == 0;

	return (struct flow_id) {
		.host = (s * 0x9e3779b97f4a7c15ull) & sender_mask,
		.sport = sport_is_free ? port : settings->scene->sport,
		.dport = settings->target_port	 ? settings->target_port
			: settings->scene->dport ? settings->scene->dport
			: sport_is_free		 ? (uint16_t)(1 + s % 65535)
						 : port,
	};
}

void flow_words(const struct settings *settings, uint64_t f, struct words *words) {
	const struct range from = scene_source(settings);
	const struct flow_id id = flow_id(settings, range_mask(&from), f);

	words->src = from.addr;
	words->src.w[1] |= __builtin_bswap64(id.host);
	words->sport = id.sport;
	words->dport = id.dport;
}

double scene_rate(const struct settings *settings) {
	if (settings->packets_per_s > 0)
		return settings->packets_per_s;
	return settings->scene->mix != NULL ? settings->scene->mix->packets_per_s
					    : settings->scene->packets_per_s;
}

void scene_begin(struct world *w) {
	const struct settings *const settings = w->settings;
	const uint64_t from_ns = w->now_ns + (uint64_t)(settings->delay_s * SECOND_NS);
	const double rate = scene_rate(settings);

	for (unsigned ip6 = 0; ip6 < 2; ip6++)
		w->family[ip6] = scene_family(settings, ip6);
	if (settings->normal > 0)
		mix_begin(w, &mix_normal, settings->normal * rate);
	if (settings->scene->mix != NULL) {
		mix_begin(w, settings->scene->mix, rate);
		return;
	}
	struct actor *const a = world_add(w, settings->scene->step, from_ns);

	if (a == NULL)
		return;
	a->flood = (struct flood_state) {
		.scene = settings->scene,
		.from_ns = from_ns,
		.until_ns = settings->attack_s > 0
			? from_ns + (uint64_t)(settings->attack_s * SECOND_NS)
			: NEVER,
	};
}
