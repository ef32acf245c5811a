// A file that may be compressed, as a stream of its plain bytes.
//
// gzip, xz, zstd, bzip2 and lz4 are told by their first bytes, not by the file's name. Anything else is
// handed on as it is.
//
// Threads    One.
// Memory     From the heap; what a compressor's window needs, at most 256 MiB for xz.
// Ownership  The FILE owns everything: fclose() frees it. unpack_* may be called until then.
#ifndef WEIR_CLI_UNPACK_H
#define WEIR_CLI_UNPACK_H

#include <stdint.h>
#include <stdio.h>

struct unpack; // opaque; lives as long as the FILE

// @param path  "-" is standard input
// @return 0, or -errno with the outputs untouched
int unpack_open(FILE **file, struct unpack **out, const char *path);

// What was wrong with the compressed data or the reading of it; NULL: nothing.
const char *unpack_error(const struct unpack *);
// Share of the file that was read, 0..1; negative where its size is not known (a pipe).
double unpack_progress(const struct unpack *);

#endif
