// Notes: what a window keeps word for word, because a count would not tell: messages of the protocols by which
// hosts are found and named, the first words of conversations, connections that were made and ended.
//
// Each kind has its own limit a window, so that a flood of one takes no place from another; what comes beyond it
// is counted by kind, and lost. Nothing on the data path waits for a note.
//
// Threads    As the window's: one writer, then one reader.
// Memory     Part of the window's.
// Full       See above: notes.missed[].
#ifndef WEIR_HOST_NOTE_H
#define WEIR_HOST_NOTE_H

#include <weir/addr.h>

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

// X(id, limit a window, name, meaning)
#define NOTE_KINDS(X)                                                                              \
	X(ARP, 512, "arp", "ARP messages")                                                         \
	X(DHCP, 128, "dhcp", "DHCP and DHCPv6 messages")                                           \
	X(DNS, 2048, "dns", "DNS messages over UDP")                                               \
	X(ECHO, 256, "echo", "echo requests and replies with payload")                             \
	X(PAYLOAD, 1024, "payload", "first payloads of flows")                                     \
	X(OPENED, 1024, "opened", "TCP handshakes completed")                                      \
	X(CLOSED, 1024, "closed", "ends of TCP connections whose handshake was completed")

enum note_kind {
#define X(id, limit, name, meaning) NOTE_##id,
	NOTE_KINDS(X)
#undef X
		NOTE_KIND_N
};

#define X(id, limit, name, meaning) +limit
#define NOTE_SLOTS (0 NOTE_KINDS(X))
enum { note_slots = NOTE_SLOTS };
#undef X
#undef NOTE_SLOTS

#define NOTE_DATA_BYTES 136

struct note_connection { // [0] from the initiator, [1] to it
	uint64_t first_ns;
	uint64_t packets[2];
	uint64_t bytes[2];
	uint64_t payload[2];
	bool silent; // ended by its time-out, not by FIN or RST
};

struct note {
	uint64_t ts_ns;
	// Of the packet; of ARP the protocol addresses of its sender and target; of a connection initiator
	// and responder.
	struct addr src, dst;
	uint16_t sport, dport; // sport of an echo: its ICMP type
	uint16_t vlan;
	uint8_t proto;
	uint8_t kind; // enum note_kind
	uint16_t payload_bytes; // by the packet's own words
	uint16_t n_data;
	union {
		uint8_t data[NOTE_DATA_BYTES]; // from the payload's beginning; of ARP the message
		struct note_connection connection; // of NOTE_CLOSED
	};
};
static_assert(sizeof(struct note) == 192, "three lines");

struct notes {
	uint32_t n;
	uint32_t of[NOTE_KIND_N];
	uint64_t missed[NOTE_KIND_N];
	struct note slot[note_slots];
};

extern const uint16_t note_limit[NOTE_KIND_N];

static inline void notes_clear(struct notes *notes) {
	notes->n = 0;
	for (unsigned kind = 0; kind < NOTE_KIND_N; kind++) {
		notes->of[kind] = 0;
		notes->missed[kind] = 0;
	}
}

// @return the note to be filled in, all but its kind; NULL: this kind has had its share, counted
static inline struct note *notes_add(struct notes *notes, enum note_kind kind) {
	struct note *note;

	if (notes->of[kind] >= note_limit[kind]) {
		notes->missed[kind]++;
		return NULL;
	}
	notes->of[kind]++;
	note = &notes->slot[notes->n++];
	note->kind = (uint8_t)kind;
	return note;
}

#endif
