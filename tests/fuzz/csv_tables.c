// A table from anyone, as weir analyze reads it: whatever the bytes are, rows are finite, frames can be parsed and
// lie within their buffers, and an error is one line without control characters.
#include "feed.h"
#include "flow_row.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

static void check_error(const char *error) {
	if (error[0] == '\0' || strpbrk(error, "\n\r\x1b") != NULL)
		abort();
}

static void rows(struct feed *f) {
	const unsigned n = f->columns.format == CSV_HOSTS ? (unsigned)HOST_FEATURE_N
							  : (unsigned)FLOW_FEATURE_N;
	struct flow_row_state state = {0};
	struct flow_row row;
	int got = 0;

	while (got >= 0 && csv_in_next(f->csv) > 0) {
		got = flow_row_read(&row, &state, &f->columns, f->csv);
		for (unsigned i = 0; got == 1 && i < n; i++)
			if (!isfinite(row.value[i]) || row.known[i] > KNOWN_TOLD)
				abort();
	}
}

static void packets(struct feed *f) {
	const struct packet_conf conf = {.link = LINK_ETHERNET, .tunnel_depth = 4};
	struct frame frames[CAPTURE_BURST];
	uint64_t all = 0;
	uint16_t n;

	while ((n = feed_burst(f, frames)) > 0)
		for (uint16_t i = 0; i < n; i++, all++) {
			struct packet p;
			// In a block of its own, so that a sanitizer sees each byte read beyond it.
			uint8_t *copy = malloc(frames[i].captured);

			memcpy(copy, frames[i].data, frames[i].captured);
			frames[i].data = copy;
			packet_parse(&conf, &frames[i], &p);
			free(copy);
		}
	if (all != feed_packets(f))
		abort();
}

static void one(const char *path, int format) {
	char error[FEED_ERROR_MAX] = "";
	struct feed f;

	if (feed_open(&f, path, format, error) < 0) {
		check_error(error);
		return;
	}
	if (feed_has_packets(&f))
		packets(&f);
	else
		rows(&f);
	if (f.csv != NULL && csv_in_error(f.csv) != NULL)
		check_error(csv_in_error(f.csv));
	feed_close(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	const int fd = memfd_create("table.csv", 0);
	char path[64];

	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	one(path, -1);
	one(path, CSV_PACKETS);
	close(fd);
	return 0;
}

static const char *const seeds[] = {
	"\xef\xbb\xbf\"No.\",\"Time\",\"Source\",\"Destination\",\"Protocol\",\"Length\","
	"\"Info\"\r\n"
	"1,0.0,10.0.0.1,10.0.0.2,TCP,74,\"50000 \xe2\x86\x92 443 [SYN, ECE] Seq=0 Win=64240 Len=0 "
	"MSS=1460\"\r\n"
	"2,0.1,2001:db8::2,2001:db8::1,TCP,66,\"[TCP Dup ACK 1#1] https(443) > 50000 [ACK] Seq=1 "
	"Ack=1 Win=1 Len=0\"\r\n"
	"3,*REF*,10.0.0.2,10.0.0.1,TLSv1.2,571,Client Hello\r\n"
	"4,2024-01-01 12:00:00.5,10.0.0.1,10.0.0.2,DNS,85,Standard query 0x1a2b A \"\"x\"\"\r\n"
	"5,12:00:00.5,10.0.0.1,10.0.0.2,IPv4,1514,\"Fragmented IP protocol (proto=UDP 17, "
	"off=1480, "
	"ID=1a2b) [Reassembled in #5]\"\r\n"
	"6,7,2001:db8::1,2001:db8::2,IPv6,1510,IPv6 fragment (off=1448 more=y ident=0x1 nxt=17)\r\n"
	"7,8,10.0.0.1,10.0.0.2,ICMP,98,\"Echo (ping) request  id=0x0001, seq=1/256, ttl=64\"\r\n"
	"8,9,10.0.0.1,10.0.0.2,UDP,60,Source port: domain (53)  Destination port: 1234\r\n"
	"9,9,aa:bb:cc:dd:ee:ff,Broadcast,ARP,60,Who has 10.0.0.1? Tell 10.0.0.2\r\n"
	"10,9,10.0.0.1,10.0.0.2,FOO,70000,bar\r\n",
	"Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Flow Duration,Tot Fwd Pkts,Tot Bwd "
	"Pkts,"
	"TotLen Fwd Pkts,TotLen Bwd Pkts,Flow Pkts/s,Flow IAT Mean,Fwd Header Len,SYN Flag Cnt\n"
	"10.0.0.1,50000,10.0.0.2,80,6,07/07/2017 03:30:00 "
	"PM,5243884,8,5,20,11595,2.48,436990.3,172,2\n"
	"10.0.0.1,0,10.0.0.2,0,0,2017-07-07 19:14:04.346778,0,1,0,0,0,Infinity,NaN,-1,0\n",
	"bytes_transferred;packet_count;connection_duration;retransmission_rate;bytes_per_packet;"
	"packets_per_second;protocol\n1000;10;1.5;0.1;100;6.7;TCP\n1e38;1;1e-38;200;;Infinity;"
	"\"1\"7\n",
};

void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n)) {
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		seed((const uint8_t *)seeds[i], strlen(seeds[i]));
}
