// An image's bytes: private to image*.c.
#ifndef WEIR_DETECT_IMAGE_BYTES_H
#define WEIR_DETECT_IMAGE_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct image_piece {
	struct image_piece *next;
	size_t n;
	uint8_t bytes[];
};

#endif
