// Notes of any content: whatever readers make of them, nothing breaks, and the same notes give the same alarms.
#include "../noted_scene.h"

static uint64_t state;

static uint32_t any(uint32_t below) { // xorshift64* (Vigna, 2016)
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 2685821657736338717ull >> 32) % below);
}

// Bytes by chance seldom get past the first look: many begin as something does.
static const char *const beginnings[] = {
	"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ",
	"POST ",
	"HTTP/1.1 200 OK\r\n",
	"SSH-2.0-x\r\n",
	"220 ftp\r\n",
	"\x16\3\1\0\x80\1\0\0\x7c\3\3",
	"RFB 003.008\n",
	"*1\r\n$4\r\nPING\r\n",
};

static void fill(struct note *n) {
	const char *start = beginnings[any(ARRAY_LEN(beginnings))];
	unsigned at = 0;

	n->n_data = (uint16_t)any(NOTE_DATA_BYTES + 1);
	n->payload_bytes = (uint16_t)any(65536);
	for (unsigned i = 0; i < n->n_data; i++)
		n->data[i] = (uint8_t)(any(4) == 0 ? 0 : any(256));
	if (n->kind == NOTE_DNS && n->n_data > 12 && any(4) != 0) { // one question
		memset(n->data, 0, 12);
		n->data[2] = (uint8_t)(any(2) * 128);
		n->data[5] = 1;
		for (at = 12; at < n->n_data; at += 1u + n->data[at])
			n->data[at] = (uint8_t)any(any(8) == 0 ? 256 : 32);
	} else if (any(2) == 0) {
		memcpy(n->data, start, strnlen(start, n->n_data));
	}
}

static void put(struct scene *s, bool six) {
	static const uint16_t ports[] = {22, 53, 80, 443, 2222, 8080, 40000, 40001};
	struct note *n = notes_add(s->window->notes, any(NOTE_KIND_N));

	if (n == NULL)
		return;
	*n = (struct note) {.kind = n->kind, .ts_ns = s->now_ns};
	n->src = (struct addr) {.b = {[0] = six ? 0x20 : 0, [15] = (uint8_t)any(5)}};
	n->dst = (struct addr) {.b = {[0] = six ? 0x20 : 0, [15] = (uint8_t)any(5)}};
	if (!six) {
		n->src.b[10] = n->src.b[11] = n->dst.b[10] = n->dst.b[11] = 0xff;
		n->src.b[12] = any(2) ? 10 : 203;
		n->dst.b[12] = any(2) ? 10 : 203;
	}
	n->sport = ports[any(ARRAY_LEN(ports))];
	n->dport = ports[any(ARRAY_LEN(ports))];
	n->proto = (uint8_t)(any(8) == 0 ? any(256) : any(2) ? 6 : 17);
	n->vlan = (uint16_t)any(3);
	if (n->kind != NOTE_CLOSED) {
		fill(n);
		return;
	}
	n->connection.first_ns = any(4) == 0 ? any(UINT32_MAX) : s->now_ns - any(1000) * MS;
	for (unsigned d = 0; d < 2; d++) {
		n->connection.packets[d] = any(100);
		n->connection.bytes[d] = n->connection.payload[d]
			= any(16) == 0 ? UINT64_MAX - any(9) : any(1u << 28);
	}
	n->connection.silent = any(2);
}

// @return how many alarms, in any state; their ids in @p sum
static uint32_t play(uint64_t seed, bool six, uint64_t *sum) {
	struct scene *s = scene_new();
	uint32_t told = 0;

	state = seed;
	*sum = 0;
	for (unsigned i = 0; i < 400; i++) {
		for (unsigned n = any(120); n > 0; n--)
			put(s, six);
		wait_ms(s, 50u + any(any(16) == 0 ? 60000 : 200));
		for (uint32_t k = 0; k < s->n; k++) {
			const struct alarm *a = &s->alarm[k];

			*sum = *sum * 31 + a->id + a->state;
			assert_true(a->kind < KIND_N);
			assert_true(a->n_sources <= ALARM_SOURCES_MAX);
			assert_true(a->n_evidence <= ALARM_EVIDENCE_MAX);
			assert_true(strnlen(a->words, sizeof(a->words)) < sizeof(a->words));
			assert_true(a->words[0] != '\0');
			assert_false(isnan(a->value));
		}
		told += s->n;
		s->n = 0;
	}
	scene_free(s);
	return told;
}

static void any_notes_break_nothing_and_are_told_alike(void **) {
	uint32_t told = 0;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		uint64_t a, b;
		const uint32_t n = play(seed * 7919, seed % 2 == 0, &a);

		assert_int_equal(play(seed * 7919, seed % 2 == 0, &b), n);
		assert_true(a == b);
		told += n;
	}
	print_message("  %u transitions of alarms\n", told);
	assert_true(told > 100); // some did get past the first look
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_notes_break_nothing_and_are_told_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
