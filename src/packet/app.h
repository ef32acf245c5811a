// The application of a flow, by its first payload bytes; and whose port a port is.
//
// A name is given where the bytes are hardly anything else: by a magic, by fields that agree with one another and
// with the length, or by less than that on the protocol's own port. What is not sure is APP_NONE, and
// app_by_port() is the guess that a caller marks as one.
//
// Threads    Pure functions on their arguments.
// Memory     None taken; reads payload[0 .. n) and nothing else, of that at most the first APP_LOOK_MAX bytes.
// Full       Bounded whatever the bytes are: no loop goes over the table, none over more than APP_LOOK_MAX bytes.
#ifndef WEIR_PACKET_APP_H
#define WEIR_PACKET_APP_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define APP_LOOK_MAX 256

// X(id, name, where, own, also, first bytes, source)
//
// own    ports that are this application's: T(port) of TCP, U of UDP, B of both, TR/UR/BR(first, last) a range.
//        No port is two applications': the compiler refuses it.
// also   ports on which it is usual beside those.
// where  FIXED: on another port it is worth a word. ROAMS: its ports are agreed upon, or each site chooses them; so only
//        a port that is another's own is worth a word.
//
// Not here, because its first bytes do not tell it: RTP (RFC 3550, 5.1: two bits of version, the rest is any), ESP in UDP,
// uTP, SRT, and whatever is ciphered from its first byte on.
// clang-format off
#define APPS(X)                                                                                                         \
	X(HTTP, "http", ROAMS, T(80) T(8080) T(8000),                                                                   \
	  T(81) T(591) T(631) T(1900) T(2869) T(3000) T(3128) T(5000) T(5357) T(5985) T(8008) T(8081) T(8088)           \
	  T(8888) T(9000) T(9090) T(9200) T(10000),                                                                     \
	  "METHOD SP /path, http: or * ; CONNECT host ; HTTP/ ; PRI * HTTP/2.0 (Elasticsearch, too)",                   \
	  "RFC 9112, 3 and 4; RFC 9113, 3.4")                                                                           \
	X(TLS, "tls", ROAMS,                                                                                            \
	  T(443) T(8443) T(465) T(563) T(636) T(853) TR(989, 990) TR(992, 995) T(3269) T(5061) T(5671) T(6514)          \
	  T(6697) T(8883),                                                                                              \
	  T(8000) T(8080) T(6379) T(6380) T(9042) T(27017),                                                             \
	  "record type 20..23, 3.0..3.4, length; handshake 1 or 2; the hello in SSL 2's form",                          \
	  "RFC 8446, 5.1; RFC 5246, E.2")                                                                               \
	X(DTLS, "dtls", ROAMS, U(5684), U(443) U(853) U(4433) U(5349),                                                  \
	  "record type 20..23, 25; fe ff, fe fd; epoch and sequence; length", "RFC 6347, 4.1")                          \
	X(QUIC, "quic", FIXED, U(443), U(80) U(784) U(853) U(4433) U(8443),                                             \
	  "long header, a known version, two connection ids; gQUIC's Q0xx",                                             \
	  "RFC 8999, 5.1; RFC 9000, 17.2; RFC 9369, 3")                                                                 \
	X(DNS, "dns", FIXED, B(53), , "sane counts and flags, then a name, type and class",                             \
	  "RFC 1035, 4.1 and 4.2.2; RFC 5395, 2")                                                                       \
	X(MDNS, "mdns", FIXED, U(5353), , "as DNS", "RFC 6762, 18")                                                     \
	X(LLMNR, "llmnr", FIXED, B(5355), , "as DNS", "RFC 4795, 2.1.1")                                                \
	X(NBNS, "netbios_ns", FIXED, U(137), , "as DNS, with a name of 32 letters A..P", "RFC 1002, 4.2.1")             \
	X(SSH, "ssh", FIXED, T(22), T(830) T(2222), "SSH-2.0- or SSH-1.", "RFC 4253, 4.2")                              \
	X(FTP, "ftp", FIXED, T(21), T(2121), "220 with FTP in the line; USER", "RFC 959, 4.1, 5.4")                     \
	X(SMTP, "smtp", FIXED, T(25) T(587), T(465) T(2525), "220 with SMTP in the line; EHLO, HELO",                   \
	  "RFC 5321, 4.1.1.1, 4.2")                                                                                     \
	X(IMAP, "imap", FIXED, T(143), , "* OK, * PREAUTH, * BYE", "RFC 9051, 7.1")                                     \
	X(POP3, "pop3", FIXED, T(110), , "+OK", "RFC 1939, 3 and 4")                                                    \
	X(SNMP, "snmp", FIXED, UR(161, 162), T(161) U(10161),                                                           \
	  "BER: sequence, version 0, 1 or 3, community or a sequence", "RFC 3416, 3; RFC 3412, 6")                      \
	X(NTP, "ntp", FIXED, U(123), , "version 1..4, mode, 48 bytes; control and private: less",                       \
	  "RFC 5905, 7.3; RFC 9327, 2; ntpd's ntp_request.h")                                                           \
	X(SIP, "sip", FIXED, B(5060), B(5062) B(5080), "METHOD SP sip:, SIP/2.0", "RFC 3261, 7")                        \
	X(RTSP, "rtsp", FIXED, T(554), T(8554), "METHOD SP rtsp:, RTSP/1.0", "RFC 2326, 6 and 7")                       \
	X(RDP, "rdp", FIXED, T(3389), , "TPKT, X.224 CR with a cookie or RDP_NEG_REQ; its answer",                      \
	  "[MS-RDPBCGR], 2.2.1.1 and 2.2.1.2")                                                                          \
	X(SMB, "smb", FIXED, T(445) T(139), , "NetBIOS length, then ff, fe, fd or fc and SMB",                          \
	  "[MS-SMB2], 2.1; RFC 1002, 4.3")                                                                              \
	X(MYSQL, "mysql", FIXED, T(3306), T(3307), "packet 0: length, protocol 10, a version",                          \
	  "MySQL internals: Protocol::HandshakeV10")                                                                    \
	X(POSTGRESQL, "postgresql", FIXED, T(5432), T(5433) T(6432),                                                    \
	  "length, then 3.0, SSLRequest, GSSENCRequest or CancelRequest", "PostgreSQL manual: Message Formats")         \
	X(REDIS, "redis", FIXED, T(6379), T(6380) T(16379) T(26379), "*digits CR LF $digits CR LF",                     \
	  "Redis serialization protocol (RESP)")                                                                        \
	X(MQTT, "mqtt", FIXED, T(1883), , "CONNECT: 10, length, 00 04 MQTT or 00 06 MQIsdp",                            \
	  "OASIS MQTT 3.1.1, 3.1")                                                                                      \
	X(AMQP, "amqp", FIXED, T(5672), , "AMQP and a version", "OASIS AMQP 1.0, 2.2")                                  \
	X(MODBUS, "modbus", FIXED, T(502), , "transaction, protocol 0, length that fits, function",                     \
	  "Modbus Messaging on TCP/IP 1.0b, 3.1.3")                                                                     \
	X(DNP3, "dnp3", FIXED, B(20000), , "05 64, length, and the CRC of the header agrees", "IEEE 1815, 9.2")         \
	X(S7COMM, "s7comm", FIXED, T(102), , "TPKT, X.224; protocol id 32 or 72; CR with its TSAPs",                    \
	  "RFC 1006, 6; Siemens S7 as its clients show it")                                                             \
	X(BACNET, "bacnet", FIXED, U(47808), UR(47809, 47823), "81, function, length, NPDU 1",                          \
	  "ASHRAE 135, annex J.2")                                                                                      \
	X(COAP, "coap", FIXED, B(5683), , "version 1, code, options that end where they should", "RFC 7252, 3")         \
	X(SSDP, "ssdp", ROAMS, U(1900), , "HTTP in a datagram: M-SEARCH, NOTIFY, HTTP/1.1",                             \
	  "UPnP Device Architecture 2.0, 1")                                                                            \
	X(DHCP, "dhcp", FIXED, UR(67, 68), U(4011), "op 1 or 2, and 63 82 53 63 at byte 236",                           \
	  "RFC 2131, 2 and 3")                                                                                          \
	X(DHCP6, "dhcpv6", FIXED, UR(546, 547), , "message type 1..13, an option that fits",                            \
	  "RFC 8415, 8 and 21.1")                                                                                       \
	X(TFTP, "tftp", FIXED, U(69), , "00 01 or 00 02, file name, a mode", "RFC 1350, 5")                             \
	X(LDAP, "ldap", FIXED, T(389) T(3268), , "BER: sequence, message id, an operation", "RFC 4511, 4.1.1")          \
	X(CLDAP, "cldap", FIXED, U(389), , "as LDAP", "RFC 1798; [MS-ADTS], 6.3.3")                                     \
	X(KERBEROS, "kerberos", FIXED, B(88), , "BER: application 10..13 or 30, version 5",                             \
	  "RFC 4120, 5.4, 5.9.1, 7.2.2")                                                                                \
	X(TELNET, "telnet", FIXED, T(23), T(2323), "IAC, WILL..DONT, option", "RFC 854")                                \
	X(VNC, "vnc", FIXED, TR(5900, 5909), TR(5910, 5999), "RFB 003.008 LF", "RFC 6143, 7.1.1")                       \
	X(BITTORRENT, "bittorrent", ROAMS, BR(6881, 6889), ,                                                            \
	  "13 BitTorrent protocol; d1:ad2:id20: ; a tracker's 00 00 04 17 27 10 19 80", "BEP 3, BEP 5, BEP 15")         \
	X(STUN, "stun", ROAMS, B(3478), T(80) B(443) B(5349), "length, then 21 12 a4 42",                                   \
	  "RFC 8489, 5; RFC 3489, 11.1")                                                                                \
	X(WIREGUARD, "wireguard", ROAMS, U(51820), , "type 1..4, three zeros, and the type's length",                   \
	  "WireGuard whitepaper, 5.4")                                                                                  \
	X(OPENVPN, "openvpn", FIXED, B(1194), , "hard reset: 38, 40 or 50, session, packet id 0 or 1",                  \
	  "OpenVPN protocol: doc/doxygen, network protocol")                                                            \
	X(IKE, "ike", FIXED, U(500) U(4500), U(848), "SPIs, version 1.0 or 2.0, exchange, length",                      \
	  "RFC 7296, 3.1; RFC 2408, 3.1; RFC 3948, 2.2")                                                                \
	X(MEMCACHED, "memcached", FIXED, B(11211), , "get, set, stats ...; 80, 81; a frame header before",              \
	  "memcached's protocol.txt and BinaryProtocolRevamped")                                                        \
	X(SYSLOG, "syslog", FIXED, U(514) T(601), T(514) B(1514), "<0..191>", "RFC 5424, 6.2.1")                        \
	X(X11, "x11", FIXED, TR(6000, 6063), , "l or B, version 11.0", "X11 protocol, 8")                               \
	X(CASSANDRA, "cassandra", FIXED, T(9042), , "version 3..5, STARTUP or OPTIONS, length",                         \
	  "Cassandra's native_protocol_v4.spec, 2")                                                                     \
	X(MONGODB, "mongodb", FIXED, T(27017), TR(27018, 27019), "length, ids, a known opcode",                         \
	  "MongoDB Wire Protocol: Standard Message Header")                                                             \
	X(DCERPC, "dcerpc", ROAMS, T(135), , "version 5, a type, little or big endian, length",                         \
	  "DCE 1.1: RPC (C706), 12.6.3")                                                                                \
	X(WSD, "ws_discovery", FIXED, U(3702), , "XML on its port", "WS-Discovery 1.1, 2.4; SOAP over UDP 1.1")         \
	X(IRC, "irc", FIXED, TR(6660, 6669), T(7000), "NICK, CAP LS, USER with four words", "RFC 2812, 3.1")
// clang-format on

enum app {
	APP_NONE, // not named
#define X(id, name, where, own, also, first, source) APP_##id,
	APPS(X)
#undef X
		APP_N
};
static_assert(APP_N <= 64, "one bit each in a word; an application is stored in a byte");

// The application that these bytes begin. A cut payload (n below what the packet had) is read as far as it goes.
// @param proto  IP protocol: anything but TCP and UDP is not named
// @return enum app
unsigned app_of(const uint8_t *payload, unsigned n, uint8_t proto, uint16_t sport, uint16_t dport);
// The same where it is known of how many bytes these are the beginning: what agrees with its length is then known when cut, too.
// @param whole  that the packet had; below n it counts as n
unsigned app_of_cut(
	const uint8_t *payload,
	unsigned n,
	unsigned whole,
	uint8_t proto,
	uint16_t sport,
	uint16_t dport
);

// Whose port it is: a guess, and to be told as one.
// @return enum app
unsigned app_by_port(uint8_t proto, uint16_t port);

// Is this a port on which the application is usual? Give the server's port. True of APP_NONE, and of what roams on
// any port that is nobody's own.
bool app_is_usual(unsigned app, uint8_t proto, uint16_t port);

const char *app_name(unsigned app); // "none" for APP_NONE and for what is no application

#endif
