// Which packets and connections are worth a note, and what it says.
#include "flow/path.h"
#include "pipeline/worker_state.h"

#define ARP_HEADER_BYTES 8
#define ARP_IP4_BYTES 28 // RFC 826, for Ethernet and IPv4

static void data_of(struct note *note, const struct packet *p, const struct frame *frame) {
	note->payload_bytes = p->payload_bytes;
	note->n_data
		= p->payload_captured < NOTE_DATA_BYTES ? p->payload_captured : NOTE_DATA_BYTES;
	memcpy(note->data, &frame->data[p->payload_offset], note->n_data);
}

static void add_packet(
	struct pipeline *pl,
	enum note_kind kind,
	const struct packet *p,
	const struct frame *frame
) {
	struct note *note = notes_add(pl->window->notes, kind);

	if (note == NULL)
		return;
	note->ts_ns = p->ts_ns;
	note->src = p->src;
	note->dst = p->dst;
	note->sport = kind == NOTE_ECHO ? p->icmp_type : p->sport;
	note->dport = p->dport;
	note->vlan = p->vlan;
	note->proto = p->proto;
	data_of(note, p, frame);
}

// The ends of a flow, as its first packet went.
static void ends_of(struct note *note, const struct flow *flow) {
	const struct flow_key *key = flow_key_of(flow);
	const bool hi = flow_initiator_is_hi(flow);

	note->src = hi ? key->hi : key->lo;
	note->dst = hi ? key->lo : key->hi;
	note->sport = hi ? key->hi_port : key->lo_port;
	note->dport = hi ? key->lo_port : key->hi_port;
	note->vlan = key->vlan;
	note->proto = key->proto;
	note->payload_bytes = 0;
	note->n_data = 0;
}

static void add_opened(struct pipeline *pl, const struct flow *flow, uint64_t now_ns) {
	struct note *note = notes_add(pl->window->notes, NOTE_OPENED);

	if (note == NULL)
		return;
	note->ts_ns = now_ns;
	ends_of(note, flow);
}

static void add_closed(struct pipeline *pl, const struct flow *flow, bool silent, uint64_t now_ns) {
	struct note *note = notes_add(pl->window->notes, NOTE_CLOSED);

	if (note == NULL)
		return;
	told_fold(pl);
	note->ts_ns = now_ns;
	ends_of(note, flow);
	note->connection
		= (struct note_connection) {.first_ns = flow_first_ns(flow), .silent = silent};
	for (unsigned d = 0; d < 2; d++) {
		note->connection.packets[d] = flow->packets[d] + flow->untold_packets[d];
		note->connection.bytes[d] = flow->bytes[d] + flow->untold_bytes[d];
		note->connection.payload[d] = flow->payload[d] + flow->untold_payload[d];
	}
}

// ARP for IPv4; what else there is of it names no host that anyone asks for.
void note_not_ip(struct pipeline *pl, const struct packet *p, const struct frame *frame) {
	struct packet arp = *p;
	const uint8_t *h = &frame->data[p->payload_offset];

	if (!(p->protocols & 1u << PROTOCOL_ARP) || p->payload_captured < ARP_IP4_BYTES || h[4] != 6
	    || h[5] != 4)
		return;
	arp.src = addr_from_ip4(&h[14]);
	arp.dst = addr_from_ip4(&h[24]);
	add_packet(pl, NOTE_ARP, &arp, frame);
}

static void note_transport(struct pipeline *pl, const struct packet *p, const struct frame *frame) {
	if (p->payload_captured == 0)
		return;
	if (p->proto == PROTO_UDP && flow_port_is_dns(p->sport, p->dport))
		add_packet(pl, NOTE_DNS, p, frame);
	else if (p->proto == PROTO_UDP && flow_port_is_dhcp(p->sport, p->dport))
		add_packet(pl, NOTE_DHCP, p, frame);
	else if (p->icmp_type == 8 || p->icmp_type == 0 || p->icmp_type == 128 || p->icmp_type == 129)
		add_packet(pl, NOTE_ECHO, p, frame);
}

void note_packet(
	struct pipeline *pl,
	const struct packet *p,
	const struct frame *frame,
	const struct flow *flow,
	uint16_t bits_before,
	uint8_t state_before
) {
	if (flow_is_noted(p))
		note_transport(pl, p, frame);
	else if ((flow->bits & ~bits_before & FLOW_HAS_ENTROPY) != 0)
		add_packet(pl, NOTE_PAYLOAD, p, frame);
	if (p->proto != PROTO_TCP || flow->state == state_before || flow_handshake(flow) < 3)
		return;
	if (flow->state == FLOW_ESTABLISHED)
		add_opened(pl, flow, p->ts_ns);
	else if (flow->state == FLOW_CLOSING)
		add_closed(pl, flow, false, p->ts_ns);
}

void note_flow_end(struct pipeline *pl, const struct flow *flow, uint64_t now_ns) {
	if (flow->state == FLOW_ESTABLISHED && flow_handshake(flow) == 3
	    && flow->key.proto == PROTO_TCP && now_ns > flow->last_ns + pl->conf.flow.idle_ns)
		add_closed(pl, flow, true, now_ns);
}
