// The tables of include/weir as data: names of kinds, features and counters.
#include <weir/event.h>
#include <weir/feature.h>
#include <weir/stats.h>

#include <string.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	const char *title;
} kinds[KIND_N] = {
#define X(id, name, title, per_s, ms) [KIND_##id] = {name, title},
	EVENT_KINDS(X)
#undef X
#define X(id, name, title) [KIND_AMP_##id] = {name "_amplification", title " amplification"},
		AMPLIFIER_SERVICES(X)
#undef X
};

static const char *const amplifiers[] = {
#define X(id, name, port, port2) [AMP_##id] = name,
	AMPLIFIERS(X)
#undef X
};

static const char *const severities[SEVERITY_N] = {"low", "medium", "high", "critical"};
static const char *const states[ALARM_STATE_N] = {"open", "update", "close"};
static const char *const roles[ROLE_N] = {"target", "source"};
static const char *const forgeds[FORGED_N] = {"unknown", "no", "yes"};

static const char *name_at(const char *const *names, size_t n, unsigned i) {
	return i < n ? names[i] : NULL;
}

static int name_find(const char *const *names, size_t n, const char *name) {
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

const char *event_kind_name(unsigned kind) {
	return kind < KIND_N ? kinds[kind].name : NULL;
}

const char *event_kind_title(unsigned kind) {
	return kind < KIND_N ? kinds[kind].title : NULL;
}

int event_kind_parse(const char *name) {
	for (unsigned i = 0; i < KIND_N; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return (int)i;
	return -1;
}

const char *severity_name(unsigned severity) {
	return name_at(severities, N(severities), severity);
}

int severity_parse(const char *name) {
	return name_find(severities, N(severities), name);
}

const char *alarm_state_name(unsigned state) {
	return name_at(states, N(states), state);
}

const char *alarm_role_name(unsigned role) {
	return name_at(roles, N(roles), role);
}

const char *forged_name(unsigned forged) {
	return name_at(forgeds, N(forgeds), forged);
}

const char *amplifier_name(unsigned amplifier) {
	return name_at(amplifiers, N(amplifiers), amplifier);
}

#define X(id, name, unit, definition) {name, unit, definition},
const struct feature_info flow_feature_info[FLOW_FEATURE_N] = {FLOW_FEATURES(X)};
const struct feature_info host_feature_info[HOST_FEATURE_N] = {HOST_FEATURES(X)};
#undef X

#define X(name, unit, meaning) {#name, unit, meaning},
const struct counter_info worker_counter_info[WORKER_COUNTER_N] = {WORKER_COUNTERS(X)};
const struct counter_info core_counter_info[CORE_COUNTER_N] = {CORE_COUNTERS(X)};
const struct counter_info port_counter_info[PORT_COUNTER_N] = {PORT_COUNTERS(X)};
const struct counter_info control_counter_info[CONTROL_COUNTER_N] = {CONTROL_COUNTERS(X)};
#undef X

#define X(id, name, meaning) {name, "packets", meaning},
const struct counter_info malformed_info[MALFORMED_N]
	= {{"none", "packets", "well formed"}, MALFORMED(X)};
const struct counter_info protocol_info[PROTOCOL_N] = {PROTOCOLS(X)};
#undef X
