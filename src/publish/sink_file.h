// Events to a file or to standard output, one JSON object a line.
//
// Threads    One owner, which has SIGPIPE blocked.
// Full       A line that cannot be written whole (disk full, reader gone or stuck for a second) is
//            lost: the caller counts it. What was half written of it is taken back where the file can
//            be cut, and closed by a newline where it cannot.
// A file that was moved away (log rotation) is made again under its name.
#ifndef WEIR_PUBLISH_SINK_FILE_H
#define WEIR_PUBLISH_SINK_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct sink_file;

#define SINK_FILE_ERROR_MAX 256

// @param path  "-": standard output
// @return 0, or -errno and one line in error, *out untouched
int sink_file_open(
	struct sink_file **out,
	const char *path,
	char error[static SINK_FILE_ERROR_MAX]
);
void sink_file_close(struct sink_file *); // NULL is fine
bool sink_file_line(struct sink_file *, const char *line, size_t n); // without the newline
void sink_file_rotate(struct sink_file *); // is it still the file of that name?

#endif
