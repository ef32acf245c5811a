// A spool's files after a crash or a bad disk: any segment and position give records within their
// bounds, and a spool that still takes and gives.
#include "contract/crc32c.h"
#include "publish/record.h"
#include "publish/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POSITION_BYTES 64
#define ROOM (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

static char folder[64];

static void remove_all(void) {
	static const char *const names[]
		= {"0000000000000000.seg", "0000000000000001.seg", "position", "lock"};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
}

static void remove_folder(void) {
	remove_all();
	rmdir(folder);
}

static void write_file(const char *name, const uint8_t *data, size_t n) {
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	close(fd);
}

static void read_all(struct spool *s) {
	const void *bytes;
	size_t n;

	while (spool_read(s, &bytes, &n) == 0) {
		if (n == 0 || n > SPOOL_RECORD_MAX)
			abort();
		record_free(record_unpack(bytes, n));
	}
	if (spool_confirm(s) != 0 || spool_records(s) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	const size_t position = n > POSITION_BYTES ? POSITION_BYTES : n;
	char error[SPOOL_ERROR_MAX];
	struct spool *s;

	if (folder[0] == '\0') {
		strcpy(folder, "/tmp/weir-fuzz-XXXXXX");
		if (mkdtemp(folder) == NULL)
			abort();
		atexit(remove_folder);
	}
	remove_all();
	write_file("position", data, position);
	write_file("0000000000000000.seg", data + position, n - position);
	if (spool_open(&s, folder, ROOM, error) != 0)
		return 0;
	read_all(s);
	if (spool_put(s, "after", 5) != 0 || spool_records(s) != 1)
		abort();
	read_all(s);
	spool_close(s);
	return 0;
}

void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n)) {
	uint8_t bytes[POSITION_BYTES + 2 * 64] = {0};
	uint8_t *at = bytes + POSITION_BYTES;

	for (unsigned i = 0; i < 2; i++, at += 64) {
		static const char json[] = "{\"id\":\"1\",\"severity\":\"low\",\"time_ns\":1}";
		const uint32_t n = 56;
		uint8_t payload[56] = {1};
		uint32_t crc;

		memset(payload + 17, ' ', sizeof(payload) - 17);
		memcpy(payload + 17, json, n - 17 < sizeof(json) - 1 ? n - 17 : sizeof(json) - 1);
		crc = crc32c(crc32c(0, &n, sizeof(n)), payload, n);
		memcpy(at, &n, 4);
		memcpy(at + 4, &crc, 4);
		memcpy(at + 8, payload, n);
	}
	seed(bytes, sizeof(bytes));
	seed(bytes, sizeof(bytes) - 5);
	seed(bytes, 0);
}
