// Applications by their first bytes and by their ports.
#include "packet/app.h"
#include "packet/packet.h"
#include "test.h"

#define PAYLOAD_MAX 512

static const struct example {
	uint8_t app; // enum app
	uint8_t proto;
	uint16_t sport;
	uint16_t dport;
	uint16_t total; // bytes; what the text does not give is zero. 0: the text alone
	uint16_t given;
	const char *bytes;
} examples[] = {
#define TCP_(app, sport, dport, total, bytes)                                                      \
	{ APP_##app, PROTO_TCP, sport, dport, total, sizeof(bytes) - 1, bytes }
#define UDP_(app, sport, dport, total, bytes)                                                      \
	{ APP_##app, PROTO_UDP, sport, dport, total, sizeof(bytes) - 1, bytes }
	// clang-format off
	TCP_(HTTP, 40000, 40001, 0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	TCP_(HTTP, 40000, 40001, 0, "POST /x HTTP/1.0\r\n"),
	TCP_(HTTP, 40000, 40001, 0, "OPTIONS * HTTP/1.1\r\n"),
	TCP_(HTTP, 40000, 40001, 0, "GET http://a.example/ HTTP/1.1\r\n"),
	TCP_(HTTP, 40000, 40001, 0, "CONNECT a.example:443 HTTP/1.1\r\n"),
	TCP_(HTTP, 40000, 40001, 0, "BASELINE-CONTROL /x HTTP/1.1\r\n"),
	TCP_(HTTP, 40000, 40001, 0, "UPDATEREDIRECTREF /x HTTP/1.1\r\n"),
	TCP_(HTTP, 40000, 9200, 0, "GET /_search HTTP/1.1\r\n"),
	TCP_(HTTP, 80, 40000, 0, "HTTP/1.1 200 OK\r\n"),
	TCP_(HTTP, 40000, 40001, 0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	TCP_(HTTP, 40000, 80, 0, "POST "),
	TCP_(TLS, 40000, 40001, 100, "\x16\x03\x01\x00\x5f\x01\x00\x00\x5b\x03\x03"),
	TCP_(TLS, 40001, 40000, 100, "\x16\x03\x03\x00\x5f\x02\x00\x00\x5b\x03\x03"),
	TCP_(TLS, 40000, 40001, 64, "\x80\x3e\x01\x03\x01\x00\x15\x00\x00\x00\x20"),
	TCP_(TLS, 40000, 40001, 7, "\x15\x03\x03\x00\x02\x02\x28"),
	TCP_(TLS, 40000, 40001, 200, "\x17\x03\x03\x00\xc3"),
	UDP_(DTLS, 40000, 40001, 60, "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x2f\x01"),
	UDP_(DTLS, 40000, 40001, 60, "\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x2f\x01"),
	UDP_(QUIC, 40000, 40001, 400, "\xc3\x00\x00\x00\x01\x08" "12345678" "\x00\x00\x44\xd0"),
	UDP_(QUIC, 40000, 40001, 400, "\xd3\x6b\x33\x43\xcf\x08" "12345678" "\x00\x00\x44\xd0"),
	UDP_(QUIC, 40000, 40001, 400, "\xff\xff\x00\x00\x1d\x08" "12345678" "\x00\x00\x44\xd0"),
	UDP_(QUIC, 40001, 40000, 0, "\x80\x00\x00\x00\x00\x02" "ab" "\x02" "cd" "\x00\x00\x00\x01"),
	UDP_(QUIC, 40000, 40001, 400, "\xc3" "Q046" "\x50" "12345678" "\x00\x00\x00\x01"),
	UDP_(QUIC, 40000, 40001, 400, "\x0d" "12345678" "Q043" "\x01"),
	UDP_(DNS, 40000, 40001, 0, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a" "\x02" "de" "\x00\x00\x01\x00\x01"),
	UDP_(DNS, 40000, 53, 0, "\x12\x34\x01\x20\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\xff\x00\x01\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00"),
	UDP_(DNS, 53, 40000, 0, "\x12\x34\x81\x83\x00\x01\x00\x00\x00\x01\x00\x00\x01" "a" "\x02" "de" "\x00\x00\x01\x00\x01\xc0\x0c"),
	UDP_(DNS, 53, 40000, 0, "\x12\x34\x81\x05\x00\x00\x00\x00\x00\x00\x00\x00"),
	UDP_(DNS, 40000, 40001, 0, "\x12\x34\x01\x20\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a" "\xc0\x10\x00\x10\x00\x03"),
	TCP_(DNS, 40000, 40001, 0, "\x00\x16\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a" "\x02" "de" "\x00\x00\xfc\x00\x01"),
	UDP_(MDNS, 5353, 5353, 0, "\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x05" "_http" "\x04" "_tcp" "\x05" "local" "\x00\x00\x0c\x80\x01"),
	UDP_(MDNS, 5353, 5353, 0, "\x00\x00\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00\x01" "a" "\x05" "local" "\x00\x00\x01\x80\x01\x00\x00\x00\x78\x00\x04\x0a\x00\x00\x01"),
	UDP_(LLMNR, 40000, 5355, 0, "\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04" "wpad" "\x00\x00\x1c\x00\x01"),
	UDP_(NBNS, 137, 137, 0, "\x12\x34\x01\x10\x00\x01\x00\x00\x00\x00\x00\x00\x20" "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" "\x00\x00\x21\x00\x01"),
	UDP_(NBNS, 40000, 40001, 0, "\x12\x34\x29\x10\x00\x01\x00\x00\x00\x00\x00\x01\x20" "FHEPFCELEHFCEPFFFACACACACACACABN" "\x00\x00\x20\x00\x01\xc0\x0c"),
	TCP_(SSH, 40000, 40001, 0, "SSH-2.0-x\r\n"),
	TCP_(SSH, 40001, 40000, 0, "SSH-1.99-x\r\n"),
	TCP_(FTP, 40001, 40000, 0, "220 an FTP server (x) ready.\r\n"),
	TCP_(FTP, 40001, 40000, 0, "220-Welcome to Pure-FTPd\r\n"),
	TCP_(FTP, 21, 40000, 0, "220 ready\r\n"),
	TCP_(FTP, 40000, 40001, 0, "USER anonymous\r\n"),
	TCP_(SMTP, 40001, 40000, 0, "220 mx.example ESMTP x\r\n"),
	TCP_(SMTP, 25, 40000, 0, "220 mx.example ready\r\n"),
	TCP_(SMTP, 25, 40000, 0, "554 no\r\n"),
	TCP_(SMTP, 40000, 40001, 0, "EHLO a.example\r\n"),
	TCP_(IMAP, 40001, 40000, 0, "* OK [CAPABILITY IMAP4rev1] ready\r\n"),
	TCP_(IMAP, 40001, 40000, 0, "* PREAUTH hello\r\n"),
	TCP_(POP3, 40001, 40000, 0, "+OK POP3 ready <1@a>\r\n"),
	TCP_(POP3, 110, 40000, 0, "-ERR busy\r\n"),
	TCP_(POP3, 40000, 110, 0, "USER me\r\n"),
	UDP_(SNMP, 40000, 40001, 0, "\x30\x26\x02\x01\x01\x04\x06" "public" "\xa0\x19\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00"),
	UDP_(SNMP, 40000, 161, 0, "\x30\x82\x00\x26\x02\x01\x00\x04\x06" "public" "\xa5\x19\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00"),
	UDP_(SNMP, 40000, 161, 0, "\x30\x10\x02\x01\x03\x30\x0b\x02\x01\x01\x02\x02\x05\xdc\x04\x01\x04\x02"),
	UDP_(NTP, 40000, 123, 48, "\x23\x00\x06\xec"),
	UDP_(NTP, 40000, 40001, 48, "\x1b"),
	UDP_(NTP, 40000, 123, 8, "\x17\x00\x03\x2a"),
	UDP_(NTP, 123, 40000, 440, "\xd7\x00\x03\x2a\x00\x06\x00\x48"),
	UDP_(NTP, 40000, 123, 12, "\x16\x02\x00\x01"),
	UDP_(SIP, 40000, 40001, 0, "REGISTER sip:a.example SIP/2.0\r\n"),
	UDP_(SIP, 40000, 40001, 0, "OPTIONS sip:100@1.1.1.1 SIP/2.0\r\n"),
	UDP_(SIP, 40000, 40001, 0, "SIP/2.0 200 OK\r\n"),
	TCP_(SIP, 40000, 40001, 0, "INVITE tel:+1555 SIP/2.0\r\n"),
	TCP_(RTSP, 40000, 40001, 0, "OPTIONS rtsp://a/ RTSP/1.0\r\n"),
	TCP_(RTSP, 40000, 40001, 0, "OPTIONS * RTSP/1.0\r\n"),
	TCP_(RTSP, 40001, 40000, 0, "RTSP/1.0 200 OK\r\n"),
	TCP_(RDP, 40000, 40001, 0, "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"),
	TCP_(RDP, 40000, 40001, 0, "\x03\x00\x00\x24\x1f\xe0\x00\x00\x00\x00\x00" "Cookie: mstshash=a\r\n\x01\x00\x08\x00\x01"),
	TCP_(RDP, 40001, 40000, 0, "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x01\x00\x00\x00"),
	TCP_(RDP, 40000, 3389, 0, "\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x00"),
	TCP_(SMB, 40000, 40001, 100, "\x00\x00\x00\x60\xff" "SMB" "r"),
	TCP_(SMB, 40000, 40001, 100, "\x00\x00\x00\x60\xfe" "SMB" "@"),
	TCP_(SMB, 40000, 139, 72, "\x81\x00\x00\x44\x20" "CKFDENECFDEFFCFGEFFCCACACACACACA"),
	TCP_(MYSQL, 40001, 40000, 78, "\x4a\x00\x00\x00\x0a" "8.0.36" "\x00"),
	TCP_(POSTGRESQL, 40000, 40001, 0, "\x00\x00\x00\x08\x04\xd2\x16\x2f"),
	TCP_(POSTGRESQL, 40000, 40001, 0, "\x00\x00\x00\x14\x00\x03\x00\x00" "user" "\x00" "me" "\x00\x00\x00\x00\x00"),
	TCP_(REDIS, 40000, 40001, 0, "*1\r\n$4\r\nPING\r\n"),
	TCP_(REDIS, 40000, 6379, 0, "PING\r\n"),
	TCP_(REDIS, 6379, 40000, 0, "+OK\r\n"),
	TCP_(MQTT, 40000, 40001, 0, "\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02" "ab"),
	TCP_(MQTT, 40000, 40001, 160, "\x10\x9d\x01\x00\x06MQIsdp\x03"),
	TCP_(AMQP, 40000, 40001, 0, "AMQP\x00\x00\x09\x01"),
	TCP_(AMQP, 40000, 40001, 0, "AMQP\x03\x01\x00\x00"),
	TCP_(MODBUS, 40000, 502, 0, "\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x0a"),
	TCP_(MODBUS, 502, 40000, 0, "\x47\x01\x00\x00\x00\x03\x01\x83\x02"),
	TCP_(MODBUS, 40000, 40001, 0, "\x12\x34\x00\x00\x00\x06\xff\x04\x00\x00\x00\x0a"),
	TCP_(DNP3, 40000, 40001, 0, "\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21"),
	UDP_(DNP3, 40000, 40001, 0, "\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21"),
	TCP_(S7COMM, 40000, 102, 0, "\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x01\x02"),
	TCP_(S7COMM, 40000, 40001, 0, "\x03\x00\x00\x19\x02\xf0\x80\x32\x01\x00\x00\x00\x00\x00\x08\x00\x00\xf0\x00\x00\x01\x00\x01\x01\xe0"),
	UDP_(BACNET, 40000, 40001, 0, "\x81\x0b\x00\x0c\x01\x20\xff\xff\x00\xff\x10\x08"),
	UDP_(BACNET, 40000, 47808, 0, "\x81\x0a\x00\x11\x01\x04\x00\x05\x01\x0c\x0c\x02\x3f\xff\xff\x19\x4b"),
	UDP_(COAP, 40000, 5683, 0, "\x40\x01\x12\x34\xbb" ".well-known" "\x04" "core"),
	UDP_(COAP, 5683, 40000, 0, "\x60\x45\x12\x34\xc0\xff" "hello"),
	UDP_(SSDP, 40000, 1900, 0, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"),
	UDP_(SSDP, 40000, 40001, 0, "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n"),
	UDP_(SSDP, 40000, 1900, 0, "NOTIFY * HTTP/1.1\r\n"),
	UDP_(DHCP, 68, 67, 300, "\x01\x01\x06\x00\x12\x34\x56\x78"), // the cookie is set below
	UDP_(DHCP6, 546, 547, 0, "\x01\x12\x34\x56\x00\x01\x00\x04" "abcd"),
	UDP_(DHCP6, 547, 547, 60, "\x0c\x00"),
	UDP_(TFTP, 40000, 40001, 0, "\x00\x01" "boot.bin" "\x00" "octet" "\x00"),
	UDP_(TFTP, 40000, 69, 0, "\x00\x02" "x" "\x00" "NetASCII" "\x00"),
	TCP_(LDAP, 40000, 40001, 0, "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"),
	TCP_(LDAP, 40000, 389, 0, "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x63\x84\x00\x00\x00\x07\x02\x01\x03\x04\x00\x80\x00"),
	UDP_(CLDAP, 40000, 389, 0, "\x30\x0c\x02\x01\x01\x63\x07\x04\x00\x0a\x01\x00\x0a\x01"),
	UDP_(KERBEROS, 40000, 88, 0, "\x6a\x0e\x30\x0c\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a\xa4\x00"),
	TCP_(KERBEROS, 40000, 40001, 0, "\x00\x00\x00\x10\x7e\x0e\x30\x0c\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa4\x00"),
	TCP_(TELNET, 23, 40000, 0, "\xff\xfd\x18"),
	TCP_(TELNET, 40001, 40000, 0, "\xff\xfd\x18\xff\xfd\x20"),
	TCP_(VNC, 40001, 40000, 0, "RFB 003.008\n"),
	TCP_(BITTORRENT, 40000, 40001, 68, "\x13" "BitTorrent protocol"),
	UDP_(BITTORRENT, 40000, 40001, 0, "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"),
	UDP_(BITTORRENT, 40000, 40001, 16, "\x00\x00\x04\x17\x27\x10\x19\x80"),
	UDP_(STUN, 40000, 40001, 20, "\x00\x01\x00\x00\x21\x12\xa4\x42"),
	UDP_(STUN, 3478, 40000, 32, "\x01\x01\x00\x0c"),
	TCP_(STUN, 40000, 40001, 28, "\x00\x03\x00\x08\x21\x12\xa4\x42"),
	UDP_(WIREGUARD, 40000, 40001, 148, "\x01\x00\x00\x00\x12"),
	UDP_(WIREGUARD, 40000, 40001, 92, "\x02\x00\x00\x00\x12"),
	UDP_(WIREGUARD, 40000, 40001, 96, "\x04\x00\x00\x00\x12\x34\x56\x78\x01"),
	UDP_(OPENVPN, 40000, 40001, 14, "\x38" "12345678"),
	UDP_(OPENVPN, 40001, 40000, 26, "\x40" "12345678" "\x01"),
	UDP_(OPENVPN, 40000, 40001, 54, "\x38" "12345678" "\x00\x00\x00\x01"),
	UDP_(OPENVPN, 40000, 40001, 42, "\x38" "12345678" "abcdefghij0123456789" "\x00\x00\x00\x01"),
	TCP_(OPENVPN, 40000, 40001, 16, "\x00\x0e\x38" "12345678"),
	UDP_(IKE, 500, 500, 40, "12345678" "\x00\x00\x00\x00\x00\x00\x00\x00\x21\x20\x22\x08\x00\x00\x00\x00\x00\x00\x00\x28"),
	UDP_(IKE, 40000, 40001, 40, "12345678" "\x00\x00\x00\x00\x00\x00\x00\x00\x01\x10\x02\x00\x00\x00\x00\x00\x00\x00\x00\x28"),
	UDP_(IKE, 4500, 4500, 44, "\x00\x00\x00\x00" "12345678" "abcdefgh" "\x21\x20\x23\x08\x00\x00\x00\x01\x00\x00\x00\x28"),
	UDP_(MEMCACHED, 40000, 40001, 0, "\x00\x01\x00\x00\x00\x01\x00\x00stats\r\n"),
	UDP_(MEMCACHED, 11211, 40000, 0, "\x00\x01\x00\x03\x00\x09\x00\x00VALUE a 0 9\r\n"),
	TCP_(MEMCACHED, 40000, 11211, 0, "get a\r\n"),
	TCP_(MEMCACHED, 40000, 40001, 24, "\x80\x0b"),
	UDP_(SYSLOG, 40000, 40001, 0, "<34>1 2026-01-01T00:00:00Z a b - - - x"),
	TCP_(SYSLOG, 40000, 601, 0, "<0>Jan  1 00:00:00 a b: x"),
	TCP_(X11, 40000, 40001, 12, "l\x00\x0b\x00"),
	TCP_(X11, 40000, 6000, 48, "B\x00\x00\x0b\x00\x00\x00\x12\x00\x10"),
	TCP_(CASSANDRA, 40000, 40001, 9, "\x04\x00\x00\x00\x05"),
	TCP_(CASSANDRA, 40000, 40001, 0, "\x03\x00\x00\x00\x01\x00\x00\x00\x16\x00\x01\x00\x0b" "CQL_VERSION" "\x00\x05" "3.0.0"),
	TCP_(CASSANDRA, 40001, 40000, 22, "\x84\x00\x00\x00\x06\x00\x00\x00\x0d\x00\x01"),
	TCP_(MONGODB, 40000, 40001, 60, "\x3c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00"),
	TCP_(MONGODB, 40000, 40001, 60, "\x3c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xd4\x07\x00\x00"),
	TCP_(DCERPC, 40000, 40001, 72, "\x05\x00\x0b\x03\x10\x00\x00\x00\x48\x00"),
	UDP_(WSD, 40000, 3702, 0, "<?xml version=\"1.0\"?><s:Envelope"),
	TCP_(MYSQL, 40000, 3306, 80, "\x4c\x00\x00\x01\x85\xa6"),
	TCP_(FTP, 40001, 40000, 0, "220-FileZilla Server 1.0\r\n"),
	UDP_(QUIC, 40000, 40001, 400, "\xc7\x1a\x2a\x3a\x4a\x08" "12345678" "\x00\x00\x44\x9e"),
	TCP_(TELNET, 23, 40000, 0, "\xff\xff\xff\xfa\x17\x00"),
	TCP_(IRC, 40000, 40001, 0, "NICK a\r\n"),
	TCP_(IRC, 40000, 40001, 0, "USER a 0 * :A B\r\n"),
	// clang-format on
};

// What looks like one of them and is none, or is another.
static const struct example friends[] = {
	// clang-format off
	TCP_(NONE, 40000, 40001, 0, "GET"),
	TCP_(NONE, 40000, 40001, 0, "GET \r\n"),
	TCP_(NONE, 40000, 40001, 0, "POST "), // not the port
	TCP_(NONE, 40000, 40001, 72, "\x05\x00\x0b\x03\x10\x00\x00\x00\xff\xff"),
	TCP_(NONE, 40000, 40001, 0, "hello, world\r\n"),
	TCP_(NONE, 40000, 40001, 0, "get / HTTP/1.1\r\n"),
	TCP_(NONE, 40000, 40001, 0, "ABCDEFGHIJKLMNOPQRSTUVWXYZ /"),
	TCP_(NONE, 40000, 40001, 0, "220 ready\r\n"), // one of three protocols
	TCP_(NONE, 40000, 40001, 0, "+OK\r\n"),
	TCP_(NONE, 40000, 40001, 0, "\xff\xfd\x18"), // three bytes, and not the port
	TCP_(NONE, 40000, 40001, 0, "\x16\x03\x01"),
	TCP_(NONE, 40000, 40001, 9, "\x16\x03\x09\x00\x04"), // no such version
	TCP_(NONE, 40000, 40001, 7, "\x17\x03\x03\xff\xff"), // longer than a record is
	TCP_(NONE, 40000, 40001, 0, "\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x22"), // CRC
	TCP_(NONE, 40000, 40001, 0, "\x00\x01\x00\x00\x00\x07\x01\x03\x00\x00\x00\x0a"), // length
	TCP_(NONE, 40000, 80, 0, "PING\r\n"),
	TCP_(NONE, 40000, 40001, 0, "*x\r\n$4\r\n"),
	TCP_(NONE, 40000, 40001, 0, "\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x00"), // X.224 of whom?
	TCP_(NONE, 40000, 40001, 64, ""),
	TCP_(NONE, 40000, 40001, 0, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	UDP_(NONE, 40000, 40001, 0, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	UDP_(NONE, 40000, 40001, 64, ""),
	UDP_(NONE, 40000, 53, 64, ""),
	UDP_(NONE, 40000, 40001, 172, "\x80\x00\x12\x34\x00\x00\x00\xa0\x12\x34\x56\x78"), // RTP
	UDP_(NONE, 40000, 40001, 0, "GET / HTTP/1.1\r\n"), // not in a datagram
	UDP_(NONE, 4500, 4500, 100, "\x12\x34\x56\x78\x00\x00\x00\x01"), // ESP in UDP
	UDP_(NONE, 40000, 40001, 0, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"), // a pointer first
	UDP_(NONE, 40000, 40001, 0, "<192>x"),
	UDP_(NONE, 40000, 40001, 0, "\x00\x01" "boot.bin" "\x00" "binary" "\x00"),
	UDP_(NONE, 40000, 40001, 147, "\x01\x00\x00\x00\x12"),
	UDP_(NONE, 40000, 40001, 0, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x40" "a" "\x00\x00\x01\x00\x01"),
	UDP_(NONE, 40000, 40001, 0, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a" "\x00\x00\x01\x12\x34"),
	UDP_(NONE, 40000, 40001, 400, "\xc3\x00\x00\x00\x01\x15"), // a connection id of 21 bytes
	UDP_(DNS, 53, 40000, 0, "\x16\xfe\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a" "\x00\x00\x01\x00\x01"), // id like DTLS
	TCP_(RTSP, 40000, 80, 0, "OPTIONS rtsp://a/ RTSP/1.0\r\n"),
	TCP_(SSH, 40000, 443, 0, "SSH-2.0-x\r\n"),
	TCP_(HTTP, 40000, 22, 0, "GET / HTTP/1.0\r\n"),
	UDP_(SIP, 40000, 53, 0, "OPTIONS sip:a SIP/2.0\r\n"),
	// clang-format on
};

// In a block of its own size, so that a sanitizer sees every byte that is read outside of it.
static unsigned bytes_of(const struct example *e) {
	return e->total != 0 ? e->total : e->given;
}

static unsigned named_cut(const struct example *e, unsigned n, unsigned of) {
	uint8_t whole[PAYLOAD_MAX] = {0};
	uint8_t *block = malloc(n != 0 ? n : 1);
	unsigned app;

	assert_non_null(block);
	assert_true(e->total <= PAYLOAD_MAX && e->given <= PAYLOAD_MAX);
	memcpy(whole, e->bytes, e->given);
	if (e->app == APP_DHCP)
		memcpy(&whole[236], "\x63\x82\x53\x63", 4);
	memcpy(block, whole, n);
	app = app_of_cut(block, n, of, e->proto, e->sport, e->dport);
	free(block);
	return app;
}

static unsigned named(const struct example *e, unsigned n) {
	return named_cut(e, n, n);
}

static void check(const struct example *all, size_t n) {
	for (size_t i = 0; i < n; i++) {
		const unsigned app = named(&all[i], bytes_of(&all[i]));

		if (app != all[i].app)
			fail_msg(
				"example %zu (\"%.20s\"): %s, not %s",
				i,
				all[i].bytes,
				app_name(app),
				app_name(all[i].app)
			);
	}
}

static void first_bytes_name_the_application(void **) {
	check(examples, ARRAY_LEN(examples));
}

static void every_application_has_an_example(void **) {
	bool seen[APP_N] = {[APP_NONE] = true};

	for (size_t i = 0; i < ARRAY_LEN(examples); i++)
		seen[examples[i].app] = true;
	for (unsigned app = 0; app < APP_N; app++) {
		if (!seen[app])
			fail_msg("%s has no example", app_name(app));
	}
}

static void false_friends_are_not_named(void **) {
	check(friends, ARRAY_LEN(friends));
}

// A segment may end anywhere, a capture may be cut: then there is no name, or the right one.
static void beginnings_are_never_misnamed(void **) {
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		for (unsigned n = 0; n < bytes_of(&examples[i]); n++) {
			const unsigned app = named(&examples[i], n);

			if (app != APP_NONE && app != examples[i].app)
				fail_msg(
					"%u bytes of example %zu (%s): %s",
					n,
					i,
					app_name(examples[i].app),
					app_name(app)
				);
		}
	}
}

// As many as a note holds (host/note.h), and it is known how many there were: the name is the same. Off the ports of DHCP its
// cookie would be needed, which stands behind.
static void what_is_cut_is_named_where_its_length_is_known(void **) {
	const unsigned most = 136;

	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		const struct example *e = &examples[i];
		unsigned app;

		if (bytes_of(e) <= most)
			continue;
		app = named_cut(e, most, bytes_of(e));
		if (app != e->app)
			fail_msg("example %zu (%s): %s", i, app_name(e->app), app_name(app));
		for (unsigned n = 0; n < most; n++) {
			app = named_cut(e, n, bytes_of(e));
			if (app != APP_NONE && app != e->app)
				fail_msg(
					"%u of example %zu (%s): %s",
					n,
					i,
					app_name(e->app),
					app_name(app)
				);
		}
	}
}

static void other_protocols_are_not_named(void **) {
	static const uint8_t get[] = "GET / HTTP/1.1\r\n";

	for (unsigned proto = 0; proto < 256; proto++) {
		const unsigned app = app_of(get, sizeof(get) - 1, (uint8_t)proto, 40000, 80);

		assert_int_equal(app, proto == PROTO_TCP ? APP_HTTP : APP_NONE);
	}
}

static uint64_t random_next(uint64_t *state) { // xorshift64, Marsaglia 2003
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void random_payload(uint8_t *b, unsigned n, uint64_t *state) {
	for (unsigned i = 0; i < n; i++)
		b[i] = (uint8_t)(random_next(state) >> 24);
}

// @return names given to `tries` payloads of 0 to 199 random bytes; port 0: random ports above 1023
static void
random_names(uint32_t count[static APP_N], uint32_t tries, uint8_t proto, uint16_t port) {
	uint64_t state = 0x9e3779b97f4a7c15u + port + proto;
	uint8_t b[200];

	memset(count, 0, APP_N * sizeof(count[0]));
	for (uint32_t i = 0; i < tries; i++) {
		const unsigned n = (unsigned)(random_next(&state) >> 20) % sizeof(b);
		const uint16_t sport = (uint16_t)(1024 + (random_next(&state) >> 20) % 64000);
		const uint16_t dport = (uint16_t)(1024 + (random_next(&state) >> 20) % 64000);

		random_payload(b, n, &state);
		count[app_of(b, n, proto, sport, port != 0 ? port : dport)]++;
	}
}

// A flood of random bytes: of 1,000,000 payloads at most 3 bear the same name.
static void random_bytes_are_hardly_named(void **) {
	uint32_t count[APP_N];

	for (unsigned i = 0; i < 2; i++) {
		random_names(count, 1000000, i == 0 ? PROTO_TCP : PROTO_UDP, 0);
		for (unsigned app = 1; app < APP_N; app++) {
			if (count[app] != 0)
				print_message("  %s: %u of 1000000\n", app_name(app), count[app]);
			assert_in_range(count[app], 0, 3);
		}
	}
}

// The same against the port of each application, where less is asked of the bytes.
static void random_bytes_on_the_port_are_rarely_named(void **) {
	uint32_t count[APP_N];

	for (uint32_t port = 1; port < 65536; port++) {
		for (unsigned i = 0; i < 2; i++) {
			const uint8_t proto = i == 0 ? PROTO_TCP : PROTO_UDP;
			const unsigned owner = app_by_port(proto, (uint16_t)port);

			if (owner == APP_NONE)
				continue;
			random_names(count, 5000, proto, (uint16_t)port);
			for (unsigned app = 1; app < APP_N; app++) {
				if (count[app] > 5)
					print_message(
						"  port %u: %s: %u of 5000\n",
						port,
						app_name(app),
						count[app]
					);
				assert_in_range(count[app], 0, 25); // 0.5 %
			}
		}
	}
}

static void ports_have_owners(void **) {
	static const struct {
		uint8_t proto;
		uint16_t port;
		uint8_t app;
	} cases[] = {
		{PROTO_TCP, 80, APP_HTTP},
		{PROTO_TCP, 443, APP_TLS},
		{PROTO_UDP, 443, APP_QUIC},
		{PROTO_TCP, 53, APP_DNS},
		{PROTO_UDP, 53, APP_DNS},
		{PROTO_UDP, 22, APP_NONE},
		{PROTO_TCP, 22, APP_SSH},
		{PROTO_TCP, 5900, APP_VNC},
		{PROTO_TCP, 5909, APP_VNC},
		{PROTO_UDP, 162, APP_SNMP},
		{PROTO_TCP, 0, APP_NONE},
		{PROTO_TCP, 65535, APP_NONE},
		{PROTO_ICMP, 80, APP_NONE},
		{PROTO_SCTP, 80, APP_NONE},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(app_by_port(cases[i].proto, cases[i].port), cases[i].app);
}

static void the_own_port_is_usual_and_another_is_not(void **) {
	for (uint32_t port = 0; port < 65536; port++) {
		for (unsigned i = 0; i < 2; i++) {
			const uint8_t proto = i == 0 ? PROTO_TCP : PROTO_UDP;

			assert_true(app_is_usual(
				app_by_port(proto, (uint16_t)port), proto, (uint16_t)port
			));
		}
	}
	assert_true(app_is_usual(APP_HTTP, PROTO_TCP, 8888));
	assert_true(app_is_usual(APP_NONE, PROTO_TCP, 1));
	assert_true(app_is_usual(APP_BITTORRENT, PROTO_TCP, 51413)); // it roams
	assert_true(app_is_usual(APP_HTTP, PROTO_TCP, 12345));
	assert_false(app_is_usual(APP_BITTORRENT, PROTO_TCP, 80)); // but not to another's
	assert_false(app_is_usual(APP_TLS, PROTO_TCP, 22));
	assert_false(app_is_usual(APP_SSH, PROTO_TCP, 443));
	assert_false(app_is_usual(APP_SSH, PROTO_TCP, 12345));
	assert_false(app_is_usual(APP_SSH, PROTO_UDP, 22));
	assert_false(app_is_usual(APP_HTTP, PROTO_TCP, 22));
	assert_false(app_is_usual(APP_DNS, PROTO_UDP, 54));
}

static void names_are_distinct(void **) {
	for (unsigned a = 0; a < APP_N; a++) {
		assert_true(app_name(a)[0] != '\0');
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(app_name(a), app_name(b));
	}
	assert_string_equal(app_name(APP_N), "none");
	assert_string_equal(app_name(255), "none");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_bytes_name_the_application),
		cmocka_unit_test(every_application_has_an_example),
		cmocka_unit_test(false_friends_are_not_named),
		cmocka_unit_test(beginnings_are_never_misnamed),
		cmocka_unit_test(what_is_cut_is_named_where_its_length_is_known),
		cmocka_unit_test(other_protocols_are_not_named),
		cmocka_unit_test(random_bytes_are_hardly_named),
		cmocka_unit_test(random_bytes_on_the_port_are_rarely_named),
		cmocka_unit_test(ports_have_owners),
		cmocka_unit_test(the_own_port_is_usual_and_another_is_not),
		cmocka_unit_test(names_are_distinct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
