// Drift of a model: told once, at low severity, while it lasts.
#include "detect/drift.h"
#include "noted_scene.h"

#include <math.h>

// So many seconds of it.
static void drift(struct scene *s, enum scored what, double index, unsigned seconds) {
	for (unsigned i = 0; i < seconds; i++) {
		detect_drift(s->detect, s->now_ns, what, index);
		wait_ms(s, 1000);
	}
}

static void what_is_as_in_training_is_no_news(void **) {
	struct scene *s = scene_new();

	drift(s, SCORED_FLOWS, NAN, 5);
	drift(s, SCORED_FLOWS, 0.02, 5);
	drift(s, SCORED_HOSTS, DRIFT_MUCH - 0.01, 5);
	detect_finish(s->detect);
	assert_int_equal(s->n, 0);
	scene_free(s);
}

static void it_opens_once_and_closes_when_it_is_over(void **) {
	struct scene *s = scene_new();
	static const struct addr nobody;

	drift(s, SCORED_FLOWS, 0.3, 60);
	assert_int_equal(s->n, 1);
	assert_int_equal(s->alarm[0].kind, KIND_FLOW_MODEL_DRIFT);
	assert_int_equal(s->alarm[0].state, ALARM_OPEN);
	assert_int_equal(s->alarm[0].severity, SEVERITY_LOW);
	assert_true(addr_equal(&s->alarm[0].target, &nobody));
	assert_int_equal(s->alarm[0].n_sources, 0);
	assert_int_equal(s->alarm[0].packets, 0);
	assert_non_null(strstr(s->alarm[0].words, "model of flows"));
	assert_non_null(strstr(s->alarm[0].words, "0.30"));
	assert_near(s->alarm[0].value, 300, 0.1);
	drift(s, SCORED_FLOWS, 0.9, 60); // worse: told once more, not more severe
	assert_int_equal(s->n, 2);
	assert_int_equal(s->alarm[1].state, ALARM_UPDATE);
	assert_int_equal(s->alarm[1].severity, SEVERITY_LOW);
	drift(s, SCORED_FLOWS, 0.15, 60); // some is left
	assert_int_equal(s->n, 2);
	drift(s, SCORED_FLOWS, 0.05, 10);
	assert_int_equal(s->n, 3);
	assert_int_equal(s->alarm[2].state, ALARM_CLOSE);
	assert_non_null(strstr(s->alarm[2].words, "at most 0.90"));
	scene_free(s);
}

static void each_model_is_told_of_by_itself(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 10; i++) {
		drift(s, SCORED_FLOWS, 0.3, 1);
		drift(s, SCORED_HOSTS, 0.4, 1);
	}
	assert_int_equal(opened(s, KIND_FLOW_MODEL_DRIFT), 1);
	assert_int_equal(opened(s, KIND_HOST_MODEL_DRIFT), 1);
	// Another model: nothing is known of it yet.
	for (unsigned i = 0; i < 10; i++) {
		drift(s, SCORED_FLOWS, NAN, 1);
		drift(s, SCORED_HOSTS, 0.4, 1);
	}
	assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
	assert_int_equal(s->alarm[s->n - 1].kind, KIND_FLOW_MODEL_DRIFT);
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_as_in_training_is_no_news),
		cmocka_unit_test(it_opens_once_and_closes_when_it_is_over),
		cmocka_unit_test(each_model_is_told_of_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
