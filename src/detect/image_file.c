// An image to its file and back.
#include "contract/crc32c.h"
#include "detect/image.h"
#include "detect/image_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(char *error, int code, const char *what) {
	snprintf(error, IMAGE_ERROR_MAX, "%s: %s", what, strerror(code));
	return -code;
}

static bool write_all(int fd, const void *bytes, size_t n) {
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

static bool write_image(int fd, const struct image *image) {
	uint32_t crc = 0;

	for (const struct image_piece *p = image->first; p != NULL; p = p->next) {
		crc = crc32c(crc, p->bytes, p->n);
		if (!write_all(fd, p->bytes, p->n))
			return false;
	}
	crc = crc32c(crc, &image->hosts, 4);
	return write_all(fd, &image->hosts, 4) && write_all(fd, &crc, 4) && fsync(fd) == 0;
}

// The name itself survives a crash of the machine once its folder has been written.
static void sync_folder(const char *path) {
	char copy[4096];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int image_write(const struct image *image, const char *path, char error[static IMAGE_ERROR_MAX]) {
	char temporary[4096];
	int fd, code;

	if (image->failed)
		return fail(error, ENOMEM, "no memory");
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return fail(error, errno, "cannot be made");
	code = write_image(fd, image) ? 0 : errno;
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

static int read_file(int fd, uint8_t **bytes, size_t *n, char *error) {
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(error, errno, "cannot be read");
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)IMAGE_BYTES_MAX)
		return fail(error, EFBIG, "not a file of what is usual");
	*n = (size_t)st.st_size;
	*bytes = malloc(*n + 1);
	if (*bytes == NULL)
		return fail(error, ENOMEM, "no memory");
	if (read_all(fd, *bytes, *n))
		return 0;
	free(*bytes);
	return fail(error, EIO, "cannot be read to its end");
}

int image_load(
	struct detect *d,
	const char *path,
	struct image_news *news,
	char error[static IMAGE_ERROR_MAX]
) {
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t *bytes = NULL;
	size_t n = 0;
	int ret;

	if (fd < 0)
		return fail(error, errno, "cannot be read");
	ret = read_file(fd, &bytes, &n, error);
	close(fd);
	if (ret < 0)
		return ret;
	ret = image_parse(d, bytes, n, news, error);
	free(bytes);
	return ret;
}
