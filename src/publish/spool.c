#include "contract/crc32c.h"
#include "publish/spool_in.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

// --- reading

static bool next_segment(struct spool *s) {
	if (s->next.segment >= s->tail.segment)
		return false;
	fd_close(&s->read_fd);
	s->next = (struct place) {s->next.segment + 1, 0};
	return true;
}

int spool_read(struct spool *s, const void **bytes, size_t *n) {
	for (;;) {
		uint64_t skip = 0;
		int got;

		if (s->next.segment == s->tail.segment && s->next.offset >= s->tail.offset)
			return -ENOENT;
		if (s->read_fd < 0)
			s->read_fd = segment_open(s, s->next.segment, O_RDONLY);
		got = s->read_fd < 0 ? -errno : record_at(s, s->read_fd, s->next.offset, &skip);
		if (got > 0) {
			s->next.offset = skip;
			s->read_records++;
			s->read_bytes += (uint64_t)got;
			*bytes = s->record;
			*n = (size_t)got;
			return 0;
		}
		if (got != 0 && got != -ENOENT && got != -EBADMSG && got != -EILSEQ)
			return got;
		s->damaged += got == -EBADMSG || got == -EILSEQ;
		if (got == -EBADMSG)
			s->next.offset = skip;
		else if (!next_segment(s))
			s->next.offset = s->tail.offset;
	}
}

void spool_rewind(struct spool *s) {
	fd_close(&s->read_fd);
	s->next = s->done;
	s->read_records = 0;
	s->read_bytes = 0;
}

int spool_confirm(struct spool *s) {
	const uint64_t first = s->done.segment;
	int ret;

	if (s->next.segment == s->done.segment && s->next.offset == s->done.offset)
		return 0;
	s->done = s->next;
	s->records -= s->read_records < s->records ? s->read_records : s->records;
	s->bytes -= s->read_bytes < s->bytes ? s->read_bytes : s->bytes;
	s->read_records = 0;
	s->read_bytes = 0;
	if (s->next.segment == s->tail.segment && s->next.offset >= s->tail.offset) {
		// Empty: the next record opens a new segment, so that the disk is given back.
		s->records = 0;
		s->bytes = 0;
		fd_close(&s->tail_fd);
		fd_close(&s->read_fd);
		s->tail = (struct place) {s->tail.segment + 1, 0};
		s->done = s->next = s->tail;
	}
	// Position first: segments before it are deleted at the next open if we die here.
	ret = position_save(s);
	for (uint64_t i = first; i < s->done.segment; i++)
		segment_delete(s, i);
	return ret;
}

// --- writing

static int tail_ready(struct spool *s) {
	if (s->tail_fd >= 0 && s->tail.offset < s->segment_max)
		return 0;
	if (s->tail_fd >= 0) {
		fdatasync(s->tail_fd);
		fd_close(&s->tail_fd);
		s->tail = (struct place) {s->tail.segment + 1, 0};
	}
	s->tail_fd = segment_open(s, s->tail.segment, O_RDWR | O_CREAT);
	return s->tail_fd < 0 ? -errno : 0;
}

int spool_put(struct spool *s, const void *bytes, size_t n) {
	struct record_head head = {.n = (uint32_t)n};
	const uint64_t whole = sizeof(head) + n;
	int ret;

	if (n == 0 || n > SPOOL_RECORD_MAX)
		return -EMSGSIZE;
	if (s->files_bytes + whole > s->bytes_max)
		return -ENOSPC;
	ret = tail_ready(s);
	if (ret < 0)
		return ret;
	head.crc = crc32c(crc32c(0, &head.n, sizeof(head.n)), bytes, n);
	ret = write_whole(s->tail_fd, &head, sizeof(head), s->tail.offset);
	if (ret == 0)
		ret = write_whole(s->tail_fd, bytes, n, s->tail.offset + sizeof(head));
	if (ret < 0) {
		if (ftruncate(s->tail_fd, (off_t)s->tail.offset) < 0) {
			// What was half written stays behind the tail; the next record overwrites it.
		}
		// A disk that is full says so as -ENOSPC, which here means our own bound.
		return ret == -ENOSPC ? -EDQUOT : ret;
	}
	s->tail.offset += whole;
	s->files_bytes += whole;
	s->records++;
	s->bytes += n;
	return 0;
}

uint64_t spool_records(const struct spool *s) {
	return s->records;
}

uint64_t spool_bytes_used(const struct spool *s) {
	return s->bytes;
}

uint64_t spool_damaged(const struct spool *s) {
	return s->damaged;
}
