// What is usual, saved and taken over: the same thresholds after it, and nothing of a file that is not sound.
#include "contract/crc32c.h"
#include "detect/history_table.h"
#include "detect/image.h"
#include "scene.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVER 5

static char path[64];

static int folder_make(void **) {
	static char folder[] = "/tmp/weir-image-XXXXXX";

	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/usual.weir", folder);
	return 0;
}

static int folder_remove(void **) {
	unlink(path);
	*strrchr(path, '/') = '\0';
	return rmdir(path);
}

// A few servers with visitors, for a while.
static void calm(struct scene *s, unsigned seconds) {
	for (unsigned i = 0; i < seconds * 10; i++) {
		scene_wait(s, S / 10);
		connection(s, 100 + i % 20, (uint16_t)(10000 + i), SERVER + i % 3, 80, 8);
	}
}

static void save(const struct detect *d) {
	char error[IMAGE_ERROR_MAX] = "";
	struct image image = {0};

	while (!image_step(&image, d, 7))
		;
	assert_false(image.failed);
	assert_int_equal(image_write(&image, path, error), 0);
	image_free(&image);
}

static struct host *server(const struct scene *s, unsigned i) {
	const struct addr a = scene_addr(s, SERVER + i);

	return history_find(detect_history(s->detect), &a);
}

static uint8_t *contents(size_t *n) {
	const int fd = open(path, O_RDONLY);
	struct stat st;
	uint8_t *bytes;

	assert_int_equal(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	bytes = malloc(*n + 64);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *n), *n);
	close(fd);
	return bytes;
}

static void fix_crc(uint8_t *bytes, size_t n) {
	const uint32_t crc = crc32c(0, bytes, n - 4);

	memcpy(&bytes[n - 4], &crc, 4);
}

static void what_was_learned_is_there_again(void **) {
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct scene *a = scene_open(ip6, &detect_defaults);
		struct scene *b = scene_open(ip6, &detect_defaults);
		char error[IMAGE_ERROR_MAX] = "";
		struct image_news news;

		calm(a, 90);
		for (unsigned i = 0; i < 3; i++) { // hours, as if weeks had passed
			struct hours *h = pool_take(history_hours(detect_history(a->detect)));

			memset(h, 0, sizeof(*h));
			h->weeks[17] = (uint8_t)(2 + i);
			h->rate[17][M_SYN] = (struct hour_rate) {40, 50};
			server(a, i)->base->hours = h;
		}
		save(a->detect);
		assert_int_equal(image_load(b->detect, path, &news, error), 0);
		assert_true(news.hosts >= 3);
		assert_int_equal(news.left_out, 0);
		for (unsigned i = 0; i < 3; i++) {
			struct host_baselines *was = server(a, i)->base, *is = server(b, i)->base;

			assert_int_equal(server(a, i)->learned_s, server(b, i)->learned_s);
			assert_memory_equal(was->metric, is->metric, sizeof(is->metric));
			assert_memory_equal(was->other, is->other, sizeof(is->other));
			assert_memory_equal(was->anchor, is->anchor, sizeof(is->anchor));
			assert_memory_equal(was->hours, is->hours, sizeof(*is->hours));
		}
		// And it counts at once: 40/s are usual, for it is known to be watched long enough.
		calm(b, 2);
		assert_true(server(b, 0)->learned_s >= detect_defaults.learn_s);
		scene_close(a);
		scene_close(b);
	}
}

static void twice_over_is_the_same(void **) {
	struct scene *a = scene_open(false, &detect_defaults);
	struct scene *b = scene_open(false, &detect_defaults);
	char error[IMAGE_ERROR_MAX];
	struct image_news news;
	uint8_t *one, *two;
	size_t n, m;

	calm(a, 70);
	save(a->detect);
	one = contents(&n);
	assert_int_equal(image_load(b->detect, path, &news, error), 0);
	assert_int_equal(image_load(b->detect, path, &news, error), 0);
	save(b->detect);
	two = contents(&m);
	assert_int_equal(n, m);
	// But for when it was made: b has not begun.
	assert_memory_equal(&one[32], &two[32], n - 36);
	free(one);
	free(two);
	scene_close(a);
	scene_close(b);
}

static void a_smaller_table_takes_what_it_can(void **) {
	struct detect_conf small = detect_defaults;
	struct scene *a = scene_open(false, &detect_defaults), *b;
	char error[IMAGE_ERROR_MAX];
	struct image_news news;

	small.hosts = 4;
	b = scene_open(false, &small);
	calm(a, 70);
	save(a->detect);
	assert_int_equal(image_load(b->detect, path, &news, error), 0);
	assert_int_equal(news.hosts, 4);
	assert_true(news.left_out > 0);
	scene_close(a);
	scene_close(b);
}

static void nothing_is_taken_of(struct scene *s, const uint8_t *bytes, size_t n, const char *why) {
	char error[IMAGE_ERROR_MAX] = "";
	struct image_news news;

	assert_int_equal(image_parse(s->detect, bytes, n, &news, error), -EBADMSG);
	if (strstr(error, why) == NULL)
		fail_msg("%s, not: %s", error, why);
	assert_null(strchr(error, '\n'));
	assert_int_equal(history_used(detect_history(s->detect)), 0);
}

static void a_hostile_file_is_refused_whole(void **) {
	struct scene *a = scene_open(true, &detect_defaults);
	struct scene *b = scene_open(true, &detect_defaults);
	uint8_t *bytes;
	size_t n;

	calm(a, 70);
	save(a->detect);
	bytes = contents(&n);
	assert_true(n > 64);
	for (size_t cut = 0; cut < n; cut += 1 + cut / 16)
		nothing_is_taken_of(b, bytes, cut, cut < 44 ? "not a file" : "checksum");
	for (size_t i = 0; i < n; i += 1 + i / 8) { // a bit flips
		bytes[i] ^= 4;
		nothing_is_taken_of(b, bytes, n, "");
		bytes[i] ^= 4;
	}
	bytes[8]++; // a later version, with the right checksum
	fix_crc(bytes, n);
	nothing_is_taken_of(b, bytes, n, "another version");
	bytes[8]--;
	bytes[n - 8]++; // one host more than there are
	fix_crc(bytes, n);
	nothing_is_taken_of(b, bytes, n, "not as many");
	bytes[n - 8]--;
	memset(&bytes[n - 8], 0xff, 4);
	fix_crc(bytes, n);
	nothing_is_taken_of(b, bytes, n, "not as many");
	free(bytes);
	scene_close(a);
	scene_close(b);
}

static void what_is_no_file_is_told(void **) {
	struct scene *s = scene_open(false, &detect_defaults);
	char error[IMAGE_ERROR_MAX];
	struct image_news news;

	assert_int_equal(image_load(s->detect, "/nowhere/at/all", &news, error), -ENOENT);
	assert_int_equal(image_load(s->detect, "/dev/zero", &news, error), -EFBIG);
	assert_int_equal(image_load(s->detect, "/tmp", &news, error), -EFBIG);
	scene_close(s);
}

static void a_full_disk_leaves_the_old_file(void **) {
	struct scene *s = scene_open(false, &detect_defaults);
	char error[IMAGE_ERROR_MAX] = "";
	struct image image = {0};

	calm(s, 5);
	while (!image_step(&image, s->detect, 1000))
		;
	assert_int_equal(image_write(&image, "/nowhere/usual.weir", error), -ENOENT);
	assert_non_null(strstr(error, "cannot be made"));
	image_free(&image);
	scene_close(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_learned_is_there_again),
		cmocka_unit_test(twice_over_is_the_same),
		cmocka_unit_test(a_smaller_table_takes_what_it_can),
		cmocka_unit_test(a_hostile_file_is_refused_whole),
		cmocka_unit_test(what_is_no_file_is_told),
		cmocka_unit_test(a_full_disk_leaves_the_old_file),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
