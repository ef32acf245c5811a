// A new configuration without a gap: read and checked whole, then swapped in by pointer.
//
// Settings of the detector change between two ticks (same thread), the models as swap.c says.
#include "sensor/log.h"
#include "sensor/run.h"

#include <stdio.h>
#include <string.h>

static bool refuse(struct sensor *s, const char *why, char *text, size_t n) {
	s->reloads_refused++;
	snprintf(text, n, "configuration refused, the old one stays: %s", why);
	return false;
}

// Settings that need a restart keep their running values: the data path was sized by them.
static void keep_running(struct conf *wanted, const struct conf *running) {
	wanted->detect.tick_ns = running->detect.tick_ns;
	wanted->detect.hosts = running->detect.hosts;
	wanted->detect.alarms = running->detect.alarms;
	wanted->pipeline = running->pipeline;
}

bool reload(struct sensor *s, char *text, size_t n) {
	char error[SENSOR_ERROR_MAX] = "", restart[512] = "";
	struct models models;
	struct conf *wanted;
	unsigned differ;

	if (s->conf->path[0] == '\0')
		return refuse(s, "weird runs without a configuration file", text, n);
	if (config_load(&wanted, s->conf->path, error) < 0)
		return refuse(s, error, text, n);
	if (sensor_models_load(&models, wanted, error) != 0) {
		config_free(wanted);
		return refuse(s, error, text, n);
	}
	differ = config_needs_restart(s->plan->conf, wanted, restart, sizeof(restart));
	keep_running(wanted, s->conf);
	if (!models_swap(s, &models, &wanted->detect)) {
		models_free(&models);
		config_free(wanted);
		return refuse(s, "no memory for the models", text, n);
	}
	if (s->conf != s->plan->conf) // the first one is the plan's
		config_free(s->conf);
	s->conf = wanted;
	s->reloads++;
	if (differ > 0)
		snprintf(
			text, n, "configuration taken over; needs a restart to count: %s", restart
		);
	else
		snprintf(text, n, "configuration taken over");
	return true;
}
