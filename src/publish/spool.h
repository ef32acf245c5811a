// A bounded first-in-first-out queue of records on disk, for while Redis is away.
//
// Overview   A folder holds numbered segment files, each a row of records, and one position file: how
//            far the records were confirmed. A record is its length, the CRC-32C of length and bytes,
//            and the bytes. Records are only ever appended; a segment all of whose records are
//            confirmed is deleted.
//
// Crash      A record that was being written when the process died is cut at the next open. The
//            position is written to two slots in turn, each with its CRC, so one of them always holds.
//            A position that is a little old makes records come again, never go missing.
//            A record that has been damaged is left out and counted; one whose length is damaged
//            takes the rest of its segment with it.
//
// Threads    One owner. A second process is kept out by a lock on the folder.
// Memory     From the heap: one record at a time.
// Full       spool_put() says -ENOSPC when the files would grow beyond bytes_max, and changes nothing.
#ifndef WEIR_PUBLISH_SPOOL_H
#define WEIR_PUBLISH_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#define SPOOL_ERROR_MAX 256
#define SPOOL_RECORD_MAX (64u << 10)

struct spool;

// Makes the folder where it is missing (not its parents).
// @return 0, or -errno and one line in error, *out untouched
int spool_open(
	struct spool **out,
	const char *folder,
	uint64_t bytes_max,
	char error[static SPOOL_ERROR_MAX]
);
void spool_close(struct spool *); // NULL is fine

// @return 0; -ENOSPC full; -EMSGSIZE longer than a record may be or empty; another -errno of the disk.
//         A failed put leaves nothing behind.
int spool_put(struct spool *, const void *bytes, size_t n);

// The next record behind the last one read. *bytes is valid until the next call.
// @return 0, or -ENOENT: no more; another -errno: the disk
int spool_read(struct spool *, const void **bytes, size_t *n);
void spool_rewind(struct spool *); // read again from the first record that is not confirmed
int spool_confirm(struct spool *); // all that were read are done with

uint64_t spool_records(const struct spool *); // not confirmed
uint64_t spool_bytes_used(const struct spool *); // of these records
uint64_t spool_damaged(const struct spool *); // records or tails left out since open

#endif
