// The tables of include/weir: complete, without a name used twice, names and numbers in step.
#include "test.h"

#include <weir/event.h>
#include <weir/feature.h>
#include <weir/keys.h>
#include <weir/model.h>
#include <weir/stats.h>

#include <string.h>

static void each_is_named_once(const struct counter_info *info, unsigned n) {
	for (unsigned i = 0; i < n; i++) {
		assert_non_null(info[i].name);
		assert_true(info[i].unit[0] != '\0');
		assert_true(info[i].meaning[0] != '\0');
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(info[i].name, info[k].name);
	}
}

static void counters_have_a_name_a_unit_and_a_meaning(void **) {
	each_is_named_once(worker_counter_info, WORKER_COUNTER_N);
	each_is_named_once(port_counter_info, PORT_COUNTER_N);
	each_is_named_once(control_counter_info, CONTROL_COUNTER_N);
	each_is_named_once(malformed_info, MALFORMED_N);
	each_is_named_once(protocol_info, PROTOCOL_N);
}

static void counters_are_where_their_info_says(void **) {
	struct worker_counters w = {.rx_packets = 1, .clock_steps = 2};

	assert_int_equal(counter_at(&w, 0), 1);
	assert_int_equal(counter_at(&w, WORKER_COUNTER_N - 1), 2);
	assert_string_equal(worker_counter_info[0].name, "rx_packets");
	assert_string_equal(worker_counter_info[WORKER_COUNTER_N - 1].name, "clock_steps");
	assert_string_equal(malformed_info[MALFORMED_SHORT_IPSEC].name, "short_ipsec");
	assert_string_equal(protocol_info[PROTOCOL_TRUNCATED].name, "truncated");
}

static void totals_add_every_counter(void **) {
	struct worker_counters total = {0}, one;

	memset(&one, 0, sizeof(one));
	for (unsigned i = 0; i < sizeof(one) / sizeof(uint64_t); i++)
		((uint64_t *)&one)[i] = i + 1;
	worker_counters_add(&total, &one);
	worker_counters_add(&total, &one);
	for (unsigned i = 0; i < sizeof(one) / sizeof(uint64_t); i++)
		assert_int_equal(counter_at(&total, i), 2 * (i + 1));
}

static void features_are_named_once(void **) {
	static const struct {
		const struct feature_info *info;
		unsigned n;
	} lists[] = {{flow_feature_info, FLOW_FEATURE_N}, {host_feature_info, HOST_FEATURE_N}};

	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (unsigned i = 0; i < lists[l].n; i++) {
			const struct feature_info *one = &lists[l].info[i];

			assert_non_null(one->name);
			assert_true(one->unit[0] != '\0');
			assert_true(one->definition[0] != '\0');
			assert_true(strlen(one->name) < 32); // alarm_evidence.name
			for (unsigned k = 0; k < i; k++)
				assert_string_not_equal(one->name, lists[l].info[k].name);
		}
}

static void kinds_are_found_by_their_names(void **) {
	for (unsigned kind = 0; kind < KIND_N; kind++) {
		assert_non_null(event_kind_name(kind));
		assert_non_null(event_kind_title(kind));
		assert_int_equal(event_kind_parse(event_kind_name(kind)), kind);
	}
	assert_null(event_kind_name(KIND_N));
	assert_null(event_kind_title(KIND_N));
	assert_int_equal(event_kind_parse("no_such_kind"), -1);
	assert_string_equal(event_kind_name(KIND_AMP_FIRST + AMP_NTP), "ntp_amplification");
	assert_string_equal(amplifier_name(AMP_NTP), "ntp");
}

static void words_of_an_alarm_are_named(void **) {
	for (unsigned i = 0; i < SEVERITY_N; i++)
		assert_int_equal(severity_parse(severity_name(i)), i);
	assert_int_equal(severity_parse("terrible"), -1);
	assert_null(severity_name(SEVERITY_N));
	for (unsigned i = 0; i < ALARM_STATE_N; i++)
		assert_non_null(alarm_state_name(i));
	assert_null(alarm_state_name(ALARM_STATE_N));
	for (unsigned i = 0; i < FORGED_N; i++)
		assert_non_null(forged_name(i));
	assert_null(forged_name(FORGED_N));
}

static void keys_of_a_sensor_share_a_slot(void **) {
	static const char *const formats[] = {
#define X(id, format, type, what) format,
		REDIS_KEYS(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		assert_non_null(strstr(formats[i], "{%s}"));
	assert_int_equal(ARRAY_LEN(formats), REDIS_KEY_N);
	assert_int_equal(sizeof(MODEL_MAGIC), 8);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_have_a_name_a_unit_and_a_meaning),
		cmocka_unit_test(counters_are_where_their_info_says),
		cmocka_unit_test(totals_add_every_counter),
		cmocka_unit_test(features_are_named_once),
		cmocka_unit_test(kinds_are_found_by_their_names),
		cmocka_unit_test(words_of_an_alarm_are_named),
		cmocka_unit_test(keys_of_a_sensor_share_a_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
