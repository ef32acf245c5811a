#include "sensor/capture.h"

#include "packet/packet.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	uint8_t magic[4];
	uint8_t n;
} compressions[] = {
	{"gzip", {0x1f, 0x8b}, 2},
	{"bzip2", {'B', 'Z', 'h'}, 3},
	{"xz", {0xfd, '7', 'z', 'X'}, 4},
	{"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4},
	{"lz4", {0x04, 0x22, 0x4d, 0x18}, 4},
};

// @return name of the compression, NULL none
static const char *compression_of(FILE *f) {
	uint8_t head[4] = {0};
	const size_t n = fread(head, 1, sizeof(head), f);

	rewind(f);
	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++)
		if (n >= compressions[i].n
		    && memcmp(head, compressions[i].magic, compressions[i].n) == 0)
			return compressions[i].name;
	return NULL;
}

static void count_records(struct capture *c, pcap_t *p) {
	struct pcap_pkthdr *header;
	const uint8_t *data;
	int got;

	while ((got = pcap_next_ex(p, &header, &data)) == 1) {
		c->packets++;
		c->bytes += header->caplen;
		c->finer_than_us |= header->ts.tv_usec % 1000 != 0; // nanoseconds here
	}
	if (got == PCAP_ERROR) {
		c->cut_short = true;
		snprintf(c->damage, sizeof(c->damage), "%s", pcap_geterr(p));
	}
}

int capture_read(struct capture *out, const char *path, char error[static SENSOR_ERROR_MAX]) {
	char why[PCAP_ERRBUF_SIZE] = "";
	struct capture c = {0};
	const char *packed;
	FILE *f;
	pcap_t *p;

	// The driver takes its arguments as a list with commas, and has no way to quote one.
	if (strpbrk(path, ",[]\"") != NULL)
		return fail(
			error,
			SENSOR_PORT,
			"%s: DPDK cannot take a file name with a comma, bracket or quote: rename "
			"it, or "
			"use `weir analyze`",
			path
		);
	f = fopen(path, "rbe");
	if (f == NULL)
		return fail(error, SENSOR_PORT, "%s: %s", path, strerror(errno));
	packed = compression_of(f);
	if (packed != NULL) {
		fclose(f);
		return fail(
			error,
			SENSOR_PORT,
			"%s: compressed with %s: unpack it first, or use `weir analyze %s`",
			path,
			packed,
			path
		);
	}
	p = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, why);
	if (p == NULL) {
		fclose(f);
		return fail(error, SENSOR_PORT, "%s: not a capture file: %s", path, why);
	}
	c.link = (uint8_t)link_type_from_dlt(pcap_datalink(p));
	if (c.link == LINK_UNSUPPORTED) {
		fail(error,
		     SENSOR_PORT,
		     "%s: link type %s is not decoded",
		     path,
		     pcap_datalink_val_to_description_or_dlt(pcap_datalink(p)));
		pcap_close(p);
		return SENSOR_PORT;
	}
	count_records(&c, p);
	pcap_close(p);
	*out = c;
	return 0;
}
