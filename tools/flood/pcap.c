// The classic capture file (draft-ietf-opsawg-pcap), little endian as this machine writes it.
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCAP_MAGIC_NS 0xa1b23c4du
#define LINKTYPE_ETHERNET 1
#define BUFFER_BYTES (1u << 20)
#define ROOM 64u

struct pcap_file {
	struct output output;
	FILE *file;
	uint32_t snap;
	uint8_t frame[ROOM][FRAME_BYTES_MAX];
};

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snap, link;
};
static_assert(sizeof(struct file_header) == 24, "as the format says");

struct record_header {
	uint32_t s, ns, captured, length;
};
static_assert(sizeof(struct record_header) == 16, "as the format says");

static int put(struct output *output, const uint8_t *frame, uint32_t n, uint64_t time_ns) {
	struct pcap_file *const p = (struct pcap_file *)output;
	const struct record_header header = {
		.s = (uint32_t)(time_ns / SECOND_NS),
		.ns = (uint32_t)(time_ns % SECOND_NS),
		.captured = n < p->snap ? n : p->snap,
		.length = n,
	};

	if (fwrite(&header, sizeof(header), 1, p->file) != 1
	    || fwrite(frame, header.captured, 1, p->file) != 1)
		return errno ? -errno : -EIO;
	return 0;
}

static uint16_t room(struct output *output, uint8_t *frame[], uint16_t n) {
	struct pcap_file *const p = (struct pcap_file *)output;
	const uint16_t there = n < ROOM ? n : ROOM;

	for (uint16_t i = 0; i < there; i++)
		frame[i] = p->frame[i];
	return there;
}

static int
send_all(struct output *output, const uint16_t length[], const uint64_t time_ns[], uint16_t n) {
	const struct pcap_file *const p = (struct pcap_file *)output;
	int error;

	for (uint16_t i = 0; i < n; i++)
		if ((error = put(output, p->frame[i], length[i], time_ns[i])) < 0)
			return error;
	return n;
}

static int close_file(struct output *output, struct tally *) {
	struct pcap_file *const p = (struct pcap_file *)output;
	const bool flushed = fflush(p->file) == 0;
	const int error = errno, closed = p->file == stdout ? 0 : fclose(p->file);

	free(p);
	if (!flushed)
		return -error;
	return closed == 0 ? 0 : -errno;
}

struct output *pcap_output(const char *path, uint32_t snap) {
	const struct file_header header
		= {.magic = PCAP_MAGIC_NS,
		   .major = 2,
		   .minor = 4,
		   .snap = snap,
		   .link = LINKTYPE_ETHERNET};
	struct pcap_file *const p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->output
		= (struct output) {.put = put, .room = room, .send = send_all, .close = close_file};
	p->snap = snap;
	p->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
	if (p->file == NULL) {
		free(p);
		return NULL;
	}
	setvbuf(p->file, NULL, _IOFBF, BUFFER_BYTES);
	if (fwrite(&header, sizeof(header), 1, p->file) == 1)
		return &p->output;
	close_file(&p->output, NULL);
	return NULL;
}
