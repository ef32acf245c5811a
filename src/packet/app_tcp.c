// Applications over TCP, by the first byte of a stream and then by what must agree with it.
#include "packet/app_look.h"

#define TLS_RECORD_BYTES_MAX (16384 + 2048) // RFC 5246, 6.2.3
#define MODBUS_BYTES_MAX 254 // what the length field may say: unit and 253 of the PDU

// A record of a handshake begins with a hello; of the others the length must be possible.
static unsigned tls(const struct look *l) {
	uint16_t length;

	if (!sees(l, 5) || l->b[1] != 3 || l->b[2] > 4)
		return APP_NONE;
	length = be16(&l->b[3]);
	if (length == 0 || length > TLS_RECORD_BYTES_MAX)
		return APP_NONE;
	switch (l->b[0]) {
	case 20: // change cipher spec
		return when(length == 1, APP_TLS);
	case 21: // alert, plain or ciphered
		return when(length == 2 || (length >= 18 && length <= 64), APP_TLS);
	case 22: // RFC 8446, 4: its type, and a length of three bytes that is no longer than hellos are
		return when(sees(l, 7) && l->b[5] <= 24 && l->b[6] == 0, APP_TLS);
	default:
		return APP_TLS;
	}
}

// A hello in the form of SSL 2: length with its top bit set, type 1, version.
static unsigned tls_old_hello(const struct look *l) {
	const bool version = sees(l, 11) && ((l->b[3] == 3 && l->b[4] <= 3) || be16(&l->b[3]) == 2);

	return when(
		version && l->b[2] == 1 && be16(&l->b[5]) % 3 == 0 && be16(&l->b[5]) < 1024
			&& be16(&l->b[7]) <= 32 && be16(&l->b[9]) >= 16 && be16(&l->b[9]) <= 32,
		APP_TLS
	);
}

// BinaryProtocolRevamped: 24 bytes of header; the body holds at least key and extras.
static unsigned memcached_binary(const struct look *l) {
	uint32_t key, extras, body;

	if (!sees(l, 24) || l->b[1] > 0x48 || l->b[5] != 0)
		return APP_NONE;
	key = be16(&l->b[2]);
	extras = l->b[4];
	body = be32(&l->b[8]);
	return when(
		key <= 250 && extras <= 24 && body >= key + extras && body < 1u << 24, APP_MEMCACHED
	);
}

static unsigned mqtt(const struct look *l) {
	uint32_t at = 1;

	while (at < 5 && at < l->n && (l->b[at] & 0x80) != 0) // the length, 7 bits a byte
		at++;
	at++;
	return when(
		bytes_are(l, at, "\0\x04MQTT", 6) || bytes_are(l, at, "\0\x06MQIsdp", 8), APP_MQTT
	);
}

// Calling and called TSAP (X.224, 13.3.4) of two bytes, the first the kind of the connection: 1 PG, 2 OP, 3 basic.
static bool s7_parameters(const struct look *l, uint32_t at, uint32_t end) {
	for (int i = 0; i < 4 && at + 4 <= end && sees(l, at + 4); i++) {
		const uint8_t code = l->b[at], bytes = l->b[at + 1];

		if ((code == 0xc1 || code == 0xc2) && bytes == 2 && l->b[at + 2] >= 1
		    && l->b[at + 2] <= 3)
			return true;
		at += 2u + bytes;
	}
	return false;
}

// A connection is asked for or confirmed.
static unsigned x224_connect(const struct look *l, uint32_t end) {
	const uint32_t at = 11; // the variable part
	const bool negotiates = sees(l, at + 4) && l->b[at] >= 1 && l->b[at] <= 3
		&& l->b[at + 2] == 8 && l->b[at + 3] == 0;

	if (end < at)
		return APP_NONE;
	if (negotiates || bytes_are(l, at, "Cookie: msts", 12))
		return APP_RDP;
	if (s7_parameters(l, at, end))
		return APP_S7COMM;
	return when(port_is(l, 3389), APP_RDP);
}

// TPKT (RFC 1006, 6) around X.224 (13.3, 13.4, 13.7).
static unsigned tpkt(const struct look *l) {
	const uint32_t length = be16(&l->b[2]);
	uint32_t end;

	if (!sees(l, 7) || l->b[1] != 0 || length < 7 || (length > l->n && length > 4096))
		return APP_NONE;
	end = 5u + l->b[4];
	if (end > length)
		return APP_NONE;
	switch (l->b[5]) {
	case 0xe0:
	case 0xd0:
		return x224_connect(l, end);
	case 0xf0: // data: Siemens' protocol id, or T.125's connect of RDP
		if (l->b[4] != 2 || !sees(l, 9))
			return APP_NONE;
		if (l->b[7] == 0x7f)
			return when(l->b[8] == 0x65 || l->b[8] == 0x66, APP_RDP);
		return when(
			(l->b[7] == 0x32 && l->b[8] <= 7) || (l->b[7] == 0x72 && l->b[8] <= 3),
			APP_S7COMM
		);
	default:
		return APP_NONE;
	}
}

static unsigned smb(const struct look *l) {
	return when(
		sees(l, 8) && l->b[1] <= 1 && l->b[4] >= 0xfc && memcmp(&l->b[5], "SMB", 3) == 0,
		APP_SMB
	);
}

// A session request for NetBIOS names, or its answer on the port: RFC 1002, 4.3.2 to 4.3.5.
static unsigned netbios_session(const struct look *l) {
	if (l->head == WORD(0x81, 0, 0, 68))
		return when(sees(l, 5) && l->b[4] == 32, APP_SMB);
	return when(l->head == WORD(0x82, 0, 0, 0) && port_is(l, 139), APP_SMB);
}

// StartupMessage and its kin carry no type: the length comes first.
static unsigned postgresql(const struct look *l) {
	if (!sees(l, 8) || l->head < 8 || l->head > 10000)
		return APP_NONE;
	switch (be32(&l->b[4])) {
	case 80877103: // SSLRequest
	case 80877104: // GSSENCRequest
		return when(l->head == 8, APP_POSTGRESQL);
	case 80877102: // CancelRequest
		return when(l->head == 16, APP_POSTGRESQL);
	case 3 << 16:
		return when(l->head > 8 && l->head <= l->whole, APP_POSTGRESQL);
	default:
		return APP_NONE;
	}
}

static unsigned dns_in_stream(const struct look *l) {
	const uint32_t length = be16(l->b);

	return when(length + 2 >= l->whole || port_is(l, 53), app_dns(l, 2));
}

static unsigned x11(const struct look *l) {
	const bool little = bytes_are(l, 0, "l\0\x0b\0\0\0", 6);
	const bool big = bytes_are(l, 0, "B\0\0\x0b\0\0", 6);

	return when(sees(l, 12) && (little || big), APP_X11);
}

// Version 3 to 5: flags, stream, opcode, length. The top bit of the version: an answer.
static unsigned cassandra(const struct look *l) {
	uint32_t length;

	if (!sees(l, 9) || l->b[1] > 0x1f)
		return APP_NONE;
	length = be32(&l->b[5]);
	if (length != l->whole - 9)
		return APP_NONE;
	switch (l->b[4]) {
	case 0x05: // OPTIONS
		return when(l->b[0] < 0x80 && length == 0, APP_CASSANDRA);
	case 0x01: // STARTUP: a map of strings
		return when(
			l->b[0] < 0x80 && length >= 22 && be16(&l->b[9]) <= 16 && l->b[11] == 0,
			APP_CASSANDRA
		);
	case 0x06: // SUPPORTED
		return when(l->b[0] >= 0x80 && length >= 2 && l->b[9] == 0, APP_CASSANDRA);
	default:
		return APP_NONE;
	}
}

static unsigned bittorrent(const struct look *l) {
	return when(
		bytes_are(
			l,
			0,
			"\x13"
			"BitTorrent protocol",
			20
		),
		APP_BITTORRENT
	);
}

// Two commands off the port; on it one, or a byte 255 that is doubled.
static unsigned telnet(const struct look *l) {
	const bool one = sees(l, 3) && l->b[1] >= 0xfb && l->b[1] <= 0xfe;
	const bool two = sees(l, 6) && l->b[3] == 0xff && l->b[4] >= 0xfa && l->b[4] <= 0xfe;
	const bool port = app_is_usual(APP_TELNET, PROTO_TCP, l->sport)
		|| app_is_usual(APP_TELNET, PROTO_TCP, l->dport);

	return when((one && two) || (port && l->b[1] >= 0xf0), APP_TELNET);
}

// A zero first: a length of four bytes, or of two or three that is small.
static unsigned zero_first(const struct look *l) {
	unsigned app = smb(l);

	if (app == APP_NONE)
		app = postgresql(l);
	if (app == APP_NONE && l->head > 8 && l->head < 1u << 24)
		app = app_kerberos(l, 4);
	if (app == APP_NONE)
		app = app_stun(l);
	if (app == APP_NONE && l->head >> 16 == l->whole - 2)
		app = app_openvpn(l, 2);
	return app;
}

// Bind to its answers, requests and faults; the length is little or big endian as byte 4 says.
static unsigned dcerpc(const struct look *l) {
	uint32_t length;

	if (!sees(l, 16) || l->b[1] > 1 || l->b[2] > 19 || (l->b[3] & 3) == 0
	    || (l->b[4] & 0xef) != 0 || l->b[5] != 0 || l->b[6] != 0 || l->b[7] != 0)
		return APP_NONE;
	length = l->b[4] == 0x10 ? (uint32_t)l->b[8] | (uint32_t)l->b[9] << 8 : be16(&l->b[8]);
	return when(length >= 16 && length <= 5840 + 16, APP_DCERPC);
}

static unsigned five_first(const struct look *l) {
	const unsigned app = l->b[1] == 0x64 ? app_dnp3(l) : dcerpc(l);

	return app != APP_NONE ? app : cassandra(l);
}

static unsigned by_first_byte(const struct look *l) {
	switch (l->b[0]) {
	case 0x00:
		return zero_first(l);
	case 0x01:
		return app_stun(l);
	case 0x03:
		return l->b[1] == 0 && l->b[2] < 0x80 && be16(&l->b[2]) >= 7 ? tpkt(l)
									     : cassandra(l);
	case 0x04:
	case 0x83 ... 0x85:
		return cassandra(l);
	case 0x05:
		return five_first(l);
	case 0x10:
		return mqtt(l);
	case 0x13:
		return bittorrent(l);
	case 0x14 ... 0x17:
		return tls(l);
	case 0x30:
		return app_ldap_snmp(l);
	case 'B':
	case 'l':
		return x11(l);
	case 0x80:
		return l->b[2] == 1 ? tls_old_hello(l) : memcached_binary(l);
	case 0x81:
		return l->head == WORD(0x81, 0, 0, 68) ? netbios_session(l) : memcached_binary(l);
	case 0x82:
		return netbios_session(l);
	case 0xff:
		return telnet(l);
	default:
		return APP_NONE;
	}
}

// The server's greeting: three bytes of length, number 0, protocol 10, a version such as "8.0.36". To its
// port also the answer, number 1, where the greeting was not seen.
static unsigned mysql(const struct look *l) {
	const uint32_t length = le32(l->b) & 0xffffff;

	if (!sees(l, 8) || length < 32 || length >= 1024)
		return APP_NONE;
	if (l->b[3] == 1)
		return when(
			length + 4 == l->whole && app_is_usual(APP_MYSQL, PROTO_TCP, l->dport),
			APP_MYSQL
		);
	return when(l->b[3] == 0 && l->b[4] == 10 && is_digit(l->b[5]), APP_MYSQL);
}

// Public and user-defined functions: 1..127, of an exception with the top bit. Off its port a request
// must be the whole segment, which is how its devices send.
static unsigned modbus(const struct look *l) {
	uint32_t length;

	if (!sees(l, 8) || (l->head & 0xffff) != 0)
		return APP_NONE;
	length = be16(&l->b[4]);
	if (length < 2 || length > MODBUS_BYTES_MAX || (l->b[7] & 0x7f) == 0
	    || length + 6 > l->whole)
		return APP_NONE;
	return when(
		port_is(l, 502)
			|| (length + 6 == l->whole && ((l->b[7] & 0x7f) <= 24 || l->b[7] == 43)),
		APP_MODBUS
	);
}

static unsigned mongodb(const struct look *l) {
	uint32_t length;

	if (!sees(l, 16))
		return APP_NONE;
	length = le32(l->b);
	switch (le32(&l->b[12])) {
	case 2004: // OP_QUERY
	case 2012: // OP_COMPRESSED
	case 2013: // OP_MSG
		return when(length >= 16 && length <= 48000000, APP_MONGODB);
	case 1: // OP_REPLY
		return when(length == l->whole && length >= 36 && port_is(l, 27017), APP_MONGODB);
	default:
		return APP_NONE;
	}
}

// Those whose first byte may be any.
static unsigned anywhere(const struct look *l) {
	unsigned app = mysql(l);

	if (app == APP_NONE)
		app = modbus(l);
	if (app == APP_NONE)
		app = mongodb(l);
	if (app == APP_NONE)
		app = dns_in_stream(l);
	return app;
}

unsigned app_tcp(const struct look *l) {
	unsigned app = by_first_byte(l);

	if (app == APP_NONE && l->b[0] >= '*' && l->b[0] < 0x7f)
		app = app_text(l);
	return app != APP_NONE ? app : anywhere(l);
}
