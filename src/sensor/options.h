// The command line of weird.
#ifndef WEIR_SENSOR_OPTIONS_H
#define WEIR_SENSOR_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

struct options {
	const char *config; // path
	bool config_given;
	bool check_config;
	bool help;
	bool version;
	bool quiet;
	bool verbose;
};

// @return 0, or SENSOR_USAGE after a line on standard error
int options_parse(struct options *out, int argc, char **argv);
void options_help(FILE *);

#endif
