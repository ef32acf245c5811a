// The spool: first in, first out, bounded, and whole after whatever a crash or a bad disk did to it.
#include "contract/crc32c.h"
#include "publish/spool.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM (1u << 20)

static char folder[64];

static int make_folder(void **) {
	strcpy(folder, "/tmp/weir-spool-XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **) {
	char pattern[96];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*", folder);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
		globfree(&found);
	}
	return rmdir(folder);
}

static struct spool *opened(uint64_t room) {
	char error[SPOOL_ERROR_MAX] = "";
	struct spool *s = NULL;

	if (spool_open(&s, folder, room, error) != 0)
		fail_msg("%s", error);
	return s;
}

static void put(struct spool *s, unsigned i) {
	char text[64];

	snprintf(text, sizeof(text), "record %u", i);
	assert_int_equal(spool_put(s, text, strlen(text)), 0);
}

static void expect(struct spool *s, unsigned i) {
	const void *bytes;
	char text[64];
	size_t n;

	snprintf(text, sizeof(text), "record %u", i);
	assert_int_equal(spool_read(s, &bytes, &n), 0);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(bytes, text, n);
}

static void expect_end(struct spool *s) {
	const void *bytes;
	size_t n;

	assert_int_equal(spool_read(s, &bytes, &n), -ENOENT);
}

// The only segment there is.
static void segment_path(char path[static 128]) {
	char pattern[96];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.seg", folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	snprintf(path, 128, "%s", found.gl_pathv[0]);
	globfree(&found);
}

static uint64_t segments_bytes(unsigned *files) {
	char pattern[96];
	uint64_t sum = 0;
	struct stat st;
	glob_t found;

	*files = 0;
	snprintf(pattern, sizeof(pattern), "%s/*.seg", folder);
	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		assert_int_equal(stat(found.gl_pathv[i], &st), 0);
		sum += (uint64_t)st.st_size;
	}
	*files = (unsigned)found.gl_pathc;
	globfree(&found);
	return sum;
}

static void crc_is_the_one_of_rfc_3720(void **) {
	uint8_t zeros[32] = {0};

	assert_int_equal(crc32c(0, zeros, 32), 0x8a9136aa); // B.4, in the machine's order
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

static void first_in_first_out(void **) {
	struct spool *s = opened(ROOM);

	for (unsigned i = 0; i < 10; i++)
		put(s, i);
	assert_int_equal(spool_records(s), 10);
	for (unsigned i = 0; i < 4; i++)
		expect(s, i);
	assert_int_equal(spool_confirm(s), 0);
	assert_int_equal(spool_records(s), 6);
	expect(s, 4);
	spool_rewind(s); // it was not delivered after all
	put(s, 10);
	for (unsigned i = 4; i <= 10; i++)
		expect(s, i);
	expect_end(s);
	assert_int_equal(spool_confirm(s), 0);
	assert_int_equal(spool_records(s), 0);
	assert_int_equal(spool_bytes_used(s), 0);
	spool_close(s);
}

static void what_is_not_confirmed_survives_a_restart(void **) {
	struct spool *s = opened(ROOM);

	for (unsigned i = 0; i < 5; i++)
		put(s, i);
	expect(s, 0);
	expect(s, 1);
	assert_int_equal(spool_confirm(s), 0);
	expect(s, 2); // read, not confirmed
	spool_close(s);

	s = opened(ROOM);
	assert_int_equal(spool_records(s), 3);
	put(s, 5);
	for (unsigned i = 2; i <= 5; i++)
		expect(s, i);
	expect_end(s);
	assert_int_equal(spool_confirm(s), 0);
	spool_close(s);

	s = opened(ROOM);
	assert_int_equal(spool_records(s), 0);
	expect_end(s);
	spool_close(s);
}

static void killed_while_writing_loses_no_whole_record(void **) {
	unsigned reported = 0, next = 0;
	int status, pipes[2];
	const void *bytes;
	struct spool *s;
	pid_t pid;
	size_t n;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		s = opened(8u << 20);
		for (unsigned i = 0;; i++) {
			put(s, i);
			if (write(pipes[1], &i, sizeof(i)) != sizeof(i))
				_exit(1);
		}
	}
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(read(pipes[0], &reported, sizeof(reported)), sizeof(reported));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(pipes[0]);
	close(pipes[1]);
	s = opened(8u << 20);
	assert_true(spool_records(s) > reported);
	while (spool_read(s, &bytes, &n) == 0) {
		char text[64];

		snprintf(text, sizeof(text), "record %u", next++);
		assert_int_equal(n, strlen(text));
		assert_memory_equal(bytes, text, n);
	}
	assert_true(next > reported);
	spool_close(s);
}

static void a_torn_tail_is_cut_at_every_length(void **) {
	struct spool *s = opened(ROOM);
	char path[128];
	struct stat st;

	put(s, 0);
	put(s, 1);
	put(s, 2);
	spool_close(s);
	segment_path(path);
	assert_int_equal(stat(path, &st), 0);
	// "record 2" and its head are 16 bytes: cut 1 .. 15 of them, then write on.
	for (off_t cut = 1; cut < 16; cut++) {
		assert_int_equal(truncate(path, st.st_size - cut), 0);
		s = opened(ROOM);
		assert_int_equal(spool_records(s), 2);
		expect(s, 0);
		expect(s, 1);
		expect_end(s);
		put(s, 2);
		expect(s, 2);
		expect_end(s);
		spool_close(s);
	}
}

static void damage(const char *path, off_t at, uint8_t bits) {
	const int fd = open(path, O_RDWR);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= bits;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

// Every single bit of a spool of three: it opens, gives whole records in order, and still takes new ones.
static void any_flipped_bit_is_survived(void **) {
	struct spool *s = opened(ROOM);
	char path[128];

	for (unsigned i = 0; i < 3; i++)
		put(s, i);
	spool_close(s);
	segment_path(path);
	for (off_t at = 0; at < 48; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			const unsigned hit = (unsigned)at / 16;
			const bool in_length = at % 16 < 4;
			struct stat before;

			assert_int_equal(stat(path, &before), 0);
			assert_int_equal(before.st_size, 48);
			damage(path, at, (uint8_t)(1 << bit));
			s = opened(ROOM);
			for (unsigned i = 0; i < hit; i++)
				expect(s, i);
			if (!in_length)
				for (unsigned i = hit + 1; i < 3; i++)
					expect(s, i);
			assert_true(spool_damaged(s) > 0 || hit == 2 || in_length);
			spool_close(s);
			// Put it back as it was, for the next bit.
			const int fd = open(path, O_RDWR | O_TRUNC);

			for (unsigned i = 0; i < 3; i++) {
				char text[16];
				uint32_t head[2] = {8, 0};

				snprintf(text, sizeof(text), "record %u", i);
				head[1] = crc32c(crc32c(0, &head[0], 4), text, 8);
				assert_int_equal(write(fd, head, 8), 8);
				assert_int_equal(write(fd, text, 8), 8);
			}
			close(fd);
		}
	}
}

static void full_refuses_the_newest_and_stays_within_its_bound(void **) {
	const uint64_t room = 600000; // several segments of the smallest size
	static uint8_t record[1000];
	struct spool *s = opened(room);
	unsigned files, stored = 0;
	const void *bytes;
	size_t n;
	int ret;

	while ((ret = spool_put(s, record, sizeof(record))) == 0)
		stored++;
	assert_int_equal(ret, -ENOSPC);
	assert_int_equal(spool_records(s), stored);
	assert_true(segments_bytes(&files) <= room);
	assert_true(stored * 1008 > room - 2000);
	assert_true(files > 4);
	// Confirming a third gives its segments back, and there is room again.
	for (unsigned i = 0; i < stored / 3; i++)
		assert_int_equal(spool_read(s, &bytes, &n), 0);
	assert_int_equal(spool_confirm(s), 0);
	assert_int_equal(spool_put(s, record, sizeof(record)), 0);
	assert_true(segments_bytes(&files) <= room);
	while (spool_read(s, &bytes, &n) == 0)
		;
	assert_int_equal(spool_confirm(s), 0);
	assert_int_equal(segments_bytes(&files), 0);
	spool_close(s);
}

static void a_lost_position_repeats_and_loses_nothing(void **) {
	struct spool *s = opened(ROOM);
	char path[128];
	int fd;

	for (unsigned i = 0; i < 4; i++)
		put(s, i);
	expect(s, 0);
	assert_int_equal(spool_confirm(s), 0);
	spool_close(s);
	snprintf(path, sizeof(path), "%s/position", folder);
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "garbage, longer than one slot is, to be read as one", 51), 51);
	close(fd);
	s = opened(ROOM);
	for (unsigned i = 0; i < 4; i++)
		expect(s, i);
	expect_end(s);
	spool_close(s);
}

static void foreign_files_do_not_hurt(void **) {
	static const char *const names[]
		= {"notes.txt", "zzzz.seg", "ffffffffffffffff.seg", "1.seg"};
	char path[128], error[SPOOL_ERROR_MAX];
	struct spool *s;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		close(open(path, O_CREAT | O_WRONLY, 0600));
	}
	s = opened(ROOM);
	put(s, 0);
	expect(s, 0);
	spool_close(s);
	// A number that we cannot have written is an error, not a long loop.
	snprintf(path, sizeof(path), "%s/%s", folder, "00ffffffffffffff.seg");
	close(open(path, O_CREAT | O_WRONLY, 0600));
	s = NULL;
	assert_int_equal(spool_open(&s, folder, ROOM, error), -EUCLEAN);
	assert_null(s);
	assert_non_null(strstr(error, folder));
}

static void refusals_name_the_folder(void **) {
	char error[SPOOL_ERROR_MAX];
	struct spool *s = opened(ROOM), *second = NULL;
	uint8_t byte = 0;

	assert_int_equal(spool_open(&second, folder, ROOM, error), -EWOULDBLOCK);
	assert_null(second);
	assert_non_null(strstr(error, "another sensor"));
	assert_int_equal(spool_put(s, &byte, 0), -EMSGSIZE);
	assert_int_equal(spool_put(s, &byte, SPOOL_RECORD_MAX + 1), -EMSGSIZE);
	spool_close(s);
	assert_int_equal(spool_open(&second, "/proc/no/such", ROOM, error), -ENOENT);
	assert_non_null(strstr(error, "/proc/no/such"));
	spool_close(NULL);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_is_the_one_of_rfc_3720),
		T(first_in_first_out),
		T(what_is_not_confirmed_survives_a_restart),
		T(killed_while_writing_loses_no_whole_record),
		T(a_torn_tail_is_cut_at_every_length),
		T(any_flipped_bit_is_survived),
		T(full_refuses_the_newest_and_stays_within_its_bound),
		T(a_lost_position_repeats_and_loses_nothing),
		T(foreign_files_do_not_hurt),
		T(refusals_name_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
