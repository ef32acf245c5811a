// A configuration file, whole, or nothing.
#include "config/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// One byte more than allowed is read, so that a file that is too large is known as such.
static ssize_t read_all(int fd, char *text, size_t n) {
	size_t got = 0;

	while (got < n) {
		const ssize_t now = read(fd, &text[got], n - got);

		if (now < 0 && errno == EINTR)
			continue;
		if (now < 0)
			return -errno;
		if (now == 0)
			break;
		got += (size_t)now;
	}
	return (ssize_t)got;
}

static const char *open_hint(int error) {
	switch (error) {
	case ENOENT:
		return "; conf/weir.json is an example, \"weir config print --json\" writes one";
	case EACCES:
		return "; it must be readable for the user that runs this program";
	case EISDIR:
		return "; name the file in it";
	default:
		return "";
	}
}

static int file_fail(const char *path, int error, char text[static CONFIG_ERROR_MAX]) {
	snprintf(
		text,
		CONFIG_ERROR_MAX,
		"%.*s: %s%s",
		CONFIG_PATH_MAX - 1,
		path,
		strerror(error),
		open_hint(error)
	);
	return -error;
}

int config_load(struct conf **out, const char *path, char error[static CONFIG_ERROR_MAX]) {
	char *text;
	ssize_t n;
	int fd, ret;

	if (path == NULL)
		return config_parse(out, NULL, 0, "", error);
	if (strlen(path) >= CONFIG_PATH_MAX)
		return file_fail(path, ENAMETOOLONG, error);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return file_fail(path, errno, error);
	text = malloc(CONFIG_BYTES_MAX + 1);
	if (text == NULL) {
		ret = file_fail(path, ENOMEM, error);
		goto close;
	}
	n = read_all(fd, text, CONFIG_BYTES_MAX + 1);
	ret = n < 0 ? file_fail(path, (int)-n, error)
		    : config_parse(out, text, (size_t)n, path, error);
	free(text);
close:
	close(fd);
	return ret;
}
