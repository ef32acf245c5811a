// Opening a spool: what a process before this one left, even if it died while it wrote.
#include "publish/spool_in.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

static bool segment_number(const char *name, uint64_t *number) {
	char again[SEGMENT_NAME_MAX], *end;

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
