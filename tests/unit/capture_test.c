// Captures as files, whole, spoiled and cut: the reader of classic files says what libpcap says.
#include "../../tools/cli/capture.h"
#include "test.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES 600
#define FILE_MAX (1u << 22)
#define NS_PER_S 1000000000ull

struct image {
	size_t n;
	uint8_t bytes[FILE_MAX];
};

static uint32_t next(uint32_t *seed) {
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void put(struct image *f, const void *what, size_t n) {
	if (f->n + n > FILE_MAX)
		return;
	memcpy(&f->bytes[f->n], what, n);
	f->n += n;
}

static void put_header(struct image *f, uint32_t *seed) {
	static const uint32_t snaps[]
		= {0, 1, 64, 1500, 65535, 262144, 300000, 0x7fffffff, 0xffffffff};
	const uint32_t header[] = {
		next(seed) % 2 ? 0xa1b2c3d4 : 0xa1b23c4d,
		0x00040002,
		0,
		0,
		snaps[next(seed) % (sizeof(snaps) / sizeof(snaps[0]))],
		next(seed) % 8 == 0 ? 147 : 1, // one link type that is not decoded
	};

	put(f, header, sizeof(header));
}

static uint32_t captured_of(uint32_t *seed) {
	switch (next(seed) % 64) {
	case 0:
		return next(seed) % 300000;
	case 1:
		return next(seed) % 20000;
	case 2:
		return next(seed) % 8 == 0 ? next(seed) : 0;
	default:
		return next(seed) % 200;
	}
}

static void put_record(struct image *f, uint32_t *seed) {
	static uint8_t data[300000];
	const uint32_t captured = captured_of(seed);
	const uint32_t header[] = {
		next(seed) % 16 == 0 ? next(seed) : 1700000000 + f->n / 1000,
		next(seed) % 16 == 0 ? next(seed) : next(seed) % 1000000,
		captured,
		captured,
	};

	put(f, header, sizeof(header));
	data[0] = (uint8_t)next(seed);
	put(f, data, captured < sizeof(data) ? captured : 16);
}

static void make(struct image *f, uint32_t seed) {
	const uint32_t records = next(&seed) % 3000;

	f->n = 0;
	put_header(f, &seed);
	for (uint32_t i = 0; i < records; i++)
		put_record(f, &seed);
	if (next(&seed) % 2)
		f->n -= next(&seed) % (f->n / 4 + 1);
	for (uint32_t i = next(&seed) % 4 == 0 ? 8 : 0; i > 0; i--)
		f->bytes[next(&seed) % f->n] ^= (uint8_t)(1u << next(&seed) % 8);
}

static int in_memory(const struct image *f, char path[static 64]) {
	const int fd = memfd_create("capture", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, f->bytes, f->n), f->n);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

// As capture.c takes them from libpcap.
static uint64_t stamp_of(const struct pcap_pkthdr *h) {
	return (h->ts.tv_sec > 0 ? (uint64_t)h->ts.tv_sec * NS_PER_S : 0)
		+ (h->ts.tv_usec > 0 ? (uint64_t)h->ts.tv_usec : 0);
}

static void
same_frame(const struct frame *frame, const struct pcap_pkthdr *h, const uint8_t *data) {
	const uint32_t looked_at = h->caplen < FRAME_LOOK_MAX ? h->caplen : FRAME_LOOK_MAX;

	assert_int_equal(frame->captured, h->caplen);
	assert_int_equal(frame->ts_ns, stamp_of(h));
	assert_memory_equal(frame->data, data, looked_at);
}

static void same_file(pcap_t *pcap, struct capture *capture) {
	struct frame frames[CAPTURE_BURST];
	struct pcap_pkthdr *h;
	const uint8_t *data;
	uint64_t packets = 0;
	uint16_t n;
	int ret;

	while ((n = capture_burst(capture, frames)) > 0)
		for (uint16_t i = 0; i < n; i++, packets++) {
			assert_int_equal(pcap_next_ex(pcap, &h, &data), 1);
			same_frame(&frames[i], h, data);
		}
	assert_int_equal(packets, capture_packets(capture));
	ret = pcap_next_ex(pcap, &h, &data);
	assert_true(ret == PCAP_ERROR_BREAK || ret == PCAP_ERROR);
	assert_int_equal(ret == PCAP_ERROR, capture_damage(capture) != NULL);
}

static void any_classic_file_reads_as_libpcap_reads_it(void **) {
	static struct image f;

	for (uint32_t seed = 1; seed <= FILES; seed++) {
		char path[64], error[CAPTURE_ERROR_MAX], why[PCAP_ERRBUF_SIZE];
		struct capture *capture;
		pcap_t *pcap;
		int fd;

		make(&f, seed * 2654435761u);
		fd = in_memory(&f, path);
		pcap = pcap_open_offline_with_tstamp_precision(
			path, PCAP_TSTAMP_PRECISION_NANO, why
		);
		if (pcap == NULL) {
			assert_true(capture_open(&capture, path, error) < 0);
		} else {
			assert_int_equal(capture_open(&capture, path, error), 0);
			assert_int_equal(
				capture_link(capture), link_type_from_dlt(pcap_datalink(pcap))
			);
			same_file(pcap, capture);
			capture_close(capture);
			pcap_close(pcap);
		}
		close(fd);
	}
}

// In pieces of any size, as a pipe may give them.
static void feed_pieces(int to, const struct image *f) {
	uint32_t seed = 7;

	for (size_t at = 0; at < f->n;) {
		const size_t want = 1 + next(&seed) % 3000;
		const ssize_t n = write(to, &f->bytes[at], f->n - at < want ? f->n - at : want);

		if (n < 0)
			_exit(1);
		at += (size_t)n;
	}
	_exit(0);
}

static void bursts_are_full_however_the_file_comes(void **) {
	const uint32_t header[] = {0xa1b23c4d, 0x00040002, 0, 0, 65535, 1};
	const uint32_t record[] = {1700000000, 0, 60, 60};
	const uint8_t data[60] = {0};
	static struct image f;
	struct frame frames[CAPTURE_BURST];
	char path[64], error[CAPTURE_ERROR_MAX];
	struct capture *capture;
	int ends[2], status;
	pid_t child;

	put(&f, header, sizeof(header));
	for (unsigned i = 0; i < 10 * CAPTURE_BURST + 3; i++) {
		put(&f, record, sizeof(record));
		put(&f, data, sizeof(data));
	}
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0)
		feed_pieces(ends[1], &f);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	assert_int_equal(capture_open(&capture, path, error), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(capture_burst(capture, frames), CAPTURE_BURST);
	assert_int_equal(capture_burst(capture, frames), 3);
	assert_int_equal(capture_burst(capture, frames), 0);
	assert_null(capture_damage(capture));
	capture_close(capture);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_classic_file_reads_as_libpcap_reads_it),
		cmocka_unit_test(bursts_are_full_however_the_file_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
