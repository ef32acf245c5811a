// Writing a model file: the image of it, and its way to the disk.
#include "contract/crc32c.h"
#include "model/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The length is known once the payload is there: written as 0 first, then filled in.
static size_t section_begin(struct writer *out, const char *tag) {
	writer_put(out, tag, MODEL_TAG_LENGTH);
	writer_u32(out, 0);
	writer_u64(out, 0);
	return out->n;
}

static void u64_patch(struct writer *out, size_t at, uint64_t value) {
	for (unsigned i = 0; i < 8 && !out->bad; i++)
		out->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static void section_end(struct writer *out, size_t begin) {
	static const uint8_t zero[8];
	const uint64_t length = out->n - begin;

	u64_patch(out, begin - 8, length);
	writer_put(out, zero, -length % 8);
}

static void names_write(const struct model *m, struct writer *out) {
	for (uint32_t i = 0; i < m->n_features; i++)
		writer_put(out, m->names[i], strlen(m->names[i]) + 1);
}

static void meta_write(const struct model *m, struct writer *out) {
	writer_put(out, m->meta, strlen(m->meta));
}

static void prep_write(const struct model *m, struct writer *out) {
	prepare_write(m->prepare, out);
}

static void calb_write(const struct model *m, struct writer *out) {
	calibration_write(&m->calibration, out);
}

static void body_write(const struct model *m, struct writer *out) {
	m->ops->write(m->body, out);
}

static void sections_write(struct writer *out, const struct model *m) {
	const struct {
		const char *tag;
		void (*write)(const struct model *, struct writer *);
		bool there;
	} sections[] = {
		{"NAME", names_write, true},
		{"META", meta_write, true},
		{"CLAS", classes_write, m->n_classes > 0},
		{"PREP", prep_write, m->prepare != NULL},
		{"BASE", baseline_write, m->baseline != NULL},
		{"CALB", calb_write, true},
		{m->ops->tag, body_write, true},
	};

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		size_t begin;

		if (!sections[i].there)
			continue;
		begin = section_begin(out, sections[i].tag);
		sections[i].write(m, out);
		section_end(out, begin);
	}
}

int model_image(struct writer *out, const struct model *m) {
	writer_put(out, MODEL_MAGIC, 8);
	writer_u32(out, MODEL_VERSION);
	writer_u32(out, m->ops->info.kind);

	const size_t length_at = out->n;

	writer_u64(out, 0);
	writer_u32(out, m->n_features);
	writer_u32(out, 0);
	sections_write(out, m);
	u64_patch(out, length_at, out->n + MODEL_CRC_BYTES);
	writer_u32(out, crc32c(0, out->bytes, out->n));
	if (out->bad)
		return -ENOMEM;
	return out->n <= MODEL_FILE_BYTES_MAX ? 0 : -EFBIG;
}

static int write_all(int fd, const uint8_t *bytes, size_t n) {
	while (n > 0) {
		const ssize_t done = write(fd, bytes, n);

		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			bytes += done;
			n -= (size_t)done;
		}
	}
	return fsync(fd) < 0 ? -errno : 0;
}

// As open(2) would have made it: mkostemp() gives 0600 whatever the umask.
static int mode_as_usual(int fd) {
	const mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask) < 0 ? -errno : 0;
}

static int file_replace(const char *path, const uint8_t *bytes, size_t n, char *error) {
	char *temporary;
	int fd, rc;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return model_fail(error, -ENOMEM, "no memory");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		rc = model_fail(error, -errno, "cannot be written: %s", strerror(errno));
		goto free_name;
	}
	rc = write_all(fd, bytes, n);
	if (rc == 0)
		rc = mode_as_usual(fd);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0) {
		unlink(temporary);
		model_fail(error, rc, "cannot be written: %s", strerror(-rc));
	}
free_name:
	free(temporary);
	return rc;
}

int model_save(const struct model *m, const char *path, char error[static MODEL_ERROR_MAX]) {
	struct writer image = {0};
	int rc = model_image(&image, m);

	if (rc < 0)
		model_fail(error, rc, "cannot be made into a file: %s", strerror(-rc));
	else
		rc = file_replace(path, image.bytes, image.n, error);
	free(image.bytes);
	return rc;
}
