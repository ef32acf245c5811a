// The parser: what each frame becomes, that each way of being malformed is reached, and that no byte
// outside the frame is read (the sanitizer build sees to that: every frame is an exact heap block).
#include "frames.h"
#include "packet/plain.h"
#include "test.h"

#define ROW_TEXT_MAX 512

static struct packet parse_block(const void *bytes, uint32_t n, unsigned link, unsigned depth) {
	const struct packet_conf conf = {.link = (uint8_t)link, .tunnel_depth = (uint8_t)depth};
	uint8_t *block = malloc(n != 0 ? n : 1);
	struct packet row, slow;

	assert_non_null(block);
	memcpy(block, bytes, n);
	memset(&row, 0x5a, sizeof(row)); // it must fill everything
	memset(&slow, 0x5a, sizeof(slow));
	packet_parse(&conf, &(struct frame) {block, n, 42}, &row);
	// The straight line for plain frames and the parser for all must agree about every frame.
	packet_parse_any(&conf, &(struct frame) {block, n, 42}, &slow);
	assert_memory_equal(&row, &slow, sizeof(row));
	free(block);
	assert_int_equal(row.ts_ns, 42);
	return row;
}

static struct packet parse_words(const char *words, unsigned link, unsigned depth) {
	static struct made m;

	made_frame(&m, words);
	return parse_block(m.b, m.n, link, depth);
}

__attribute__((format(printf, 2, 3))) static void append(char *text, const char *format, ...) {
	const size_t n = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(&text[n], ROW_TEXT_MAX - n, format, args);
	va_end(args);
}

static void
append_end(char *text, const struct packet *row, const struct addr *addr, uint16_t port) {
	char a[ADDR_TEXT_MAX];

	append(text, " %s", addr_text(addr, UINT8_MAX, a));
	if (row->marks & PACKET_PORTS)
		append(text, ":%u", port);
}

// "6 10.0.0.1:1000 10.0.1.1:80 pay=3 vlan=7 | ip4 tcp vlan"
static void row_text(const struct packet *row, char *text) {
	text[0] = '\0';
	if (row->class == PACKET_MALFORMED)
		append(text, "malformed %s", malformed_info[row->malformed].name);
	else if (row->class == PACKET_NOT_IP)
		append(text, "not_ip %04x", row->ether_type);
	else {
		append(text, "%u", row->proto);
		append_end(text, row, &row->src, row->sport);
		append_end(text, row, &row->dst, row->dport);
		append(text, " pay=%u", row->payload_bytes);
	}
	if (row->tcp_flags != 0)
		append(text, " flags=%x", row->tcp_flags);
	if (row->icmp_type != 0)
		append(text, " type=%u,%u", row->icmp_type, row->icmp_code);
	if (row->vlan != 0)
		append(text, " vlan=%u", row->vlan);
	if (row->tunnel_id != 0)
		append(text, " id=%u", row->tunnel_id);
	if (row->marks & PACKET_TUNNELLED)
		append(text, " tunnelled");
	append(text, " |");
	for (unsigned i = 0; i < PROTOCOL_N; i++)
		if (row->protocols & 1u << i)
			append(text, " %s", protocol_info[i].name);
}

struct frame_case {
	const char *words;
	const char *row;
};

static void check(const struct frame_case *cases, size_t n, unsigned link, unsigned depth) {
	for (size_t i = 0; i < n; i++) {
		const struct packet row = parse_words(cases[i].words, link, depth);
		char text[ROW_TEXT_MAX];

		print_message("  %s\n", cases[i].words);
		row_text(&row, text);
		assert_string_equal(text, cases[i].row);
	}
}

#define TCP4 "6 10.0.0.1:1000 10.0.1.1:80"
#define TCP6 "6 2001:db8::1:1000 2001:db8::101:80"
#define UDP4 "17 10.0.0.1:2000 10.0.1.1"
#define UDP6 "17 2001:db8::1:2000 2001:db8::101"
#define IN_TCP4 "6 10.0.0.2:1000 10.0.1.2:80"
#define IN_TCP6 "6 2001:db8::2:1000 2001:db8::102:80"

static const struct frame_case plain[] = {
	{"eth ip4 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp"},
	{"eth ip6 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp"},
	{"eth ip4 tcp=24,12 pay=100", TCP4 " pay=100 flags=18 | ip4 tcp"},
	{"eth ip6 tcp=24,12 pay=100", TCP6 " pay=100 flags=18 | ip6 tcp"},
	{"eth ip4 tcp=0xd2", TCP4 " pay=0 flags=12 | ip4 tcp"}, // ECE and CWR are left out
	{"eth ip4=40 udp=53 pay=9", UDP4 ":53 pay=9 | ip4 udp"},
	{"eth ip6 udp=53 pay=9", UDP6 ":53 pay=9 | ip6 udp"},
	{"eth ip4 udp=53 pad=18", UDP4 ":53 pay=0 | ip4 udp"}, // Ethernet padding is no payload
	{"eth ip4 tcp=16 pad=6", TCP4 " pay=0 flags=10 | ip4 tcp"},
	{"eth ip6 udp=53 pay=1 pad=7", UDP6 ":53 pay=1 | ip6 udp"},
	{"eth ip4 icmp=8 pay=56", "1 10.0.0.1 10.0.1.1 pay=56 type=8,0 | ip4 icmp"},
	{"eth ip6 icmp6=128 pay=56", "58 2001:db8::1 2001:db8::101 pay=56 type=128,0 | ip6 icmp6"},
	{"eth ip6 hop icmp6=143,1", "58 2001:db8::1 2001:db8::101 pay=0 type=143,1 | ip6 icmp6"},
	{"eth ip4=4 igmp", "2 10.0.0.1 10.0.1.1 pay=0 | ip4 igmp"},
	{"eth ip4 sctp pay=20", "132 10.0.0.1:3000 10.0.1.1:3868 pay=20 | ip4 sctp"},
	{"eth ip6 sctp", "132 2001:db8::1:3000 2001:db8::101:3868 pay=0 | ip6 sctp"},
	{"eth ip4 esp pay=40", "50 10.0.0.1 10.0.1.1 pay=40 | ip4 esp"},
	{"eth ip6 esp pay=40", "50 2001:db8::1 2001:db8::101 pay=40 | ip6 esp"},
	{"eth ip4 ah=3 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp ah"},
	{"eth ip6 ah=3 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp ah"},
	{"eth ip6 hop route=2 dest=1 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp"},
	{"eth ip6 none", "59 2001:db8::1 2001:db8::101 pay=0 | ip6 other_ip"},
	{"eth ip6 hop none pay=3", "59 2001:db8::1 2001:db8::101 pay=3 | ip6 other_ip"},
	{"eth ip4 proto=89 pay=44", "89 10.0.0.1 10.0.1.1 pay=44 | ip4 other_ip"},
	{"eth ip4 proto=0 pay=8", "0 10.0.0.1 10.0.1.1 pay=8 | ip4 other_ip"},
	{"eth ip4 tcp=2 pay=30 set=16,0 set=17,0", TCP4 " pay=30 flags=2 | ip4 tcp"}, // TSO
	{"eth ip6 tcp=2 pay=30 set=18,0 set=19,0", TCP6 " pay=30 flags=2 | ip6 tcp"},
	{"eth ip4 udp=53 pay=65600 set=16,0 set=17,0 set=38,0 set=39,0",
	 UDP4 ":53 pay=65535 | ip4 udp"},
	{"eth ip4 udp=53 pay=10 set=39,12", UDP4 ":53 pay=4 | ip4 udp"}, // UDP ends before IP
};

static const struct frame_case links[] = {
	{"eth vlan=7 ip4 tcp=2", TCP4 " pay=0 flags=2 vlan=7 | ip4 tcp vlan"},
	{"eth qinq=9 vlan=7 ip6 tcp=2", TCP6 " pay=0 flags=2 vlan=7 | ip6 tcp vlan"},
	{"eth vlan=1 vlan=2 vlan=3 vlan=4 vlan=5 vlan=6 vlan=7 vlan=8 ip4 tcp=2",
	 TCP4 " pay=0 flags=2 vlan=8 | ip4 tcp vlan"},
	{"eth mpls=100 ip4 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp mpls"},
	{"eth mpls=100 mpls=101 ip6 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp mpls"},
	{"eth mpls=9 control_word eth vlan=3 ip4 tcp=2",
	 TCP4 " pay=0 flags=2 vlan=3 | ip4 tcp vlan mpls"},
	{"eth mpls=9 control_word eth mpls=9 ip4 tcp=2", "not_ip 8847 | other_link mpls"},
	{"eth mpls=9 put=0x90,20", "not_ip 8847 | other_link mpls"},
	{"eth pppoe=5 ip4 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp pppoe"},
	{"eth vlan=7 pppoe=5 ip6 tcp=2", TCP6 " pay=0 flags=2 vlan=7 | ip6 tcp vlan pppoe"},
	{"eth pppoe=5 proto=0xc021 pay=8", "not_ip 8864 | other_link pppoe"},
	{"eth arp pad=18", "not_ip 0806 | arp"},
	{"eth vlan=7 arp", "not_ip 0806 vlan=7 | arp vlan"},
	{"eth proto=0x88cc pay=40", "not_ip 88cc | other_link"},
	{"eth proto=0x0026 pay=38", "not_ip 0026 | other_link"}, // 802.3 length: spanning tree
};

static void plain_frames_become_rows(void **) {
	check(plain, ARRAY_LEN(plain), LINK_ETHERNET, TUNNEL_DEPTH_DEFAULT);
}

static void link_layers_are_followed(void **) {
	check(links, ARRAY_LEN(links), LINK_ETHERNET, TUNNEL_DEPTH_DEFAULT);
}

static void other_link_types_are_read(void **) {
	static const struct frame_case raw[] = {
		{"ip4 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp"},
		{"ip6 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp"},
		{"put=0x35,40", "malformed ip_version |"},
		{"", "malformed short_link |"},
	};
	static const struct frame_case cooked1[] = {
		{"cooked1 ip4 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp"},
		{"cooked1 vlan=5 ip6 tcp=2", TCP6 " pay=0 flags=2 vlan=5 | ip6 tcp vlan"},
		{"cooked1 arp", "not_ip 0806 | arp"},
		{"cooked1 snap=15", "malformed short_link |"},
	};
	static const struct frame_case cooked2[] = {
		{"cooked2 ip4 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp"},
		{"cooked2 ip6 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp"},
		{"cooked2 snap=19", "malformed short_link |"},
	};
	static const struct frame_case null[] = {
		{"u32=0x02000000 ip4 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp"},
		{"u32=2 ip4 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp"},
		{"u32=0x18000000 ip6 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp"},
		{"u32=28 ip6 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp"},
		{"u32=30 ip6 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp"},
		{"u32=7 pay=9", "not_ip 0000 | other_link"},
		{"u32=2 snap=3", "malformed short_link |"},
	};
	static const struct frame_case loop[] = {
		{"u32=2 ip4 tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp"},
		{"u32=24 ip6 tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp"},
		{"u32=0x02000000 ip4 tcp=2", "not_ip 0000 | other_link"},
	};
	static const struct frame_case none[] = {{"eth ip4 tcp=2", "malformed link_type |"}};

	check(raw, ARRAY_LEN(raw), LINK_RAW_IP, 4);
	check(cooked1, ARRAY_LEN(cooked1), LINK_COOKED_V1, 4);
	check(cooked2, ARRAY_LEN(cooked2), LINK_COOKED_V2, 4);
	check(null, ARRAY_LEN(null), LINK_NULL, 4);
	check(loop, ARRAY_LEN(loop), LINK_LOOP, 4);
	check(none, ARRAY_LEN(none), LINK_UNSUPPORTED, 4);
}

static const struct frame_case fragments[] = {
	{"eth ip4f=0,1 udp=53 pay=24 set=38,5", UDP4 ":53 pay=24 | ip4 udp fragment_first"},
	{"eth ip4f=32 proto=17 pay=100", "17 10.0.0.1 10.0.1.1 pay=100 | ip4 udp fragment_later"},
	{"eth ip4f=24 proto=6 pay=20", "6 10.0.0.1 10.0.1.1 pay=20 | ip4 tcp fragment_later"},
	{"eth ip4f=1480 proto=1 pay=20", "1 10.0.0.1 10.0.1.1 pay=20 | ip4 icmp fragment_later"},
	{"eth ip4f=8 proto=47 pay=20", "47 10.0.0.1 10.0.1.1 pay=20 | ip4 other_ip fragment_later"},
	{"eth ip4f=0,1 tcp=2 pay=24", TCP4 " pay=24 flags=2 | ip4 tcp fragment_first"},
	{"eth ip4f=0,1 proto=6 put=1,16", "malformed tcp_header_length | ip4 fragment_first"},
	// What hping3 -f sends: the first fragment ends inside the TCP header.
	{"eth ip4f=0,1 proto=6 put=0x50,16",
	 "6 10.0.0.1:20560 10.0.1.1:20560 pay=0 flags=10 | ip4 tcp fragment_first"},
	{"eth ip4f=0,1 proto=6 put=0x50,8",
	 "6 10.0.0.1:20560 10.0.1.1:20560 pay=0 flags=10 | ip4 tcp fragment_first"},
	{"eth ip4f=0,1 icmp=8 pay=8",
	 "1 10.0.0.1 10.0.1.1 pay=8 type=8,0 | ip4 icmp fragment_first"},
	{"eth ip6 frag6=0,1 udp=53 pay=24 set=66,5", UDP6 ":53 pay=24 | ip6 udp fragment_first"},
	{"eth ip6 frag6=1448 proto=17 pay=100",
	 "17 2001:db8::1 2001:db8::101 pay=100 | ip6 udp fragment_later"},
	{"eth ip6 hop frag6=1448,1 proto=58 pay=100",
	 "58 2001:db8::1 2001:db8::101 pay=100 | ip6 icmp6 fragment_later"},
	{"eth ip6 frag6=0,1 dest tcp=2", TCP6 " pay=0 flags=2 | ip6 tcp fragment_first"},
	{"eth ip6 frag6=0,0 udp=53 pay=9", UDP6 ":53 pay=9 | ip6 udp"}, // atomic: RFC 6946
	// A tunnel in a fragment stays closed: its other half could not be opened.
	{"eth ip4f=0,1 udp=4789 vxlan=5 eth ip4 tcp=2",
	 UDP4 ":4789 pay=62 | ip4 udp fragment_first"},
	{"eth ip4f=0,1 gre=0 ip4 tcp=2",
	 "47 10.0.0.1 10.0.1.1 pay=44 | ip4 other_ip fragment_first"},
	{"eth ip4f=0,1 ah tcp=2", TCP4 " pay=0 flags=2 | ip4 tcp ah fragment_first"},
};

static void fragments_are_told_apart(void **) {
	check(fragments, ARRAY_LEN(fragments), LINK_ETHERNET, TUNNEL_DEPTH_DEFAULT);
}

#define T4 " pay=0 flags=2 tunnelled | ip4 tcp tunnel"
#define T6 " pay=0 flags=2 tunnelled | ip6 tcp tunnel"
#define ID4(id) " pay=0 flags=2 id=" #id " tunnelled | ip4 tcp tunnel"
#define ID6(id) " pay=0 flags=2 id=" #id " tunnelled | ip6 tcp tunnel"

static const struct frame_case tunnelled[] = {
	{"eth ip4 ip4 tcp=2", IN_TCP4 T4},
	{"eth ip4 ip6 tcp=2", IN_TCP6 T6},
	{"eth ip6 ip4 tcp=2", IN_TCP4 T4},
	{"eth ip6 dest ip6 tcp=2", IN_TCP6 T6},
	{"eth ip4 mpls=3 ip4 tcp=2", IN_TCP4 " pay=0 flags=2 tunnelled | ip4 tcp mpls tunnel"},
	{"eth ip4 gre=0 ip4 tcp=2", IN_TCP4 T4},
	{"eth ip6 gre=0 ip6 tcp=2", IN_TCP6 T6},
	{"eth ip4 gre=0x2000,77 ip6 tcp=2", IN_TCP6 ID6(77)},
	{"eth ip4 gre=0xb000,77 ip4 tcp=2", IN_TCP4 ID4(77)},
	{"eth ip4 gre=0xf000,77 ip4 tcp=2", IN_TCP4 ID4(77)},
	{"eth ip4 gre=0x2000,77 eth vlan=6 ip4 tcp=2",
	 IN_TCP4 " pay=0 flags=2 vlan=6 id=77 tunnelled | ip4 tcp vlan tunnel"},
	{"eth ip4 gre=0 mpls=3 ip4 tcp=2",
	 IN_TCP4 " pay=0 flags=2 tunnelled | ip4 tcp mpls tunnel"},
	{"eth ip4 pptp=9 ip4 tcp=2", IN_TCP4 ID4(9)},
	{"eth ip4 pptp=9 ip6 tcp=2", IN_TCP6 ID6(9)},
	{"eth ip4 gre=0 erspan1 eth ip4 tcp=2", IN_TCP4 T4},
	{"eth ip4 gre=0x1000 erspan2=33 eth ip6 tcp=2", IN_TCP6 ID6(33)},
	{"eth ip4 gre=0x1000 erspan3=44 eth ip4 tcp=2", IN_TCP4 ID4(44)},
	{"eth ip6 gre=0x1000 erspan3=44,0x100 eth ip6 tcp=2", IN_TCP6 ID6(44)},
	{"eth ip4 gre=0x1000 erspan3=44,2 ip6 tcp=2", IN_TCP6 ID6(44)},
	{"eth ip4 udp=4789 vxlan=55 eth ip4 tcp=2", IN_TCP4 ID4(55)},
	{"eth ip6 udp=8472 vxlan=55 eth ip6 tcp=2", IN_TCP6 ID6(55)},
	{"eth ip4 udp=6081 geneve=66 eth ip4 tcp=2", IN_TCP4 ID4(66)},
	{"eth ip6 udp=6081 geneve=66,3 ip6 tcp=2", IN_TCP6 ID6(66)},
	{"eth ip4 udp=2152 gtpu=88 ip4 tcp=2", IN_TCP4 ID4(88)},
	{"eth ip6 udp=2152 gtpu=88,2 ip6 tcp=2", IN_TCP6 ID6(88)},
	{"eth ip4 udp=2152 gtpu=88,7 ip4 tcp=2", IN_TCP4 ID4(88)},
	// The innermost counts.
	{"eth vlan=2 ip4 gre=0x2000,1 ip4 udp=4789 vxlan=2 eth ip6 tcp=2",
	 "6 2001:db8::3:1000 2001:db8::103:80 pay=0 flags=2 vlan=2 id=2 tunnelled"
	 " | ip6 tcp vlan tunnel"},
	{"eth ip4 gre=0x2000,1 ip4 ip4 tcp=2",
	 "6 10.0.0.3:1000 10.0.1.3:80 pay=0 flags=2 tunnelled | ip4 tcp tunnel"},
	{"eth ip4 ip4 ip4 ip4 ip4 tcp=2",
	 "6 10.0.0.5:1000 10.0.1.5:80 pay=0 flags=2 tunnelled | ip4 tcp tunnel"},
	{"eth ip4 ip4 ip4 ip4 ip4 ip4 tcp=2",
	 "4 10.0.0.5 10.0.1.5 pay=40 tunnelled | ip4 other_ip tunnel tunnel_depth"},
	{"eth ip4 ip4f=8 proto=17 pay=8",
	 "17 10.0.0.2 10.0.1.2 pay=8 tunnelled | ip4 udp fragment_later tunnel"},
};

// What is not a tunnel, or not a good one, is a packet of the outer hosts.
static const struct frame_case outer[] = {
	{"eth ip4 udp=4789 pay=4", UDP4 ":4789 pay=4 | ip4 udp"},
	{"eth ip4 udp=4789 put=0,60", UDP4 ":4789 pay=60 | ip4 udp"},
	{"eth ip6 udp=4789 vxlan=5 put=0xaa,60", UDP6 ":4789 pay=68 | ip6 udp"},
	{"eth ip4 udp=4789 vxlan=5 eth arp", UDP4 ":4789 pay=50 | ip4 udp"},
	{"eth ip4 udp=4789 vxlan=5 eth ip4 tcp=2 set=64,0x65", UDP4 ":4789 pay=62 | ip4 udp"},
	// The inner header claims more than the outer one holds.
	{"eth ip4 udp=4789 vxlan=5 eth ip4 tcp=2 set=66,9", UDP4 ":4789 pay=62 | ip4 udp"},
	{"eth ip4 udp=6081 put=0xff,60", UDP4 ":6081 pay=60 | ip4 udp"},
	{"eth ip4 udp=6081 geneve=5,2 snap=55", UDP4 ":6081 pay=16 | ip4 udp truncated"},
	{"eth ip4 udp=6081 geneve=5 proto=0x9999 pay=8", UDP4 ":6081 pay=16 | ip4 udp"},
	{"eth ip4 udp=2152 put=0x30,60", UDP4 ":2152 pay=60 | ip4 udp"},
	{"eth ip4 udp=2152 gtpu=8,4 set=54,0", UDP4 ":2152 pay=24 | ip4 udp"},
	{"eth ip4 udp=2152 gtpu=8 put=0x10,40", UDP4 ":2152 pay=48 | ip4 udp"},
	{"eth ip4 gre=0 proto=0 put=0,0", "47 10.0.0.1 10.0.1.1 pay=4 | ip4 other_ip"}, // keepalive
	{"eth ip4 gre=0 proto=0x9000 pay=9", "47 10.0.0.1 10.0.1.1 pay=13 | ip4 other_ip"},
	{"eth ip4 gre=0 ip4 tcp=2 set=38,0x35", "47 10.0.0.1 10.0.1.1 pay=44 | ip4 other_ip"},
	{"eth ip4 proto=4 pay=30", "4 10.0.0.1 10.0.1.1 pay=30 | ip4 other_ip"},
	{"eth ip6 proto=41 pay=30", "41 2001:db8::1 2001:db8::101 pay=30 | ip6 other_ip"},
	{"eth ip4 pptp=9 proto=0xc021 pay=8", "47 10.0.0.1 10.0.1.1 pay=28 | ip4 other_ip"},
	// Damage in the second tunnel: the packet counts for the first.
	{"eth ip4 ip4 gre=7",
	 "47 10.0.0.2 10.0.1.2 pay=4 tunnelled | ip4 other_ip tunnel tunnel_bad"},
};

static void tunnels_are_opened(void **) {
	check(tunnelled, ARRAY_LEN(tunnelled), LINK_ETHERNET, 4);
}

static void damage_in_a_tunnel_counts_for_the_outer_host(void **) {
	check(outer, ARRAY_LEN(outer), LINK_ETHERNET, 4);
}

static void tunnel_depth_is_the_callers(void **) {
	static const struct frame_case closed[] = {
		{"eth ip4 udp=4789 vxlan=5 eth ip4 tcp=2",
		 UDP4 ":4789 pay=62 | ip4 udp tunnel_depth"},
		{"eth ip4 gre=0 ip4 tcp=2",
		 "47 10.0.0.1 10.0.1.1 pay=44 | ip4 other_ip tunnel_depth"},
		{"eth ip4 udp=4789 put=0,60", UDP4 ":4789 pay=60 | ip4 udp"},
	};
	static const struct frame_case one[] = {
		{"eth ip4 ip6 tcp=2", IN_TCP6 T6},
		{"eth ip4 ip4 ip4 tcp=2",
		 "4 10.0.0.2 10.0.1.2 pay=40 tunnelled | ip4 other_ip tunnel tunnel_depth"},
	};

	check(closed, ARRAY_LEN(closed), LINK_ETHERNET, 0);
	check(one, ARRAY_LEN(one), LINK_ETHERNET, 1);
}

static const struct frame_case bad[] = {
	{"eth snap=13", "malformed short_link |"},
	{"eth vlan=1 snap=17", "malformed short_vlan |"},
	{"eth vlan=1 vlan=2 vlan=3 vlan=4 vlan=5 vlan=6 vlan=7 vlan=8 vlan=9 ip4 tcp=2",
	 "malformed vlan_depth vlan=8 | vlan"},
	{"eth mpls=1 snap=17", "malformed short_mpls | mpls"},
	{"eth mpls=1 set=16,1", "malformed short_mpls | mpls"},
	{"eth mpls=1 mpls=1 mpls=1 mpls=1 mpls=1 mpls=1 mpls=1 mpls=1 mpls=1 mpls=1 mpls=1 mpls=1 "
	 "mpls=1 mpls=1 mpls=1 mpls=1 mpls=1 ip4 tcp=2",
	 "malformed mpls_depth | mpls"},
	{"eth pppoe=1 snap=21", "malformed short_pppoe |"},
	{"eth pppoe=1 ip4 tcp=2 set=19,1", "malformed short_pppoe |"},
	{"eth arp snap=41", "malformed short_arp |"},
	{"eth arp set=18,200", "malformed short_arp |"},
	{"eth ip4 tcp=2 set=14,0x65", "malformed ip_version |"},
	{"eth ip6 tcp=2 set=14,0x45", "malformed ip_version |"},
	{"eth ip4 snap=33", "malformed short_ip4 |"},
	{"eth ip4=40 snap=73", "malformed short_ip4 |"},
	{"eth ip4 tcp=2 set=14,0x44", "malformed ip4_header_length |"},
	{"eth ip4 tcp=2 set=17,19", "malformed ip4_total_length |"},
	{"eth ip6 snap=53", "malformed short_ip6 |"},
	{"eth ip6 hop proto=6 snap=58 set=19,4", "malformed short_ip6_ext | ip6"},
	{"eth ip6 frag6=0,1 proto=6 set=19,7", "malformed short_ip6_ext | ip6"},
	{"eth ip6 hop tcp=2 set=55,9", "malformed ip6_ext_length | ip6"},
	{"eth ip6 hop dest dest dest dest dest dest dest dest dest dest dest dest dest dest dest "
	 "dest "
	 "tcp=2",
	 "malformed ip6_ext_depth | ip6"},
	{"eth ip4f=8 proto=6 pay=20", "malformed fragment | ip4"},
	{"eth ip6 frag6=8 proto=6 pay=20", "malformed fragment | ip6"},
	{"eth ip4f=65528 proto=1 pay=20", "malformed fragment | ip4"},
	{"eth ip6 frag6=65528 proto=58 pay=20", "malformed fragment | ip6"},
	{"eth ip4 tcp=2 set=17,39", "malformed short_tcp | ip4"},
	{"eth ip6 tcp=2 set=19,19", "malformed short_tcp | ip6"},
	{"eth ip4 tcp=2 set=46,0x40", "malformed tcp_header_length | ip4"},
	{"eth ip4 tcp=2 set=46,0x60", "malformed tcp_header_length | ip4"},
	{"eth ip6 tcp=2 set=66,0x60", "malformed tcp_header_length | ip6"},
	{"eth ip4 tcp=2 snap=47 set=46,0x40", "malformed tcp_header_length | ip4 truncated"},
	{"eth ip4 udp=53 set=17,27", "malformed short_udp | ip4"},
	{"eth ip4 udp=53 set=39,7", "malformed udp_length | ip4"},
	{"eth ip4 udp=53 set=39,9", "malformed udp_length | ip4"},
	{"eth ip6 udp=53 set=59,9", "malformed udp_length | ip6"},
	{"eth ip4 icmp=8 set=17,27", "malformed short_icmp | ip4"},
	{"eth ip6 icmp6=128 set=19,3", "malformed short_icmp | ip6"},
	{"eth ip4 igmp set=17,27", "malformed short_igmp | ip4"},
	{"eth ip4 sctp set=17,31", "malformed short_sctp | ip4"},
	{"eth ip4 esp set=17,27", "malformed short_ipsec | ip4"},
	{"eth ip4 ah tcp=2 set=35,0", "malformed short_ipsec | ip4"},
	{"eth ip6 ah tcp=2 set=55,200", "malformed short_ipsec | ip6"},
	{"eth ip4 ah set=17,31", "malformed short_ipsec | ip4"},
};

// Whoever sends nonsense as GRE is heard of: the outer header is sound.
static const struct frame_case bad_gre[] = {
	{"eth ip4 gre=0 set=17,23", "47 10.0.0.1 10.0.1.1 pay=3 | ip4 other_ip tunnel_bad"},
	{"eth ip4 gre=0xb000 set=17,35", "47 10.0.0.1 10.0.1.1 pay=15 | ip4 other_ip tunnel_bad"},
	{"eth ip4 gre=0x4000 set=17,31", "47 10.0.0.1 10.0.1.1 pay=11 | ip4 other_ip tunnel_bad"},
	{"eth ip4 gre=0x1000 erspan2=1 set=17,35",
	 "47 10.0.0.1 10.0.1.1 pay=15 | ip4 other_ip tunnel_bad"},
	{"eth ip4 gre=0x1000 erspan3=1,0x100 set=17,47",
	 "47 10.0.0.1 10.0.1.1 pay=27 | ip4 other_ip tunnel_bad"},
	{"eth ip4 pptp=9 set=17,35", "47 10.0.0.1 10.0.1.1 pay=15 | ip4 other_ip tunnel_bad"},
	{"eth ip4 gre=2", "47 10.0.0.1 10.0.1.1 pay=4 | ip4 other_ip tunnel_bad"},
	{"eth ip4 gre=0x2001", "47 10.0.0.1 10.0.1.1 pay=8 | ip4 other_ip tunnel_bad"},
	{"eth ip4 gre=0x1000 erspan2=1 eth ip4 tcp=2 set=42,0x70",
	 "47 10.0.0.1 10.0.1.1 pay=70 | ip4 other_ip tunnel_bad"},
	{"eth ip6 gre=0x1000 erspan3=1 eth ip4 tcp=2 set=62,0x70",
	 "47 2001:db8::1 2001:db8::101 pay=74 | ip6 other_ip tunnel_bad"},
};

static void damaged_gre_is_its_outer_hosts(void **) {
	check(bad_gre, ARRAY_LEN(bad_gre), LINK_ETHERNET, 4);
}

static void each_way_of_being_malformed_has_its_name(void **) {
	bool reached[MALFORMED_N] = {[MALFORMED_NONE] = true};

	check(bad, ARRAY_LEN(bad), LINK_ETHERNET, 4);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		reached[parse_words(bad[i].words, LINK_ETHERNET, 4).malformed] = true;
	reached[parse_words("eth", LINK_UNSUPPORTED, 4).malformed] = true;
	for (unsigned i = 0; i < MALFORMED_N; i++)
		if (!reached[i])
			fail_msg("nothing reaches %s", malformed_info[i].name);
}

// What the capture cut is taken as far as it goes; the IP header knows the length.
static void snapped_captures_keep_what_is_there(void **) {
	static const struct frame_case cut[] = {
		{"eth ip4 tcp=2 pay=1000 snap=54", TCP4 " pay=1000 flags=2 | ip4 tcp truncated"},
		{"eth ip6 tcp=2 pay=1000 snap=80", TCP6 " pay=1000 flags=2 | ip6 tcp truncated"},
		{"eth ip4 tcp=2 pay=10 snap=48", TCP4 " pay=10 flags=2 | ip4 tcp truncated"},
		{"eth ip4 tcp=2 pay=10 snap=47", TCP4 " pay=10 flags=10 | ip4 tcp truncated"},
		{"eth ip4 tcp=2 pay=10 snap=38", TCP4 " pay=10 flags=10 | ip4 tcp truncated"},
		{"eth ip4 tcp=2 pay=10 snap=37",
		 "6 10.0.0.1 10.0.1.1 pay=10 flags=10 | ip4 tcp truncated"},
		{"eth ip4 udp=53 pay=10 snap=38", UDP4 ":53 pay=10 | ip4 udp truncated"},
		{"eth ip6 icmp6=128,2 pay=10 snap=55",
		 "58 2001:db8::1 2001:db8::101 pay=10 type=128,0 | ip6 icmp6 truncated"},
		{"eth ip6 hop tcp=2 snap=57",
		 "0 2001:db8::1 2001:db8::101 pay=28 | ip6 other_ip truncated"},
		{"eth ip4 udp=4789 vxlan=5 eth ip4 tcp=2 pay=500 snap=104",
		 "6 10.0.0.2:1000 10.0.1.2:80 pay=500 flags=2 id=5 tunnelled | ip4 tcp tunnel "
		 "truncated"},
		{"eth ip4 udp=4789 vxlan=5 eth ip4 tcp=2 snap=70",
		 UDP4 ":4789 pay=62 | ip4 udp truncated"},
		{"eth ip4 gre=0x2000 ip4 tcp=2 snap=39",
		 "47 10.0.0.1 10.0.1.1 pay=48 | ip4 other_ip truncated"},
	};

	check(cut, ARRAY_LEN(cut), LINK_ETHERNET, 4);
}

static void bytes_are_the_frames_or_the_ip_headers(void **) {
	static const struct {
		const char *words;
		uint32_t bytes;
	} cases[] = {
		{"eth ip4 tcp=2", 54},
		{"eth ip4 tcp=2 pad=6", 60},
		{"eth ip4 tcp=2 pay=1000 snap=60", 1054},
		{"eth vlan=1 ip6 tcp=2 pay=1000 snap=90", 1078},
		{"eth ip4 tcp=2 pay=1000 set=16,0 set=17,0", 1054},
		{"eth arp snap=20", 20},
		{"eth ip4 udp=4789 vxlan=5 eth ip4 tcp=2 pay=500 snap=104", 604},
	};
	// A mirror that shortens what it copies: the inner header knows.
	const char *erspan = "eth ip4 gre=0x1000 erspan2=3 eth ip4 tcp=2 pay=10 set=67,200";

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("  %s\n", cases[i].words);
		assert_int_equal(
			parse_words(cases[i].words, LINK_ETHERNET, 4).bytes, cases[i].bytes
		);
	}
	const struct packet row = parse_words(erspan, LINK_ETHERNET, 4);
	assert_int_equal(row.bytes, 64 + 200);
	assert_int_equal(row.payload_bytes, 160);
	assert_int_equal(row.payload_captured, 10);
	assert_true(row.marks & PACKET_TRUNCATED);
}

static void tcp_numbers_and_payload_place_are_read(void **) {
	const struct packet row
		= parse_words("eth vlan=1 ip4=8 tcp=16,8 pay=5 pad=3", LINK_ETHERNET, 4);

	assert_int_equal(row.tcp_seq, 0x01020304);
	assert_int_equal(row.tcp_ack, 0x05060708);
	assert_int_equal(row.tcp_window, 0x1111);
	assert_int_equal(row.ttl, 64);
	assert_int_equal(row.payload_offset, 18 + 28 + 28);
	assert_int_equal(row.payload_captured, 5);
	assert_int_equal(row.payload_bytes, 5);
}

static void frames_longer_than_the_look_are_read_to_its_end(void **) {
	const struct packet row = parse_words("eth ip4 tcp=16 pay=8900", LINK_ETHERNET, 4);

	assert_int_equal(row.bytes, 8954);
	assert_int_equal(row.payload_bytes, 8900);
	assert_int_equal(row.payload_captured, FRAME_LOOK_MAX - 54);
	assert_false(row.marks & PACKET_TRUNCATED);
}

// The same bytes behind the look: they must not be read, so they may be missing.
static void nothing_behind_the_look_is_read(void **) {
	const struct packet_conf conf = {LINK_ETHERNET, 4};
	static struct made m;
	struct packet whole, part;

	made_frame(&m, "eth ip4 udp=53 pay=9000");
	uint8_t *block = malloc(FRAME_LOOK_MAX);
	assert_non_null(block);
	memcpy(block, m.b, FRAME_LOOK_MAX);
	packet_parse(&conf, &(struct frame) {m.b, m.n, 0}, &whole);
	packet_parse(&conf, &(struct frame) {block, m.n, 0}, &part);
	free(block);
	assert_memory_equal(&whole, &part, sizeof(whole));
}

static void row_is_sane(const struct packet *row, uint32_t captured) {
	const uint32_t seen = captured < FRAME_LOOK_MAX ? captured : FRAME_LOOK_MAX;

	assert_true(row->class <= PACKET_MALFORMED);
	assert_true((row->class == PACKET_MALFORMED) == (row->malformed != MALFORMED_NONE));
	assert_true(row->malformed < MALFORMED_N);
	assert_true(row->bytes >= captured);
	if (row->class != PACKET_FLOW)
		return;
	assert_true(row->payload_offset + row->payload_captured <= seen);
	assert_true(row->payload_captured <= row->payload_bytes);
	assert_int_equal(
		__builtin_popcount(row->protocols & (1u << PROTOCOL_IP4 | 1u << PROTOCOL_IP6)), 1
	);
	assert_int_equal(
		__builtin_popcount(
			row->protocols
			& (1u << PROTOCOL_TCP | 1u << PROTOCOL_UDP | 1u << PROTOCOL_ICMP
			   | 1u << PROTOCOL_ICMP6 | 1u << PROTOCOL_IGMP | 1u << PROTOCOL_SCTP
			   | 1u << PROTOCOL_ESP | 1u << PROTOCOL_OTHER_IP)
		),
		1
	);
}

static void cut_everywhere(const struct frame_case *cases, size_t n) {
	static struct made m;

	for (size_t i = 0; i < n; i++) {
		made_frame(&m, cases[i].words);
		for (uint32_t cut = 0; cut <= m.n && cut < 400; cut++)
			for (unsigned link = LINK_ETHERNET; link <= LINK_UNSUPPORTED; link++) {
				const struct packet row = parse_block(m.b, cut, link, 8);

				row_is_sane(&row, cut);
			}
	}
}

static void every_frame_may_end_anywhere(void **) {
	cut_everywhere(plain, ARRAY_LEN(plain));
	cut_everywhere(links, ARRAY_LEN(links));
	cut_everywhere(fragments, ARRAY_LEN(fragments));
	cut_everywhere(tunnelled, ARRAY_LEN(tunnelled));
	cut_everywhere(outer, ARRAY_LEN(outer));
	cut_everywhere(bad, ARRAY_LEN(bad));
}

static void change_everywhere(const struct frame_case *cases, size_t n) {
	static const uint8_t values[] = {0x00, 0xff, 0x80, 0x7f, 0x01};
	static struct made m;

	for (size_t i = 0; i < n; i++) {
		made_frame(&m, cases[i].words);
		for (uint32_t at = 0; at < m.n && at < 200; at++) {
			const uint8_t was = m.b[at];

			for (size_t v = 0; v < ARRAY_LEN(values); v++) {
				m.b[at] = values[v];
				const struct packet row = parse_block(m.b, m.n, LINK_ETHERNET, 8);
				row_is_sane(&row, m.n);
			}
			m.b[at] = was;
		}
	}
}

static void every_byte_may_be_wrong(void **) {
	change_everywhere(plain, ARRAY_LEN(plain));
	change_everywhere(links, ARRAY_LEN(links));
	change_everywhere(fragments, ARRAY_LEN(fragments));
	change_everywhere(tunnelled, ARRAY_LEN(tunnelled));
}

static void capture_link_types_are_known(void **) {
	assert_int_equal(link_type_from_dlt(1), LINK_ETHERNET);
	assert_int_equal(link_type_from_dlt(0), LINK_NULL);
	assert_int_equal(link_type_from_dlt(12), LINK_RAW_IP);
	assert_int_equal(link_type_from_dlt(101), LINK_RAW_IP);
	assert_int_equal(link_type_from_dlt(228), LINK_RAW_IP);
	assert_int_equal(link_type_from_dlt(229), LINK_RAW_IP);
	assert_int_equal(link_type_from_dlt(108), LINK_LOOP);
	assert_int_equal(link_type_from_dlt(113), LINK_COOKED_V1);
	assert_int_equal(link_type_from_dlt(276), LINK_COOKED_V2);
	assert_int_equal(link_type_from_dlt(127), LINK_UNSUPPORTED); // radiotap
	assert_int_equal(link_type_from_dlt(-1), LINK_UNSUPPORTED);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_frames_become_rows),
		cmocka_unit_test(link_layers_are_followed),
		cmocka_unit_test(other_link_types_are_read),
		cmocka_unit_test(fragments_are_told_apart),
		cmocka_unit_test(tunnels_are_opened),
		cmocka_unit_test(damage_in_a_tunnel_counts_for_the_outer_host),
		cmocka_unit_test(tunnel_depth_is_the_callers),
		cmocka_unit_test(each_way_of_being_malformed_has_its_name),
		cmocka_unit_test(damaged_gre_is_its_outer_hosts),
		cmocka_unit_test(snapped_captures_keep_what_is_there),
		cmocka_unit_test(bytes_are_the_frames_or_the_ip_headers),
		cmocka_unit_test(tcp_numbers_and_payload_place_are_read),
		cmocka_unit_test(frames_longer_than_the_look_are_read_to_its_end),
		cmocka_unit_test(nothing_behind_the_look_is_read),
		cmocka_unit_test(every_frame_may_end_anywhere),
		cmocka_unit_test(every_byte_may_be_wrong),
		cmocka_unit_test(capture_link_types_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
