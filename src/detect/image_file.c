// An image to its file and back.
#include "contract/crc32c.h"
#include "detect/file_put.h"
#include "detect/image.h"
#include "detect/image_bytes.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static_assert(IMAGE_ERROR_MAX >= FILE_ERROR_MAX);

static bool put_image(int fd, void *what) {
	const struct image *image = what;
	const uint32_t counts[] = {image->nets, image->hosts};
	uint32_t crc = 0;

	for (const struct image_piece *p = image->first; p != NULL; p = p->next) {
		crc = crc32c(crc, p->bytes, p->n);
		if (!file_write(fd, p->bytes, p->n))
			return false;
	}
	crc = crc32c(crc, counts, sizeof(counts));
	return file_write(fd, counts, sizeof(counts)) && file_write(fd, &crc, 4);
}

int image_write(const struct image *image, const char *path, char error[static IMAGE_ERROR_MAX]) {
	if (!image->failed)
		return file_put(path, put_image, (void *)image, error);
	snprintf(error, IMAGE_ERROR_MAX, "no memory");
	return -ENOMEM;
}

int image_load(
	struct detect *d,
	const char *path,
	struct image_news *news,
	char error[static IMAGE_ERROR_MAX]
) {
	uint8_t *bytes = NULL;
	size_t n = 0;
	int ret = file_get(path, IMAGE_BYTES_MAX, &bytes, &n, error);

	if (ret < 0)
		return ret;
	ret = image_parse(d, bytes, n, news, error);
	free(bytes);
	return ret;
}
