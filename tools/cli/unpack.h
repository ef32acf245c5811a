// A file that may be compressed, as a stream of its plain bytes.
//
// gzip, xz, zstd, bzip2 and lz4 are told by their first bytes, not by the file's name. Anything else is
// handed on as it is.
//
// Threads    One.
// Memory     From the heap; what a compressor's window needs, at most 256 MiB for xz.
// Ownership  The caller's, until unpack_close() or unpack_file(). From unpack_file() on the FILE owns it all:
//            fclose() frees it, and unpack_error() and unpack_progress() may be called until then.
#ifndef WEIR_CLI_UNPACK_H
#define WEIR_CLI_UNPACK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define UNPACK_PEEK_MAX 64

struct unpack; // opaque

// @param path  "-" is standard input
// @return 0, or -errno with *out untouched
int unpack_open(struct unpack **out, const char *path);
void unpack_close(struct unpack *); // NULL is fine

// The first bytes, which are still to be read. Before any other reading; again with no more than at first.
// @param n  at most UNPACK_PEEK_MAX
// @return how many there are
size_t unpack_peek(struct unpack *, uint8_t to[static UNPACK_PEEK_MAX], size_t n);
// @return how many, at least one; 0 at the end; -1: unpack_error() tells
ssize_t unpack_read(struct unpack *, void *to, size_t n);
FILE *unpack_file(struct unpack *); // NULL: no memory, and it is still the caller's

// What was wrong with the compressed data or the reading of it; NULL: nothing.
const char *unpack_error(const struct unpack *);
// Share of the file that was read, 0..1; negative where its size is not known (a pipe).
double unpack_progress(const struct unpack *);

#endif
