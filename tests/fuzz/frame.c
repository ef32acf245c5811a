// A frame from anyone: any bytes give a row that is true to itself.
//
// The first two bytes choose link type and tunnel depth; the frame is the rest.
#include "../unit/frames.h"
#include "packet/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

static void must(bool true_of_every_row) {
	if (!true_of_every_row)
		abort();
}

static void check_flow(const struct packet *row, uint32_t seen) {
	const uint32_t versions = 1u << PROTOCOL_IP4 | 1u << PROTOCOL_IP6;
	const uint32_t transports = 1u << PROTOCOL_TCP | 1u << PROTOCOL_UDP | 1u << PROTOCOL_ICMP
		| 1u << PROTOCOL_ICMP6 | 1u << PROTOCOL_IGMP | 1u << PROTOCOL_SCTP
		| 1u << PROTOCOL_ESP | 1u << PROTOCOL_OTHER_IP;

	must(row->payload_offset + row->payload_captured <= seen);
	must(row->payload_captured <= row->payload_bytes);
	must(__builtin_popcount(row->protocols & versions) == 1);
	must(__builtin_popcount(row->protocols & transports) == 1);
	must((row->marks & PACKET_FRAGMENT_LATER) == 0 || (row->marks & PACKET_PORTS) == 0);
	must((row->marks & PACKET_PORTS) != 0 || (row->sport == 0 && row->dport == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	struct packet_conf conf;
	struct packet row, again;
	uint32_t captured;

	if (n < 2)
		return 0;
	conf = (struct packet_conf) {
		.link = data[0] % (LINK_UNSUPPORTED + 1),
		.tunnel_depth = data[1] % (TUNNEL_DEPTH_MAX + 1),
	};
	captured = (uint32_t)(n - 2);
	const struct frame frame = {data + 2, captured, 7};

	memset(&row, 0x5a, sizeof(row));
	memset(&again, 0xa5, sizeof(again));
	packet_parse(&conf, &frame, &row);
	packet_parse(&conf, &frame, &again);
	must(memcmp(&row, &again, sizeof(row)) == 0); // every byte is filled, each time alike
	must(row.ts_ns == 7 && row.bytes >= captured);
	must(row.class <= PACKET_MALFORMED && row.malformed < MALFORMED_N);
	must((row.class == PACKET_MALFORMED) == (row.malformed != MALFORMED_NONE));
	if (row.class == PACKET_FLOW)
		check_flow(&row, captured < FRAME_LOOK_MAX ? captured : FRAME_LOOK_MAX);
	return 0;
}

static const char *const seeds[] = {
	"eth ip4 tcp=2",
	"eth ip6 tcp=24,12 pay=40",
	"eth ip4=40 udp=53 pay=9",
	"eth ip6 icmp6=128 pay=8",
	"eth ip4 icmp=8 pay=8",
	"eth qinq=9 vlan=7 ip6 udp=53",
	"eth mpls=100 mpls=9 ip4 tcp=2",
	"eth mpls=9 control_word eth vlan=3 ip4 tcp=2",
	"eth vlan=7 pppoe=5 ip6 tcp=2",
	"eth arp",
	"eth ip6 hop route=2 dest=1 frag6=0,1 ah=3 tcp=2",
	"eth ip6 frag6=1448 proto=17 pay=40",
	"eth ip4f=0,1 udp=53 pay=24",
	"eth ip4f=32 proto=17 pay=40",
	"eth ip4 sctp",
	"eth ip4 igmp",
	"eth ip6 esp pay=8",
	"eth ip4 ah=3 tcp=2",
	"eth ip4 ip6 ip4 ip6 tcp=2",
	"eth ip4 gre=0xf000,77 ip4 tcp=2",
	"eth ip4 gre=0x2000,77 eth ip4 tcp=2",
	"eth ip4 pptp=9 ip6 tcp=2",
	"eth ip4 gre=0 erspan1 eth ip4 tcp=2",
	"eth ip4 gre=0x1000 erspan2=33 eth ip6 tcp=2",
	"eth ip6 gre=0x1000 erspan3=44,0x100 eth ip6 tcp=2",
	"eth ip4 udp=4789 vxlan=55 eth ip4 udp=6081 geneve=66,3 ip6 udp=2152 gtpu=88,7 ip4 tcp=2",
	"eth ip4 tcp=2 pay=100 snap=60",
	"eth ip4 tcp=2 set=16,0 set=17,0",
};

void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n)) {
	static struct made m;
	static uint8_t bytes[MADE_MAX + 2];

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		made_frame(&m, seeds[i]);
		bytes[0] = LINK_ETHERNET;
		bytes[1] = TUNNEL_DEPTH_DEFAULT;
		memcpy(&bytes[2], m.b, m.n);
		seed(bytes, m.n + 2);
		// The same without its Ethernet header, as raw IP.
		bytes[0] = LINK_RAW_IP;
		memcpy(&bytes[2], &m.b[14], m.n - 14);
		seed(bytes, m.n - 14 + 2);
	}
}
