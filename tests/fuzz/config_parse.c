// weir.json from anyone: any bytes give a configuration or one line that says why not.
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

// What was accepted can be compared, and the error is one line of the file.
static void check_accepted(struct conf *conf) {
	char text[256];

	if (config_needs_restart(conf, conf, text, sizeof(text)) != 0)
		abort();
	if (conf->n_ports > CONFIG_PORTS_MAX || conf->workers.n > CONFIG_CORES_MAX
	    || conf->n_eal_args > CONFIG_EAL_ARGS_MAX
	    || conf->detect.n_networks > DETECT_NETWORKS_MAX)
		abort();
	config_free(conf);
}

static void check_refused(const char *error) {
	if (strncmp(error, "w.json:", 7) != 0)
		abort();
	for (; *error != '\0'; error++)
		if (*error < 0x20 || *error > 0x7e)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	char error[CONFIG_ERROR_MAX] = "";
	struct conf *conf;

	if (config_parse(&conf, (const char *)data, n, "w.json", error) == 0)
		check_accepted(conf);
	else
		check_refused(error);
	return 0;
}
