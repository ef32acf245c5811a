// A payload from anyone: any bytes give an application or none, the same each time, and nothing beyond
// them is read.
//
// The first five bytes choose transport and ports; the payload is the rest.
#include "packet/app.h"

#include "packet/packet.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

static void must(bool true_of_every_payload) {
	if (!true_of_every_payload)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	unsigned app, others;
	uint16_t sport, dport;
	uint8_t proto;

	if (n < HEAD_BYTES || n > UINT16_MAX)
		return 0;
	proto = data[0] & 1 ? PROTO_TCP : PROTO_UDP;
	memcpy(&sport, &data[1], 2);
	memcpy(&dport, &data[3], 2);
	const unsigned payload_bytes = (unsigned)n - HEAD_BYTES;

	app = app_of(&data[HEAD_BYTES], payload_bytes, proto, sport, dport);
	must(app < APP_N);
	must(app == app_of_cut(&data[HEAD_BYTES], payload_bytes, payload_bytes, proto, sport, dport)
	);
	must(app_of_cut(&data[HEAD_BYTES], payload_bytes, sport, proto, sport, dport) < APP_N);
	must(payload_bytes > 2 || app == APP_NONE);
	must(app_name(app) != NULL);
	// What is named on ports of nobody is named by its bytes alone.
	others = app_of(&data[HEAD_BYTES], payload_bytes, proto, 1, 1);
	must(others < APP_N);
	must(app_is_usual(app_by_port(proto, dport), proto, dport));
	return 0;
}

static const struct {
	uint8_t tcp;
	uint16_t dport;
	uint16_t n;
	const char *bytes;
} seeds[] = {
#define SEED(tcp, dport, bytes)                                                                    \
	{ tcp, dport, sizeof(bytes) - 1, bytes }
	SEED(1, 80, "GET /index HTTP/1.1\r\nHost: a\r\n\r\n"),
	SEED(1, 443, "\x16\x03\x01\x00\x10\x01\x00\x00\x0c\x03\x03 abcdefghij"),
	SEED(1, 443, "\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10 abcdefghij"),
	SEED(0, 443, "\xc3\x00\x00\x00\x01\x08xxxxxxxx\x00\x00\x44\xd0"),
	SEED(0, 443, "\x80\x00\x00\x00\x00\x02xx\x02yy\x00\x00\x00\x01"),
	SEED(0,
	     53,
	     "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x02xy\x00\x00\x01\x00\x01"),
	SEED(1,
	     53,
	     "\x00\x16\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x02xy\x00\x00\x01\x00"
	     "\x01"),
	SEED(0,
	     137,
	     "\x12\x34\x01\x10\x00\x01\x00\x00\x00\x00\x00\x00 "
	     "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x00\x00!\x00\x01"),
	SEED(1, 21, "220 an FTP server\r\n"),
	SEED(1, 21, "USER a 0 * :A\r\n"),
	SEED(0, 161, "\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x01\x02\x01\x00"),
	SEED(0,
	     161,
	     "\x30\x84\x00\x00\x00\x26\x02\x01\x01\x04\x82\x00\x06public\xa0\x19\x02\x01\x01\x02"
	     "\x01\x00"),
	SEED(0, 389, "\x30\x0c\x02\x01\x01\x63\x07\x04\x00\x0a\x01\x00\x0a\x01"),
	SEED(1,
	     88,
	     "\x00\x00\x00\x10\x7e\x0e\x30\x0c\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa4\x00"),
	SEED(0, 88, "\x6a\x0e\x30\x0c\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a\xa4\x00"),
	SEED(0, 5060, "REGISTER sip:a SIP/2.0\r\n"),
	SEED(1, 3389, "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"
	),
	SEED(1,
	     102,
	     "\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x01"
	     "\x02"),
	SEED(1, 445, "\x00\x00\x00\x60\xfeSMB@\x00\x00\x00"),
	SEED(1,
	     3306,
	     "\x4a\x00\x00\x00\x0a"
	     "8.0.36\x00xxxxxxxx"),
	SEED(1, 5432, "\x00\x00\x00\x14\x00\x03\x00\x00user\x00me\x00\x00\x00\x00\x00"),
	SEED(1, 6379, "*1\r\n$4\r\nPING\r\n"),
	SEED(1, 1883, "\x10\x8e\x80\x01\x00\x04MQTT\x04\x02\x00\x3c"),
	SEED(1, 502, "\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x0a"),
	SEED(1, 20000, "\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21"),
	SEED(0, 47808, "\x81\x04\x00\x11\x0a\x00\x00\x01\xba\xc0\x01\x20\xff\xff\x00\xff\x10"),
	SEED(0,
	     5683,
	     "\x44\x01\x12\x34xxxx\xbd\x05.well-known-and-more-xx\x04"
	     "core\xe1\x01\x01x\xffy"),
	SEED(0,
	     69,
	     "\x00\x01"
	     "boot.bin\x00octet\x00"),
	SEED(1, 23, "\xff\xfd\x18\xff\xfd\x20"),
	SEED(0, 6881, "d1:ad2:id20:abcdefghij0123456789e1:q4:ping"),
	SEED(0, 3478, "\x00\x01\x00\x00\x21\x12\xa4\x42xxxxxxxxxxxx"),
	SEED(0, 1194, "\x38xxxxxxxx\x00\x00\x00\x00\x00"),
	SEED(0, 1194, "\x38xxxxxxxxyyyyyyyyyyyyyyyyyyyy\x00\x00\x00\x01zzzz\x00\x00\x00\x00\x00"),
	SEED(0,
	     500,
	     "xxxxxxxx\x00\x00\x00\x00\x00\x00\x00\x00\x21\x20\x22\x08\x00\x00\x00\x00\x00\x00\x00"
	     "\x1c"),
	SEED(0,
	     4500,
	     "\x00\x00\x00\x00xxxxxxxxyyyyyyyy\x21\x20\x22\x08\x00\x00\x00\x00\x00\x00\x00\x1c"),
	SEED(0, 11211, "\x00\x01\x00\x00\x00\x01\x00\x00stats\r\n"),
	SEED(1, 11211, "\x80\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00xxxxxxxxyyyy"),
	SEED(0, 514, "<34>1 2026 a b"),
	SEED(1,
	     9042,
	     "\x03\x00\x00\x00\x01\x00\x00\x00\x16\x00\x01\x00\x0b"
	     "CQL_VERSION\x00\x05"
	     "3.0.0"),
	SEED(1, 27017, "\x14\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00xxxx"),
	SEED(0, 547, "\x0c\x00xxxxxxxxxxxxxxxxyyyyyyyyyyyyyyyy\x00\x09\x00\x02zz"),
	SEED(0, 123, "\x17\x00\x03\x2a\x00\x00\x00\x00"),
};

void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n)) {
	static uint8_t bytes[512];

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		const uint16_t sport = 40000;

		bytes[0] = seeds[i].tcp;
		memcpy(&bytes[1], &sport, 2);
		memcpy(&bytes[3], &seeds[i].dport, 2);
		memcpy(&bytes[HEAD_BYTES], seeds[i].bytes, seeds[i].n);
		seed(bytes, HEAD_BYTES + (size_t)seeds[i].n);
	}
}
