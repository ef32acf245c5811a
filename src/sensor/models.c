// Which models: the configuration's, or what an operator activated since.
#include "sensor/models.h"

#include "model/model.h"
#include "sensor/log.h"
#include "sensor/run.h"

#include <weir/feature.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int load(struct models *out, const struct conf *conf, char error[static SENSOR_ERROR_MAX]) {
	char why[MODELS_ERROR_MAX] = "";

	if (models_load(out, conf, why) < 0)
		return fail(error, SENSOR_CONFIG, "%s", why);
	return 0;
}

// The configuration with the models that were activated in place of its own.
static struct conf *conf_with(const struct conf *conf, const struct model_store *store) {
	struct conf *c = malloc(sizeof(*c));
	char *const field[STORE_ROLES] = {
		[STORE_FLOW] = c == NULL ? NULL : c->flow_model,
		[STORE_HOST] = c == NULL ? NULL : c->host_model,
	};

	if (c == NULL)
		return NULL;
	*c = *conf;
	for (unsigned role = 0; role < STORE_ROLES; role++) {
		const struct stored *active = store_active(store, role);
		char path[STORE_PATH_MAX];

		if (active == NULL)
			continue;
		store_path(store, role, active->number, path);
		snprintf(field[role], CONFIG_PATH_MAX, "%s", path);
	}
	return c;
}

int sensor_models_load(
	struct models *out,
	const struct conf *conf,
	char error[static SENSOR_ERROR_MAX]
) {
	struct model_store *store = malloc(sizeof(*store));
	struct conf *with = NULL;
	int ret = store == NULL ? -ENOMEM : store_open(store, conf->state_folder, error);

	if (ret < 0 && ret != -ENOENT)
		log_line(LOG_WARNING, "%s; the models of the configuration are used", error);
	if (ret == 0)
		with = conf_with(conf, store);
	ret = with == NULL ? -1 : load(out, with, error);
	if (with != NULL && ret != 0)
		log_line(
			LOG_WARNING,
			"an activated model cannot be used: %s; the models of the configuration "
			"are "
			"used",
			error
		);
	free(with);
	free(store);
	return ret == 0 ? 0 : load(out, conf, error);
}

// What an operator asks ------------------------------------------------------------------------

static bool refuse(char *text, size_t n, const char *why) {
	snprintf(text, n, "model: %s", why);
	return false;
}

// @return the role whose features it has, STORE_ROLES: none, and why
static unsigned role_of(const struct model *m, char why[static MODEL_ERROR_MAX]) {
	const char *flow[FLOW_FEATURE_N], *host[HOST_FEATURE_N];

	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		flow[i] = flow_feature_info[i].name;
	for (unsigned i = 0; i < HOST_FEATURE_N; i++)
		host[i] = host_feature_info[i].name;
	if (model_check_features(m, host, HOST_FEATURE_N, why) == 0)
		return STORE_HOST;
	if (model_check_features(m, flow, FLOW_FEATURE_N, why) == 0)
		return STORE_FLOW;
	return STORE_ROLES;
}

static bool use(struct sensor *s, unsigned role, struct model *m) {
	struct models wanted = s->models;

	if (role == STORE_FLOW)
		wanted.flow = m;
	else
		wanted.host = m;
	return models_swap(s, &wanted, &s->conf->detect);
}

static void say_active(
	const struct sensor *s,
	unsigned role,
	const struct stored *active,
	char *text,
	size_t n
) {
	if (active == NULL)
		snprintf(
			text,
			n,
			"model: %s: the one of the configuration is used again, on %u worker%s",
			store_role_name[role],
			s->n_workers,
			s->n_workers == 1 ? "" : "s"
		);
	else
		snprintf(
			text,
			n,
			"model: %s %u (%s, crc %08x) is used from now on, on %u worker%s",
			store_role_name[role],
			active->number,
			active->kind,
			active->crc,
			s->n_workers,
			s->n_workers == 1 ? "" : "s"
		);
}

static bool
take(struct sensor *s,
     struct model_store *store,
     struct model *m,
     const char *path,
     char *text,
     size_t n) {
	char error[SENSOR_ERROR_MAX] = "", why[MODEL_ERROR_MAX] = "";
	const unsigned role = role_of(m, why);

	if (role == STORE_ROLES)
		return refuse(text, n, why);
	if (store_add(store, role, m, path, now_realtime_ns() / SENSOR_NS_PER_S, error) < 0)
		return refuse(text, n, error);
	if (!use(s, role, m)) {
		store_back(store, role, error);
		return refuse(text, n, "no memory");
	}
	say_active(s, role, store_active(store, role), text, n);
	return true;
}

static bool
activate(struct sensor *s, struct model_store *store, const char *path, char *text, size_t n) {
	char why[MODEL_ERROR_MAX] = "", line[SENSOR_ERROR_MAX];
	struct model *m;

	if (model_load(&m, path, why) < 0) {
		snprintf(line, sizeof(line), "%s: %s", path, why);
		return refuse(text, n, line);
	}
	if (take(s, store, m, path, text, n))
		return true;
	model_destroy(m);
	return false;
}

static bool
rollback(struct sensor *s, struct model_store *store, const char *name, char *text, size_t n) {
	const unsigned role = strcmp(name, "flow") == 0 ? STORE_FLOW : STORE_HOST;
	char error[SENSOR_ERROR_MAX] = "";
	struct models models, before = s->models;
	int ret;

	if (role == STORE_HOST && strcmp(name, "host") != 0)
		return refuse(text, n, "rollback flow, or rollback host");
	ret = store_back(store, role, error);
	if (ret < 0)
		return refuse(
			text,
			n,
			ret == -ENOENT ? "nothing was activated that could be taken back" : error
		);
	if (sensor_models_load(&models, s->conf, error) != 0)
		return refuse(text, n, error);
	// The other role's model stays the one that is in use.
	if (role == STORE_FLOW) {
		model_destroy(models.host);
		models.host = before.host;
	} else {
		model_destroy(models.flow);
		models.flow = before.flow;
	}
	if (!models_swap(s, &models, &s->conf->detect))
		return refuse(text, n, "no memory");
	say_active(s, role, store_active(store, role), text, n);
	return true;
}

static size_t say_drift(char *text, size_t n, const char *what, double index) {
	const char *means = index < DRIFT_SOME ? "as in training"
		: index < DRIFT_MUCH	       ? "somewhat other than in training"
					       : "not as in training: train again";

	if (isnan(index))
		return (size_t)snprintf(text, n, "; drift of %s scores: not known yet", what);
	return (size_t)snprintf(text, n, "; drift of %s scores %.2f (%s)", what, index, means);
}

// As many as the answer holds, newest first.
#define HISTORY_SHOWN 3

static bool history(const struct sensor *s, const struct model_store *store, char *text, size_t n) {
	size_t at = 0;

	for (unsigned role = 0; role < STORE_ROLES; role++) {
		const struct stored *active = store_active(store, role);
		uint32_t shown = 0;

		at += (size_t)snprintf(
			&text[at],
			n - at,
			"%s%s: %s",
			role > 0 ? "; " : "",
			store_role_name[role],
			active == NULL ? "the configuration's" : ""
		);
		for (uint32_t i = store->n[role]; i > 0 && shown < HISTORY_SHOWN; i--, shown++) {
			const struct stored *e = &store->entry[role][i - 1];

			at += (size_t)snprintf(
				&text[at],
				n - at,
				"%s%u %s crc %08x%s",
				shown > 0 || active == NULL ? ", " : "",
				e->number,
				e->kind,
				e->crc,
				e == active	  ? " (in use)"
					: e->back ? " (taken back)"
						  : ""
			);
		}
	}
	at += say_drift(&text[at], n - at, "flow", s->watch.flow_drift.index);
	say_drift(&text[at], n - at, "host", s->watch.host_drift.index);
	return true;
}

bool model_command(struct sensor *s, const char *argument, char *text, size_t n) {
	struct model_store *store = malloc(sizeof(*store));
	char error[SENSOR_ERROR_MAX] = "";
	bool ok = false;
	int ret;

	if (store == NULL)
		return refuse(text, n, "no memory");
	ret = store_open(store, s->conf->state_folder, error);
	if (ret < 0 && ret != -ENOENT)
		refuse(text, n, error);
	else if (strcmp(argument, "history") == 0)
		ok = history(s, store, text, n);
	else if (store->folder[0] == '\0')
		refuse(text, n, "needs a sensor.state_folder");
	else if (strncmp(argument, "activate /", 10) == 0)
		ok = activate(s, store, &argument[9], text, n);
	else if (strncmp(argument, "rollback ", 9) == 0)
		ok = rollback(s, store, &argument[9], text, n);
	else
		refuse(text, n, "activate /PATH, rollback flow|host, or history");
	free(store);
	if (strcmp(argument, "history") != 0)
		log_line(ok ? LOG_NOTICE : LOG_WARNING, "%s", text);
	return ok;
}
