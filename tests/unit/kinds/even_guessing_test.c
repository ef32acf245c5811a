// Who tries passwords, and who only connects often. IPv4 and IPv6 alike.
#include "scene.h"
#include "test.h"

#include <cmocka.h>

#define GUESSER 0x030201
#define SERVER 5

// A connection in which each side says so many bytes, and that the server ends.
static void
talk(struct scene *s,
     uint32_t from,
     uint32_t to,
     uint16_t sport,
     uint16_t dport,
     uint16_t up,
     uint16_t down) {
	struct shot a = {from, to, sport, dport, PROTO_TCP, TCP_SYN, .seq = 1000};
	struct shot b
		= {to, from, dport, sport, PROTO_TCP, TCP_SYN | TCP_ACK, .seq = 5000, .ack = 1001};

	shoot(s, a);
	shoot(s, b);
	a.seq = 1001;
	a.ack = b.seq = 5001;
	a.flags = TCP_ACK;
	shoot(s, a);
	a.flags = b.flags = TCP_ACK | TCP_PSH;
	a.payload = up;
	b.payload = down;
	if (up > 0)
		shoot(s, a);
	a.seq += up;
	b.ack = a.seq;
	if (down > 0)
		shoot(s, b);
	b.seq += down;
	a.ack = b.seq;
	a.payload = b.payload = 0;
	a.flags = b.flags = TCP_FIN | TCP_ACK;
	shoot(s, b);
	a.ack++;
	shoot(s, a);
}

static uint16_t sport_of(uint32_t i) {
	return (uint16_t)(20000 + i % 20000);
}

static void ssh(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(i), 22, (uint16_t)(1400 + i % 5 * 8), 1200);
}

// The server takes a few at a time and ends the others at once.
static void ssh_refused(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(i), 22, i % 3 == 0 ? 1400 : 41, i % 3 == 0 ? 1200 : 0);
}

static void ftp(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(i), 21, (uint16_t)(28 + i % 6), 120);
}

static void remote_calls(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(2 * i), 135, 228, 212);
	talk(s, GUESSER, SERVER, sport_of(2 * i + 1), 49670, 320, 140);
}

static void downloads(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(2 * i), 21, 60, 300);
	talk(s, GUESSER, SERVER, sport_of(2 * i + 1), (uint16_t)(30000 + i), 0, 1400);
}

static void copies(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(i), 22, (uint16_t)(300 + scene_random(s) % 1100), 900);
}

static void is_it_there(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(i), 22, 0, 40);
}

static void checks_by_ssh(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(i), 22, 1400, 1300);
	scene_wait(s, 2500 * MS);
}

static void web_mail(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(i), 143, 200, (uint16_t)(100 + scene_random(s) % 1300));
}

static void monitor_by_remote_calls(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(2 * i), 135, 228, 212);
	for (unsigned k = 0; k < 3; k++)
		talk(s, GUESSER, SERVER, sport_of(2 * i + 1), (uint16_t)(49670 + k), 1400, 1400);
}

static void many_machines(struct scene *s, uint32_t i) {
	talk(s, GUESSER, 100 + i % 40, sport_of(i), 22, 1400, 1200);
}

static void data_base(struct scene *s, uint32_t i) {
	talk(s, GUESSER, SERVER, sport_of(i), 3306, 300, 400);
}

static void guesses_are_told_and_other_connections_not(void **) {
	static const struct {
		const char *what;
		unsigned per_s, seconds;
		void (*step)(struct scene *s, uint32_t i);
		unsigned within_s; // 0: never
	} cases[] = {
		{"ssh", 3, 30, ssh, 10},
		{"ssh, slowly", 1, 90, ssh, 61},
		{"ssh, most refused", 2, 60, ssh_refused, 31},
		{"ftp, slowly", 1, 60, ftp, 25},
		{"remote calls", 3, 30, remote_calls, 10},
		{"files by ftp", 1, 60, downloads, 0},
		{"files by ssh", 1, 60, copies, 0},
		{"a check of the port", 2, 120, is_it_there, 0},
		{"checks by ssh", 4, 40, checks_by_ssh, 0},
		{"web mail", 1, 60, web_mail, 0},
		{"a monitor by remote calls", 2, 120, monitor_by_remote_calls, 0},
		{"many machines", 4, 120, many_machines, 0},
		{"a data base", 5, 60, data_base, 0},
	};

	for (unsigned i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const unsigned c = i / 2;
		struct scene *s = scene_open(i % 2, &detect_defaults);
		const struct addr server = scene_addr(s, SERVER), guesser = scene_addr(s, GUESSER);
		const uint64_t began_ns = s->now_ns;
		const struct alarm *a;

		print_message("  %s, IPv%c\n", cases[c].what, i % 2 ? '6' : '4');
		for (uint32_t j = 0; j < cases[c].per_s * cases[c].seconds; j++) {
			cases[c].step(s, j);
			scene_wait(s, S / cases[c].per_s);
		}
		scene_wait(s, 20 * S);
		assert_int_equal(scene_opened(s, KIND_PASSWORD_GUESSING), cases[c].within_s != 0);
		if (cases[c].within_s != 0) {
			a = scene_find(s, KIND_PASSWORD_GUESSING, ALARM_OPEN);
			assert_non_null(a);
			assert_true(addr_equal(&a->target, &server));
			assert_true(addr_equal(&a->sources[0].addr, &guesser));
			assert_true(a->time_ns - began_ns <= cases[c].within_s * S);
			assert_true(a->value >= a->threshold && a->n_evidence >= 3);
			assert_non_null(scene_find(s, KIND_PASSWORD_GUESSING, ALARM_CLOSE));
		}
		scene_close(s);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guesses_are_told_and_other_connections_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
