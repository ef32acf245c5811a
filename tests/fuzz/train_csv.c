// A CSV file to train on, from anyone: rows of finite numbers, or one line that says where it is wrong.
#include "../../tools/cli/csv_in.c"
#include "../../tools/cli/rows.c"
#include "../../tools/cli/rows_csv.c"
#include "../../tools/cli/unpack.c"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const struct rows *rows, int rc, const char *error) {
	if (rc < 0 && (error[0] == '\0' || strpbrk(error, "\n\x1b") != NULL))
		abort();
	for (size_t i = 0; i < rows->n * rows->n_features; i++)
		if (!isfinite(rows->value[i]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	const int fd = memfd_create("rows.csv", 0);
	char path[64];

	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (unsigned named = 0; named < 2; named++) {
		struct rows rows = {0};
		char error[ROWS_ERROR_MAX] = "";

		if (named) { // as --features a,packets; else as --any
			rows_name_add(&rows, "a", 1);
			rows_name_add(&rows, "packets", 7);
		}

		const int rc = rows_read_csv(&rows, path, named ? 4 : 0, error);

		check(&rows, rc, error);
		rows_free(&rows);
	}
	close(fd);
	return 0;
}
