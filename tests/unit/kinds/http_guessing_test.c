// Passwords for a web page, and who only asks often.
#include "../noted_scene.h"

static void asks(struct scene *s, uint32_t source, const char *field, unsigned what) {
	struct note *n = tcp(s, NOTE_PAYLOAD, source, 80, 4000);
	char words[NOTE_DATA_BYTES + 64];
	const int bytes = snprintf(
		words,
		sizeof(words),
		"GET /secret/ HTTP/1.1\r\nHost: 10.0.0.80\r\n%s%08x\r\n\r\n",
		field,
		what * 2654435761u
	);

	n->n_data = (uint16_t)(bytes < NOTE_DATA_BYTES ? bytes : NOTE_DATA_BYTES);
	n->payload_bytes = n->n_data;
	memcpy(n->data, words, n->n_data);
}

#define BASIC "Authorization: Basic "

static void other_passwords_each_time_are_guessing(void **) {
	static const char *const fields[] = {BASIC, "AUTHORIZATION: basic "};

	for (unsigned f = 0; f < 2; f++) {
		struct scene *s = scene_new();

		for (unsigned i = 0; i < 60; i++) {
			asks(s, 7, fields[f], i);
			wait_ms(s, 50);
		}
		assert_int_equal(opened(s, KIND_PASSWORD_GUESSING), 1);
		target_is(the(s, KIND_PASSWORD_GUESSING), "10.0.0.80");
		assert_int_equal(the(s, KIND_PASSWORD_GUESSING)->port, 80);
		scene_free(s);
	}
}

static void who_knows_the_password_guesses_none(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 400; i++) {
		asks(s, 7, BASIC, 1); // a program that polls
		asks(s, 8, BASIC, i % 40 / 10); // some people behind one address
		asks(s, 9, "User-Agent: x", i); // a load test
		asks(s, 10, "Authorization: Bearer ", i);
		wait_ms(s, 20);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

// The words end in the middle of the field, or of what it says.
static void what_is_cut_off_is_read_to_its_end(void **) {
	struct scene *s = scene_new();
	struct note *n;

	for (unsigned bytes = 0; bytes <= NOTE_DATA_BYTES; bytes++) {
		asks(s, 7, BASIC, 5);
		n = &s->window->notes->slot[s->window->notes->n - 1];
		if (n->n_data > bytes)
			n->n_data = (uint16_t)bytes;
		wait_ms(s, 100);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_passwords_each_time_are_guessing),
		cmocka_unit_test(who_knows_the_password_guesses_none),
		cmocka_unit_test(what_is_cut_off_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
