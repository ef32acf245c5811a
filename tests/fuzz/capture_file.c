// A capture from anyone, by the reader of classic files: frames that lie in its buffer, and one line for
// what is damaged.
#include "../../tools/cli/capture.c"
#include "../../tools/cli/classic.c"
#include "../../tools/cli/unpack.c"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

// Records of many lengths, with a header and without.
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n)) {
	uint32_t file[512] = {MAGIC_NS, 0x00040002, 0, 0, 65535, 1};
	uint32_t at = 6;

	for (uint32_t words = 0; at + 4 + words < 512; words += 3) {
		const uint32_t record[] = {1700000000 + words, words, words * 4, words * 4};

		memcpy(&file[at], record, sizeof(record));
		at += 4 + words;
	}
	seed((const uint8_t *)file, at * 4);
	seed((const uint8_t *)&file[6], (at - 6) * 4);
}

static uint32_t look(const struct frame *f) {
	const uint32_t n = f->captured < FRAME_LOOK_MAX ? f->captured : FRAME_LOOK_MAX;
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += f->data[i];
	return sum;
}

static void check_line(const char *line) {
	if (line[0] == '\0' || strchr(line, '\n') != NULL)
		abort();
}

static void read_all(struct capture *capture) {
	struct frame frames[CAPTURE_BURST];
	uint32_t sum = 0;
	uint64_t packets = 0;
	uint16_t n;

	for (; (n = capture_burst(capture, frames)) > 0; packets += n)
		for (uint16_t i = 0; i < n; i++)
			sum += look(&frames[i]);
	__asm__ volatile("" : : "r"(sum)); // it is wanted
	if (packets != capture_packets(capture))
		abort();
	if (capture_damage(capture) != NULL)
		check_line(capture_damage(capture));
}

static void read_file(int fd) {
	char path[64], error[CAPTURE_ERROR_MAX] = "";
	struct capture *capture;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (capture_open(&capture, path, error) < 0) {
		check_line(error);
		return;
	}
	read_all(capture);
	capture_close(capture);
}

// As it is, and as the records behind a header that is well.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	static const uint32_t header[] = {MAGIC_US, 0x00040002, 0, 0, 262144, 1};

	for (unsigned with_header = 0; with_header < 2; with_header++) {
		const int fd = memfd_create("capture", 0);

		if (fd < 0 || (with_header && write(fd, header, sizeof(header)) != sizeof(header))
		    || write(fd, data, n) != (ssize_t)n)
			abort();
		read_file(fd);
		close(fd);
	}
	return 0;
}
