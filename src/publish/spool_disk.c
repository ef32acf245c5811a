// What the spool has on the disk: segment files, the position file, single records.
#include "contract/crc32c.h"
#include "publish/spool_in.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// One slot of the position file, in the machine's byte order: a spool stays on its machine.
struct position {
	uint64_t turn; // the slot with the higher one holds
	uint64_t segment;
	uint64_t offset;
	uint32_t zero;
	uint32_t crc; // of all before
};
static_assert(sizeof(struct position) == 32, "no padding goes into the CRC");

void segment_name(uint64_t segment, char name[static SEGMENT_NAME_MAX]) {
	snprintf(name, SEGMENT_NAME_MAX, "%016llx.seg", (unsigned long long)segment);
}

int segment_open(const struct spool *s, uint64_t segment, int flags) {
	char name[SEGMENT_NAME_MAX];

	segment_name(segment, name);
	return openat(s->folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

uint64_t segment_size(const struct spool *s, uint64_t segment) {
	struct stat st;
	char name[SEGMENT_NAME_MAX];

	segment_name(segment, name);
	return fstatat(s->folder, name, &st, 0) == 0 ? (uint64_t)st.st_size : 0;
}

void segment_delete(struct spool *s, uint64_t segment) {
	const uint64_t size = segment_size(s, segment);
	char name[SEGMENT_NAME_MAX];

	segment_name(segment, name);
	if (unlinkat(s->folder, name, 0) == 0)
		s->files_bytes -= size < s->files_bytes ? size : s->files_bytes;
}

void fd_close(int *fd) {
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

// --- position

void position_load(struct spool *s) {
	struct position slot[2] = {0};

	if (pread(s->position, slot, sizeof(slot), 0) < (ssize_t)sizeof(slot[0]))
		return;
	for (unsigned i = 0; i < 2; i++) {
		const struct position *p = &slot[i];

		if (p->crc != crc32c(0, p, offsetof(struct position, crc)) || p->turn <= s->turn)
			continue;
		s->turn = p->turn;
		s->done = (struct place) {p->segment, p->offset};
	}
}

int position_save(struct spool *s) {
	struct position p = {
		.turn = s->turn + 1,
		.segment = s->done.segment,
		.offset = s->done.offset,
	};
	ssize_t n;

	p.crc = crc32c(0, &p, offsetof(struct position, crc));
	n = pwrite(s->position, &p, sizeof(p), (off_t)((p.turn % 2) * sizeof(p)));
	if (n != (ssize_t)sizeof(p))
		return n < 0 ? -errno : -EIO;
	s->turn++;
	return 0;
}

// --- records

static ssize_t read_whole(int fd, void *to, size_t n, uint64_t offset) {
	size_t got = 0;

	while (got < n) {
		const ssize_t r = pread(fd, (uint8_t *)to + got, n - got, (off_t)(offset + got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

int record_at(struct spool *s, int fd, uint64_t offset, uint64_t *skip) {
	struct record_head head;
	ssize_t n = read_whole(fd, &head, sizeof(head), offset);

	if (n <= 0)
		return (int)n;
	if (n < (ssize_t)sizeof(head) || head.n == 0 || head.n > SPOOL_RECORD_MAX)
		return -EILSEQ;
	n = read_whole(fd, s->record, head.n, offset + sizeof(head));
	if (n < 0)
		return (int)n;
	if (n < (ssize_t)head.n)
		return -EILSEQ;
	*skip = offset + sizeof(head) + head.n;
	if (head.crc != crc32c(crc32c(0, &head.n, sizeof(head.n)), s->record, head.n))
		return -EBADMSG;
	return (int)head.n;
}

int write_whole(int fd, const void *bytes, size_t n, uint64_t offset) {
	size_t done = 0;

	while (done < n) {
		const ssize_t w = pwrite(
			fd, (const uint8_t *)bytes + done, n - done, (off_t)(offset + done)
		);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		done += (size_t)w;
	}
	return 0;
}
