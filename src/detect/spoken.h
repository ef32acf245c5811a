// What is spoken at whose port, learned from the first payloads of flows, and how much of the traffic each application is.
//
// A server is an address and a port to which connections were completed, or which was first spoken to. What most of its
// flows began with, as far as that could be named (packet/app.h), is what it speaks; so a name does not rest on the port.
//
// Threads    One owner.
// Memory     Side tables of SPOKEN_PORTS servers and SPOKEN_HOSTS hosts, taken at creation.
// Full       The server, or the host, that was silent for longest gives way (side.h): it is not known any more.
#ifndef WEIR_DETECT_SPOKEN_H
#define WEIR_DETECT_SPOKEN_H

#include "host/note.h"
#include "packet/app.h"

#include <weir/addr.h>
#include <weir/stats.h>

#include <stdbool.h>
#include <stdint.h>

#define SPOKEN_PORTS 8192
#define SPOKEN_HOSTS 4096

static_assert(APP_N <= STATS_APPS_MAX, "each has a row in the statistics");

struct spoken;

struct spoken *spoken_create(void); // @return NULL: no memory
void spoken_destroy(struct spoken *); // NULL is fine
void spoken_take(struct spoken *, const struct notes *notes);

// What this server speaks. @return enum app; APP_NONE: not known, or nothing that has a name
unsigned spoken_at(const struct spoken *, const struct addr *server, uint8_t proto, uint16_t port);

static inline unsigned app_of_note(const struct note *n) {
	return app_of_cut(n->data, n->n_data, n->payload_bytes, n->proto, n->sport, n->dport);
}

// Who is the server, and what was said, of a note of a first payload or a DNS message.
struct utterance {
	const struct addr *server, *client; // of the note
	uint16_t port; // the server's
	uint8_t app; // enum app, of these bytes
	bool by_server;
};
void spoken_of(const struct spoken *, const struct note *note, struct utterance *out);

// Of the first payloads that reached this host of late (5 to 10 s, without DNS and DHCP): how many there were, how many came from a
// port of the web (HTTP's and TLS's own), and from how many senders.
struct first_words {
	double all, web, web_senders;
};
void spoken_to(const struct spoken *, const struct addr *host, struct first_words *out);

// Since creation, by enum app.
void spoken_shares(const struct spoken *, struct app_share out[static STATS_APPS_MAX]);

#endif
