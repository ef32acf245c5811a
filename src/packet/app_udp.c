// Applications over UDP: those whose header begins anyhow, the text, and those with a first byte of their own.
#include "packet/app_look.h"

#define STUN_COOKIE 0x2112a442u // RFC 8489, 5
#define DHCP_COOKIE 0x63825363u // RFC 2131, 3

// The attributes' length is a multiple of four and, in a datagram, what is left. Without the cookie
// (RFC 3489) on the port alone.
unsigned app_stun(const struct look *l) {
	const uint32_t length = l->head & 0xffff;

	if (!sees(l, 20) || l->head >> 30 != 0 || length % 4 != 0)
		return APP_NONE;
	if (be32(&l->b[4]) == STUN_COOKIE)
		return when(l->tcp || length + 20 >= l->whole, APP_STUN);
	return when(
		length + 20 == l->whole && port_is(l, 3478) && (l->head >> 16 & 0xfeec) == 0,
		APP_STUN
	);
}

// A session is reset hard: the first packet of each side (1: is the packet id 0?). With tls-auth or tls-crypt a
// message authentication code and a replay counter, 1 then, come between.
unsigned app_openvpn(const struct look *l, uint32_t at) {
	static const uint8_t code_bytes[]
		= {0, 16, 20, 32, 48, 64}; // 0: tls-crypt has its own after the counter
	const struct look p = look_from(l, at);

	if (p.n < 14 || !(p.b[0] == 0x38 || p.b[0] == 0x40 || p.b[0] == 0x50))
		return APP_NONE;
	if (p.n == 14 && p.b[9] == 0 && be32(&p.b[10]) == 0)
		return APP_OPENVPN;
	if (p.n == 26 && p.b[9] == 1 && be32(&p.b[10]) == 0 && be32(&p.b[22]) == 0)
		return APP_OPENVPN;
	for (uint32_t i = 0; i < sizeof(code_bytes); i++) {
		const uint32_t counter = 9u + code_bytes[i];

		if (p.n >= counter + 13 && p.n <= counter + 8 + 64 && be32(&p.b[counter]) == 1)
			return APP_OPENVPN;
	}
	return APP_NONE;
}

// The header's own check sum, CRC-16/DNP over its first eight bytes.
unsigned app_dnp3(const struct look *l) {
	uint16_t crc = 0;

	if (!sees(l, 10) || l->head >> 16 != 0x0564 || l->b[2] < 5)
		return APP_NONE;
	for (unsigned i = 0; i < 64; i++) {
		const unsigned bit = (crc ^ l->b[i / 8] >> (i % 8)) & 1;

		crc = (uint16_t)(crc >> 1 ^ (bit ? 0xa6bc : 0));
	}
	crc = (uint16_t)~crc;
	return when(l->b[8] == (crc & 0xff) && l->b[9] == crc >> 8, APP_DNP3);
}

// RFC 6347, 4.1, and RFC 6347's predecessor: epoch 0 has the handshake.
static unsigned dtls(const struct look *l) {
	if (!sees(l, 13) || l->b[1] != 0xfe || !(l->b[2] == 0xff || l->b[2] == 0xfd))
		return APP_NONE;
	return when(be16(&l->b[11]) != 0 && be16(&l->b[11]) + 13u <= l->whole, APP_DTLS);
}

// RFC 9000, 17.2.2 and 15, with the versions that exercise negotiation; drafts; RFC 9369; the versions that its makers had before.
static bool quic_version(uint32_t version) {
	return version == 1 || version == 0x6b3343cf || (version & 0x0f0f0f0f) == 0x0a0a0a0a
		|| (version & 0xffffff00) == 0xff000000 || (version & 0xfffffff0) == 0xfaceb000
		|| (((version >> 24) == 'Q' || (version >> 24) == 'T')
		    && (version & 0x00ffff00) >= WORD(0, '0', '2', 0)
		    && (version & 0x00ffff00) <= WORD(0, '0', '5', 0));
}

static unsigned quic(const struct look *l) {
	uint32_t version, at;

	if (!sees(l, 7))
		return APP_NONE;
	version = be32(&l->b[1]);
	if (quic_version(version) && version >> 24 == 'Q'
	    && (version & 0xffff) < WORD(0, 0, '4', '6'))
		return APP_NONE; // these have their own header
	at = 6u + l->b[5];
	if (version != 0 && version >> 24 == 'Q')
		return when(quic_version(version), APP_QUIC); // Q046, Q050: lengths in another way
	if (l->b[5] > 20 || !sees(l, at + 1) || l->b[at] > 20)
		return APP_NONE;
	at += 1u + l->b[at];
	if (version == 0) // negotiation: a list of versions to the end
		return when(sees(l, at + 4) && (l->whole - at) % 4 == 0, APP_QUIC);
	return when(quic_version(version) && (l->b[0] & 0x40) != 0, APP_QUIC);
}

// The header that Google's QUIC had first: flags with version and connection id of 8 bytes, the id, Q0xx.
static unsigned gquic(const struct look *l) {
	return when(
		sees(l, 14) && (l->b[0] & 0x89) == 0x09 && l->b[9] == 'Q'
			&& quic_version(be32(&l->b[9])),
		APP_QUIC
	);
}

static unsigned bacnet(const struct look *l) {
	uint32_t npdu;

	if (l->b[1] > 0x0c || (l->head & 0xffff) != l->whole)
		return APP_NONE;
	switch (l->b[1]) {
	case 0x04: // forwarded: with the address of its sender
		npdu = 10;
		break;
	case 0x09 ... 0x0b:
		npdu = 4;
		break;
	default:
		return when(port_is(l, 47808) || l->whole <= 14, APP_BACNET);
	}
	return when(sees(l, npdu + 1) && l->b[npdu] == 1, APP_BACNET);
}

// Each type has its length; data (4) are padded to 16 and their counter is far from full.
static unsigned wireguard(const struct look *l) {
	switch (l->head) {
	case WORD(1, 0, 0, 0):
		return when(l->whole == 148, APP_WIREGUARD);
	case WORD(2, 0, 0, 0):
		return when(l->whole == 92, APP_WIREGUARD);
	case WORD(3, 0, 0, 0):
		return when(l->whole == 64, APP_WIREGUARD);
	case WORD(4, 0, 0, 0):
		return when(
			l->n >= 32 && l->whole % 16 == 0 && le32(&l->b[4]) != 0
				&& le32(&l->b[12]) == 0,
			APP_WIREGUARD
		);
	default:
		return APP_NONE;
	}
}

// The cookie stands far behind: where it is cut off, on the ports of DHCP alone.
static unsigned dhcp(const struct look *l) {
	const bool ports = app_by_port(PROTO_UDP, l->sport) == APP_DHCP
		&& app_by_port(PROTO_UDP, l->dport) == APP_DHCP;

	if (l->whole < 240 || l->b[2] > 16 || l->b[3] > 16)
		return APP_NONE;
	return when(sees(l, 240) ? be32(&l->b[236]) == DHCP_COOKIE : ports, APP_DHCP);
}

// RFC 8415, 8: the first option fits; a relayed message (12, 13; 9) has two addresses before.
static unsigned dhcp6(const struct look *l) {
	const uint32_t at = l->b[0] >= 12 ? 34 : 4;

	return when(
		app_is_usual(APP_DHCP6, PROTO_UDP, l->dport) && l->b[0] >= 1 && l->b[0] <= 13
			&& sees(l, at + 4) && l->b[at] == 0
			&& be16(&l->b[at + 2]) <= l->whole - at - 4,
		APP_DHCP6
	);
}

static bool tftp_mode(const struct look *l, uint32_t at) {
	if (!sees(l, at + 5))
		return false;
	switch (be32(&l->b[at]) | 0x20202020u) {
	case WORD('o', 'c', 't', 'e'):
	case WORD('n', 'e', 't', 'a'):
	case WORD('m', 'a', 'i', 'l'):
		return true;
	default:
		return false;
	}
}

static unsigned tftp(const struct look *l) {
	const uint32_t most = l->n < APP_LOOK_MAX ? l->n : APP_LOOK_MAX;
	uint32_t at = 2;

	while (at < most && l->b[at] >= ' ')
		at++;
	return when(at > 2 && at < most && l->b[at] == 0 && tftp_mode(l, at + 1), APP_TFTP);
}

// Stratum 0 to 16 and a poll of at most 2^17 s (RFC 5905, 7.2 and 7.3).
static unsigned ntp_time(const struct look *l, unsigned mode) {
	if (!sees(l, 48) || l->b[1] > 16 || l->b[2] > 17)
		return APP_NONE;
	// Off the port: a client or a server without extensions, a root less than 256 s away.
	return when(
		port_is(l, 123)
			|| (l->whole == 48 && mode >= 3 && mode <= 4 && l->b[0] >= 0x18
			    && l->b[4] == 0 && l->b[8] == 0),
		APP_NTP
	);
}

// RFC 9327, 2: an operation that exists, and a count that fits.
static bool ntp_control(const struct look *l) {
	const uint8_t operation = l->b[1] & 31;

	return sees(l, 12) && l->b[0] < 0x40 && (operation <= 12 || operation == 31)
		&& be16(&l->b[10]) <= l->whole - 12;
}

static unsigned ntp(const struct look *l) {
	const unsigned version = l->b[0] >> 3 & 7, mode = l->b[0] & 7;

	if (version < 1 || version > 4)
		return APP_NONE;
	switch (mode) {
	case 1 ... 5:
		return ntp_time(l, mode);
	case 6:
		return when(port_is(l, 123) && ntp_control(l), APP_NTP);
	case 7: // private: "implementation" 0, 2 or 3, and a request that exists
		return when(
			port_is(l, 123) && sees(l, 8) && l->b[2] <= 3 && l->b[3] <= 45, APP_NTP
		);
	default:
		return APP_NONE;
	}
}

// RFC 7252, 3.1: deltas and lengths of options, to the end or to the marker. 13 and 14 say that one
// or two bytes more follow.
static bool coap_options_end(const struct look *l, uint32_t at) {
	for (int i = 0; i < 16 && at < l->n; i++) {
		const uint8_t delta = l->b[at] >> 4, length = l->b[at] & 15;
		uint32_t bytes = length;

		if (l->b[at] == 0xff)
			return at + 1 < l->n;
		if (delta == 15 || length == 15)
			return false;
		at += 1u + (delta > 12 ? delta - 12u : 0);
		if (length > 12) {
			if (!sees(l, at + 2))
				return false;
			bytes = length == 13 ? 14u + l->b[at] : 271u + be16(&l->b[at]);
		}
		at += bytes;
	}
	return at == l->n;
}

static unsigned coap(const struct look *l) {
	const uint32_t token = l->b[0] & 15;
	const uint8_t class = l->b[1] >> 5, detail = l->b[1] & 31;
	const bool code = class == 0 ? detail <= 7 : (class == 2 || class == 4 || class == 5);

	return when(
		l->b[0] >> 6 == 1 && token <= 8 && code && detail <= 15
			&& coap_options_end(l, 4 + token),
		APP_COAP
	);
}

// The version, the exchange and the length stand far behind the SPIs. On port 4500 four zeros come first.
static unsigned ike(const struct look *l) {
	const uint32_t at = l->head == 0 && port_is(l, 4500) ? 4 : 0;
	const uint8_t *h = &l->b[at];

	if (!sees(l, at + 28) || !(h[17] == 0x10 || h[17] == 0x20) || be32(&h[24]) != l->whole - at)
		return APP_NONE;
	return when(
		(be32(h) | be32(&h[4])) != 0
			&& (h[17] == 0x20 ? h[18] >= 34 && h[18] <= 43
					  : h[18] <= 6 || h[18] == 32 || h[18] == 33),
		APP_IKE
	);
}

// protocol.txt: request id, number, datagrams, reserved; then as over TCP.
static unsigned memcached(const struct look *l) {
	struct look text;

	if (!sees(l, 12) || be16(&l->b[6]) != 0 || be16(&l->b[4]) == 0
	    || be16(&l->b[2]) >= be16(&l->b[4]))
		return APP_NONE;
	text = look_from(l, 8);
	return app_memcached_text(&text);
}

static unsigned by_first_byte(const struct look *l) {
	switch (l->b[0]) {
	case 0x00:
		if (l->head >> 16 == 1 || l->head >> 16 == 2)
			return tftp(l);
		return when(bytes_are(l, 0, "\0\0\x04\x17\x27\x10\x19\x80", 8), APP_BITTORRENT);
	case 0x01:
	case 0x02: {
		const unsigned app = wireguard(l);

		return app != APP_NONE ? app : dhcp(l);
	}
	case 0x03:
	case 0x04:
		return wireguard(l);
	case 0x05:
		return app_dnp3(l);
	case 0x14 ... 0x17:
	case 0x19:
		return dtls(l);
	case 0x30:
		return app_ldap_snmp(l);
	case 0x38:
	case 0x40:
	case 0x50:
		return app_openvpn(l, 0);
	case 0x6a ... 0x6d:
	case 0x7e:
		return app_kerberos(l, 0);
	case 0x81:
		if (bacnet(l) != APP_NONE)
			return APP_BACNET;
		[[fallthrough]];
	case 0x80:
	case 0x82 ... 0xff:
		return quic(l);
	default:
		return APP_NONE;
	}
}

// Those whose first byte may be any, or many.
static unsigned anywhere(const struct look *l) {
	unsigned app = app_stun(l);

	if (app == APP_NONE)
		app = ike(l);
	if (app == APP_NONE)
		app = memcached(l);
	if (app == APP_NONE)
		app = ntp(l);
	if (app == APP_NONE)
		app = gquic(l);
	if (app == APP_NONE && port_is(l, 5683))
		app = coap(l);
	if (app == APP_NONE)
		app = dhcp6(l);
	return app;
}

unsigned app_udp(const struct look *l) {
	unsigned app = app_dns(l, 0);

	if (app == APP_NONE)
		app = by_first_byte(l);
	if (app == APP_NONE && l->b[0] >= '<' && l->b[0] < 0x7f)
		app = app_text(l);
	return app != APP_NONE ? app : anywhere(l);
}
