// Reading a model file: header, sections, checksum. See include/weir/model.h for its form.
//
// Nothing in it is believed. The checksum is looked at first, so that a damaged file is told from a
// wrong one; a file that somebody made on purpose passes it, and then each length, count and index is
// checked where it is read.
#include "contract/crc32c.h"
#include "model/internal.h"

#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 32

static int header_parse(struct reader *in, uint32_t *kind, uint32_t *n_features, char *error) {
	const size_t n = in->left;
	const uint8_t *magic = in->at;
	struct reader tail;

	if (n < HEADER_BYTES + MODEL_CRC_BYTES || memcmp(magic, MODEL_MAGIC, 8) != 0)
		return model_fail(error, -EBADMSG, "header: not a model file, or cut off");
	if (n > MODEL_FILE_BYTES_MAX)
		return model_fail(
			error,
			-EBADMSG,
			"header: %zu bytes, at most %u are read",
			n,
			MODEL_FILE_BYTES_MAX
		);
	tail = (struct reader) {.at = in->at + n - MODEL_CRC_BYTES, .left = MODEL_CRC_BYTES};

	const uint32_t stored = reader_u32(&tail), crc = crc32c(0, in->at, n - MODEL_CRC_BYTES);

	if (stored != crc)
		return model_fail(
			error,
			-EBADMSG,
			"checksum: %08" PRIx32 " stored, %08" PRIx32
			" computed: damaged or cut off",
			stored,
			crc
		);
	reader_take(in, 8);

	const uint32_t version = reader_u32(in);

	if (version != MODEL_VERSION)
		return model_fail(
			error,
			-ENOTSUP,
			"header: format version %" PRIu32 ", this program reads %d",
			version,
			MODEL_VERSION
		);
	*kind = reader_u32(in);

	const uint64_t length = reader_u64(in);

	if (length != n)
		return model_fail(
			error,
			-EBADMSG,
			"header: length %" PRIu64 ", the file has %zu bytes",
			length,
			n
		);
	*n_features = reader_u32(in);
	if (*n_features < 1 || *n_features > MODEL_FEATURES_MAX)
		return model_fail(
			error,
			-EBADMSG,
			"header: %" PRIu32 " features: 1 to %d are allowed",
			*n_features,
			MODEL_FEATURES_MAX
		);
	if (reader_u32(in) != 0)
		return model_fail(error, -EBADMSG, "header: reserved bytes are not 0");
	in->left -= MODEL_CRC_BYTES;
	return 0;
}

// Each section once, in a fixed order: one file, one form.
static int section_open(struct reader *in, const char *tag, struct reader *out, char *error) {
	static const uint8_t zero[8];
	const uint8_t *found = reader_take(in, MODEL_TAG_LENGTH);

	if (found == NULL)
		return model_fail(error, -EBADMSG, "section %s: missing", tag);
	if (memcmp(found, tag, MODEL_TAG_LENGTH) != 0)
		return model_fail(
			error,
			-EBADMSG,
			"section %s: expected here, found %02x %02x %02x %02x",
			tag,
			found[0],
			found[1],
			found[2],
			found[3]
		);

	const uint32_t reserved = reader_u32(in);
	const uint64_t length = reader_u64(in);

	if (in->bad || reserved != 0)
		return model_fail(
			error, -EBADMSG, "section %s: cut off, or reserved bytes are not 0", tag
		);
	if (length > in->left)
		return model_fail(
			error,
			-EBADMSG,
			"section %s: length %" PRIu64 ", %zu bytes are left",
			tag,
			length,
			in->left
		);
	*out = (struct reader) {.at = reader_take(in, length), .left = length};

	const size_t pad = -length % 8;
	const uint8_t *padding = reader_take(in, pad);

	if (padding == NULL || memcmp(padding, zero, pad) != 0)
		return model_fail(error, -EBADMSG, "section %s: padding is cut off or not 0", tag);
	return 0;
}

static bool name_is_sound(const char *name, size_t length) {
	for (size_t i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return length > 0;
}

static int names_parse(struct model *m, struct reader *in, char *error) {
	for (uint32_t i = 0; i < m->n_features; i++) {
		const char *name = (const char *)in->at;
		const size_t length = strnlen(name, in->left);

		if (length >= MODEL_NAME_MAX || length == in->left)
			return model_fail(
				error,
				-EBADMSG,
				"section NAME: name %" PRIu32 ": missing, or longer than %d",
				i,
				MODEL_NAME_MAX - 1
			);
		if (!name_is_sound(name, length))
			return model_fail(
				error,
				-EBADMSG,
				"section NAME: name %" PRIu32 ": empty, or not printable ASCII",
				i
			);
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(m->names[j], name) == 0)
				return model_fail(
					error,
					-EBADMSG,
					"section NAME: name %" PRIu32 ": %s is there twice",
					i,
					name
				);
		memcpy(m->names[i], name, length + 1);
		reader_take(in, length + 1);
	}
	if (in->left > 0)
		return model_fail(
			error,
			-EBADMSG,
			"section NAME: more names than the %" PRIu32 " features",
			m->n_features
		);
	return 0;
}

static int meta_parse(struct model *m, struct reader *in, char *error) {
	json_error_t fault;

	if (in->left > MODEL_META_BYTES_MAX)
		return model_fail(
			error,
			-EBADMSG,
			"section META: %zu bytes, at most %u are allowed",
			in->left,
			MODEL_META_BYTES_MAX
		);

	// jansson takes zero bytes behind the object for its end.
	if (memchr(in->at, '\0', in->left) != NULL)
		return model_fail(error, -EBADMSG, "section META: a zero byte in the text");

	json_t *json = json_loadb((const char *)in->at, in->left, JSON_REJECT_DUPLICATES, &fault);

	if (!json_is_object(json)) {
		const char *why = json == NULL ? fault.text : "not an object";
		const int rc = model_fail(
			error, -EBADMSG, "section META: not a JSON object: %.80s", why
		);

		json_decref(json);
		return rc;
	}
	json_decref(json);
	m->meta = strndup((const char *)in->at, in->left);
	return m->meta != NULL ? 0 : model_fail(error, -ENOMEM, "section META: no memory");
}

static int calb_parse(struct model *m, struct reader *in, char *error) {
	return calibration_parse(&m->calibration, in, error);
}

static int prep_parse(struct model *m, struct reader *in, char *error) {
	m->prepare = malloc(sizeof(*m->prepare));
	if (m->prepare == NULL)
		return model_fail(error, -ENOMEM, "section PREP: no memory");
	return prepare_parse(m->prepare, in, m->n_features, error);
}

static int body_parse(struct model *m, struct reader *in, char *error) {
	const struct model_shape shape = model_shape(m);

	return m->ops->parse(m->body, in, &shape, error);
}

static bool comes_next(const struct reader *in, const char *tag) {
	return in->left >= MODEL_TAG_LENGTH && memcmp(in->at, tag, MODEL_TAG_LENGTH) == 0;
}

static int sections_parse(struct model *m, struct reader *in, char *error) {
	const struct model_kind_info *kind = &m->ops->info;
	const struct {
		const char *tag;
		int (*parse)(struct model *, struct reader *, char *error);
		enum { NEVER, MAYBE, ALWAYS } there;
	} sections[] = {
		{"NAME", names_parse, ALWAYS},
		{"META", meta_parse, ALWAYS},
		{"CLAS", classes_parse, kind->classifies ? ALWAYS : NEVER},
		{"PREP", prep_parse, kind->prepares ? ALWAYS : NEVER},
		{"BASE", baseline_parse, m->ops->may_lack_baseline ? MAYBE : ALWAYS},
		{"CALB", calb_parse, ALWAYS},
		{m->ops->tag, body_parse, ALWAYS},
	};

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		struct reader section;
		int rc;

		if (sections[i].there == NEVER
		    || (sections[i].there == MAYBE && !comes_next(in, sections[i].tag)))
			continue;
		rc = section_open(in, sections[i].tag, &section, error);
		if (rc == 0)
			rc = sections[i].parse(m, &section, error);
		if (rc < 0)
			return rc;
	}
	if (in->left > 0)
		return model_fail(
			error,
			-EBADMSG,
			"section %s: %zu bytes after the last section",
			m->ops->tag,
			in->left
		);
	return 0;
}

int model_parse(
	struct model **out,
	const void *bytes,
	size_t n,
	char error[static MODEL_ERROR_MAX]
) {
	struct reader in = {.at = bytes, .left = n};
	uint32_t kind = 0, n_features = 0;
	int rc = header_parse(&in, &kind, &n_features, error);

	if (rc < 0)
		return rc;

	const struct model_ops *ops = model_ops_find(kind);

	if (ops == NULL)
		return model_fail(
			error,
			-ENOTSUP,
			"header: kind %" PRIu32 " is not known to this program",
			kind
		);

	struct model *m = model_new(ops, NULL, n_features);

	if (m == NULL)
		return model_fail(error, -ENOMEM, "no memory");
	rc = sections_parse(m, &in, error);
	if (rc < 0) {
		model_destroy(m);
		return rc;
	}
	m->bytes = n;
	m->crc = crc32c(0, bytes, n - MODEL_CRC_BYTES);
	*out = m;
	return 0;
}

// @return bytes read, or -errno. Stops after n: a FIFO or a device without end cannot hold us.
static ssize_t read_all(int fd, uint8_t *bytes, size_t n) {
	size_t done = 0;

	while (done < n) {
		const ssize_t got = read(fd, bytes + done, n - done);

		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			return -errno;
		done += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)done;
}

static int file_read(int fd, uint8_t **bytes, size_t *n, char *error) {
	struct stat st;

	if (fstat(fd, &st) < 0)
		return model_fail(error, -errno, "cannot look at it: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return model_fail(error, -EBADMSG, "not a regular file");
	if (st.st_size > (off_t)MODEL_FILE_BYTES_MAX)
		return model_fail(
			error,
			-EBADMSG,
			"%jd bytes, a model has at most %u",
			(intmax_t)st.st_size,
			MODEL_FILE_BYTES_MAX
		);
	*bytes = malloc((size_t)st.st_size + 1);
	if (*bytes == NULL)
		return model_fail(error, -ENOMEM, "no memory for %jd bytes", (intmax_t)st.st_size);

	const ssize_t got = read_all(fd, *bytes, (size_t)st.st_size);

	if (got < 0) {
		free(*bytes);
		return model_fail(error, (int)got, "cannot be read: %s", strerror((int)-got));
	}
	*n = (size_t)got;
	return 0;
}

int model_load(struct model **out, const char *path, char error[static MODEL_ERROR_MAX]) {
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t *bytes = NULL;
	size_t n = 0;
	int rc;

	if (fd < 0)
		return model_fail(error, -errno, "cannot be opened: %s", strerror(errno));
	rc = file_read(fd, &bytes, &n, error);
	close(fd);
	if (rc < 0)
		return rc;
	rc = model_parse(out, bytes, n, error);
	free(bytes);
	return rc;
}
