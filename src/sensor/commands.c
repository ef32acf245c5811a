// What an operator asks through Redis. A command is a row.
#include "sensor/log.h"
#include "sensor/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COMMANDS_PER_TURN 4

static bool command_reload(struct sensor *s, const char *, char *text, size_t n) {
	const bool ok = reload(s, text, n);

	log_line(ok ? LOG_NOTICE : LOG_WARNING, "%s", text);
	return ok;
}

static bool command_status(struct sensor *s, const char *, char *text, size_t n) {
	uint64_t seen, analysed, lost;

	seen = stats_seen(&s->shown, &analysed, &lost);
	snprintf(
		text,
		n,
		"up %" PRIu64 " s, seen %" PRIu64 ", analysed %" PRIu64 ", lost %" PRIu64
		", %" PRIu64 " alarms open",
		(uint64_t)(s->shown.uptime_ns / SENSOR_NS_PER_S),
		seen,
		analysed,
		lost,
		s->shown.control.alarms_active
	);
	return true;
}

static const struct {
	const char *name;
	bool (*run)(struct sensor *, const char *argument, char *text, size_t n);
} commands[] = {
	{"baseline", baseline_command},
	{"model", model_command},
	{"reload", command_reload},
	{"status", command_status},
};

static bool run_command(struct sensor *s, const struct command *c, char *text, size_t n) {
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, c->name) == 0)
			return commands[i].run(s, c->argument, text, n);
	snprintf(
		text, n, "no command \"%.31s\"; there are: baseline, model, reload, status", c->name
	);
	return false;
}

void commands_turn(struct sensor *s) {
	char text[CONFIG_ERROR_MAX + 256];
	struct command c;

	for (unsigned i = 0; i < COMMANDS_PER_TURN && publish_command_take(s->publish, &c); i++) {
		const bool ok = run_command(s, &c, text, sizeof(text));

		publish_reply(s->publish, &c, ok, text);
	}
}
