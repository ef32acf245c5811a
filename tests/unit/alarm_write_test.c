// An alarm written straight into bytes is, byte for byte, what the tree of jansson and the C library's
// numbers give, whatever is in the alarm; and each part alone.
#include "alarm_reference.h"
#include "publish/unit.h"
#include "publish/write.h"
#include "test.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

#define ALARMS 40000
#define NUMBERS 1000000

static uint64_t seed;

// splitmix64: Steele, Lea, Flood, OOPSLA 2014.
static uint64_t next(void) {
	uint64_t z = seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t below(uint64_t n) {
	return next() % n;
}

// Of any size, most of them with few digits, some on or beside a tie, some that are no number.
static double number(void) {
	static const double odd[]
		= {0, -0.0, NAN, INFINITY, -INFINITY, DBL_MIN, 5e-324, 1e15, 1e-4};
	const double few = (double)below(10000000);
	const double scale = pow(10, (double)below(14) - 9);

	switch (below(8)) {
	case 0:
		return odd[below(ARRAY_LEN(odd))];
	case 1:
		return few * scale;
	case 2:
		return -few * scale;
	case 3: // seven digits that end in 5: ties, or what a double makes of them
		return (few * 10 + 5) * scale / 10;
	case 4:
		return nextafter((few * 10 + 5) * scale / 10, below(2) ? INFINITY : 0);
	case 5:
		return (double)next() / (double)(1 + below(UINT32_MAX));
	case 6:
		return (double)(float)(few * scale);
	default:
		return exp((double)below(1000000) / 10000 - 50) * (below(2) ? 1 : -1);
	}
}

static void expect_number(double value) {
	char ours[WRITE_REAL_ROOM + 1];
	json_t *json = real_json(value);
	char *theirs = json_line(json);

	*write_real(ours, value) = '\0';
	if (strcmp(ours, theirs) != 0)
		fail_msg("%.17g: %s, but it is %s", value, ours, theirs);
	free(theirs);
	json_decref(json);
}

static void reals_are_those_of_the_library(void **) {
	static const double edges[] = {
		1e-4,
		9.9999949e-5,
		9.9999951e-5,
		9.999995e-5,
		0.1,
		0.5,
		999999.4,
		999999.5,
		999999.6,
		999999.99,
		1e6,
		1000000.5,
		1e14,
		99999999999999.5,
		999999999999999.4,
		999999999999999.9,
		1e15,
		1e16,
		1e21,
		1e22,
		1e300,
		DBL_MAX,
		123456.5,
		123457.5,
		41200.25,
		41200.35,
		2.5,
		0.00012345651,
		9.99999e-5,
		9.9999995,
	};

	for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
		expect_number(edges[i]);
		expect_number(-edges[i]);
		expect_number(nextafter(edges[i], 0));
		expect_number(nextafter(edges[i], INFINITY));
	}
	seed = 1;
	for (unsigned i = 0; i < NUMBERS; i++)
		expect_number(number());
}

static void integers_and_times_are_those_of_the_library(void **) {
	char ours[WRITE_TIME_ROOM + 1], theirs[64];

	seed = 2;
	for (unsigned i = 0; i < NUMBERS / 4; i++) {
		const uint64_t n = next() >> below(64);

		*write_unsigned(ours, n) = '\0';
		snprintf(theirs, sizeof(theirs), "%llu", (unsigned long long)n);
		assert_string_equal(ours, theirs);
		*write_signed(ours, (int64_t)n) = '\0';
		snprintf(theirs, sizeof(theirs), "%lld", (long long)n);
		assert_string_equal(ours, theirs);
		*write_signed(ours, -(int64_t)(n / 2)) = '\0';
		snprintf(theirs, sizeof(theirs), "%lld", -(long long)(n / 2));
		assert_string_equal(ours, theirs);
	}
	*write_signed(ours, INT64_MIN) = '\0';
	assert_string_equal(ours, "-9223372036854775808");
	// Every day up to the end of 64 bits of nanoseconds, in 2554.
	for (uint64_t day = 0; day <= UINT64_MAX / 86400000000000; day++) {
		const uint64_t ns = day * 86400000000000 + below(86400000000000);
		const time_t s = (time_t)(ns / 1000000000);
		struct tm tm;
		size_t n;

		*write_time(ours, ns) = '\0';
		n = strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%S", gmtime_r(&s, &tm));
		snprintf(theirs + n, sizeof(theirs) - n, ".%03uZ", (unsigned)(ns / 1000000 % 1000));
		assert_string_equal(ours, theirs);
	}
}

static const char *const pieces[] = {
	"plain words, and more of them than eight bytes",
	"\"",
	"\\",
	"/",
	"\n\r\t\b\f",
	"\x01\x1f\x7f",
	"\x1b[2J\x1b]0;x\x07",
	"Z\xc3\xbcrich",
	"\xe2\x82\xac",
	"\xf0\x9f\x90\x9f",
	"\xc3", // cut
	"\xe2\x82",
	"\xf0\x9f\x90",
	"\x80", // no beginning
	"\xc0\xaf", // overlong
	"\xc1\xbf",
	"\xe0\x9f\xbf",
	"\xf0\x8f\xbf\xbf",
	"\xed\x9f\xbf", // the last before the surrogates
	"\xed\xa0\x80", // a surrogate
	"\xee\x80\x80",
	"\xf4\x8f\xbf\xbf", // the last of all
	"\xf4\x90\x80\x80",
	"\xf5\x80\x80\x80",
	"\xfe\xff",
	"_per_",
	"_share",
	"x",
};

// Any bytes, often without a NUL at their end; or pieces that are hard, as many as fit.
static void fill_text(char *to, size_t room) {
	size_t n = 0;

	memset(to, 0, room);
	switch (below(4)) {
	case 0:
		for (size_t i = 0; i < room; i++)
			to[i] = (char)next();
		return;
	case 1:
		memset(to, (int)(1 + below(255)), room);
		return;
	default:
		while (n < room && below(12) != 0) {
			const char *piece = pieces[below(ARRAY_LEN(pieces))];
			const size_t more = strlen(piece) < room - n ? strlen(piece) : room - n;

			memcpy(to + n, piece, more);
			n += more;
		}
	}
}

// IPv4, or IPv6 whose groups are often zero: runs of them are written in a short form.
static void fill_addr(struct addr *a) {
	const uint64_t raw[2] = {next(), next()};
	const unsigned zeros = below(3) == 0 ? 0 : (unsigned)next();

	if (below(2)) {
		*a = addr_from_ip4(raw);
		return;
	}
	*a = addr_from_ip6(raw);
	for (unsigned group = 0; group < 8; group++) {
		if (zeros >> group & 1)
			a->b[2 * group] = a->b[2 * group + 1] = 0;
		if (zeros >> (group + 8) & 1)
			a->b[2 * group] = 0;
		if (zeros >> (group + 16) & 1)
			a->b[2 * group + 1] &= 0x0f;
	}
}

static void addresses_are_those_of_the_library(void **) {
	char ours[ADDR_TEXT_MAX], theirs[ADDR_TEXT_MAX];

	seed = 5;
	for (unsigned i = 0; i < NUMBERS / 2; i++) {
		const uint8_t prefix_len = below(2) ? UINT8_MAX : (uint8_t)below(140);
		struct addr a;

		fill_addr(&a);
		*write_address(ours, &a, prefix_len) = '\0';
		assert_string_equal(ours, addr_text(&a, prefix_len, theirs));
	}
}

static void fill_lists(struct alarm *a) {
	a->n_sources = (uint8_t)below(ALARM_SOURCES_MAX + 3); // too many are not believed
	a->n_evidence = (uint8_t)below(ALARM_EVIDENCE_MAX + 3);
	for (unsigned i = 0; i < ALARM_SOURCES_MAX; i++) {
		fill_addr(&a->sources[i].addr);
		a->sources[i].packets = next() >> below(64);
	}
	for (unsigned i = 0; i < ALARM_EVIDENCE_MAX; i++) {
		struct alarm_evidence *e = &a->evidence[i];

		fill_text(e->name, sizeof(e->name));
		if (below(2))
			strcpy(e->name, host_feature_info[below(HOST_FEATURE_N)].name);
		else if (below(2))
			strcpy(e->name, flow_feature_info[below(FLOW_FEATURE_N)].name);
		e->value = (float)number();
		e->baseline = (float)number();
		e->weight = (float)number();
	}
}

static struct alarm any_alarm(void) {
	struct alarm a = {
		.id = next() >> below(64),
		.revision = (uint32_t)next(),
		.kind = (uint8_t)below(KIND_N + 2),
		.severity = (uint8_t)below(SEVERITY_N + 1),
		.state = (uint8_t)below(ALARM_STATE_N + 1),
		.proto = (uint8_t)next(),
		.start_ns = next() >> below(64),
		.time_ns = next() >> below(64),
		.end_ns = next() >> below(64),
		.target_prefix_len = (uint8_t)below(140),
		.has_port = (uint8_t)below(2),
		.port = (uint16_t)next(),
		.forged = (uint8_t)below(FORGED_N + 1),
		.forged_confidence = (float)number(),
		.score = (float)number(),
		.value = number(),
		.threshold = number(),
		.baseline = number(),
		.interval_ns = next() >> below(64),
		.peak = number(),
		.packets = next() >> below(64),
		.bytes = next() >> below(64),
		.distinct_sources = next() >> below(64),
	};

	fill_addr(&a.target);
	fill_lists(&a);
	fill_text(a.metric, sizeof(a.metric));
	fill_text(a.forged_why, sizeof(a.forged_why));
	fill_text(a.words, sizeof(a.words));
	fill_text(a.mitigation, sizeof(a.mitigation));
	return a;
}

static void expect_same(const char *sensor, const struct alarm *a) {
	// Right behind what is promised nothing is written.
	static char ours[ALARM_JSON_MAX + 8];
	json_t *json = reference_alarm_json(sensor, a);
	char *theirs = json_line(json);
	size_t n;

	memset(ours, '#', sizeof(ours));
	n = alarm_write(sensor, a, ours);
	assert_true(n < ALARM_JSON_MAX);
	assert_memory_equal(ours + ALARM_JSON_MAX, "########", 8);
	assert_non_null(theirs);
	assert_int_equal(n, strlen(ours));
	if (strcmp(ours, theirs) != 0)
		fail_msg("written: %s\n   tree: %s", ours, theirs);
	free(theirs);
	json_decref(json);
}

static void any_alarm_is_the_same_bytes(void **) {
	char sensor[SENSOR_NAME_MAX + 1] = "edge";

	seed = 3;
	for (unsigned i = 0; i < ALARMS; i++) {
		const struct alarm a = any_alarm();

		if (i % 4 == 1)
			fill_text(sensor, SENSOR_NAME_MAX);
		expect_same(sensor, &a);
	}
}

// As long as it can become: every list full, every byte escaped to six.
static void the_longest_alarm_fits(void **) {
	struct alarm a = any_alarm();
	char sensor[SENSOR_NAME_MAX + 1];

	memset(sensor, 1, sizeof(sensor));
	memset(a.metric, 1, sizeof(a.metric));
	memset(a.forged_why, 2, sizeof(a.forged_why));
	memset(a.words, 3, sizeof(a.words));
	memset(a.mitigation, 0x1f, sizeof(a.mitigation));
	memset(a.sources, 0xfe, sizeof(a.sources));
	a.target = a.sources[0].addr;
	a.n_sources = ALARM_SOURCES_MAX;
	a.n_evidence = ALARM_EVIDENCE_MAX;
	for (unsigned i = 0; i < ALARM_EVIDENCE_MAX; i++) {
		memset(a.evidence[i].name, 4, sizeof(a.evidence[i].name));
		memcpy(a.evidence[i].name, "_per_", 5);
		a.evidence[i].value = a.evidence[i].baseline = a.evidence[i].weight = -1.17549e-38f;
	}
	a.value = a.threshold = a.baseline = a.peak = -DBL_MAX;
	a.packets = a.bytes = a.distinct_sources = a.time_ns = a.start_ns = UINT64_MAX / 2 + 2;
	expect_same(sensor, &a);
}

// What is read back from the text is the tree itself.
static void the_tree_is_that_of_the_text(void **) {
	seed = 4;
	for (unsigned i = 0; i < 1000; i++) {
		struct alarm a = any_alarm();
		json_t *ours, *theirs;
		char *again, *first;

		if (!(fabs(a.value) < 1e300 && fabs(a.peak) < 1e300))
			a.value = a.peak = 1;
		ours = alarm_json("edge", &a);
		theirs = reference_alarm_json("edge", &a);
		assert_non_null(ours);
		again = json_line(ours);
		first = json_line(theirs);
		assert_string_equal(again, first);
		free(again);
		free(first);
		json_decref(ours);
		json_decref(theirs);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reals_are_those_of_the_library),
		cmocka_unit_test(integers_and_times_are_those_of_the_library),
		cmocka_unit_test(addresses_are_those_of_the_library),
		cmocka_unit_test(any_alarm_is_the_same_bytes),
		cmocka_unit_test(the_longest_alarm_fits),
		cmocka_unit_test(the_tree_is_that_of_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
