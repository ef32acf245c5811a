// Captures: classic ones by classic.h, all others by libpcap. Its buffer lives for one packet, so a burst is
// copied out of it.
#include "capture.h"

#include "classic.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_ALIGN 64
#define NS_PER_S 1000000000ull
#define SECONDS_MAX 9000000000ll // the year 2255: what a clock of 64-bit nanoseconds can hold

struct capture {
	pcap_t *pcap; // knows the header; reads the rest where there is no `classic`
	struct classic *classic; // or NULL
	struct unpack *unpack; // owned by the FILE that pcap owns where there is no `classic`
	uint64_t packets;
	struct frame *frames; // of the burst that is being filled
	uint16_t n;
	bool over;
	uint32_t used_bytes;
	char path[256];
	char damage[CAPTURE_ERROR_MAX];
	_Alignas(FRAME_ALIGN) uint8_t bytes[CAPTURE_BURST * FRAME_LOOK_MAX];
};

static const char *shown(const char *path) {
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static const char *open_advice(int error) {
	switch (error) {
	case ENOENT:
		return ": is the name right?";
	case EACCES:
		return ": let this user read it";
	case EISDIR:
		return ": name a file in it";
	default:
		return "";
	}
}

static int refuse(struct capture *c, const char *why, char *error) {
	snprintf(
		error,
		CAPTURE_ERROR_MAX,
		"%s: not a capture that can be read (%.200s): give a pcap or pcapng file, plain or "
		"packed by gzip, xz, zstd, bzip2 or lz4",
		c->path,
		unpack_error(c->unpack) != NULL ? unpack_error(c->unpack) : why
	);
	return -EBADMSG;
}

static int no_memory(const struct capture *c, char *error) {
	snprintf(error, CAPTURE_ERROR_MAX, "%s: out of memory", c->path);
	return -ENOMEM;
}

static pcap_t *pcap_of(FILE *file, char why[static PCAP_ERRBUF_SIZE]) {
	return pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
}

// The whole file is libpcap's.
static int open_by_pcap(struct capture *c, char *error) {
	FILE *const file = unpack_file(c->unpack);
	char why[PCAP_ERRBUF_SIZE] = "";
	int ret;

	if (file == NULL)
		return no_memory(c, error);
	__fsetlocking(file, FSETLOCKING_BYCALLER); // two reads a packet, by this thread alone
	c->pcap = pcap_of(file, why);
	if (c->pcap != NULL)
		return 0;
	ret = refuse(c, why, error);
	fclose(file); // and with it `unpack`
	c->unpack = NULL;
	return ret;
}

// libpcap is shown the header alone. @return 1: it is to have the whole file
static int
open_classic(struct capture *c, uint8_t header[static CLASSIC_HEADER_BYTES], char *error) {
	FILE *const file = fmemopen(header, CLASSIC_HEADER_BYTES, "rb");
	char why[PCAP_ERRBUF_SIZE] = "";

	if (file == NULL)
		return no_memory(c, error);
	c->pcap = pcap_of(file, why);
	if (c->pcap == NULL) {
		fclose(file);
		return refuse(c, why, error);
	}
	// The longest record that libpcap allows depends on the link type: of those that are decoded it is one.
	if (link_type_from_dlt(pcap_datalink(c->pcap)) == LINK_UNSUPPORTED) {
		pcap_close(c->pcap);
		c->pcap = NULL;
		return 1;
	}
	c->classic = classic_create(c->unpack, (uint32_t)pcap_snapshot(c->pcap));
	return c->classic != NULL ? 0 : no_memory(c, error);
}

static int open_unpacked(struct capture *c, char *error) {
	uint8_t header[UNPACK_PEEK_MAX];

	if (unpack_peek(c->unpack, header, CLASSIC_HEADER_BYTES) == CLASSIC_HEADER_BYTES
	    && classic_is(header)) {
		const int ret = open_classic(c, header, error);

		if (ret <= 0)
			return ret;
	}
	return open_by_pcap(c, error);
}

int capture_open_from(
	struct capture **out,
	struct unpack *from,
	const char *path,
	char error[static CAPTURE_ERROR_MAX]
) {
	struct capture *c = aligned_alloc(FRAME_ALIGN, sizeof(*c));
	int ret;

	if (c == NULL) {
		unpack_close(from);
		snprintf(error, CAPTURE_ERROR_MAX, "%s: out of memory", shown(path));
		return -ENOMEM;
	}
	memset(c, 0, offsetof(struct capture, bytes));
	snprintf(c->path, sizeof(c->path), "%s", shown(path));
	c->unpack = from;
	ret = open_unpacked(c, error);
	if (ret < 0) {
		capture_close(c);
		return ret;
	}
	*out = c;
	return 0;
}

int capture_open(struct capture **out, const char *path, char error[static CAPTURE_ERROR_MAX]) {
	struct unpack *from;
	const int ret = unpack_open(&from, path);

	if (ret == 0)
		return capture_open_from(out, from, path, error);
	snprintf(
		error, CAPTURE_ERROR_MAX, "%s: %s%s", shown(path), strerror(-ret), open_advice(-ret)
	);
	return ret;
}

void capture_close(struct capture *c) {
	const bool pcap_has_file = c != NULL && c->pcap != NULL && c->classic == NULL;

	if (c == NULL)
		return;
	classic_destroy(c->classic);
	if (c->pcap != NULL)
		pcap_close(c->pcap); // and with it its FILE
	if (!pcap_has_file)
		unpack_close(c->unpack);
	free(c);
}

unsigned capture_link(const struct capture *c) {
	return link_type_from_dlt(pcap_datalink(c->pcap));
}

const char *capture_link_name(const struct capture *c) {
	const char *name = pcap_datalink_val_to_name(pcap_datalink(c->pcap));

	return name != NULL ? name : "unknown";
}

// A file may hold any number here; the clock behind must not wrap around.
static uint64_t stamp_ns(const struct timeval *ts) {
	const int64_t seconds = ts->tv_sec < 0 ? 0
		: ts->tv_sec > SECONDS_MAX     ? SECONDS_MAX
					       : ts->tv_sec;

	// tv_usec holds nanoseconds: that is how the file was opened.
	return (uint64_t)seconds * NS_PER_S + (ts->tv_usec > 0 ? (uint64_t)ts->tv_usec : 0);
}

static void keep(uint8_t *user, const struct pcap_pkthdr *header, const uint8_t *data) {
	struct capture *c = (struct capture *)(void *)user;
	const uint32_t n = header->caplen < FRAME_LOOK_MAX ? header->caplen : FRAME_LOOK_MAX;
	uint8_t *to = &c->bytes[c->used_bytes];

	memcpy(to, data, n);
	c->frames[c->n++] = (struct frame) {to, header->caplen, stamp_ns(&header->ts)};
	c->used_bytes += (n + FRAME_ALIGN - 1) & ~(uint32_t)(FRAME_ALIGN - 1);
}

// What to do about what libpcap says.
static const char *advice(const char *why) {
	static const struct {
		const char *in;
		const char *advice;
	} known[] = {
		{"truncated", "the file is incomplete: copy or record it again"},
		{"an interface has",
		 "its interfaces differ: take them apart, with "
		 "tshark -r FILE -Y frame.interface_id==0 -w PART"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(why, known[i].in) != NULL)
			return known[i].advice;
	return "the file is damaged: copy or record it again";
}

static void note_damage(struct capture *c) {
	const char *why = unpack_error(c->unpack);

	if (why == NULL)
		why = c->classic != NULL ? classic_error(c->classic) : pcap_geterr(c->pcap);
	snprintf(
		c->damage,
		sizeof(c->damage),
		"%s: packet %llu cannot be read (%.200s); what was before it is used; %s",
		c->path,
		(unsigned long long)(c->packets + c->n) + 1,
		why,
		advice(why)
	);
}

static void burst_by_pcap(struct capture *c, struct frame *frames) {
	int ret;

	c->frames = frames;
	c->n = 0;
	c->used_bytes = 0;
	ret = pcap_dispatch(c->pcap, CAPTURE_BURST, keep, (uint8_t *)c);
	c->over = ret < CAPTURE_BURST;
	if (ret < 0)
		note_damage(c);
}

static void burst_by_classic(struct capture *c, struct frame *frames) {
	c->n = classic_burst(c->classic, frames, CAPTURE_BURST);
	c->over = c->n == 0;
	if (c->over && classic_error(c->classic) != NULL)
		note_damage(c);
}

uint16_t capture_burst(struct capture *c, struct frame frames[static CAPTURE_BURST]) {
	if (c->over)
		return 0;
	if (c->classic != NULL)
		burst_by_classic(c, frames);
	else
		burst_by_pcap(c, frames);
	c->packets += c->n;
	return c->n;
}

uint64_t capture_packets(const struct capture *c) {
	return c->packets;
}

const char *capture_damage(const struct capture *c) {
	return c->damage[0] != '\0' ? c->damage : NULL;
}

double capture_progress(const struct capture *c) {
	return unpack_progress(c->unpack);
}
