// A file, whole or as it was: written beside its path, synchronized and renamed.
//
// Threads    Any; two at a time on one path spoil each other's attempt.
// Memory     None taken.
#ifndef WEIR_DETECT_FILE_PUT_H
#define WEIR_DETECT_FILE_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_ERROR_MAX 256

// @return false and errno: could not write all
typedef bool file_put_fn(int fd, void *what);
// @return 0, or -errno and one line in error
int file_put(const char *path, file_put_fn *put, void *what, char error[static FILE_ERROR_MAX]);
bool file_write(int fd, const void *bytes, size_t n); // a file_put_fn's means

// @param max  bytes; a larger file is refused
// @return 0 and *bytes, the caller's to free; or -errno and one line in error
int file_get(
	const char *path,
	uint64_t max,
	uint8_t **bytes,
	size_t *n,
	char error[static FILE_ERROR_MAX]
);

#endif
