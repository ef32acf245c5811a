// weird: options, configuration, plan, EAL, run. Nothing else in the sensor exits.
#include "contract/isa.h"
#include "sensor/check_config.h"
#include "sensor/eal.h"
#include "sensor/log.h"
#include "sensor/options.h"
#include "sensor/quiet.h"
#include "sensor/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

static_assert(CONFIG_ERROR_MAX <= SENSOR_ERROR_MAX, "a configuration's error fits");

static struct plan plan; // large, and the sensor points into it
static struct sensor sensor;

// Blocked before EAL starts its threads, which inherit it: so each signal comes to the one who
// reads the descriptor, and none is missed.
static int open_signals(char error[static SENSOR_ERROR_MAX], int *fd) {
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return fail(error, SENSOR_FAILED, "signals cannot be blocked");
	signal(SIGPIPE, SIG_IGN);
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd >= 0 ? 0 : fail(error, SENSOR_FAILED, "signalfd: no descriptor");
}

static int load(struct conf **conf, const struct options *o, char error[static SENSOR_ERROR_MAX]) {
	if (config_load(conf, o->config, error) == 0)
		return 0;
	return SENSOR_CONFIG;
}

// Rings and buffers that the kernel shares with us are locked memory. Without the right to raise the
// limit, what does not fit below it fails with its own words.
static void raise_lock_limit(void) {
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	setrlimit(RLIMIT_MEMLOCK, &all);
}

static int run(struct conf *conf, int signals, char error[static SENSOR_ERROR_MAX]) {
	static struct eal_args args;
	int wrong;

	quiet_libraries();
	raise_lock_limit();
	eal_args_make(&args, &plan);
	wrong = eal_start(&args, error);
	if (wrong != 0)
		return wrong;
	for (uint32_t i = 0; i < plan.n_notes; i++)
		log_line(LOG_WARNING, "%s", plan.note[i]);
	wrong = run_start(&sensor, &plan, conf, error);
	if (wrong == 0) {
		log_line(
			LOG_NOTICE,
			"sensor %s runs: %u worker%s",
			conf->sensor,
			sensor.n_workers,
			sensor.n_workers == 1 ? "" : "s"
		);
		wrong = control_loop(&sensor, signals, error);
	}
	if (!sensor.abandoned) {
		run_stop(&sensor);
		eal_stop();
	}
	return wrong;
}

static int start(const struct options *o, char error[static SENSOR_ERROR_MAX]) {
	struct models models;
	struct conf *conf;
	int signals = -1, wrong;

	wrong = open_signals(error, &signals);
	if (wrong == 0)
		wrong = load(&conf, o, error);
	if (wrong != 0)
		return wrong;
	wrong = sensor_models_load(&models, conf, error); // before anything is touched
	models_free(&models);
	if (wrong == 0)
		wrong = plan_make(&plan, conf, error);
	if (wrong == 0 && o->check_config)
		check_config_print(stdout, &plan);
	else if (wrong == 0)
		wrong = run(conf, signals, error);
	config_free(conf);
	return wrong;
}

int main(int argc, char **argv) {
	char error[SENSOR_ERROR_MAX] = "";
	struct options o;
	enum isa isa;
	int code = options_parse(&o, argc, argv);

	if (code != 0)
		return code;
	if (o.help) {
		options_help(stdout);
		return SENSOR_OK;
	}
	if (o.version) {
		puts("weird " WEIR_VERSION);
		return SENSOR_OK;
	}
	if (isa_choose(&isa, getenv(ISA_VARIABLE), error) < 0) {
		fprintf(stderr, "weird: %s\n", error);
		return SENSOR_USAGE;
	}
	isa_use(isa);
	log_level_set(o.verbose ? LOG_DEBUG : o.quiet ? LOG_WARNING : LOG_NOTICE);
	code = start(&o, error);
	if (code != 0)
		fprintf(stderr, "weird: %s\n", error);
	return code;
}
