// Rows of a packet list as frames.
#include "packet_list.h"

#include "contract/hash.h"
#include "flow_row.h"
#include "packet_info.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_BYTES 14
#define IP4_BYTES 20
#define IP6_BYTES 40
#define FRAGMENT_BYTES 8
#define TCP_BYTES 20
#define TCP_BYTES_MAX 60
#define UDP_BYTES 8
#define TTL_USUAL 64
#define PROTO_UNKNOWN 253 // RFC 3692: for experiments
#define ETHER_TYPE_LOCAL 0x88b5 // IEEE 802: for experiments
#define CLIENT_PORT 49152 // RFC 6335: the dynamic ports
#define CLIENT_PORTS 16384
#define LENGTH_MAX 262144 // libpcap's longest packet

// The last packet between two hosts that told its ports.
struct pair {
	struct addr lo, hi;
	uint16_t lo_port, hi_port;
	uint8_t proto; // 0: free
	uint8_t tcp_header_bytes;
	uint32_t next_seq[2]; // [0] of lo
};

struct packet_list {
	struct csv_in *in;
	const struct columns *columns;
	bool over;
	uint64_t last_ns;
	struct packet_list_told told;
	uint8_t bytes[PACKET_LIST_BURST][PACKET_MADE_MAX];
	struct pair pair[PACKET_LIST_PAIRS];
};

struct packet_list *packet_list_create(struct csv_in *in, const struct columns *columns) {
	struct packet_list *list = calloc(1, sizeof(*list));

	if (list != NULL) {
		list->in = in;
		list->columns = columns;
	}
	return list;
}

void packet_list_destroy(struct packet_list *list) {
	free(list);
}

const struct packet_list_told *packet_list_told(const struct packet_list *list) {
	return &list->told;
}

static bool lo_is_src(const struct addr *src, const struct addr *dst) {
	return memcmp(src, dst, sizeof(*src)) <= 0;
}

static struct pair *pair_of(struct packet_list *list, const struct packet_made *p) {
	const bool straight = lo_is_src(&p->src, &p->dst);
	const struct addr *lo = straight ? &p->src : &p->dst, *hi = straight ? &p->dst : &p->src;
	const uint64_t hash
		= hash_end(hash_pair(lo->w[0], lo->w[1], 0) ^ hash_pair(hi->w[0], hi->w[1], 1), 0);
	struct pair *pair = &list->pair[hash % PACKET_LIST_PAIRS];

	if (pair->proto == 0 || !addr_equal(&pair->lo, lo) || !addr_equal(&pair->hi, hi))
		*pair = (struct pair) {.lo = *lo, .hi = *hi};
	return pair;
}

static uint32_t ip_bytes(const struct packet_made *p) {
	return p->is_ip6 ? IP6_BYTES : IP4_BYTES;
}

// What is left of the frame behind so many bytes of headers.
static uint32_t behind(const struct packet_made *p, uint32_t headers) {
	const uint32_t before = ETHERNET_BYTES + ip_bytes(p) + headers;

	return p->frame_bytes > before ? p->frame_bytes - before : 0;
}

// Of a segment whose length is told, the header's follows, unless the frame was padded.
static void tcp_sizes(struct packet_made *p, const struct packet_info *info, struct pair *pair) {
	const uint32_t all = behind(p, 0);

	if (info->has_length && all >= info->length) {
		const uint32_t header = all - info->length;

		p->tcp_header_bytes
			= header >= TCP_BYTES && header <= TCP_BYTES_MAX && header % 4 == 0
			? (uint8_t)header
			: TCP_BYTES;
		p->payload_bytes = info->length;
		if ((p->tcp_flags & TCP_SYN) == 0) // a SYN has more options than what follows
			pair->tcp_header_bytes = p->tcp_header_bytes;
		return;
	}
	p->tcp_header_bytes = pair->tcp_header_bytes != 0 ? pair->tcp_header_bytes : TCP_BYTES;
	p->payload_bytes = behind(p, p->tcp_header_bytes);
}

// What Info does not tell of a segment goes on where the last one ended.
static void tcp_fill(struct packet_made *p, const struct packet_info *info, struct pair *pair) {
	const bool from_lo = lo_is_src(&p->src, &p->dst);
	uint32_t *next = &pair->next_seq[from_lo ? 0 : 1];

	p->tcp_flags = info->has_flags ? info->tcp_flags : TCP_PSH | TCP_ACK;
	p->window
		= info->has_flags ? (uint16_t)(info->window < 65535 ? info->window : 65535) : 65535;
	tcp_sizes(p, info, pair);
	p->seq = info->has_seq ? info->seq : *next;
	p->ack = info->has_flags ? info->ack : pair->next_seq[from_lo ? 1 : 0];
	*next = p->seq + p->payload_bytes + ((p->tcp_flags & (TCP_SYN | TCP_FIN)) != 0);
}

static void pair_keep(struct pair *pair, const struct packet_made *p) {
	const bool from_lo = lo_is_src(&p->src, &p->dst);
	const uint16_t lo_port = from_lo ? p->sport : p->dport;
	const uint16_t hi_port = from_lo ? p->dport : p->sport;

	if (pair->proto != p->proto || pair->lo_port != lo_port || pair->hi_port != hi_port) {
		pair->next_seq[0] = pair->next_seq[1] = 0;
		pair->tcp_header_bytes = 0;
	}
	pair->proto = p->proto;
	pair->lo_port = lo_port;
	pair->hi_port = hi_port;
}

static bool column_port(struct packet_list *list, unsigned field, uint16_t *out) {
	const char *text = columns_text(list->columns, list->in, field);
	char *end;
	unsigned long port;

	if (text == NULL || *text < '0' || *text > '9')
		return false;
	port = strtoul(text, &end, 10);
	*out = (uint16_t)port;
	return *end == '\0' && port <= 65535;
}

// The protocol's own port at the server, and for the client one that stands in: that of the query's id, so
// that an answer meets its question.
static void ports_assume(
	struct packet_made *p,
	const struct packet_info *info,
	const struct packet_name *name
) {
	const uint16_t client = (uint16_t)(CLIENT_PORT + info->id % CLIENT_PORTS);

	p->sport = info->from_server ? name->port : client;
	p->dport = info->from_server ? client : name->port;
}

static void ports_find(
	struct packet_list *list,
	struct packet_made *p,
	const struct packet_info *info,
	const struct packet_name *name
) {
	struct pair *pair = pair_of(list, p);

	if (column_port(list, FIELD_SPORT, &p->sport)
	    && column_port(list, FIELD_DPORT, &p->dport)) {
		list->told.ports_told++;
		pair_keep(pair, p);
	} else if (info->has_ports) {
		p->sport = info->sport;
		p->dport = info->dport;
		list->told.ports_told++;
		pair_keep(pair, p);
	} else if (pair->proto == p->proto) {
		const bool from_lo = lo_is_src(&p->src, &p->dst);

		p->sport = from_lo ? pair->lo_port : pair->hi_port;
		p->dport = from_lo ? pair->hi_port : pair->lo_port;
		list->told.ports_remembered++;
	} else {
		ports_assume(p, info, name);
		list->told.ports_assumed++;
	}
	if (p->proto == PROTO_TCP) {
		tcp_fill(p, info, pair);
	} else {
		const uint32_t room = behind(p, UDP_BYTES);

		p->payload_bytes = info->has_length && info->length < room ? info->length : room;
	}
}

static void name_note(struct packet_list *list, const char *protocol) {
	struct packet_list_told *told = &list->told;

	for (unsigned i = 0; i < PACKET_LIST_NAMES; i++) {
		if (strncmp(told->name[i], protocol, PACKET_LIST_NAME_MAX - 1) == 0)
			return;
		if (told->name[i][0] != '\0')
			continue;
		strncpy(told->name[i], protocol, PACKET_LIST_NAME_MAX - 1);
		return;
	}
}

// Which transport: what the text of Info looks like, else what the name stands for, else what the two hosts
// spoke last.
static void transport_find(
	struct packet_list *list,
	struct packet_made *p,
	const struct packet_info *info,
	const char *protocol
) {
	struct packet_name name = {0};
	const bool known = packet_name_find(protocol, &name) && name.proto != 0;

	if (info->is_fragment) {
		p->is_fragment = true;
		p->fragment_offset = info->fragment_offset;
		p->proto = info->fragment_proto;
		p->payload_bytes = behind(p, p->is_ip6 ? FRAGMENT_BYTES : 0);
		return;
	}
	p->proto = info->has_ports ? info->is_tcp ? PROTO_TCP : PROTO_UDP : name.proto;
	if (p->proto == 0)
		p->proto = pair_of(list, p)->proto;
	if (p->proto == PROTO_TCP || p->proto == PROTO_UDP) {
		ports_find(list, p, info, &name);
		return;
	}
	p->icmp_type = info->icmp_type;
	p->icmp_code = info->icmp_code;
	p->sport = (uint16_t)info->id;
	p->payload_bytes = behind(p, p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6 ? 8 : 0);
	if (known)
		return;
	p->proto = PROTO_UNKNOWN;
	list->told.no_transport++;
	name_note(list, protocol);
}

static const char *text_of(const struct packet_list *list, unsigned field) {
	const char *text = columns_text(list->columns, list->in, field);

	return text + strspn(text, " \t");
}

static uint32_t frame_make(struct packet_list *list, uint32_t length, uint8_t *to) {
	const char *protocol = text_of(list, FIELD_PROTO);
	struct packet_made p = {.frame_bytes = length};
	struct packet_name name = {0};
	struct packet_info info;

	packet_info_parse(&info, protocol, text_of(list, PACKETS_INFO));
	if (addr_parse(&p.src, NULL, text_of(list, FIELD_SRC)) < 0
	    || addr_parse(&p.dst, NULL, text_of(list, FIELD_DST)) < 0
	    || addr_is_ip4(&p.src) != addr_is_ip4(&p.dst)
	    || (packet_name_find(protocol, &name) && name.ether_type != 0)) {
		packet_name_find(protocol, &name);
		list->told.no_address += name.ether_type == 0;
		return packet_make_link(
			name.ether_type != 0 ? name.ether_type : ETHER_TYPE_LOCAL, to
		);
	}
	p.is_ip6 = !addr_is_ip4(&p.src);
	p.ttl = info.ttl != 0 ? info.ttl : TTL_USUAL;
	transport_find(list, &p, &info, protocol);
	return packet_make(&p, to);
}

// "*REF*" marks a packet that times are counted from.
static int time_read(struct packet_list *list, uint64_t *ns) {
	const char *text = text_of(list, FIELD_TIME);

	*ns = list->last_ns;
	if (strcmp(text, "*REF*") == 0)
		return 0;
	if (!flow_time_parse(text, ns) && !flow_clock_parse(text, ns))
		return csv_in_fail(
			list->in,
			(uint32_t)list->columns->column[FIELD_TIME] + 1,
			"time: \"%.40s\" is neither seconds nor a date",
			text
		);
	list->last_ns = *ns;
	return 0;
}

static int length_read(struct packet_list *list, uint32_t *length) {
	double value = 0;
	const int got = flow_row_number(list->columns, list->in, PACKETS_LENGTH, &value);

	*length = got == 1 && value < LENGTH_MAX ? (uint32_t)value : 0;
	return got;
}

// @return 1: a frame; 0: the end, or an error
static int row_take(struct packet_list *list, struct frame *frame, uint8_t *to) {
	uint32_t length;
	uint64_t ns;

	if (csv_in_next(list->in) <= 0)
		return 0;
	if (csv_in_width_check(list->in, list->columns->n) < 0 || time_read(list, &ns) < 0
	    || length_read(list, &length) < 0)
		return 0;
	*frame = (struct frame) {.data = to, .captured = frame_make(list, length, to), .ts_ns = ns};
	list->told.packets++;
	return 1;
}

uint16_t
packet_list_burst(struct packet_list *list, struct frame frames[static PACKET_LIST_BURST]) {
	uint16_t n = 0;

	while (!list->over && n < PACKET_LIST_BURST) {
		list->over = row_take(list, &frames[n], list->bytes[n]) == 0;
		n += !list->over;
	}
	return n;
}
