#include "publish/spool.h"

#include "contract/crc32c.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENTS 8 // of a full spool: deleting one frees an eighth
#define SEGMENT_MIN (64u << 10)
#define SEGMENT_MAX (8u << 20)
#define SEGMENT_GAP_MAX (1u << 20) // between the first and the last number: more was not us

struct record_head {
	uint32_t n;
	uint32_t crc; // of n, then the bytes
};

// One slot of the position file, in the machine's byte order: a spool stays on its machine.
struct position {
	uint64_t turn; // the slot with the higher one holds
	uint64_t segment;
	uint64_t offset;
	uint32_t zero;
	uint32_t crc; // of all before
};
static_assert(sizeof(struct position) == 32, "no padding goes into the CRC");

struct place {
	uint64_t segment;
	uint64_t offset;
};

struct spool {
	int folder; // descriptors
	int lock;
	int position;
	int tail_fd; // segment that is appended to, -1 before the first
	int read_fd; // segment of `next`, -1 if none is open
	uint64_t bytes_max;
	uint64_t segment_max;
	uint64_t turn;
	struct place done; // first record that is not confirmed
	struct place next; // first record that is not read
	struct place tail; // where the next record goes
	uint64_t files_bytes; // on disk, segments only
	uint64_t records, bytes; // not confirmed
	uint64_t read_records, read_bytes; // of these, read
	uint64_t damaged;
	uint8_t record[SPOOL_RECORD_MAX];
};

static void segment_name(uint64_t segment, char name[static 32]) {
	snprintf(name, 32, "%016llx.seg", (unsigned long long)segment);
}

static int segment_open(const struct spool *s, uint64_t segment, int flags) {
	char name[32];

	segment_name(segment, name);
	return openat(s->folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static uint64_t segment_size(const struct spool *s, uint64_t segment) {
	struct stat st;
	char name[32];

	segment_name(segment, name);
	return fstatat(s->folder, name, &st, 0) == 0 ? (uint64_t)st.st_size : 0;
}

static void segment_delete(struct spool *s, uint64_t segment) {
	const uint64_t size = segment_size(s, segment);
	char name[32];

	segment_name(segment, name);
	if (unlinkat(s->folder, name, 0) == 0)
		s->files_bytes -= size < s->files_bytes ? size : s->files_bytes;
}

static void fd_close(int *fd) {
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

// --- position

static void position_load(struct spool *s) {
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

static int position_save(struct spool *s) {
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

// --- reading

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

// The record at `offset` into s->record.
// @return its length; 0: the segment ends exactly here; -EBADMSG: the bytes are damaged and *skip
//         says where the next record begins; -EILSEQ: the rest of the segment is no record; -errno
static int record_at(struct spool *s, int fd, uint64_t offset, uint64_t *skip) {
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

static int write_whole(int fd, const void *bytes, size_t n, uint64_t offset) {
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

// --- open and close

static bool segment_number(const char *name, uint64_t *number) {
	char again[32], *end;

	*number = strtoull(name, &end, 16);
	segment_name(*number, again);
	return strcmp(again, name) == 0;
}

// Which segments there are: first to last, and their bytes. Those before the position are done with.
static int segments_find(struct spool *s, uint64_t *first, uint64_t *last, bool *any) {
	const int fd = dup(s->folder);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	if (dir == NULL) {
		const int ret = -errno;

		if (fd >= 0)
			close(fd);
		return ret;
	}
	while ((e = readdir(dir)) != NULL) {
		uint64_t number;

		if (!segment_number(e->d_name, &number) || number > UINT64_MAX / 2)
			continue;
		s->files_bytes += segment_size(s, number);
		if (number < s->done.segment) {
			segment_delete(s, number);
			continue;
		}
		*first = *any && *first < number ? *first : number;
		*last = *any && *last > number ? *last : number;
		*any = true;
	}
	closedir(dir);
	return 0;
}

// Reads every record once: counts them and finds where the last segment's whole records end.
static int segments_scan(struct spool *s, uint64_t last) {
	const void *bytes;
	size_t n;
	int ret;

	s->tail = (struct place) {last, segment_size(s, last)};
	s->next = s->done;
	while ((ret = spool_read(s, &bytes, &n)) == 0) {
		s->records++;
		s->bytes += n;
	}
	return ret == -ENOENT ? 0 : ret;
}

// Cut what a crash left half written behind the last whole record.
static int tail_cut(struct spool *s) {
	const int fd = segment_open(s, s->tail.segment, O_RDWR);
	uint64_t end = s->tail.segment == s->done.segment ? s->done.offset : 0, skip = 0;
	int got;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	while ((got = record_at(s, fd, end, &skip)) > 0 || got == -EBADMSG)
		end = skip;
	if (end > s->tail.offset)
		end = s->tail.offset;
	if (end < s->tail.offset) {
		if (ftruncate(fd, (off_t)end) < 0) {
			const int ret = -errno;

			close(fd);
			return ret;
		}
		s->files_bytes -= s->tail.offset - end;
	}
	s->tail.offset = end;
	s->tail_fd = fd;
	return got == 0 || got == -EILSEQ ? 0 : got;
}

static int spool_recover(struct spool *s) {
	uint64_t first = 0, last = 0;
	bool any = false;
	int ret;

	position_load(s);
	ret = segments_find(s, &first, &last, &any);
	if (ret < 0)
		return ret;
	if (any && first > s->done.segment)
		s->done = (struct place) {first, 0};
	if (s->done.offset > segment_size(s, s->done.segment))
		s->done.offset = segment_size(s, s->done.segment);
	s->next = s->tail = s->done;
	if (!any)
		return 0;
	if (last - s->done.segment > SEGMENT_GAP_MAX)
		return -EUCLEAN;
	ret = segments_scan(s, last);
	if (ret == 0)
		ret = tail_cut(s);
	spool_rewind(s);
	return ret;
}

static int folder_open(struct spool *s, const char *folder, const char **what) {
	*what = "cannot be made";
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return -errno;
	*what = "cannot be used";
	s->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->folder < 0)
		return -errno;
	s->lock = openat(s->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock < 0)
		return -errno;
	if (flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
		*what = "is in use by another sensor: give each its own folder";
		return -errno;
	}
	s->position
		= openat(s->folder, "position", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return s->position < 0 ? -errno : 0;
}

int spool_open(
	struct spool **out,
	const char *folder,
	uint64_t bytes_max,
	char error[static SPOOL_ERROR_MAX]
) {
	struct spool *s = calloc(1, sizeof(*s));
	const char *what = "out of memory";
	int ret = -ENOMEM;

	if (s == NULL)
		goto fail;
	s->folder = s->lock = s->position = s->tail_fd = s->read_fd = -1;
	s->bytes_max = bytes_max;
	s->segment_max = bytes_max / SEGMENTS;
	if (s->segment_max < SEGMENT_MIN)
		s->segment_max = SEGMENT_MIN;
	if (s->segment_max > SEGMENT_MAX)
		s->segment_max = SEGMENT_MAX;
	ret = folder_open(s, folder, &what);
	if (ret < 0)
		goto close_spool;
	what = "cannot be read";
	ret = spool_recover(s);
	if (ret < 0)
		goto close_spool;
	*out = s;
	return 0;

close_spool:
	spool_close(s);
fail:
	snprintf(error, SPOOL_ERROR_MAX, "%.160s: %s: %s", folder, what, strerror(-ret));
	return ret;
}

void spool_close(struct spool *s) {
	if (s == NULL)
		return;
	if (s->tail_fd >= 0)
		fdatasync(s->tail_fd);
	fd_close(&s->tail_fd);
	fd_close(&s->read_fd);
	fd_close(&s->position);
	fd_close(&s->lock);
	fd_close(&s->folder);
	free(s);
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
