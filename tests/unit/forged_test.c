// Clues of forged senders that need what was before: who completed handshakes, how even the senders usually are, from
// which distance they come; and the two numbers that remember it.
#include "detect/frugal.h"
#include "scene.h"
#include "test.h"

#include <math.h>

#define VICTIM 5
#define SENDERS 500
#define SENDER(i) (0x200000u | (i) % SENDERS * 77)

static void a_share_is_learned_within_some_minutes(void **) {
	struct frugal f = {0};

	for (unsigned i = 0; i < FRUGAL_KNOWN - 1; i++)
		frugal_learn(&f, 0.9);
	assert_false(frugal_known(&f));
	for (unsigned i = 0; i < 2000; i++)
		frugal_learn(&f, 0.3 + 0.1 * (i % 11) / 10);
	assert_true(frugal_known(&f));
	assert_near(frugal_middle(&f), 0.35, 0.02);
	assert_true(frugal_high(&f) >= 0.37 && frugal_high(&f) <= 0.42);
}

static void wild_seconds_do_not_move_it(void **) {
	struct frugal f = {0};

	for (unsigned i = 0; i < 2000; i++)
		frugal_learn(&f, i % 40 == 0 ? 1 : 0.2);
	assert_near(frugal_middle(&f), 0.2, 0.01);
	assert_near(frugal_high(&f), 0.2, 0.01);
	frugal_learn(&f, NAN);
	frugal_learn(&f, INFINITY);
	assert_near(frugal_middle(&f), 0.2, 0.01);
}

struct flood {
	bool answered, refused;
	uint8_t ttl;
};

// Two SYN each from many senders.
static struct alarm flood(struct scene *s, struct flood how) {
	static struct alarm last;
	struct alarm none = {.forged = FORGED_N};

	s->n = 0;
	for (uint32_t i = 0; i < 2 * SENDERS; i++) {
		struct shot p = {.src = SENDER(i), .dst = VICTIM, .dport = 80, .proto = PROTO_TCP};
		p.sport = (uint16_t)(1024 + i);
		p.flags = TCP_SYN;
		p.ttl = how.ttl;
		p.seq = i;
		shoot(s, p);
		if (how.answered)
			shoot(s,
			      (struct shot) {
				      .src = p.dst,
				      .dst = p.src,
				      .sport = 80,
				      .dport = p.sport,
				      .proto = PROTO_TCP,
				      .flags = TCP_SYN | TCP_ACK,
				      .ack = i + 1});
		p.flags = TCP_RST;
		if (how.refused)
			shoot(s, p);
		scene_wait(s, S / 1000);
	}
	scene_wait(s, 5 * S);
	last = none;
	for (uint32_t i = 0; i < s->n; i++)
		if (s->alarm[i].kind == KIND_SYN_FLOOD && s->alarm[i].state == ALARM_OPEN)
			last = s->alarm[i];
	print_message(
		"    %s %.3f %s\n",
		last.forged < FORGED_N ? forged_name(last.forged) : "-",
		(double)last.forged_confidence,
		last.forged_why
	);
	return last;
}

// Clients of another server, so that all of them have been heard of.
static void acquaint(struct scene *s) {
	for (uint32_t i = 0; i < SENDERS; i++) {
		connection(s, SENDER(i), (uint16_t)(2000 + i), VICTIM + 1, 443, 1);
		scene_wait(s, S / 100);
	}
	scene_wait(s, 2 * S);
}

static void who_completes_handshakes_elsewhere_is_real(void **) {
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct scene *s = scene_open(ip6, &detect_defaults);
		const struct alarm strangers = flood(s, (struct flood) {.answered = true});
		struct alarm known;

		assert_int_equal(strangers.forged, FORGED_YES);
		assert_non_null(strstr(strangers.forged_why, "no answer taken up"));
		scene_close(s);
		s = scene_open(ip6, &detect_defaults);
		acquaint(s);
		known = flood(s, (struct flood) {.answered = true});
		assert_int_not_equal(known.forged, FORGED_YES);
		scene_close(s);
	}
}

static void who_refuses_the_answers_is_there(void **) {
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct scene *s = scene_open(ip6, &detect_defaults);
		const struct alarm silent = flood(s, (struct flood) {.answered = true});
		struct alarm refused;

		scene_close(s);
		s = scene_open(ip6, &detect_defaults);
		refused = flood(s, (struct flood) {.answered = true, .refused = true});
		assert_int_equal(silent.forged, FORGED_YES);
		assert_int_not_equal(refused.forged, FORGED_YES);
		scene_close(s);
	}
}

// A server whose clients are all on its own network: one distance says nothing there.
static void one_distance_is_no_clue_where_all_have_it(void **) {
	struct scene *s = scene_open(false, &detect_defaults);
	struct alarm near, far;

	for (uint32_t i = 0; i < 200; i++) {
		connection(s, 9, (uint16_t)(2000 + i), VICTIM, 80, 4);
		scene_wait(s, S / 10);
	}
	near = flood(s, (struct flood) {.ttl = 64});
	scene_close(s);
	s = scene_open(false, &detect_defaults);
	for (uint32_t i = 0; i < 200; i++) {
		connection(s, 9, (uint16_t)(2000 + i), VICTIM, 80, 4);
		scene_wait(s, S / 10);
	}
	far = flood(s, (struct flood) {.ttl = 50});
	assert_int_equal(far.forged, FORGED_YES);
	assert_non_null(strstr(far.forged_why, "same distance"));
	assert_true(near.forged_confidence < far.forged_confidence);
	scene_close(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_share_is_learned_within_some_minutes),
		cmocka_unit_test(wild_seconds_do_not_move_it),
		cmocka_unit_test(who_completes_handshakes_elsewhere_is_real),
		cmocka_unit_test(who_refuses_the_answers_is_there),
		cmocka_unit_test(one_distance_is_no_clue_where_all_have_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
