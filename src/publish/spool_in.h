// Inside of spool.h: shared by spool.c, spool_disk.c and spool_open.c only.
#ifndef WEIR_PUBLISH_SPOOL_IN_H
#define WEIR_PUBLISH_SPOOL_IN_H

#include "publish/spool.h"

#include <stdbool.h>
#include <sys/types.h>

struct record_head {
	uint32_t n;
	uint32_t crc; // of n, then the bytes
};

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

// spool_disk.c: segments, the position and single records as they lie on the disk.
#define SEGMENT_NAME_MAX 32
void segment_name(uint64_t segment, char name[static SEGMENT_NAME_MAX]);
int segment_open(const struct spool *, uint64_t segment, int flags);
uint64_t segment_size(const struct spool *, uint64_t segment);
void segment_delete(struct spool *, uint64_t segment);
void fd_close(int *fd);
void position_load(struct spool *);
int position_save(struct spool *);
// The record at `offset` into s->record.
// @return its length; 0: the segment ends exactly here; -EBADMSG: the bytes are damaged and *skip
//         says where the next record begins; -EILSEQ: the rest of the segment is no record; -errno
int record_at(struct spool *, int fd, uint64_t offset, uint64_t *skip);
int write_whole(int fd, const void *bytes, size_t n, uint64_t offset);

#endif
