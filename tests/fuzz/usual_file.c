// A file of what is usual: any bytes are refused or taken in, and what was taken in makes a file again.
#include "contract/crc32c.h"
#include "detect/detect.h"
#include "detect/history_table.h"
#include "detect/image.h"
#include "detect/image_bytes.h"
#include "detect/nets.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

static void no_alarm(void *, const struct alarm *) {}

static void parse(const uint8_t *bytes, size_t n) {
	struct detect_conf conf = detect_defaults;
	char error[IMAGE_ERROR_MAX];
	struct image image = {0};
	struct image_news news;
	struct detect *d;

	conf.hosts = 64;
	if (detect_create(&d, &conf, NULL, no_alarm, NULL) < 0)
		return;
	if (image_parse(d, bytes, n, &news, error) == 0) {
		while (!image_step(&image, d, 16))
			;
		if (news.hosts > 0 && image.bytes < 32)
			abort();
		detect_clock(d, 1);
	}
	image_free(&image);
	detect_destroy(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	uint8_t *copy;
	uint32_t crc;

	parse(data, n);
	if (n < 4)
		return 0;
	copy = malloc(n); // the checksum keeps a fuzzer out: let it in
	if (copy == NULL)
		return 0;
	memcpy(copy, data, n);
	crc = crc32c(0, copy, n - 4);
	memcpy(&copy[n - 4], &crc, 4);
	parse(copy, n);
	free(copy);
	return 0;
}

static void net_make(struct nets *nets, uint32_t number) {
	struct addr a = addr_from_ip4(&number);
	struct net *n;

	a = addr_mask(&a, 24);
	n = nets_settle(nets, &a, 24);
	if (n == NULL)
		abort();
	n->learned_s = 100;
	for (unsigned i = 0; i < 50; i++)
		baseline_learn(&n->base->metric[i % METRIC_LEARNED], i * number);
}

// A host with every part of the format.
static void host_make(struct history *t, uint32_t number) {
	const struct addr a = addr_from_ip4(&number);
	struct host *h = history_enter(t, &a, history_hash(&a), 1000, true);
	struct hours *hours = pool_take(history_hours(t));

	if (h == NULL || hours == NULL || history_learns(t, h) == NULL)
		abort();
	memset(hours, 0, sizeof(*hours));
	hours->weeks[number % HOURS_OF_WEEK] = 2;
	h->base->hours = number % 2 ? hours : NULL;
	h->learned_s = 100;
	for (unsigned i = 0; i < 50; i++)
		baseline_learn(&h->base->metric[i % METRIC_LEARNED], i * number);
}

void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n)) {
	static uint8_t bytes[1 << 20];
	struct image image = {0};
	struct detect *d;
	uint32_t crc;
	size_t n;

	if (detect_create(&d, &detect_defaults, NULL, no_alarm, NULL) < 0)
		abort();
	for (uint32_t i = 1; i < 4; i++)
		host_make(detect_history(d), i);
	for (uint32_t i = 1; i < 4; i++)
		net_make(detect_nets(d), i * 7);
	while (!image_step(&image, d, 1000))
		;
	n = image.first->n;
	memcpy(bytes, image.first->bytes, n);
	memcpy(&bytes[n], &image.nets, 4);
	memcpy(&bytes[n + 4], &image.hosts, 4);
	crc = crc32c(0, bytes, n + 8);
	memcpy(&bytes[n + 8], &crc, 4);
	seed(bytes, n + 12);
	image_free(&image);
	detect_destroy(d);
}
