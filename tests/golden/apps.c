// The first payload of each flow of a capture, named: how many flows of each port's owner bear each name.
//
//     apps FILE [--list NAME]
//
// A line is: transport, owner of the port, name, flows. --list shows the first bytes of the flows of one name.
#include "capture.h"
#include "packet/app.h"
#include "packet/packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS_MAX (1u << 21) // slots, of which half are used at most
#define LIST_BYTES 24

struct apps {
	uint64_t *flow; // keys of the flows that have had a payload; 0: free
	uint32_t flows;
	uint64_t count[2][APP_N][APP_N]; // UDP or TCP, owner, name
	const char *list;
};

static uint64_t mix(uint64_t x) { // the finalizer of MurmurHash3, public domain
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdu;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53u;
	return x ^ x >> 33;
}

// The same for both directions.
static uint64_t flow_key(const struct packet *row) {
	uint64_t key = row->proto | (uint64_t)row->tunnel_id << 8 | (uint64_t)row->vlan << 40;

	for (int i = 0; i < 2; i++)
		key
			+= mix(row->end[i].w[0]
			       + mix(row->end[i].w[1] + mix(i == 0 ? row->sport : row->dport)));
	return mix(key) | 1;
}

static bool is_first(struct apps *apps, uint64_t key) {
	uint32_t at = (uint32_t)(key >> 8) % FLOWS_MAX;

	for (; apps->flow[at] != 0; at = (at + 1) % FLOWS_MAX) {
		if (apps->flow[at] == key)
			return false;
	}
	if (++apps->flows > FLOWS_MAX / 2) {
		fprintf(stderr, "more than %u flows\n", FLOWS_MAX / 2);
		exit(1);
	}
	apps->flow[at] = key;
	return true;
}

static void list(const struct packet *row, const uint8_t *payload) {
	printf("# %u %u>%u %u:", row->proto, row->sport, row->dport, row->payload_bytes);
	for (unsigned i = 0; i < row->payload_captured && i < LIST_BYTES; i++)
		printf(" %02x", payload[i]);
	printf("\n");
}

static void packet(struct apps *apps, const struct frame *frame, unsigned link) {
	const struct packet_conf conf
		= {.link = (uint8_t)link, .tunnel_depth = TUNNEL_DEPTH_DEFAULT};
	struct packet row;
	unsigned owner, app;

	packet_parse(&conf, frame, &row);
	if (row.class != PACKET_FLOW || (row.proto != PROTO_TCP && row.proto != PROTO_UDP)
	    || (row.marks & PACKET_PORTS) == 0 || row.payload_captured == 0)
		return;
	if (!is_first(apps, flow_key(&row)))
		return;
	owner = app_by_port(row.proto, row.dport);
	if (owner == APP_NONE)
		owner = app_by_port(row.proto, row.sport);
	app = app_of(
		&frame->data[row.payload_offset],
		row.payload_captured,
		row.proto,
		row.sport,
		row.dport
	);
	apps->count[row.proto == PROTO_TCP][owner][app]++;
	if (apps->list != NULL && strcmp(apps->list, app_name(app)) == 0)
		list(&row, &frame->data[row.payload_offset]);
}

static void print(const struct apps *apps) {
	for (unsigned tcp = 0; tcp < 2; tcp++) {
		for (unsigned owner = 0; owner < APP_N; owner++) {
			for (unsigned app = 0; app < APP_N; app++) {
				if (apps->count[tcp][owner][app] != 0)
					printf("%s %s %s %llu\n",
					       tcp ? "tcp" : "udp",
					       app_name(owner),
					       app_name(app),
					       (unsigned long long)apps->count[tcp][owner][app]);
			}
		}
	}
}

int main(int argc, char **argv) {
	static struct apps apps;
	struct frame frames[CAPTURE_BURST];
	char error[CAPTURE_ERROR_MAX];
	struct capture *capture;
	uint16_t n;

	if (argc != 2 && !(argc == 4 && strcmp(argv[2], "--list") == 0)) {
		fprintf(stderr, "usage: apps FILE [--list NAME]\n");
		return 2;
	}
	apps.list = argc == 4 ? argv[3] : NULL;
	apps.flow = calloc(FLOWS_MAX, sizeof(apps.flow[0]));
	if (apps.flow == NULL || capture_open(&capture, argv[1], error) != 0) {
		fprintf(stderr, "%s\n", apps.flow == NULL ? "no memory" : error);
		return 1;
	}
	while ((n = capture_burst(capture, frames)) > 0) {
		for (uint16_t i = 0; i < n; i++)
			packet(&apps, &frames[i], capture_link(capture));
	}
	print(&apps);
	capture_close(capture);
	free(apps.flow);
	return 0;
}
