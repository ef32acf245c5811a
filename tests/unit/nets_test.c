// What is usual for networks, and what it is for: carpets of a /24 or /48, and of the networks of the
// configuration. IPv4 and IPv6 alike.
#include "detect/image.h"
#include "detect/nets.h"
#include "detect/own.h"
#include "scene.h"
#include "test.h"

#include <math.h>
#include <unistd.h>

#define STRAY (METRIC_LEARNED + OTHER_IN_STRAY)
#define NETWORKS 4

static struct detect_conf conf;

// Host i of network k: 10.1.k.i, 2001:db8:100+k::i; all are in "site", 10.1.0.0/16 or 2001:db8:100::/40.
static uint32_t host(const struct scene *s, uint32_t k, uint32_t i) {
	return s->ip6 ? 0x01000000 + (k << 16) + i : 0x010000 + (k << 8) + i;
}

static struct scene *open_site(bool ip6) {
	struct network_conf *site = &conf.network[0];

	conf = detect_defaults;
	conf.learn_s = 30;
	conf.n_networks = 1;
	assert_int_equal(
		addr_parse(
			&site->addr, &site->prefix_len, ip6 ? "2001:db8:100::/40" : "10.1.0.0/16"
		),
		0
	);
	snprintf(site->name, sizeof(site->name), "site");
	return scene_open(ip6, &conf);
}

// Requests to hosts of so many networks, most of which are not there.
static void vain(struct scene *s, uint32_t i, uint32_t networks) {
	shoot(s,
	      (struct shot) {
		      0x400000 + scene_random(s) % 0x3fffff,
		      host(s, i % networks, 1 + i / networks * 7 % 250),
		      (uint16_t)(1024 + i % 60000),
		      9,
		      PROTO_UDP,
		      .payload = 200});
}

static void play(struct scene *s, uint32_t per_s, unsigned seconds, uint32_t networks) {
	for (uint32_t i = 0; i < per_s * seconds; i++) {
		vain(s, i, networks);
		if (i % (per_s / 4) == 0) // somebody is there
			connection(
				s, 0x200001, (uint16_t)(2000 + i), host(s, i % NETWORKS, 5), 80, 3
			);
		scene_wait(s, S / per_s);
	}
}

static const struct alarm *the_one(const struct scene *s) {
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		if (s->alarm[i].state != ALARM_OPEN)
			continue;
		print_message("    %s\n", s->alarm[i].words);
		n++;
	}
	assert_int_equal(n, 1);
	assert_int_equal(s->alarm[0].kind, KIND_CARPET_BOMBING);
	assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
	return &s->alarm[0];
}

static struct addr network_at(const struct scene *s, uint32_t k, uint8_t prefix_len) {
	const struct addr a = scene_addr(s, host(s, k, 0));

	return addr_mask(&a, prefix_len);
}

static void a_carpet_over_many_is_one_alarm_of_the_network_around(void **) {
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct scene *s = open_site(ip6);
		const uint64_t began_ns = s->now_ns;
		const struct alarm *a;

		play(s, 4000, 3, NETWORKS); // 1,000/s for each: twice the floor
		scene_finish(s);
		a = the_one(s);
		assert_int_equal(a->target_prefix_len, conf.network[0].prefix_len);
		assert_true(addr_equal(&a->target, &conf.network[0].addr));
		assert_non_null(strstr(a->words, "(site)"));
		assert_true(a->time_ns - began_ns <= S);
		scene_close(s);
	}
}

static void what_the_smaller_has_half_of_is_told_of_that(void **) {
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct scene *s = open_site(ip6);
		const uint8_t len = ip6 ? 48 : 24;
		const struct addr network = network_at(s, 0, len);
		const struct alarm *a;

		play(s, 2000, 3, 1);
		scene_finish(s);
		a = the_one(s);
		assert_int_equal(a->target_prefix_len, len);
		assert_true(addr_equal(&a->target, &network));
		scene_close(s);
	}
}

static const struct net *site_of(const struct scene *s) {
	return nets_find(detect_nets(s->detect), &conf.network[0].addr, conf.network[0].prefix_len);
}

static double usual_stray(const struct scene *s, const struct net *n) {
	struct usual usual;

	assert_true(nets_usual(n, &conf, STRAY, s->now_ns, &usual));
	return usual.location;
}

static void what_a_network_always_gets_lifts_its_threshold(void **) {
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct scene *s = open_site(ip6);
		const struct alarm *a;
		struct usual usual;

		play(s, 300, 40, NETWORKS);
		assert_near(usual_stray(s, site_of(s)), 300, 45);
		assert_true(nets_usual(site_of(s), &conf, M_PACKETS, s->now_ns, &usual));
		assert_true(usual.location > 0);
		play(s, 700, 4, NETWORKS); // above the floor, not three times the usual
		assert_int_equal(s->n, 0);
		play(s, 4000, 3, NETWORKS);
		scene_finish(s);
		a = the_one(s);
		assert_near(a->baseline, 300, 45);
		assert_true(a->threshold > 700 && a->threshold < 1200);
		scene_close(s);
	}
}

static void a_carpet_does_not_become_usual(void **) {
	struct scene *s = open_site(false);
	double before;

	play(s, 100, 40, NETWORKS);
	before = usual_stray(s, site_of(s));
	play(s, 3000, 120, NETWORKS);
	assert_near(usual_stray(s, site_of(s)), before, 0.2 * before);
	scene_finish(s);
	the_one(s);
	scene_close(s);
}

static void an_operator_sets_a_networks_threshold(void **) {
	struct scene *s = open_site(false);
	struct detect_conf set = conf;
	const struct alarm *a;

	scene_close(s);
	set.network[0].threshold_per_s[KIND_CARPET_BOMBING] = 200;
	s = scene_open(false, &set);
	play(s, 300, 4, NETWORKS);
	scene_finish(s);
	a = the_one(s);
	assert_near(a->threshold, 200, 0.1);
	assert_non_null(strstr(a->words, "as set here"));
	scene_close(s);
	set.network[0].threshold_per_s[KIND_CARPET_BOMBING] = 20000;
	s = scene_open(false, &set);
	play(s, 4000, 3, NETWORKS);
	scene_finish(s);
	assert_int_equal(s->n, 0);
	scene_close(s);
}

static void what_was_usual_is_there_after_a_restart(void **) {
	char path[] = "/tmp/weir-nets-XXXXXX", error[IMAGE_ERROR_MAX];
	struct scene *s = open_site(true);
	struct image image = {0};
	struct image_news news;
	double before;
	uint32_t seconds;
	int fd;

	play(s, 300, 40, NETWORKS);
	before = usual_stray(s, site_of(s));
	seconds = site_of(s)->learned_s;
	while (!image_step(&image, s->detect, 3))
		;
	fd = mkstemp(path);
	assert_int_equal(image_write(&image, path, error), 0);
	image_free(&image);
	scene_close(s);

	s = open_site(true);
	assert_int_equal(image_load(s->detect, path, &news, error), 0);
	assert_true(news.nets >= NETWORKS + 1);
	assert_int_equal(news.left_out, 0);
	assert_int_equal(site_of(s)->learned_s, seconds);
	assert_near(usual_stray(s, site_of(s)), before, 1e-9);
	play(s, 700, 4, NETWORKS);
	assert_int_equal(s->n, 0);
	close(fd);
	unlink(path);
	scene_close(s);
}

// Hosts of more networks than there is room for: those of the configuration stay.
static void the_table_is_bounded(void **) {
	struct nets *nets = nets_create();
	struct network_conf named = {.prefix_len = 24};
	double per_s[USUAL_N] = {0};
	struct host h = {0};
	uint32_t at = 0, n = 0;

	assert_int_equal(addr_parse(&named.addr, NULL, "192.0.2.0"), 0);
	h.network = &named;
	assert_int_equal(addr_parse(&h.addr, NULL, "192.0.2.7"), 0);
	nets_add(nets, &h, per_s, false, S);
	h.network = NULL;
	for (uint32_t i = 0; i < 100000; i++) {
		const uint32_t ip = htonl(0x0b000000 + (i << 8));

		h.addr = addr_from_ip4(&ip);
		nets_add(nets, &h, per_s, false, 7200 * S + i * S);
	}
	while (nets_next(nets, &at) != NULL)
		n++;
	assert_true(n > NETS_MAX * 3 / 4 && n <= NETS_MAX);
	assert_non_null(nets_find(nets, &named.addr, 24));
	nets_destroy(nets);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_carpet_over_many_is_one_alarm_of_the_network_around),
		cmocka_unit_test(what_the_smaller_has_half_of_is_told_of_that),
		cmocka_unit_test(what_a_network_always_gets_lifts_its_threshold),
		cmocka_unit_test(a_carpet_does_not_become_usual),
		cmocka_unit_test(an_operator_sets_a_networks_threshold),
		cmocka_unit_test(what_was_usual_is_there_after_a_restart),
		cmocka_unit_test(the_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
