// Compressed files: one reading loop, one row for each compressor.
#include "unpack.h"

#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define IN_BYTES (256u << 10)
#define OUT_BYTES (1u << 20) // of stdio: one call into the compressor for some thousand packets
#define MAGIC_MAX 6
#define XZ_MEMORY_MAX (256ull << 20)

enum step { STEP_MORE, STEP_END, STEP_BAD }; // END: a compressed stream is complete

struct codec {
	const char *name;
	uint8_t n_magic;
	const char *magic;
	bool (*begin)(struct unpack *);
	// Take from in[], give up to *n bytes to out. *n becomes what was given.
	enum step (*step)(struct unpack *, uint8_t *out, size_t *n);
	void (*end)(struct unpack *);
};

struct unpack {
	int fd;
	const struct codec *codec; // NULL: plain
	bool inside; // of a compressed stream
	bool failed;
	uint64_t read_bytes, file_bytes;
	char error[160];
	union {
		z_stream gzip;
		lzma_stream xz;
		ZSTD_DStream *zstd;
		bz_stream bzip2;
		LZ4F_dctx *lz4;
	} state;
	char *stdio_buffer; // of the FILE; NULL: there is none
	size_t peek_at, peek_n;
	uint8_t peek[UNPACK_PEEK_MAX];
	size_t in_at, in_n;
	uint8_t in[IN_BYTES];
};

static bool gzip_begin(struct unpack *u) {
	memset(&u->state.gzip, 0, sizeof(u->state.gzip));
	return inflateInit2(&u->state.gzip, 16 + MAX_WBITS) == Z_OK;
}

static enum step gzip_step(struct unpack *u, uint8_t *out, size_t *n) {
	z_stream *z = &u->state.gzip;
	int ret;

	z->next_in = &u->in[u->in_at];
	z->avail_in = (uInt)(u->in_n - u->in_at);
	z->next_out = out;
	z->avail_out = (uInt)*n;
	ret = inflate(z, Z_NO_FLUSH);
	u->in_at = u->in_n - z->avail_in;
	*n -= z->avail_out;
	return ret == Z_STREAM_END		    ? STEP_END
		: ret == Z_OK || ret == Z_BUF_ERROR ? STEP_MORE
						    : STEP_BAD;
}

static void gzip_end(struct unpack *u) {
	inflateEnd(&u->state.gzip);
}

static bool xz_begin(struct unpack *u) {
	u->state.xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&u->state.xz, XZ_MEMORY_MAX, 0) == LZMA_OK;
}

static enum step xz_step(struct unpack *u, uint8_t *out, size_t *n) {
	lzma_stream *x = &u->state.xz;
	lzma_ret ret;

	x->next_in = &u->in[u->in_at];
	x->avail_in = u->in_n - u->in_at;
	x->next_out = out;
	x->avail_out = *n;
	ret = lzma_code(x, LZMA_RUN);
	u->in_at = u->in_n - x->avail_in;
	*n -= x->avail_out;
	return ret == LZMA_STREAM_END			  ? STEP_END
		: ret == LZMA_OK || ret == LZMA_BUF_ERROR ? STEP_MORE
							  : STEP_BAD;
}

static void xz_end(struct unpack *u) {
	lzma_end(&u->state.xz);
}

static bool zstd_begin(struct unpack *u) {
	u->state.zstd = ZSTD_createDStream();
	return u->state.zstd != NULL;
}

static enum step zstd_step(struct unpack *u, uint8_t *out, size_t *n) {
	ZSTD_inBuffer in = {u->in, u->in_n, u->in_at};
	ZSTD_outBuffer to = {out, *n, 0};
	const size_t ret = ZSTD_decompressStream(u->state.zstd, &to, &in);

	u->in_at = in.pos;
	*n = to.pos;
	return ZSTD_isError(ret) ? STEP_BAD : ret == 0 ? STEP_END : STEP_MORE;
}

static void zstd_end(struct unpack *u) {
	ZSTD_freeDStream(u->state.zstd);
}

static bool bzip2_begin(struct unpack *u) {
	memset(&u->state.bzip2, 0, sizeof(u->state.bzip2));
	return BZ2_bzDecompressInit(&u->state.bzip2, 0, 0) == BZ_OK;
}

static enum step bzip2_step(struct unpack *u, uint8_t *out, size_t *n) {
	bz_stream *b = &u->state.bzip2;
	int ret;

	b->next_in = (char *)&u->in[u->in_at];
	b->avail_in = (unsigned)(u->in_n - u->in_at);
	b->next_out = (char *)out;
	b->avail_out = (unsigned)*n;
	ret = BZ2_bzDecompress(b);
	u->in_at = u->in_n - b->avail_in;
	*n -= b->avail_out;
	return ret == BZ_STREAM_END ? STEP_END : ret == BZ_OK ? STEP_MORE : STEP_BAD;
}

static void bzip2_end(struct unpack *u) {
	BZ2_bzDecompressEnd(&u->state.bzip2);
}

static bool lz4_begin(struct unpack *u) {
	return !LZ4F_isError(LZ4F_createDecompressionContext(&u->state.lz4, LZ4F_VERSION));
}

static enum step lz4_step(struct unpack *u, uint8_t *out, size_t *n) {
	size_t taken = u->in_n - u->in_at;
	const size_t ret = LZ4F_decompress(u->state.lz4, out, n, &u->in[u->in_at], &taken, NULL);

	u->in_at += taken;
	return LZ4F_isError(ret) ? STEP_BAD : ret == 0 ? STEP_END : STEP_MORE;
}

static void lz4_end(struct unpack *u) {
	LZ4F_freeDecompressionContext(u->state.lz4);
}

static const struct codec codecs[] = {
	{"gzip", 2, "\x1f\x8b", gzip_begin, gzip_step, gzip_end},
	{"xz", 6, "\xfd\x37zXZ\0", xz_begin, xz_step, xz_end},
	{"zstd", 4, "\x28\xb5\x2f\xfd", zstd_begin, zstd_step, zstd_end},
	{"bzip2", 3, "BZh", bzip2_begin, bzip2_step, bzip2_end},
	{"lz4", 4, "\x04\x22\x4d\x18", lz4_begin, lz4_step, lz4_end},
};

// @return how much was read, 0 at the end, -1
static ssize_t read_some(struct unpack *u, void *to, size_t n) {
	ssize_t got;

	do
		got = read(u->fd, to, n);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		u->read_bytes += (size_t)got;
	return got;
}

// At least @p want bytes in in[], unless the file ends before.
static bool fill(struct unpack *u, size_t want) {
	if (u->in_at > 0) {
		memmove(u->in, &u->in[u->in_at], u->in_n - u->in_at);
		u->in_n -= u->in_at;
		u->in_at = 0;
	}
	while (u->in_n < want) {
		const ssize_t got = read_some(u, &u->in[u->in_n], IN_BYTES - u->in_n);

		if (got < 0)
			return false;
		if (got == 0)
			break;
		u->in_n += (size_t)got;
	}
	return true;
}

static const struct codec *codec_of(const struct unpack *u) {
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (u->in_n - u->in_at >= codecs[i].n_magic
		    && memcmp(&u->in[u->in_at], codecs[i].magic, codecs[i].n_magic) == 0)
			return &codecs[i];
	return NULL;
}

static ssize_t fail(struct unpack *u, const char *what) {
	u->failed = true;
	if (u->codec != NULL)
		snprintf(u->error, sizeof(u->error), "%s data %s", u->codec->name, what);
	else
		snprintf(u->error, sizeof(u->error), "%s", what);
	errno = EIO;
	return -1;
}

static ssize_t read_plain(struct unpack *u, char *to, size_t n) {
	const size_t kept = u->in_n - u->in_at;
	ssize_t got;

	if (kept > 0) {
		n = n < kept ? n : kept;
		memcpy(to, &u->in[u->in_at], n);
		u->in_at += n;
		return (ssize_t)n;
	}
	got = read_some(u, to, n);
	return got < 0 ? fail(u, strerror(errno)) : got;
}

// Between two compressed streams in one file (pigz, split captures put together): does another follow?
static bool next_stream(struct unpack *u) {
	if (!fill(u, MAGIC_MAX) || codec_of(u) != u->codec)
		return false; // what follows is padding or no concern of ours
	u->inside = u->codec->begin(u);
	return u->inside;
}

static ssize_t read_packed(struct unpack *u, char *to, size_t n) {
	for (;;) {
		size_t given = n;
		enum step step;

		if (!u->inside && !next_stream(u))
			return 0;
		if (u->in_at == u->in_n && !fill(u, 1))
			return fail(u, strerror(errno));
		step = u->codec->step(u, (uint8_t *)to, &given);
		if (step == STEP_BAD)
			return fail(u, "is damaged");
		if (step == STEP_END) {
			u->codec->end(u);
			u->inside = false;
		}
		if (given > 0)
			return (ssize_t)given;
		if (u->inside && u->in_at == u->in_n && (!fill(u, 1) || u->in_n == 0))
			return fail(u, "ends too early");
	}
}

static ssize_t read_peeked(struct unpack *u, void *to, size_t n) {
	const size_t left = u->peek_n - u->peek_at;

	n = n < left ? n : left;
	memcpy(to, &u->peek[u->peek_at], n);
	u->peek_at += n;
	return (ssize_t)n;
}

ssize_t unpack_read(struct unpack *u, void *to, size_t n) {
	if (u->peek_at < u->peek_n)
		return read_peeked(u, to, n);
	if (u->failed) {
		errno = EIO;
		return -1;
	}
	return u->codec == NULL ? read_plain(u, to, n) : read_packed(u, to, n);
}

size_t unpack_peek(struct unpack *u, uint8_t to[static UNPACK_PEEK_MAX], size_t n) {
	size_t got = u->peek_n; // what an earlier look gave is still there

	while (got < n) {
		const ssize_t more = unpack_read(u, &u->peek[got], n - got);

		if (more <= 0)
			break;
		got += (size_t)more;
	}
	u->peek_n = got;
	got = got < n ? got : n;
	memcpy(to, u->peek, got);
	return got;
}

static ssize_t cookie_read(void *cookie, char *to, size_t n) {
	return unpack_read(cookie, to, n);
}

void unpack_close(struct unpack *u) {
	if (u == NULL)
		return;
	if (u->inside)
		u->codec->end(u);
	if (u->fd > STDIN_FILENO)
		close(u->fd);
	free(u->stdio_buffer);
	free(u);
}

static int cookie_close(void *cookie) {
	unpack_close(cookie);
	return 0;
}

static int open_path(struct unpack *u, const char *path) {
	struct stat st;

	u->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (u->fd < 0)
		return -errno;
	if (fstat(u->fd, &st) == 0 && S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		u->file_bytes = (uint64_t)st.st_size;
	return fill(u, MAGIC_MAX) ? 0 : -errno;
}

int unpack_open(struct unpack **out, const char *path) {
	struct unpack *u = calloc(1, sizeof(*u));
	int ret = -ENOMEM;

	if (u == NULL)
		return ret;
	u->fd = -1;
	ret = open_path(u, path);
	if (ret < 0) {
		unpack_close(u);
		return ret;
	}
	u->codec = codec_of(u);
	*out = u;
	return 0;
}

FILE *unpack_file(struct unpack *u) {
	static const cookie_io_functions_t io = {.read = cookie_read, .close = cookie_close};
	FILE *f;

	u->stdio_buffer = malloc(OUT_BYTES);
	if (u->stdio_buffer == NULL)
		return NULL;
	f = fopencookie(u, "r", io);
	if (f != NULL)
		setvbuf(f, u->stdio_buffer, _IOFBF, OUT_BYTES);
	return f;
}

const char *unpack_error(const struct unpack *u) {
	return u->failed ? u->error : NULL;
}

double unpack_progress(const struct unpack *u) {
	if (u->file_bytes == 0)
		return -1;
	return (double)u->read_bytes / (double)u->file_bytes;
}
