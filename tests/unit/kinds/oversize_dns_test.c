// Questions of DNS that are longer than any name needs, in both families.
#include "../noted_scene.h"

static bool six;

static struct note *asks(struct scene *s, uint32_t client, unsigned bytes) {
	struct note *n = asks_dns(s, client, "www.example.com", 1);

	n->payload_bytes = (uint16_t)bytes;
	memset(&n->data[n->n_data], 'x', (size_t)NOTE_DATA_BYTES - n->n_data);
	n->n_data = NOTE_DATA_BYTES;
	if (six) {
		memcpy(n->src.b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0", 12);
		memcpy(n->dst.b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0", 12);
	}
	return n;
}

static void play(void) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 20;
	     i++) { // as long as may be; an update; an answer; what is no DNS; one alone
		asks(s, 1, 512);
		asks(s, 2, 1200)->data[2] = 5 << 3;
		asks(s, 3, 1200)->data[2] = 0x80;
		memset(asks(s, 4, 1200)->data, 0xa5, NOTE_DATA_BYTES);
		if (i == 0)
			asks(s, 5, 1200);
		wait_ms(s, 300);
	}
	assert_int_equal(opened(s, KIND_OVERSIZE_DNS), 0);
	for (unsigned i = 0; i < 5; i++) {
		asks(s, 6, 900 + i);
		wait_ms(s, 300);
	}
	assert_int_equal(opened(s, KIND_OVERSIZE_DNS), 1);
	target_is(the(s, KIND_OVERSIZE_DNS), six ? "2001:db8::a00:6" : "10.0.0.6");
	assert_int_equal(the(s, KIND_OVERSIZE_DNS)->severity, SEVERITY_LOW);
	assert_non_null(strstr(the(s, KIND_OVERSIZE_DNS)->words, "the longest 902"));
	scene_free(s);
}

static void long_questions_are_told(void **) {
	six = false;
	play();
	six = true;
	play();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_questions_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
