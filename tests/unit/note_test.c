// Notes of the pipeline: which packets and connections get one, what it says, and what happens to the rest.
#include "contract/isa.h"
#include "pipeline/pipeline.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull
#define S 1000000000ull
#define FRAME_BYTES 256

static const uint8_t client[4] = {10, 0, 0, 9}, server[4] = {10, 0, 0, 2};

struct rig {
	struct pipeline *pl;
	void *memory;
	uint64_t now_ns;
	struct note note[3 * note_slots];
	uint32_t n;
	uint64_t missed[NOTE_KIND_N];
};

static struct rig *rig_new(void) {
	const struct pipeline_conf conf = {
		.packet = {LINK_ETHERNET, TUNNEL_DEPTH_DEFAULT},
		.flow = {.capacity = 8192, .idle_ns = 30 * S, .single_ns = 2 * S, .closed_ns = S},
		.window = {256, 256, 64, 3},
		.tick_ns = TICK_NS_DEFAULT,
		.findings_slots = 64,
		.findings_per_tick = 20,
		.score_slots = 256,
		.isa = isa_in_use(),
		.lossless = true,
	};
	struct rig *r = calloc(1, sizeof(*r));

	r->memory = zeroed(128, pipeline_bytes(&conf));
	assert_int_equal(pipeline_create(&r->pl, &conf, r->memory), 0);
	r->now_ns = 1000 * S;
	return r;
}

static void rig_free(struct rig *r) {
	free(r->memory);
	free(r);
}

static void take(struct rig *r) {
	struct window *w;

	while ((w = pipeline_window_take(r->pl)) != NULL) {
		for (uint32_t i = 0; i < w->notes->n; i++) {
			assert_true(r->n < sizeof(r->note) / sizeof(r->note[0]));
			r->note[r->n++] = w->notes->slot[i];
		}
		for (unsigned kind = 0; kind < NOTE_KIND_N; kind++)
			r->missed[kind] += w->notes->missed[kind];
		pipeline_window_give(r->pl, w);
	}
}

static void send(struct rig *r, const uint8_t *bytes, uint32_t n) {
	const struct frame frame = {bytes, n, r->now_ns};

	while (pipeline_burst(r->pl, &frame, 1) == 0)
		take(r);
	r->now_ns += MS;
}

static void finish(struct rig *r) {
	while (!pipeline_finish(r->pl))
		take(r);
	take(r);
}

static void put16(uint8_t *at, uint32_t v) {
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

// An IPv4 packet with a transport of @p head bytes and @p n of payload, which counts up from 1.
static void
send_ip(struct rig *r, bool back, uint8_t proto, const uint8_t *transport, uint32_t head, uint32_t n
) {
	uint8_t f[FRAME_BYTES] = {[12] = 8, [14] = 0x45, [22] = 64};

	f[23] = proto;
	put16(&f[16], 20 + head + n);
	memcpy(&f[26], back ? server : client, 4);
	memcpy(&f[30], back ? client : server, 4);
	memcpy(&f[34], transport, head);
	for (uint32_t i = 0; i < n; i++)
		f[34 + head + i] = (uint8_t)(i + 1);
	send(r, f, 34 + head + n);
}

static void send_udp(struct rig *r, bool back, uint16_t port, uint16_t server_port, uint32_t n) {
	uint8_t h[8] = {0};

	put16(&h[0], back ? server_port : port);
	put16(&h[2], back ? port : server_port);
	put16(&h[4], 8 + n);
	send_ip(r, back, PROTO_UDP, h, 8, n);
}

static void
send_tcp(struct rig *r, bool back, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t n) {
	uint8_t h[20] = {[12] = 0x50, [14] = 1};

	put16(&h[0], back ? 22 : 40000);
	put16(&h[2], back ? 40000 : 22);
	put16(&h[6], seq);
	put16(&h[10], ack);
	h[13] = flags;
	send_ip(r, back, PROTO_TCP, h, 20, n);
}

static unsigned count(const struct rig *r, unsigned kind) {
	unsigned n = 0;

	for (uint32_t i = 0; i < r->n; i++)
		n += r->note[i].kind == kind;
	return n;
}

static const struct note *first(const struct rig *r, unsigned kind) {
	for (uint32_t i = 0; i < r->n; i++)
		if (r->note[i].kind == kind)
			return &r->note[i];
	fail_msg("no note of kind %u", kind);
	return NULL;
}

static void ends_are(const struct note *note, const uint8_t src[4], const uint8_t dst[4]) {
	const struct addr a = addr_from_ip4(src), b = addr_from_ip4(dst);

	assert_true(addr_equal(&note->src, &a));
	assert_true(addr_equal(&note->dst, &b));
}

static void an_arp_message_is_noted_with_the_addresses_in_it(void **) {
	uint8_t f[60] = {[12] = 8, [13] = 6, [15] = 1, [16] = 8, [18] = 6, [19] = 4, [21] = 1};
	struct rig *r = rig_new();

	memcpy(&f[28], client, 4);
	memcpy(&f[38], server, 4);
	send(r, f, sizeof(f));
	f[19] = 16; // not of IPv4
	send(r, f, sizeof(f));
	finish(r);
	assert_int_equal(r->n, 1);
	ends_are(first(r, NOTE_ARP), client, server);
	assert_in_range(r->note[0].n_data, 28, 46);
	assert_memory_equal(r->note[0].data, &f[14], 5); // up to the length that differs
	rig_free(r);
}

static void every_dns_message_is_noted_however_long_the_talk(void **) {
	struct rig *r = rig_new();
	const struct note *note;

	for (unsigned i = 0; i < 40; i++)
		send_udp(r, i % 2, 5000, 53, 30 + i);
	finish(r);
	assert_int_equal(count(r, NOTE_DNS), 40);
	assert_int_equal(count(r, NOTE_PAYLOAD), 0);
	note = first(r, NOTE_DNS);
	ends_are(note, client, server);
	assert_int_equal(note->sport, 5000);
	assert_int_equal(note->dport, 53);
	assert_int_equal(note->payload_bytes, 30);
	assert_int_equal(note->n_data, 30);
	assert_int_equal(note->data[29], 30);
	rig_free(r);
}

static void dhcp_and_echo_are_noted_and_other_udp_by_its_first_payload(void **) {
	const uint8_t echo[8] = {8};
	struct rig *r = rig_new();

	send_udp(r, false, 68, 67, 200);
	send_ip(r, false, PROTO_ICMP, echo, 8, 64);
	for (unsigned i = 0; i < 20; i++)
		send_udp(r, i % 2, 5000, 4000, 12);
	finish(r);
	assert_int_equal(count(r, NOTE_DHCP), 1);
	assert_int_equal(first(r, NOTE_DHCP)->payload_bytes, 200);
	assert_int_equal(first(r, NOTE_DHCP)->n_data, NOTE_DATA_BYTES);
	assert_int_equal(count(r, NOTE_ECHO), 1);
	assert_int_equal(count(r, NOTE_PAYLOAD), 1);
	assert_int_equal(first(r, NOTE_PAYLOAD)->n_data, 12);
	rig_free(r);
}

static void open_connection(struct rig *r) {
	send_tcp(r, false, TCP_SYN, 100, 0, 0);
	send_tcp(r, true, TCP_SYN | TCP_ACK, 500, 101, 0);
	send_tcp(r, false, TCP_ACK, 101, 501, 0);
	send_tcp(r, true, TCP_ACK | TCP_PSH, 501, 101, 20);
	send_tcp(r, false, TCP_ACK | TCP_PSH, 101, 521, 7);
}

static void a_connection_is_noted_when_it_opens_speaks_and_ends(void **) {
	struct rig *r = rig_new();
	const struct note *note;

	open_connection(r);
	send_tcp(r, false, TCP_ACK | TCP_FIN, 108, 521, 0);
	send_tcp(r, true, TCP_ACK | TCP_FIN, 521, 109, 0);
	send_tcp(r, false, TCP_ACK, 109, 522, 0);
	finish(r);
	assert_int_equal(r->n, 3);
	ends_are(first(r, NOTE_OPENED), client, server);
	assert_int_equal(first(r, NOTE_OPENED)->dport, 22);
	note = first(r, NOTE_PAYLOAD); // the server speaks first
	ends_are(note, server, client);
	assert_int_equal(note->payload_bytes, 20);
	note = first(r, NOTE_CLOSED);
	ends_are(note, client, server);
	assert_int_equal(note->connection.first_ns, 1000 * S);
	assert_int_equal(note->ts_ns, 1000 * S + 6 * MS);
	assert_int_equal(note->connection.packets[0], 4);
	assert_int_equal(note->connection.packets[1], 3);
	assert_int_equal(note->connection.payload[0], 7);
	assert_int_equal(note->connection.payload[1], 20);
	assert_int_equal(note->connection.bytes[0], 4 * 54 + 7);
	assert_false(note->connection.silent);
	rig_free(r);
}

static void a_connection_that_falls_silent_is_noted_as_that(void **) {
	struct rig *r = rig_new();

	open_connection(r);
	for (unsigned s = 0; s < 40; s++) {
		r->now_ns += S;
		pipeline_clock(r->pl, r->now_ns);
		take(r);
	}
	assert_int_equal(count(r, NOTE_CLOSED), 1); // though no packet comes with it
	finish(r);
	assert_int_equal(count(r, NOTE_CLOSED), 1);
	assert_true(first(r, NOTE_CLOSED)->connection.silent);
	rig_free(r);
}

static void nobody_is_noted_as_gone_because_the_capture_ends(void **) {
	struct rig *r = rig_new();

	open_connection(r);
	finish(r);
	assert_int_equal(count(r, NOTE_OPENED), 1);
	assert_int_equal(count(r, NOTE_CLOSED), 0);
	rig_free(r);
}

static void a_flood_of_one_kind_is_limited_and_takes_nothing_from_another(void **) {
	uint8_t arp[60] = {[12] = 8, [13] = 6, [15] = 1, [16] = 8, [18] = 6, [19] = 4, [21] = 1};
	struct rig *r = rig_new();

	for (unsigned i = 0; i < 3000; i++) {
		send_udp(r, false, (uint16_t)(1024 + i), 53, 20);
		r->now_ns -= MS - 1000;
	}
	send(r, arp, sizeof(arp));
	finish(r);
	assert_int_equal(count(r, NOTE_DNS), note_limit[NOTE_DNS]);
	assert_int_equal(r->missed[NOTE_DNS], 3000 - note_limit[NOTE_DNS]);
	assert_int_equal(count(r, NOTE_ARP), 1);
	rig_free(r);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arp_message_is_noted_with_the_addresses_in_it),
		cmocka_unit_test(every_dns_message_is_noted_however_long_the_talk),
		cmocka_unit_test(dhcp_and_echo_are_noted_and_other_udp_by_its_first_payload),
		cmocka_unit_test(a_connection_is_noted_when_it_opens_speaks_and_ends),
		cmocka_unit_test(a_connection_that_falls_silent_is_noted_as_that),
		cmocka_unit_test(nobody_is_noted_as_gone_because_the_capture_ends),
		cmocka_unit_test(a_flood_of_one_kind_is_limited_and_takes_nothing_from_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
