#include "detect/file_put.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(char *error, int code, const char *what) {
	snprintf(error, FILE_ERROR_MAX, "%s: %s", what, strerror(code));
	return -code;
}

bool file_write(int fd, const void *bytes, size_t n) {
	const uint8_t *at = bytes;

	while (n > 0) {
		const ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

// The name itself survives a crash of the machine once its folder has been written.
static void sync_folder(const char *path) {
	char copy[PATH_MAX];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int file_put(const char *path, file_put_fn *put, void *what, char error[static FILE_ERROR_MAX]) {
	char temporary[PATH_MAX];
	int fd, code;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return fail(error, errno, "cannot be made");
	code = put(fd, what) && fsync(fd) == 0 ? 0 : errno;
	if (close(fd) < 0 && code == 0)
		code = errno;
	if (code == 0 && rename(temporary, path) < 0)
		code = errno;
	if (code != 0) {
		unlink(temporary);
		return fail(error, code, "cannot be written");
	}
	sync_folder(path);
	return 0;
}

static bool read_all(int fd, uint8_t *to, size_t n) {
	while (n > 0) {
		const ssize_t got = read(fd, to, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

static int read_whole(int fd, uint64_t max, uint8_t **bytes, size_t *n, char *error) {
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(error, errno, "cannot be read");
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max)
		return fail(error, EFBIG, "not such a file");
	*n = (size_t)st.st_size;
	*bytes = malloc(*n + 1);
	if (*bytes == NULL)
		return fail(error, ENOMEM, "no memory");
	if (read_all(fd, *bytes, *n))
		return 0;
	free(*bytes);
	return fail(error, EIO, "cannot be read to its end");
}

int file_get(
	const char *path,
	uint64_t max,
	uint8_t **bytes,
	size_t *n,
	char error[static FILE_ERROR_MAX]
) {
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	if (fd < 0)
		return fail(error, errno, "cannot be read");
	ret = read_whole(fd, max, bytes, n, error);
	close(fd);
	return ret;
}
