#include "publish/sink_file.h"

#include "publish/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define STUCK_MS 1000

struct sink_file {
	int fd;
	bool owned; // we opened it
	bool torn; // the last line has no end
	bool stuck; // the last write had to give up waiting: do not wait again
	char *path;
	struct complaint failed;
};

static int file_open(const char *path) {
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
}

int sink_file_open(
	struct sink_file **out,
	const char *path,
	char error[static SINK_FILE_ERROR_MAX]
) {
	struct sink_file *s = calloc(1, sizeof(*s));
	int ret = -ENOMEM;

	if (s == NULL)
		goto fail;
	s->path = strdup(path);
	if (s->path == NULL)
		goto free_sink;
	s->owned = strcmp(path, "-") != 0;
	s->fd = s->owned ? file_open(path) : STDOUT_FILENO;
	ret = -errno;
	if (s->fd < 0)
		goto free_sink;
	*out = s;
	return 0;

free_sink:
	free(s->path);
	free(s);
fail:
	snprintf(
		error,
		SINK_FILE_ERROR_MAX,
		"publish.file %.120s: %s: is its folder there, and may this user write to it?",
		path,
		strerror(-ret)
	);
	return ret;
}

void sink_file_close(struct sink_file *s) {
	if (s == NULL)
		return;
	if (s->owned)
		close(s->fd);
	free(s->path);
	free(s);
}

void sink_file_rotate(struct sink_file *s) {
	struct stat now, ours;
	int fd;

	if (!s->owned || fstat(s->fd, &ours) < 0 || !S_ISREG(ours.st_mode))
		return;
	if (stat(s->path, &now) == 0 && now.st_ino == ours.st_ino && now.st_dev == ours.st_dev)
		return;
	fd = file_open(s->path);
	if (fd < 0) {
		complain(&s->failed, "%s: cannot be made again: %s", s->path, strerror(errno));
		return;
	}
	close(s->fd);
	s->fd = fd;
	s->torn = false;
}

// A pipe that says it is writable takes PIPE_BUF bytes at once (POSIX write()), so a reader that
// stopped can hold us for STUCK_MS, not for ever.
static int write_all(int fd, const char *bytes, size_t n, int wait_ms) {
	size_t done = 0;

	while (done < n) {
		struct pollfd p = {.fd = fd, .events = POLLOUT};
		const size_t part = n - done < PIPE_BUF ? n - done : PIPE_BUF;
		const int ready = poll(&p, 1, wait_ms);
		ssize_t w;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ready < 0 ? -errno : -ETIMEDOUT;
		w = write(fd, bytes + done, part);
		if (w < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		done += w > 0 ? (size_t)w : 0;
	}
	return 0;
}

bool sink_file_line(struct sink_file *s, const char *line, size_t n) {
	const off_t before = lseek(s->fd, 0, SEEK_END); // -1: a pipe or a terminal
	const bool torn = s->torn;
	char *whole = malloc(n + 2);
	int ret = -ENOMEM;

	if (whole != NULL) {
		whole[0] = '\n';
		memcpy(whole + 1, line, n);
		whole[n + 1] = '\n';
		ret = write_all(s->fd, whole + !torn, n + 1 + torn, s->stuck ? 0 : STUCK_MS);
		free(whole);
	}
	s->torn = false;
	s->stuck = ret == -ETIMEDOUT;
	if (ret == 0)
		return true;
	if (before < 0 || ftruncate(s->fd, before) < 0)
		s->torn = true;
	complain(
		&s->failed,
		"%s: an event could not be written: %s",
		s->owned ? s->path : "standard output",
		strerror(-ret)
	);
	return false;
}
